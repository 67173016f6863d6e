"""What was derived from a person's feed goes when the feed does."""

from uuid import UUID

from apps.insights import sql
from apps.insights.models import LoadDay, Observation, PanelRow, SessionLoad, Summary


def forget_athlete(athlete_id: UUID) -> None:
    """Delete a person's read models and the mark of what was published.

    Within the caller's transaction, acting as the athlete.
    """
    for model in (Observation, SessionLoad, LoadDay, Summary, PanelRow):
        model.objects.filter(athlete_id=athlete_id).delete()
    sql.fetch(sql.FORGET_PUBLISHED, {"athlete": athlete_id})
