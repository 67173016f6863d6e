"""One open stream: what its reader is to be told, and what of that is still unsent."""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from uuid import UUID

import msgspec

from apps.accounts.access import Caller
from backend.feed.head import Head
from backend.feed.wire import StreamHeads

PING = b": ping\n\n"
# Reconnects after a restart or a full lifetime are spread over this.
RETRY_MS = (1_000, 5_000)

_jitter = random.SystemRandom()


@dataclass(frozen=True)
class Pace:
    """How long and how often; every duration in seconds.

    A reader that takes nothing for ``stuck_s`` is given up.
    ``settle_s`` must outlast the pause of a publisher that could not reach Redis
    (`apps.sync.announce.PAUSE_S`): until then a silent subscription proves nothing.
    """

    lifetime_s: float = 600.0
    ping_s: float = 30.0
    check_s: float = 30.0
    poll_s: float = 3.0
    settle_s: float = 10.0
    coalesce_s: float = 0.2
    stuck_s: float = 30.0
    per_device: int = 4
    per_process: int = 2_000

    def lifetime(self) -> float:
        """Return how long the next stream may stay open, so that not all end together."""
        return self.lifetime_s * _jitter.uniform(0.9, 1.0)


class EventStream:
    """An open answer that tells news as they come, several within ``gather_s`` as one event."""

    __slots__ = ("_moved", "_over", "ends_at", "is_ended")

    def __init__(self, *, ends_at: float) -> None:
        self.ends_at = ends_at
        self.is_ended = False
        self._moved = asyncio.Event()
        self._over = asyncio.Event()

    def gather_s(self, pace: Pace) -> float:
        """Return how long after an event the next one waits."""
        return pace.coalesce_s

    def take(self) -> bytes:
        """Return what is unsent as one event, empty when there is nothing."""
        raise NotImplementedError

    def last_word(self) -> bytes:
        """Return what is told at the end."""
        return b""

    def end(self) -> None:
        """Close the stream as soon as its reader is served."""
        self.is_ended = True
        self._moved.set()
        self._over.set()

    async def chunks(self, pace: Pace) -> AsyncGenerator[bytes, None]:
        """Yield events as there is news, the first at once, and pings in between."""
        clock = asyncio.get_running_loop().time
        yield b"retry: %d\n\n" % _jitter.randint(*RETRY_MS)
        while not self.is_ended and (left_s := self.ends_at - clock()) > 0:
            if not await _comes(self._moved, within_s=min(left_s, pace.ping_s)):
                if clock() < self.ends_at:
                    yield PING
                continue
            self._moved.clear()
            if event := self.take():
                yield event
                await _comes(self._over, within_s=self.gather_s(pace))
        if last := self.last_word():
            yield last

    def has_news(self) -> None:
        """Let `take` be asked as soon as the reader is served."""
        self._moved.set()


class Stream(EventStream):
    """A phone's stream. It is told heads and keeps the newest, so a slow reader costs no more."""

    __slots__ = ("_unsent", "caller", "digest", "heads")

    def __init__(self, caller: Caller, digest: bytes, *, ends_at: float) -> None:
        super().__init__(ends_at=ends_at)
        self.caller = caller
        self.digest = digest
        self.heads: dict[UUID, Head] = {}
        self._unsent: dict[UUID, Head] = {}

    def show(self, heads: Mapping[UUID, Head]) -> None:
        """Take the feeds the reader may see now, as the database shows them; others are gone."""
        for athlete_id in self.heads.keys() - heads.keys():
            del self.heads[athlete_id]
            self._unsent.pop(athlete_id, None)
        for athlete_id, head in heads.items():
            if self.heads.get(athlete_id) != head:
                self._tell(athlete_id, head)

    def announce(self, athlete_id: UUID, head: Head) -> None:
        """Take an announced head of a feed the reader sees; late ones come out of order."""
        known = self.heads.get(athlete_id)
        if known is not None and head.seq > known.seq:
            self._tell(athlete_id, head)

    def take(self) -> bytes:
        """Return the heads that moved."""
        if not self._unsent:
            return b""
        heads = StreamHeads({athlete_id: head.text for athlete_id, head in self._unsent.items()})
        self._unsent.clear()
        return b"data: " + msgspec.json.encode(heads) + b"\n\n"

    def _tell(self, athlete_id: UUID, head: Head) -> None:
        self.heads[athlete_id] = self._unsent[athlete_id] = head
        self.has_news()


async def _comes(event: asyncio.Event, *, within_s: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await event.wait()
    return event.is_set()
