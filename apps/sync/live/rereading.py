"""Reads again what may have been missed: what is asked for at once, all of it from time to time."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from itertools import islice
from typing import Generic, TypeVar

import psycopg
from django.db import OperationalError

from apps.sync.live.announcements import Announcements
from apps.sync.live.stream import Pace

logger = logging.getLogger(__name__)

# By the live process's own pool, and by Django's.
DATABASE_IS_AWAY = (psycopg.OperationalError, OperationalError)
AT_ONCE = 100
K = TypeVar("K")


class Rereading(Generic[K]):
    """Looks at what is due, and every ``poll_s`` at all of ``standing`` while Redis is silent.

    First asked, first read, ``AT_ONCE`` at a time: whoever opens a stream meanwhile waits for one
    such part and not for everybody. What is asked for again while it waits keeps its place.
    """

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
        self._due: dict[K, None] = {}  # in the order they were asked for
        self._has_due = asyncio.Event()

    def ask(self, keys: Iterable[K]) -> None:
        """Have these read as soon as may be."""
        self._due.update(dict.fromkeys(keys))
        self._has_due.set()

    async def run(self) -> None:
        """Read for ever, also through times when the database is away."""
        clock = asyncio.get_running_loop().time
        next_poll_at = clock() + self._pace.poll_s
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(next_poll_at):
                    await self._has_due.wait()
            if clock() >= next_poll_at:
                next_poll_at = clock() + self._pace.poll_s
                if not self._announcements.have_stood_for(self._pace.settle_s):
                    self.ask(self._standing)
            due = self._next()
            try:
                await self._look_at(due)
            except DATABASE_IS_AWAY:
                logger.warning("streams_not_read")
                self.ask(due)
                await asyncio.sleep(self._pace.poll_s)

    def _next(self) -> list[K]:
        taken = list(islice(self._due, AT_ONCE))
        for key in taken:
            del self._due[key]
        if not self._due:
            self._has_due.clear()
        return [key for key in taken if key in self._standing]

    async def _look_at(self, due: list[K]) -> None:
        """Read these; when that fails in a way nobody foresaw, those that do fail later again."""
        try:
            await self._look(due)
        except DATABASE_IS_AWAY:
            raise
        except Exception:
            logger.exception("defect")
            if len(due) > 1:
                for key in due:
                    await self._look_at([key])
            else:
                asyncio.get_running_loop().call_later(self._pace.poll_s, self.ask, due)
