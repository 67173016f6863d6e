"""What is due is read in parts, in its turn, and whatever fails is tried again."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

import psycopg
import pytest

from apps.sync.live.announcements import Announcements
from apps.sync.live.gathered import Gathered
from apps.sync.live.rereading import AT_ONCE, Rereading
from apps.sync.live.stream import Pace

PATIENCE_S = 300.0
SOON = Pace(poll_s=0.01)


class Silence(Announcements):
    """A Redis that tells nothing, whether that may be believed or not."""

    def __init__(self, *, is_believed: bool) -> None:
        super().__init__(
            "unix:///nonexistent/redis.sock",
            patience_s=1.0,
            heard=lambda channel, text: None,
            joined=lambda channel: None,
        )
        self._is_believed = is_believed

    def have_stood_for(self, seconds: float) -> bool:
        """Return whether nothing can have been missed."""
        return self._is_believed


class Reads:
    """Notes what was read; ``fail`` says what is wrong with it."""

    def __init__(self, fail: Callable[[list[int]], Exception | None] = lambda due: None) -> None:
        self.tried: list[list[int]] = []
        self.done: list[list[int]] = []
        self._fail = fail

    async def __call__(self, due: Collection[int]) -> None:
        if not due:
            return
        self.tried.append(list(due))
        await asyncio.sleep(0)
        error = self._fail(list(due))
        if error is not None:
            raise error
        self.done.append(list(due))


def run(
    reads: Reads, keys: Collection[int], until: Callable[[], bool], *, is_believed: bool = True
) -> None:
    """Ask for ``keys`` once and read until something holds; fail when nobody reads any more."""

    async def story() -> None:
        again = Rereading(
            pace=SOON,
            announcements=Silence(is_believed=is_believed),
            look=reads,
            standing=list(keys),
        )
        again.ask(keys)
        reading = asyncio.create_task(again.run())
        async with asyncio.timeout(PATIENCE_S):
            while not until():
                await asyncio.sleep(0)
                assert not reading.done(), "nobody reads any more"
        reading.cancel()

    asyncio.run(story())


class TestRereading:
    def test_reads_what_was_asked_first_first_and_so_many_at_once(self) -> None:
        reads, keys = Reads(), range(2 * AT_ONCE + 7)
        run(reads, keys, lambda: len(reads.done) == 3)
        assert [len(part) for part in reads.done] == [AT_ONCE, AT_ONCE, 7]
        assert [key for part in reads.done for key in part] == list(keys)

    @pytest.mark.parametrize(
        "error", [ValueError("nobody foresaw this"), psycopg.OperationalError("away")]
    )
    def test_tries_again_all_that_was_due_after_an_error(self, error: Exception) -> None:
        failures = [error, error, error]
        reads = Reads(lambda due: failures.pop() if failures else None)
        run(reads, range(3), lambda: {key for part in reads.done for key in part} == {0, 1, 2})
        assert failures == []

    def test_reads_the_others_of_a_part_that_one_spoils(self) -> None:
        reads = Reads(lambda due: KeyError("spoilt") if 3 in due else None)
        run(reads, range(10), lambda: reads.tried.count([3]) > 2)
        assert sorted(key for part in reads.done for key in part) == [0, 1, 2, 4, 5, 6, 7, 8, 9]

    def test_reads_all_while_nothing_is_heard(self) -> None:
        reads = Reads()
        run(reads, range(4), lambda: len(reads.done) > 3, is_believed=False)
        assert reads.done[-1] == [0, 1, 2, 3]


class TestGathered:
    def test_asks_for_no_more_at_once_than_it_may(self) -> None:
        asked: list[int] = []

        async def ask(keys: Collection[int]) -> Mapping[int, int]:
            asked.append(len(keys))
            await asyncio.sleep(0)
            return {key: -key for key in keys}

        async def story() -> None:
            gathered: Gathered[int, int] = Gathered(ask, at_once=10)
            answers: list[Awaitable[Mapping[int, int]]] = [gathered([key]) for key in range(25)]
            for key, found in enumerate(await asyncio.gather(*answers)):
                assert found[key] == -key

        asyncio.run(story())
        assert asked == [10, 10, 5]
