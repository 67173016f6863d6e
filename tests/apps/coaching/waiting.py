"""Somebody holds an athlete's feed, and somebody else waits for it."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from uuid import UUID

import pytest
from django.db import connection, connections

from apps.coaching.announcing import announce_consent
from apps.coaching.services import telling
from apps.common.actor import acting_as
from apps.sync.services import hold_feed
from tests.faults.held import PATIENCE_S, Thread


@contextmanager
def feed_held(athlete_id: UUID) -> Iterator[None]:
    """Hold an athlete's feed on a connection of its own, as a push does."""
    held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with acting_as(athlete_id):
                hold_feed(athlete_id)
                held.set()
                assert may_end.wait(PATIENCE_S)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(PATIENCE_S)
    try:
        yield
    finally:
        may_end.set()
        holder.join()


def until_it_waits(running: Future[object], *, for_a: str) -> None:
    """Return when something waits for a lock of this table; ``running`` must not be done before."""
    while not _waits(for_a):
        assert not running.done(), running.result()
        time.sleep(0.01)


def until_it_waits_or_ends(running: Future[object]) -> None:
    """Return when something waits for a lock, or ``running`` is done."""
    while not running.done() and not _waits(""):
        time.sleep(0.01)


@contextmanager
def stopped_when_written(
    gives: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], object]]:
    """Stop a change of a consent between its rows and its commit; yield what lets it commit."""
    written, may_end = threading.Event(), threading.Event()
    giver: list[int] = []
    announce = announce_consent

    def give() -> object:
        giver.append(threading.get_ident())
        return gives()

    def stop(team_id: UUID) -> None:
        announce(team_id)
        if threading.get_ident() in giver:
            giver.clear()  # a renewal announces twice
            written.set()
            assert may_end.wait(PATIENCE_S)

    def go_on() -> object:
        may_end.set()
        return thread.result()

    monkeypatch.setattr(telling, "announce_consent", stop)
    thread = Thread(give)
    while not written.wait(0.05):
        assert thread.is_alive(), thread.error
    try:
        yield go_on
    finally:
        may_end.set()


def _waits(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction keeps the first it saw
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
            "AND datname = current_database() AND query ILIKE %s)",
            [f"%{table}%"],
        )
        (found,) = cursor.fetchone()
    return bool(found)
