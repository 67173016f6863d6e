"""Deliveries are forgotten once nothing can ask for them, and what was sent is not sent again."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from apps.reminders.models import Delivery
from apps.reminders.services.deliver import deliver_due
from apps.reminders.services.sweep import sweep
from tests.apps.insights.test_recompute import vitamin_d
from tests.apps.reminders.feed import (
    NOON,
    address,
    change,
    days,
    deliveries,
    remind,
    reminder,
    set_profile,
)
from tests.apps.reminders.postbox import Postbox
from tests.apps.reminders.test_sent import play, states
from tests.conftest import Person

KEPT = timedelta(days=90)
A_SECOND = timedelta(seconds=1)


class TestNudge:
    def test_is_kept_until_long_after_its_reminder_was_closed(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        [key] = remind(athlete)
        deliver_due(now=NOON)
        closed_at = NOON + timedelta(days=200)
        change(athlete, key, reminder(state="done"), now=closed_at)
        sweep(now=closed_at + KEPT)
        assert [one.state for one in deliveries(athlete)] == ["accepted"]
        sweep(now=closed_at + KEPT + A_SECOND)
        assert deliveries(athlete) == []

    def test_is_kept_as_long_as_its_reminder_stands(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        [key] = remind(athlete)
        deliver_due(now=NOON)
        change(athlete, key, reminder(state="snoozed"))
        sweep(now=NOON + timedelta(days=1000))
        assert [one.state for one in deliveries(athlete)] == ["accepted"]

    def test_is_kept_when_its_reminder_stands_again(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        [key] = remind(athlete)
        deliver_due(now=NOON)
        change(athlete, key, reminder(state="done"))
        change(athlete, key, reminder(state="sent"), now=NOON + KEPT)
        sweep(now=NOON + 2 * KEPT)
        assert [one.state for one in deliveries(athlete)] == ["accepted"]

    def test_of_a_day_that_was_put_off_goes_and_that_of_the_new_day_stays(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        [key] = remind(athlete)
        deliver_due(now=NOON)
        change(athlete, key, reminder(due=days(200)))
        sweep(now=NOON + KEPT + A_SECOND)
        assert [one.state for one in deliveries(athlete)] == ["planned"]

    def test_is_kept_for_as_long_as_the_operator_says(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        [key] = remind(athlete)
        change(athlete, key, reminder(state="closed"))
        with override_settings(DELIVERIES_KEPT_DAYS=15):
            sweep(now=NOON + timedelta(days=15))
            assert [one.state for one in deliveries(athlete)] == ["cancelled"]
            sweep(now=NOON + timedelta(days=15) + A_SECOND)
        assert deliveries(athlete) == []

    def test_that_was_forgotten_is_not_sent_again(self, athlete: Person, postbox: Postbox) -> None:
        set_profile(athlete, quiet_hours="none", delivery_hour=0)
        long_ago = (timezone.now() - timedelta(days=120)).isoformat()
        athlete.sync([vitamin_d(drawn=long_ago)])
        play(athlete)
        sent = len(postbox.mails_to(address(athlete)))
        assert states(athlete)["rem.vitd_retest_low"] == "sent"
        better = vitamin_d(120.0, drawn=timezone.now().isoformat())
        [taken] = athlete.sync([better]).json()["results"]
        play(athlete)
        assert "rem.vitd_retest_low" not in states(athlete)
        self.forget(athlete)
        gone: dict[str, Any] = {
            "op": str(uuid.uuid4()), "type": "lab_result", "id": better["id"], "action": "delete",
            "base": taken["v"], "schema": 2,
        }  # fmt: skip
        [deleted] = athlete.sync([gone]).json()["results"]
        assert deleted["status"] == "applied"
        play(athlete)
        assert states(athlete)["rem.vitd_retest_low"] == "sent"
        assert len(postbox.mails_to(address(athlete))) == sent
        assert self.sent(athlete) == []

    def forget(self, person: Person) -> None:
        """Let the time pass after which closed ones are forgotten, for this person."""
        mine = Delivery.objects.filter(athlete_id=person.id, closed_at__isnull=False)
        assert mine.update(closed_at=timezone.now() - KEPT - A_SECOND)
        sweep(now=timezone.now())
        assert self.sent(person) == []

    def sent(self, person: Person) -> list[Delivery]:
        """Return what is known of what was sent."""
        return [one for one in deliveries(person) if one.state == "accepted"]


class TestOtherMessages:
    def message(self, person: Person, kind: str, *, not_after: datetime, state: str) -> Delivery:
        """Write down a message of another kind."""
        name = uuid.uuid4().hex * 2
        return Delivery.objects.create(
            athlete_id=person.id, kind=kind, reminder_id=uuid.uuid4(), channel="email",
            dedupe_key=name, collapse_id=name, state=state, due_at=not_after,
            not_after=not_after, created_at=NOON,
        )  # fmt: skip

    @pytest.mark.parametrize("kind", ["withdraw", "wake", "digest", "nudge", "access-ends"])
    def test_are_kept_until_long_after_their_last_moment(
        self, athlete: Person, postbox: Postbox, kind: str
    ) -> None:
        old = self.message(athlete, kind, not_after=NOON - A_SECOND, state="accepted")
        recent = self.message(athlete, kind, not_after=NOON, state="accepted")
        sweep(now=NOON + KEPT)
        mine = Delivery.objects.filter(athlete_id=athlete.id)
        assert [one.id for one in mine] == [recent.id]
        assert old.id != recent.id

    def test_are_kept_while_somebody_sends_them(self, athlete: Person, postbox: Postbox) -> None:
        self.message(athlete, "digest", not_after=NOON, state="leased")
        sweep(now=NOON + 2 * KEPT)
        assert Delivery.objects.filter(athlete_id=athlete.id).count() == 1
