"""Somebody holds an athlete's feed, and somebody else waits for it."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, connections

from apps.common.actor import acting_as
from apps.sync.services import hold_feed
from tests.faults.held import PATIENCE_S


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
