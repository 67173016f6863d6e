"""What was derived from a person's feed goes when the feed does."""

from uuid import UUID

from django.apps import apps


def forget_athlete(athlete_id: UUID) -> None:
    """Delete a person's read models, every table of them, and the mark of what was published.

    Within the caller's transaction, acting as the athlete.
    """
    for model in apps.get_app_config("insights").get_models():
        model._default_manager.filter(athlete_id=athlete_id).delete()  # noqa: SLF001 (Django's own name)
