"""What is taken down was sent before: a withdrawal never overtakes the nudge it is about."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from apps.reminders.models import Delivery
from apps.reminders.services import deliver
from apps.reminders.services.deliver import LEASE
from apps.reminders.services.silent import NUDGE_ENDS_WITHIN
from apps.reminders.transports.apns import ApnsTransport
from backend.push.letter import Kind, Letter
from tests.apps.reminders.feed import change, deliveries, reminder
from tests.apps.reminders.postbox import Postbox
from tests.apps.reminders.test_channels import add_phone, awake, now_, nudge, run
from tests.apps.reminders.test_races import beside
from tests.conftest import Person
from tests.faults.held import PATIENCE_S
from tests.peers import PushPeer

__all__ = ["awake"]


@contextmanager
def on_its_way(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Have another engine let a nudge go and hesitate to send it until the event is set."""
    may_send, let_go = threading.Event(), threading.Event()
    real = ApnsTransport.start

    def late(self: ApnsTransport, letter: Letter, *told: Any) -> None:
        if letter.kind is Kind.REMIND:
            let_go.set()
            may_send.wait(timeout=PATIENCE_S)
        real(self, letter, *told)

    monkeypatch.setattr(ApnsTransport, "start", late)
    with beside(run):
        try:
            assert let_go.wait(timeout=PATIENCE_S)
            yield may_send
        finally:
            may_send.set()


def kinds(peer: PushPeer) -> list[str]:
    """Return what the provider was asked to deliver, in order and without wake-ups."""
    asked = [entry["body"]["kind"] for entry in peer.log("apns")]
    return [kind for kind in asked if kind != "wake"]


def withdrawal(person: Person) -> Delivery:
    """Return the one withdrawal there is."""
    return Delivery.objects.get(athlete_id=person.id, kind="withdraw")


class TestWithdrawal:
    def settle(self, person: Person, key: Any) -> None:
        change(person, key, reminder(due=now_().date(), state="done"), now=now_())

    def test_waits_for_a_nudge_that_another_engine_is_sending(
        self,
        awake: Person,
        push_peer: PushPeer,
        postbox: Postbox,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        add_phone(awake)
        [key] = nudge(awake)
        with on_its_way(monkeypatch):
            self.settle(awake, key)
            run()
            assert kinds(push_peer) == []
            waiting = withdrawal(awake)
            assert (waiting.state, waiting.last_code, waiting.attempts) == ("planned", "held", 0)
        run(later=NUDGE_ENDS_WITHIN)
        assert kinds(push_peer) == ["remind", "withdraw"]

    def test_waits_for_the_lease_of_a_sender_that_died(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        add_phone(awake)
        [key] = nudge(awake)
        run()
        ends_at = now_() + LEASE
        Delivery.objects.filter(athlete_id=awake.id).update(state="leased", lease_until=ends_at)
        self.settle(awake, key)
        run(later=LEASE / 2)
        assert kinds(push_peer) == ["remind"]
        run(later=2 * LEASE)  # the nudge is looked at again, and let be
        run(later=2 * LEASE + NUDGE_ENDS_WITHIN)
        assert kinds(push_peer) == ["remind", "withdraw"]
        assert [one.state for one in deliveries(awake)] == ["cancelled"], "nor is it sent again"

    def test_follows_a_nudge_whose_outcome_is_not_known(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        token = add_phone(awake)
        push_peer.behave(f"apns/{token}", {"do": "reset"})
        [key] = nudge(awake)
        run()
        self.settle(awake, key)
        run()
        run(later=timedelta(hours=1))
        assert kinds(push_peer) == ["remind", "withdraw"]

    def test_is_not_sent_when_the_nudge_was_surely_not_taken(
        self,
        awake: Person,
        push_peer: PushPeer,
        postbox: Postbox,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        token = add_phone(awake)
        push_peer.behave(f"apns/{token}", {"do": "answer", "status": 500})
        [key] = nudge(awake)
        with on_its_way(monkeypatch):
            self.settle(awake, key)
        run(later=timedelta(minutes=10))
        assert kinds(push_peer) == ["remind"]
        assert (withdrawal(awake).state, withdrawal(awake).last_code) == ("expired", "not-needed")

    def test_takes_down_what_may_have_arrived_before_it_was_seen_elsewhere(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        add_phone(awake)
        [key] = nudge(awake)
        run()
        Delivery.objects.filter(athlete_id=awake.id).update(state="expired", last_code="seen")
        self.settle(awake, key)
        run()
        assert kinds(push_peer) == ["remind", "withdraw"]


class TestSending:
    def test_does_not_begin_late_in_a_lease(
        self,
        awake: Person,
        push_peer: PushPeer,
        postbox: Postbox,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        add_phone(awake)
        nudge(awake)
        with monkeypatch.context() as patch:
            patch.setattr(deliver, "BEGIN_WITHIN_S", -1.0)
            assert run().outcomes == {"too-late": 1}
        assert push_peer.log("apns") == []
        run(later=LEASE / 2)
        assert push_peer.log("apns") == []
        run(later=2 * LEASE)
        assert kinds(push_peer) == ["remind"]
