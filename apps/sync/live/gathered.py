"""Many askers, few statements."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Gathered(Generic[K, V]):
    """Asks one question at a time; whoever comes meanwhile is asked for together in the next.

    So a thousand phones that reconnect at once cost a few statements, and answers come in the
    order of their questions: an older one never overtakes a newer one. Where each key costs
    much, ``at_once`` keeps the first of them from waiting for the last: one more begins a
    further question.
    """

    def __init__(
        self,
        ask: Callable[[Collection[K]], Awaitable[Mapping[K, V]]],
        *,
        at_once: int | None = None,
    ) -> None:
        self._ask = ask
        self._at_once = at_once
        self._turn = asyncio.Lock()  # first come, first served
        self._next: tuple[set[K], asyncio.Task[Mapping[K, V]]] | None = None

    async def __call__(self, keys: Collection[K]) -> Mapping[K, V]:
        """Return what is known of ``keys``, and perhaps of others'; raises what asking raises."""
        if self._next is None or self._is_full(self._next[0]):
            together: set[K] = set()
            self._next = together, asyncio.create_task(self._run(together))
        together, task = self._next
        together.update(keys)
        # One asker that leaves must not take the answer from the others.
        return await asyncio.shield(task)

    def _is_full(self, together: set[K]) -> bool:
        return self._at_once is not None and len(together) >= self._at_once

    async def _run(self, keys: set[K]) -> Mapping[K, V]:
        async with self._turn:
            if self._next is not None and self._next[0] is keys:
                self._next = None
            return await self._ask(keys)
