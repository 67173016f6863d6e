"""The due engine against a real SMTP server: once to the eye, through crashes and refusals."""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections, transaction

from apps.accounts.models import User
from apps.reminders import sql
from apps.reminders.models import Delivery
from apps.reminders.services import recheck
from apps.reminders.services.deliver import Run, deliver_due
from apps.reminders.services.inbox import mark_seen
from tests.apps.reminders.feed import (
    NOON,
    TODAY,
    address,
    after,
    change,
    days,
    deliveries,
    inbox,
    remind,
    reminder,
    set_profile,
    states,
)
from tests.apps.reminders.postbox import Postbox
from tests.conftest import Person
from tests.faults.held import PATIENCE_S

ENGINE = "apps.reminders.services.deliver"


class TestDelivery:
    def test_sends_one_mail_for_one_reminder(self, athlete: Person, postbox: Postbox) -> None:
        remind(athlete)
        for minute in range(3):
            deliver_due(now=after(minutes=minute))
        [mail] = postbox.mails_to(address(athlete))
        [delivery] = deliveries(athlete)
        assert (delivery.state, delivery.attempts) == ("accepted", 1)
        assert mail.message["Message-ID"] == f"<{delivery.collapse_id[:32]}@app.example.org>"

    def test_takes_few_statements_beside_the_looks_for_work(
        self, athlete: Person, postbox: Postbox, sql_statements: Callable[[], Any]
    ) -> None:
        for state in ("due", "due", "snoozed"):
            remind(athlete, reminder(state=state))
        with sql_statements() as statements:
            run = deliver_due(now=NOON)
        assert run.outcomes == {"accepted": 2}
        assert sum("SKIP LOCKED" not in one for one in statements) == 2 * 17

    def test_waits_for_the_due_day(self, athlete: Person, postbox: Postbox) -> None:
        remind(athlete, reminder(due=days(3)))
        deliver_due(now=NOON)
        deliver_due(now=NOON + timedelta(days=3, hours=-3, seconds=-1))
        assert postbox.received == []
        deliver_due(now=NOON + timedelta(days=3, hours=-3))
        assert len(postbox.mails_to(address(athlete))) == 1

    def test_says_nothing_about_health_or_the_person(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        [key] = remind(athlete)
        deliver_due(now=NOON)
        [mail] = postbox.mails_to(address(athlete))
        told = mail.words
        assert mail.message["Subject"] == "You have an update in Mechanostat"
        assert "https://app.example.org/me/inbox" in told
        for secret in (
            "CANARY", "41.7317", "ng/mL", "vitamin", "vitd", "low_result", "retest", "rem.",
            athlete.user.display_name, str(key), str(athlete.id), str(TODAY),
        ):  # fmt: skip
            assert secret.lower() not in told.lower()
        for word in ("blood", "due", "inbox?"):  # nor a token in that link
            assert word not in told
        for kind in ("text/plain", "text/html"):
            assert kind in told

    def test_is_not_repeated_when_the_reminder_closes_and_opens(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        [key] = remind(athlete)
        deliver_due(now=NOON)
        change(athlete, key, reminder(state="closed"))
        change(athlete, key, reminder())
        deliver_due(now=after(minutes=5))
        assert len(postbox.mails_to(address(athlete))) == 1
        assert states(athlete) == ["accepted"]

    def test_never_asks_twice_from_two_engines_at_once(
        self, people: Callable[..., Person], postbox: Postbox
    ) -> None:
        everybody = [people() for _ in range(8)]
        for person in everybody:
            remind(person)
        start = threading.Barrier(2)
        runs: list[Run] = []

        def work() -> None:
            try:
                start.wait()
                runs.append(deliver_due(now=NOON))
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [run.outcomes["accepted"] for run in runs] != []
        assert sum(run.outcomes["accepted"] for run in runs) == 8
        assert all(len(postbox.mails_to(address(person))) == 1 for person in everybody)

    def test_passes_by_what_another_engine_is_leasing(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        remind(athlete)
        leasing, looked = threading.Event(), threading.Event()

        def lease() -> None:
            try:
                with transaction.atomic():
                    sql.fetch(
                        sql.CLAIM,
                        {
                            "now": NOON,
                            "until": after(minutes=1),
                            "limit": 1,
                            "channels": ["any", "email"],
                        },
                    )
                    leasing.set()
                    looked.wait(PATIENCE_S)
            finally:
                connections.close_all()

        other = threading.Thread(target=lease)
        other.start()
        assert leasing.wait(PATIENCE_S)
        try:
            run = deliver_due(now=NOON)
        finally:
            looked.set()
            other.join()
        assert run.outcomes == {}
        assert [(d.state, d.attempts) for d in deliveries(athlete)] == [("leased", 1)]

    def test_ends_a_long_run_in_time(self, people: Callable[..., Person], postbox: Postbox) -> None:
        for _ in range(3):
            remind(people())
        run = deliver_due(now=NOON, budget_s=0)
        assert run.is_cut_short
        assert run.outcomes.total() == 1


class TestLastLook:
    def claim_then(self, do: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> Run:
        """Run the engine and do something between its lease and its last look."""
        real = recheck.let_go

        def late(*claim: Any, **told: Any) -> Any:
            monkeypatch.setattr(f"{ENGINE}.let_go", real)
            do()
            return real(*claim, **told)

        monkeypatch.setattr(f"{ENGINE}.let_go", late)
        return deliver_due(now=NOON)

    def test_cancels_what_a_new_result_satisfied_meanwhile(
        self, athlete: Person, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        [key] = remind(athlete)
        run = self.claim_then(lambda: change(athlete, key, reminder(state="closed")), monkeypatch)
        assert postbox.received == []
        assert run.outcomes == {"closed": 1}
        assert states(athlete) == ["cancelled"]

    def test_cancels_what_moved_to_another_day_meanwhile(
        self, athlete: Person, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        [key] = remind(athlete)
        self.claim_then(lambda: change(athlete, key, reminder(due=days(9))), monkeypatch)
        assert postbox.received == []
        assert sorted(states(athlete)) == ["cancelled", "planned"]

    def test_sends_nothing_to_somebody_who_left(self, athlete: Person, postbox: Postbox) -> None:
        remind(athlete)
        User.objects.filter(pk=athlete.id).update(is_active=False)
        deliver_due(now=NOON)
        assert postbox.received == []
        assert states(athlete) == ["cancelled"]

    def test_puts_off_what_the_traveller_would_get_at_night(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        remind(athlete)
        set_profile(athlete, zone="Pacific/Auckland")  # midnight there
        deliver_due(now=NOON)
        [delivery] = deliveries(athlete)
        assert postbox.received == []
        assert delivery.state == "planned"
        assert delivery.due_at == datetime(2026, 5, 4, 19, tzinfo=UTC)
        deliver_due(now=delivery.due_at)
        assert len(postbox.mails_to(address(athlete))) == 1

    def test_gives_up_on_news_a_week_old(self, athlete: Person, postbox: Postbox) -> None:
        remind(athlete)
        deliver_due(now=NOON + timedelta(days=7, seconds=1))
        assert postbox.received == []
        assert states(athlete) == ["expired"]
        assert len(inbox(athlete)) == 1

    def test_sends_what_a_long_pause_held_back_when_it_ends(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        remind(athlete)
        set_profile(athlete, reminders_paused_until=days(30).isoformat())
        deliver_due(now=NOON)
        deliver_due(now=NOON + timedelta(days=20))
        assert postbox.received == []
        deliver_due(now=NOON + timedelta(days=30))
        assert len(postbox.mails_to(address(athlete))) == 1

    def test_sends_at_once_what_a_pause_given_up_early_held_back(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        set_profile(athlete, reminders_per_week=0)
        [key] = remind(athlete)
        deliver_due(now=NOON)  # no room in the week
        set_profile(athlete, reminders_per_week=2, reminders_paused_until=days(20).isoformat())
        change(athlete, key, reminder(), now=after(minutes=5))
        set_profile(athlete, reminders_paused_until=None)
        change(athlete, key, reminder(), now=after(minutes=10))
        deliver_due(now=after(minutes=10))
        assert len(postbox.mails_to(address(athlete))) == 1

    def test_sends_at_once_what_quiet_hours_do_not_hold_any_more(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        set_profile(athlete, quiet_hours="10-20")
        [key] = remind(athlete)
        deliver_due(now=NOON)
        set_profile(athlete, quiet_hours="none")
        change(athlete, key, reminder(), now=after(minutes=5))
        deliver_due(now=after(minutes=5))
        assert len(postbox.mails_to(address(athlete))) == 1

    def test_leaves_out_what_was_read_since_it_arrived(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        [key] = remind(athlete)
        mark_seen(athlete_id=athlete.id, reminder_id=key, now=after(minutes=1))
        deliver_due(now=after(minutes=2))
        assert postbox.received == []
        assert states(athlete) == ["expired"]

    def test_sends_what_was_read_ahead_and_makes_it_unread(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        [key] = remind(athlete, reminder(due=days(5)))
        mark_seen(athlete_id=athlete.id, reminder_id=key, now=after(minutes=1))
        deliver_due(now=NOON + timedelta(days=5))
        assert len(postbox.mails_to(address(athlete))) == 1
        assert inbox(athlete)[key].seen_at is None


class TestWeek:
    def test_holds_two_mails_the_most_pressing_first(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        late, low, high = remind(
            athlete, reminder(priority=3, due=days(0)), reminder(priority=4, due=days(-2)),
            reminder(priority=2, due=days(-1)),
        )  # fmt: skip
        deliver_due(now=NOON)
        sent = {d.reminder_id for d in deliveries(athlete) if d.state == "accepted"}
        assert sent == {late, high}
        [waiting] = [d for d in deliveries(athlete) if d.reminder_id == low]
        assert (waiting.state, waiting.due_at) == ("planned", NOON + timedelta(days=7))
        deliver_due(now=NOON + timedelta(days=7))
        assert states(athlete) == ["accepted"] * 3
        assert len(postbox.mails_to(address(athlete))) == 3

    def test_does_not_hold_back_what_is_urgent(self, athlete: Person, postbox: Postbox) -> None:
        remind(athlete, *(reminder(priority=1) for _ in range(4)))
        deliver_due(now=NOON)
        assert len(postbox.mails_to(address(athlete))) == 4


class TestMarkers:
    def test_refuse_a_second_delivery_of_the_same_thing(self, athlete: Person) -> None:
        remind(athlete)
        [delivery] = deliveries(athlete)
        twin = Delivery(
            athlete_id=athlete.id, id=uuid.uuid4(), reminder_id=delivery.reminder_id,
            channel="email", dedupe_key=delivery.dedupe_key, state="planned", due_at=NOON,
            not_after=NOON, created_at=NOON,
        )  # fmt: skip
        Delivery.objects.bulk_create([twin], ignore_conflicts=True)
        assert len(deliveries(athlete)) == 1
