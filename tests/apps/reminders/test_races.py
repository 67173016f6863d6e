"""Two at once about one person: whoever comes second sees what the first one did."""

import io
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections

from apps.insights.services.publish import mark_collected
from apps.reminders.addressing import Address
from apps.reminders.models import Attempt, Delivery
from apps.reminders.services import collect as collecting
from apps.reminders.services import forget as forgetting
from apps.reminders.services import record as recording
from apps.reminders.services.forget import forget_athlete
from apps.reminders.services.leases import Claim
from apps.reminders.services.spread import fall_back
from apps.sync.services import enter_queue
from backend.push.letter import Target
from backend.push.receipt import Outcome, Receipt
from tests.apps.reminders.feed import NOON, deliveries, inbox, publish, remind, reminder
from tests.conftest import Person
from tests.faults.held import PATIENCE_S


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[threading.Thread]:
    """Run ``work`` in a thread with connections of its own; it has ended after the block."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(timeout=PATIENCE_S)
        assert not thread.is_alive()


def claim_of(delivery: Delivery) -> Claim:
    """Return the lease of a delivery's first attempt."""
    about = (delivery.kind, delivery.reminder_id, delivery.device_id, delivery.collapse_id)
    return Claim(delivery.athlete_id, delivery.id, 1, *about)


def wait_for_its_turn(thread: threading.Thread) -> None:
    """Return once the thread has ended or waits for somebody's lock."""
    while thread.is_alive():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        thread.join(timeout=0.01)


class TestErasing:
    def test_leaves_nothing_of_what_a_collector_was_just_writing(
        self, athlete: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key = reminder().source_record
        seq = publish(athlete, {key: reminder()})
        written, may_end = threading.Event(), threading.Event()
        real = mark_collected

        def late(**mark: Any) -> None:
            written.set()
            may_end.wait(timeout=PATIENCE_S)
            real(**mark)

        monkeypatch.setattr(collecting, "mark_collected", late)

        def collect() -> None:
            collecting.collect_person(athlete_id=athlete.id, seq=seq, now=NOON)

        def erase() -> None:
            email = athlete.user.email
            call_command("erase_feed", athlete=email, yes=True, stdout=io.StringIO())

        with beside(collect):
            try:
                assert written.wait(timeout=PATIENCE_S)
                with beside(erase) as eraser:
                    wait_for_its_turn(eraser)
                    may_end.set()
            finally:
                may_end.set()
        assert inbox(athlete) == {}
        assert deliveries(athlete) == []

    def test_is_not_in_the_way_of_a_provider_that_just_said_yes(
        self, athlete: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        remind(athlete)
        [sent] = deliveries(athlete)
        Delivery.objects.filter(athlete_id=athlete.id, id=sent.id).update(
            state="leased", channel="apns", attempts=1, let_go_at=NOON
        )
        enter_queue([athlete.id])
        queue_is_gone, may_go_on = threading.Event(), threading.Event()
        real = forget_athlete

        def late(athlete_id: uuid.UUID) -> None:
            queue_is_gone.set()
            may_go_on.wait(timeout=PATIENCE_S)
            real(athlete_id)

        monkeypatch.setattr(forgetting, "forget_athlete", late)
        ends: list[str] = []

        def erase() -> None:
            call_command("erase_feed", athlete=athlete.user.email, yes=True, stdout=io.StringIO())
            ends.append("erased")

        def say_yes() -> None:
            recording.record(
                claim_of(sent),
                Address(Target(channel="apns", token="phone"), uuid.uuid4()),
                Receipt(outcome=Outcome.ACCEPTED, code="accepted"),
                provider="apns",
                now=NOON,
            )
            ends.append("written")

        with beside(erase):
            try:
                assert queue_is_gone.wait(timeout=PATIENCE_S)
                with beside(say_yes) as writer:
                    wait_for_its_turn(writer)
                    may_go_on.set()
            finally:
                may_go_on.set()
        assert sorted(ends) == ["erased", "written"]
        assert deliveries(athlete) == []
        assert not Attempt.objects.filter(athlete_id=athlete.id).exists()


class TestFallingBack:
    def test_happens_once_when_all_addresses_fail_at_once(
        self, athlete: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        remind(athlete)
        [first] = deliveries(athlete)
        leased = {"state": "leased", "channel": "apns", "attempts": 1, "let_go_at": NOON}
        Delivery.objects.filter(athlete_id=athlete.id, id=first.id).update(**leased)
        second = Delivery.objects.create(
            athlete_id=athlete.id, reminder_id=first.reminder_id, dedupe_key="the other phone",
            collapse_id=first.collapse_id, due_at=NOON, not_after=first.not_after,
            created_at=NOON, **leased,
        )  # fmt: skip
        looked, may_end = threading.Event(), threading.Event()
        real = fall_back

        def late(delivery: Delivery, **times: Any) -> None:
            real(delivery, **times)
            if delivery.id == first.id:
                looked.set()
                may_end.wait(timeout=PATIENCE_S)

        monkeypatch.setattr(recording, "fall_back", late)

        def fail(delivery: Delivery) -> Callable[[], None]:
            return lambda: recording.record(
                claim_of(delivery),
                Address(Target(channel="apns", token="gone"), uuid.uuid4()),
                Receipt(outcome=Outcome.REFUSED, code="refused"),
                provider="apns",
                now=NOON,
            )

        with beside(fail(first)):
            try:
                assert looked.wait(timeout=PATIENCE_S)
                with beside(fail(second)) as other:
                    wait_for_its_turn(other)
                    may_end.set()
            finally:
                may_end.set()
        told = sorted((one.state, one.channel) for one in deliveries(athlete))
        assert told == [("failed", "apns"), ("failed", "apns"), ("planned", "any")]
