"""All open streams of the process, and who is told what."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from uuid import UUID

import psycopg
from django.utils import timezone

from apps.accounts.access import Holder
from apps.common.errors import AppError
from apps.sync.errors import StreamsFull, TooManyStreams
from apps.sync.live.announcements import Announcements
from apps.sync.live.gathered import Gathered
from apps.sync.live.stream import Pace, Stream
from backend.feed.head import Head

logger = logging.getLogger(__name__)

# The feeds each of these people may see the heads of, with the heads.
HeadsInView = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, Mapping[UUID, Head]]]]
# Who holds these tokens; unknown ones are missing.
Holders = Callable[[Collection[bytes]], Awaitable[Mapping[bytes, Holder]]]


class Hub:
    """Passes heads on: announced ones at once, those whose announcement was lost by reading.

    Heads are read when a stream opens, when Redis begins to tell of a feed, every ``poll_s``
    while Redis can't be believed, and every ``check_s`` in any case, because a publisher may
    have lost Redis alone.
    """

    def __init__(self, *, pace: Pace, redis_url: str, heads_in_view: HeadsInView) -> None:
        self.pace = pace
        self.announcements = Announcements(
            redis_url, patience_s=pace.poll_s, heard=self._hear, joined=self._joined
        )
        self._is_ending = False
        self._heads_in_view = heads_in_view
        self._look = Gathered(self._read)
        self._streams: dict[UUID, set[Stream]] = {}
        self._watchers: dict[UUID, set[Stream]] = {}
        self._devices: Counter[UUID] = Counter()
        self._opening: set[Stream] = set()
        self._heard_meanwhile: dict[UUID, Head] = {}
        self._due: set[UUID] = set()
        self._has_due = asyncio.Event()

    async def open(self, stream: Stream) -> None:
        """Admit a stream and give it its first heads; `close` it when its reader is gone.

        Raises ``TooManyStreams``, ``StreamsFull`` and what the database raises; then there is
        nothing to close.
        """
        device_id, viewer = stream.caller.device_id, stream.caller.athlete_id
        if self._is_ending or self._devices.total() >= self.pace.per_process:
            raise StreamsFull
        if self._devices[device_id] >= self.pace.per_device:
            raise TooManyStreams
        self._devices[device_id] += 1
        self._streams.setdefault(viewer, set()).add(stream)
        self._opening.add(stream)
        try:
            await self.look({viewer})
        except BaseException:
            self.close(stream)
            raise
        finally:
            self._opening.discard(stream)

    def close(self, stream: Stream) -> None:
        """Forget a stream."""
        stream.end()
        device_id = stream.caller.device_id
        self._devices[device_id] -= 1
        if not self._devices[device_id]:
            del self._devices[device_id]
        _discard(self._streams, stream.caller.athlete_id, stream)
        for athlete_id in stream.heads:
            _discard(self._watchers, athlete_id, stream)

    def end_all(self) -> None:
        """Let every stream end, and open no more."""
        self._is_ending = True
        for stream in self._all():
            stream.end()

    async def look(self, viewers: Collection[UUID]) -> None:
        """Read the heads these people may see, and show them to their streams."""
        if viewers:
            found = await self._look(viewers)
            await self.announcements.follow({feed for viewer in viewers for feed in found[viewer]})

    async def keep_current(self) -> None:
        """For ever: read what may have been missed."""
        clock = asyncio.get_running_loop().time
        next_poll_at = clock() + self.pace.poll_s
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(next_poll_at):
                    await self._has_due.wait()
            self._has_due.clear()
            due, self._due = self._due, set()
            if clock() >= next_poll_at:
                next_poll_at = clock() + self.pace.poll_s
                if not self.announcements.have_stood_for(self.pace.settle_s):
                    due.update(self._streams)
            try:
                await self.look(due & self._streams.keys())
            except psycopg.OperationalError:
                logger.warning("heads_not_read")
                await asyncio.sleep(self.pace.poll_s)
                self._read_again(due)

    async def keep_rights(self, holders: Holders) -> None:
        """For ever: end the streams of those who lost access, and look after all others."""
        while True:
            await asyncio.sleep(self.pace.check_s)
            streams = self._all()
            try:
                known = await holders({stream.digest for stream in streams})
            except psycopg.OperationalError:
                logger.warning("rights_not_read")
                continue
            for stream in streams:
                if not _is_admitted(known.get(stream.digest)):
                    stream.end()
            await self.announcements.leave_all_but(self._watchers.keys())
            self._read_again(self._streams)

    def _all(self) -> list[Stream]:
        return [stream for streams in self._streams.values() for stream in streams]

    async def _read(self, viewers: Collection[UUID]) -> Mapping[UUID, Mapping[UUID, Head]]:
        """Read and show without a pause in between, so that no announcement falls there."""
        heard = self._heard_meanwhile = dict[UUID, Head]()
        found = await self._heads_in_view(viewers)
        for viewer in viewers:
            # The database is right, also when it came back from a backup with less; only what
            # was announced while it was asked is newer.
            heads = {feed: _newer(head, heard.get(feed)) for feed, head in found[viewer].items()}
            for stream in self._streams.get(viewer, ()):
                self._show(stream, heads)
        return found

    def _show(self, stream: Stream, heads: Mapping[UUID, Head]) -> None:
        for feed in stream.heads.keys() - heads.keys():
            _discard(self._watchers, feed, stream)
        for feed in heads.keys() - stream.heads.keys():
            self._watchers.setdefault(feed, set()).add(stream)
        stream.show(heads)

    def _hear(self, feed: UUID, head: Head) -> None:
        self._heard_meanwhile[feed] = _newer(head, self._heard_meanwhile.get(feed))
        for stream in self._watchers.get(feed, ()):
            stream.announce(feed, head)

    def _joined(self, feed: UUID) -> None:
        # Those that are opening may see the feed too, and have read it before it was heard of.
        streams = self._watchers.get(feed, set()) | self._opening
        self._read_again(stream.caller.athlete_id for stream in streams)

    def _read_again(self, viewers: Iterable[UUID]) -> None:
        self._due.update(viewers)
        self._has_due.set()


def _newer(head: Head, other: Head | None) -> Head:
    return other if other is not None and other.seq > head.seq else head


def _discard(index: dict[UUID, set[Stream]], key: UUID, stream: Stream) -> None:
    streams = index.get(key, set())
    streams.discard(stream)
    if not streams:
        index.pop(key, None)


def _is_admitted(holder: Holder | None) -> bool:
    try:
        return holder is not None and bool(holder.admitted(now=timezone.now()))
    except AppError:
        return False
