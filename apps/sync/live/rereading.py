"""Reads again what may have been missed: what is asked for at once, all of it from time to time."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Generic, TypeVar

import psycopg
from django.db import OperationalError

from apps.sync.live.announcements import Announcements
from apps.sync.live.stream import Pace

logger = logging.getLogger(__name__)

# By the live process's own pool, and by Django's.
DATABASE_IS_AWAY = (psycopg.OperationalError, OperationalError)
K = TypeVar("K")


class Rereading(Generic[K]):
    """Looks at what is due now, and every ``poll_s`` at all of ``standing`` while Redis is silent."""

    def __init__(
        self,
        *,
        pace: Pace,
        announcements: Announcements,
        look: Callable[[Collection[K]], Awaitable[None]],
        standing: Collection[K],
    ) -> None:
        self._pace = pace
        self._announcements = announcements
        self._look = look
        self._standing = standing
        self._due: set[K] = set()
        self._has_due = asyncio.Event()

    def ask(self, keys: Iterable[K]) -> None:
        """Have these read as soon as may be."""
        self._due.update(keys)
        self._has_due.set()

    async def run(self) -> None:
        """Read for ever, also through times when the database is away."""
        clock = asyncio.get_running_loop().time
        next_poll_at = clock() + self._pace.poll_s
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(next_poll_at):
                    await self._has_due.wait()
            self._has_due.clear()
            due, self._due = self._due, set()
            if clock() >= next_poll_at:
                next_poll_at = clock() + self._pace.poll_s
                if not self._announcements.have_stood_for(self._pace.settle_s):
                    due.update(self._standing)
            try:
                await self._look(due.intersection(self._standing))
            except DATABASE_IS_AWAY:
                logger.warning("streams_not_read")
                await asyncio.sleep(self._pace.poll_s)
                self.ask(due)
