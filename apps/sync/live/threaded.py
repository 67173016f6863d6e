"""Django's own way of reading, from a process that has a loop: one thread, one connection.

For rights that are decided in code that pages and API share. What is asked for often, by
everybody, is read by `apps.sync.live.database` instead.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


class InThread:
    """Runs one call after another; the connection goes back to its pool in between."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def __call__(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns, raise what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, _released, work)


def _released(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        connection.close()
