"""What was due for a person goes when their feed does."""

from uuid import UUID

from apps.reminders import sql
from apps.reminders.models import Attempt, Calendar, Delivery, InboxItem, UsedLink


def forget_athlete(athlete_id: UUID) -> None:
    """Delete a person's inbox, what was planned to be sent to them, and their addresses.

    Within the caller's transaction, acting as the athlete; before the mark of what was published
    goes, which a collector writes last.
    """
    # Whoever is just writing ends first, and nobody begins.
    sql.lock_person(athlete_id, wait=True)
    InboxItem.objects.filter(athlete_id=athlete_id).delete()
    UsedLink.objects.filter(athlete_id=athlete_id).delete()
    Calendar.objects.filter(athlete_id=athlete_id).delete()
    Attempt.objects.filter(athlete_id=athlete_id).delete()
    Delivery.objects.filter(athlete_id=athlete_id).delete()
