"""What one look at everything leaves behind."""

import uuid
from datetime import datetime, timedelta

from apps.reminders.models import Attempt, Delivery
from apps.reminders.services.sweep import sweep
from tests.apps.reminders.feed import NOON, remind
from tests.conftest import Person


def attempt(person: Person, *, at: datetime) -> uuid.UUID:
    """Write down an attempt of the person's one delivery; return its id."""
    [delivery] = Delivery.objects.filter(athlete_id=person.id)
    made = Attempt.objects.create(
        athlete_id=person.id, delivery_id=delivery.id, number=1, outcome="accepted",
        code="accepted", at=at,
    )  # fmt: skip
    return made.id


class TestAttempts:
    def test_are_forgotten_after_thirty_days_and_their_deliveries_are_not(
        self, athlete: Person
    ) -> None:
        remind(athlete)
        Delivery.objects.filter(athlete_id=athlete.id).update(state="accepted", let_go_at=NOON)
        kept = attempt(athlete, at=NOON)
        attempt(athlete, at=NOON - timedelta(seconds=1))
        sweep(now=NOON + timedelta(days=30))
        assert [one.id for one in Attempt.objects.filter(athlete_id=athlete.id)] == [kept]
        assert Delivery.objects.filter(athlete_id=athlete.id).count() == 1
