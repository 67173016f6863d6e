"""What a mail server may do to a delivery, and where the engine may die."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import override_settings

from apps.reminders.services import deliver
from apps.reminders.services.deliver import LEASE, deliver_due
from apps.reminders.transports import email
from tests.apps.reminders.feed import NOON, address, after, deliveries, remind, states
from tests.apps.reminders.postbox import Mail, Postbox
from tests.conftest import Person
from tests.ports import free_port

ENGINE = "apps.reminders.services.deliver"


class Crash(BaseException):
    """The process dies here."""


def die(*args: object, **kwargs: object) -> None:
    """Be the last thing the process does."""
    raise Crash


def crash_before(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Kill the engine where it would call ``name``."""
    monkeypatch.setattr(f"{ENGINE}.{name}", die)


class TestRefusal:
    @pytest.mark.parametrize("mood", ["421", "451"])
    def test_for_now_is_tried_again_later(
        self, athlete: Person, postbox: Postbox, mood: str
    ) -> None:
        remind(athlete)
        postbox.mood = mood
        deliver_due(now=NOON)
        [delivery] = deliveries(athlete)
        assert (delivery.state, delivery.last_code) == ("planned", f"smtp-{mood}")
        assert delivery.due_at == after(minutes=1)
        deliver_due(now=after(minutes=1))
        assert deliveries(athlete)[0].due_at == after(minutes=5)
        postbox.mood = "accept"
        deliver_due(now=after(minutes=4))
        assert postbox.received == []
        deliver_due(now=after(minutes=5))
        assert len(postbox.mails_to(address(athlete))) == 1
        assert deliveries(athlete)[0].unknowns == 0

    def test_for_good_fails(self, athlete: Person, postbox: Postbox) -> None:
        remind(athlete)
        postbox.mood = "550"
        deliver_due(now=NOON)
        postbox.mood = "accept"
        deliver_due(now=after(minutes=600))
        [delivery] = deliveries(athlete)
        assert (delivery.state, delivery.last_code) == ("failed", "smtp-550")
        assert postbox.received == []

    def test_to_connect_pauses_the_server_and_loses_nothing(
        self, people: Callable[..., Person], postbox: Postbox
    ) -> None:
        everybody = [people(), people()]
        for person in everybody:
            remind(person)
        with override_settings(EMAIL_PORT=free_port()):
            run = deliver_due(now=NOON)
        assert run.outcomes["no-connection"] >= 1
        assert run.outcomes["no-connection"] + run.outcomes["held"] == 2
        deliver_due(now=after(minutes=1))
        assert all(len(postbox.mails_to(address(person))) == 1 for person in everybody)

    def test_keeps_addresses_out_of_the_log(
        self, athlete: Person, postbox: Postbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        remind(athlete)
        postbox.mood = "550"
        deliver_due(now=NOON)
        assert address(athlete) not in caplog.text


class TestLostOutcome:
    def message_ids(self, mails: list[Mail]) -> set[str]:
        return {mail.message["Message-ID"] for mail in mails}

    def test_is_retried_under_the_same_message_id(self, athlete: Person, postbox: Postbox) -> None:
        remind(athlete)
        postbox.mood = "drop"
        deliver_due(now=NOON)
        [delivery] = deliveries(athlete)
        assert (delivery.state, delivery.last_code) == ("uncertain", "connection-lost")
        postbox.mood = "accept"
        deliver_due(now=after(minutes=1))
        mails = postbox.mails_to(address(athlete))
        assert len(mails) == 2
        assert len(self.message_ids(mails)) == 1
        assert states(athlete) == ["accepted"]

    def test_is_retried_twice_at_most_and_then_left(
        self, athlete: Person, postbox: Postbox
    ) -> None:
        remind(athlete)
        postbox.mood = "drop"
        for hour in range(10):
            deliver_due(now=after(minutes=60 * hour))
        mails = postbox.mails_to(address(athlete))
        assert len(mails) == 3
        assert len(self.message_ids(mails)) == 1
        [delivery] = deliveries(athlete)
        assert (delivery.state, delivery.unknowns) == ("uncertain", 3)

    def test_of_a_crash_after_sending_comes_back_after_the_lease(
        self, athlete: Person, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        remind(athlete)
        with monkeypatch.context() as patch:
            crash_before(patch, "record")
            with pytest.raises(Crash):
                deliver_due(now=NOON)
        assert states(athlete) == ["leased"]
        deliver_due(now=NOON + LEASE - timedelta(seconds=1))
        assert len(postbox.mails_to(address(athlete))) == 1, "still leased"
        deliver_due(now=NOON + LEASE + timedelta(seconds=1))
        mails = postbox.mails_to(address(athlete))
        assert len(mails) == 2
        assert len(self.message_ids(mails)) == 1
        [delivery] = deliveries(athlete)
        assert (delivery.state, delivery.attempts) == ("accepted", 2)

    def test_of_a_sender_that_dies_each_time_waits_longer_and_longer(
        self, athlete: Person, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        remind(athlete)
        monkeypatch.setattr(email.Mail, "start", die)
        deaths = 0
        for minute in range(60):
            try:
                deliver_due(now=after(minutes=2 * minute))
            except Crash:
                deaths += 1
        assert deaths == 10, "of sixty looks"
        monkeypatch.undo()
        deliver_due(now=after(minutes=240))
        assert states(athlete) == ["accepted"]

    @pytest.mark.parametrize("point", ["let_go", "start"])
    def test_of_a_crash_before_sending_is_not_a_lost_reminder(
        self, athlete: Person, postbox: Postbox, monkeypatch: pytest.MonkeyPatch, point: str
    ) -> None:
        remind(athlete)
        with monkeypatch.context() as patch:
            if point == "start":
                patch.setattr(email.Mail, "start", die)
            else:
                crash_before(patch, point)
            with pytest.raises(Crash):
                deliver_due(now=NOON)
        assert postbox.received == []
        deliver_due(now=after(seconds=61))
        [delivery] = deliveries(athlete)
        assert len(postbox.mails_to(address(athlete))) == 1
        assert delivery.state == "accepted"
        assert delivery.attempts == 2

    def test_that_arrives_after_its_lease_changes_nothing(
        self, athlete: Person, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        remind(athlete)
        real = email.send_update

        def slow(**letter: Any) -> Any:
            monkeypatch.setattr(email, "send_update", real)
            deliver_due(now=NOON + LEASE + timedelta(seconds=1))  # somebody else meanwhile
            connections.close_all()  # of the sender's thread
            postbox.mood = "550"
            return real(**letter)

        monkeypatch.setattr(email, "send_update", slow)
        deliver_due(now=NOON)
        [delivery] = deliveries(athlete)
        assert (delivery.state, delivery.attempts) == ("accepted", 2)

    def test_that_arrives_late_leaves_a_newer_lease_alone(
        self, athlete: Person, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        remind(athlete)
        real = email.send_update

        def slow(**letter: Any) -> Any:
            monkeypatch.setattr(email, "send_update", real)
            with monkeypatch.context() as patch:
                crash_before(patch, "record")
                with pytest.raises(Crash):
                    deliver_due(now=NOON + LEASE + timedelta(seconds=1))
            connections.close_all()  # of the sender's thread
            postbox.mood = "550"
            return real(**letter)

        monkeypatch.setattr(email, "send_update", slow)
        deliver_due(now=NOON)
        [delivery] = deliveries(athlete)
        assert (delivery.state, delivery.attempts) == ("leased", 2)


class TestDefect:
    @pytest.mark.parametrize("point", ["let_go", "record"])
    def test_with_one_person_keeps_nothing_from_the_others(
        self,
        people: Callable[..., Person],
        postbox: Postbox,
        monkeypatch: pytest.MonkeyPatch,
        point: str,
    ) -> None:
        broken, fine = people(), people()
        for person in (broken, fine):
            remind(person)
        real = getattr(deliver, point)

        def failing(*args: Any, **named: Any) -> Any:
            athlete_id = named["athlete_id"] if named.get("athlete_id") else args[0].athlete_id
            if athlete_id == broken.id:
                raise ZeroDivisionError
            return real(*args, **named)

        with monkeypatch.context() as patch:
            patch.setattr(deliver, point, failing)
            deliver_due(now=NOON)
        assert states(fine) == ["accepted"]
        assert states(broken) == ["leased"]
        deliver_due(now=NOON + LEASE + timedelta(seconds=1))
        assert states(broken) == ["accepted"]
