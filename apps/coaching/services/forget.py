"""What coaches wrote about a person goes when the person's feed does."""

from uuid import UUID

from apps.coaching.models import Mark, RosterTag, SentNote


def forget_athlete(athlete_id: UUID) -> None:
    """Delete coaches' marks, their notes' senders, and the teams' words for a person.

    Within the caller's transaction, acting as the athlete. Consents stay, and with them who looks
    after the athlete; so does the log of who looked, which the database lets go as a whole alone.
    """
    for rows in (Mark, SentNote, RosterTag):
        rows.objects.filter(athlete_id=athlete_id).delete()
