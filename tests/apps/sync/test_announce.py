"""Telling that a feed moved: what is said, when, and what a lost Redis costs."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from celery import Celery, current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from redis import Redis

from apps.common import announcing, jobs
from apps.common.actor import acting_as
from apps.common.announcing import Announcer
from apps.common.breaker import Breaker
from apps.insights.services.recompute import recompute_athlete
from apps.sync.announce import announce_head, channel
from config.celery_settings import WEB_TRANSPORT
from tests.apps.sync.test_push import workout
from tests.conftest import Person
from tests.live import OwnValkey, own_valkey, until

pytestmark = pytest.mark.processes
FOREVER_S = 1e6


class Ear:
    """Listens to one channel."""

    def __init__(self, url: str, name: str) -> None:
        self._pubsub = Redis.from_url(url).pubsub()  # type: ignore[no-untyped-call]  # untyped there
        self._pubsub.subscribe(name)
        self._pubsub.get_message(timeout=30)  # the confirmation
        self.heard: list[str] = []

    def hears(self, text: str) -> bool:
        """Return whether the newest message is ``text``, having waited a little."""
        message: Any = self._pubsub.get_message(timeout=0.1)
        if message is not None and message["type"] == "message":
            self.heard.append(message["data"].decode())
        return self.heard[-1:] == [text]


@pytest.fixture
def valkey() -> Iterator[OwnValkey]:
    with own_valkey() as running:
        yield running


@pytest.fixture
def patience_of_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Announcers made from now on wait for Redis as long as in operation."""
    monkeypatch.setattr(announcing, "PATIENCE_S", 0.2)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch, valkey: OwnValkey) -> Announcer:
    """The announcer of this process, which never tries again by itself."""
    announcer = Announcer(valkey.url, breaker=Breaker(pause_s=FOREVER_S))
    monkeypatch.setattr(announcing, "_announcer", lambda url: announcer)
    monkeypatch.setattr(jobs, "_broker", Breaker(pause_s=FOREVER_S))
    return announcer


def head_of(answer: Any) -> str:
    """Return the head a sync left, as it is announced."""
    witness = answer.json()["witness"]
    return f"{witness['seq']}:{witness['mark']}"


def fail_after_announcing(athlete_id: UUID) -> None:
    """Announce a head, then have the transaction fail."""
    announce_head(athlete_id, seq=7, mark=7)
    connection.cursor().execute("SELECT 1 / 0")


class TestAnnouncement:
    def test_holds_the_head_and_nothing_else(self, athlete: Person) -> None:
        ear = Ear(settings.REDIS_URL, channel(athlete.id))
        head = head_of(athlete.sync([workout(note="CANARY"), workout()]))
        until(lambda: ear.hears(head), "the announcement")
        assert ear.heard == [head]
        assert head.startswith("2:")

    def test_of_derived_records_follows(self, athlete: Person) -> None:
        first = head_of(athlete.sync([workout()]))
        ear = Ear(settings.REDIS_URL, channel(athlete.id))
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        after = head_of(athlete.sync())
        until(lambda: ear.hears(after), "the announcement")
        assert first != after

    def test_comes_once_per_commit_and_never_without_a_write(self, athlete: Person) -> None:
        op = workout()
        ear = Ear(settings.REDIS_URL, channel(athlete.id))
        first = head_of(athlete.sync([op]))
        athlete.sync([op])
        athlete.sync()
        athlete.get("/v1/athletes/me/changes")
        last = head_of(athlete.sync([workout()]))
        until(lambda: ear.hears(last), "the announcement")
        assert ear.heard == [first, last]

    def test_does_not_come_for_what_was_rolled_back(self, athlete: Person) -> None:
        ear = Ear(settings.REDIS_URL, channel(athlete.id))
        with pytest.raises(DatabaseError), acting_as(athlete.id):
            fail_after_announcing(athlete.id)
        last = head_of(athlete.sync([workout()]))
        until(lambda: ear.hears(last), "the announcement")
        assert ear.heard == [last]


class TestLostRedis:
    def test_fails_no_push_and_is_tried_once(
        self,
        athlete: Person,
        valkey: OwnValkey,
        patient: Announcer,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        valkey.kill()
        answers = [athlete.sync([workout()]) for _ in range(20)]
        assert {answer.status_code for answer in answers} == {200}
        assert caplog.messages.count("announcement_lost") == 1

    def test_that_hangs_costs_one_push_its_patience(
        self,
        athlete: Person,
        valkey: OwnValkey,
        patience_of_operation: None,
        patient: Announcer,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        valkey.freeze()
        answers = [athlete.sync([workout()]) for _ in range(20)]
        valkey.thaw()
        assert {answer.status_code for answer in answers} == {200}
        assert caplog.messages.count("announcement_lost") == 1

    def test_that_hangs_later_costs_nothing_and_loses_nothing(
        self,
        athlete: Person,
        valkey: OwnValkey,
        patient: Announcer,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        ear = Ear(valkey.url, channel(athlete.id))
        heads = [head_of(athlete.sync([workout()]))]
        valkey.freeze()
        heads += [head_of(athlete.sync([workout()])) for _ in range(5)]
        valkey.thaw()
        until(lambda: ear.hears(heads[-1]), "what was said meanwhile")
        assert ear.heard == heads
        assert "announcement_lost" not in caplog.messages

    def test_that_restarted_is_told_at_once(
        self, valkey: OwnValkey, caplog: pytest.LogCaptureFixture
    ) -> None:
        announcer = Announcer(valkey.url, breaker=Breaker(pause_s=FOREVER_S))
        announcer.publish("c", "before")
        valkey.kill()
        valkey.start()
        ear = Ear(valkey.url, "c")
        announcer.publish("c", "after")
        until(lambda: ear.hears("after"), "the announcement")
        assert "announcement_lost" not in caplog.messages

    def test_is_tried_again_after_the_pause(self, valkey: OwnValkey) -> None:
        now = [100.0]
        announcer = Announcer(valkey.url, breaker=Breaker(pause_s=5.0, clock=lambda: now[0]))
        valkey.kill()
        announcer.publish("c", "lost")
        valkey.start()
        ear = Ear(valkey.url, "c")
        announcer.publish("c", "spared")
        now[0] += 5.0
        announcer.publish("c", "tried")
        announcer.publish("c", "again")
        until(lambda: ear.hears("again"), "the announcement")
        assert ear.heard == ["tried", "again"]


class TestWake:
    def test_asks_a_dead_broker_once(
        self,
        valkey: OwnValkey,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setattr(jobs, "_broker", Breaker(pause_s=FOREVER_S))
        before = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
        dead = Celery("dead", broker=valkey.url.replace("unix://", "redis+socket://"))
        dead.conf.broker_transport_options = WEB_TRANSPORT
        valkey.kill()
        try:
            dead.set_current()
            for _ in range(5):
                jobs.wake(jobs.Job.RECOMPUTE)
        finally:
            before.set_current()
            dead.close()
        assert caplog.messages.count("wake_lost") == 1
