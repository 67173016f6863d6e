"""Waking workers: one message for whoever looks, however much there is to look at."""

from collections.abc import Iterator

import pytest
from celery import Celery, current_app
from django.utils import timezone
from redis import Redis

from apps.common import jobs
from apps.common.breaker import Breaker
from apps.common.jobs import UNDER_WAY_S, Job, begin, wake
from apps.insights.services import recompute
from tests.apps.sync.ops import workout
from tests.conftest import Person
from tests.live import own_valkey
from tests.tasks.test_base import registered

pytestmark = pytest.mark.processes
redis_of = jobs._redis  # before a test puts another in its place


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """A server of the test's own, which holds messages and marks."""
    for breaker in ("_broker", "_marks"):
        monkeypatch.setattr(jobs, breaker, Breaker(pause_s=60.0))
    monkeypatch.setattr(jobs, "UNDER_WAY_S", 3600)  # a slow machine's pauses end no message
    before = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
    with own_valkey() as valkey:
        # Not by the setting: whoever asks it first meanwhile would keep this server's address.
        marks = redis_of(valkey.url)
        monkeypatch.setattr(jobs, "_redis", lambda url: marks)
        own = Celery("own", broker=valkey.url.replace("unix://", "redis+socket://"))
        own.set_current()
        try:
            yield Redis.from_url(valkey.url)
        finally:
            before.set_current()
            own.close()


def sent(broker: Redis) -> int:
    """Return how many messages wait for workers."""
    return int(str(broker.llen("celery")))


class TestWake:
    def test_sends_nothing_while_a_message_is_under_way(self, broker: Redis) -> None:
        for _ in range(3):
            wake(Job.RECOMPUTE)
        assert sent(broker) == 1

    def test_sends_another_once_a_worker_has_begun(self, broker: Redis) -> None:
        wake(Job.RECOMPUTE)
        begin(Job.RECOMPUTE)
        wake(Job.RECOMPUTE)
        assert sent(broker) == 2

    def test_sends_one_for_each_job(self, broker: Redis) -> None:
        wake(Job.RECOMPUTE)
        wake(Job.DELIVER_REMINDERS)
        begin(Job.DELIVER_REMINDERS)
        wake(Job.RECOMPUTE)
        assert sent(broker) == 2

    def test_keeps_no_mark_of_what_was_not_sent(self, broker: Redis) -> None:
        jobs._broker.failed()
        wake(Job.RECOMPUTE)
        assert (sent(broker), broker.keys("under_way:*")) == (0, [])

    def test_takes_a_mark_away_although_redis_was_just_away(self, broker: Redis) -> None:
        wake(Job.RECOMPUTE)
        jobs._marks.failed()
        begin(Job.RECOMPUTE)
        assert broker.keys("under_way:*") == []

    def test_trusts_no_message_for_long(
        self, broker: Redis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(jobs, "UNDER_WAY_S", UNDER_WAY_S)
        wake(Job.RECOMPUTE)
        (mark,) = broker.keys("under_way:*")
        assert 0 < int(str(broker.ttl(mark))) <= UNDER_WAY_S

    def test_sends_all_where_no_mark_can_be_kept(
        self, broker: Redis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nowhere = redis_of("unix:///nowhere.sock")
        monkeypatch.setattr(jobs, "_redis", lambda url: nowhere)
        for _ in range(3):
            wake(Job.RECOMPUTE)
            begin(Job.RECOMPUTE)
        assert sent(broker) == 3


class TestAJob:
    def test_begins_before_it_looks(self, broker: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
        wake(Job.RECOMPUTE)
        # What is written while it looks has a message of its own.
        monkeypatch.setattr(recompute, "drain", lambda *, now: wake(Job.RECOMPUTE))
        registered(Job.RECOMPUTE).run()
        assert sent(broker) == 2

    def test_asks_for_help_when_one_athlete_is_not_all(
        self, broker: Redis, athlete: Person, stranger: Person
    ) -> None:
        recompute.drain(now=timezone.now())  # those whom other tests left
        begin(Job.RECOMPUTE)
        broker.delete("celery")
        for person in (athlete, stranger):
            person.sync([workout()])
        assert sent(broker) == 1
        begin(Job.RECOMPUTE)
        recompute.drain(now=timezone.now())
        woken = [message for message in broker.lrange("celery", 0, -1) if b"recompute" in message]
        assert len(woken) == 2
