"""All open streams of the process, and who is told what."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from uuid import UUID

from django.utils import timezone

from apps.accounts.access import Holder
from apps.common.errors import AppError
from apps.sync.announce import CHANNEL_PREFIX, READ_AGAIN, channel
from apps.sync.errors import StreamsFull, TooManyStreams
from apps.sync.live.announcements import Announcements
from apps.sync.live.gathered import Gathered
from apps.sync.live.index import discard
from apps.sync.live.rereading import DATABASE_IS_AWAY, Rereading
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
    have lost Redis alone. A viewer whose rights are said to have changed is told of nobody else
    until they were read.
    """

    def __init__(self, *, pace: Pace, redis_url: str, heads_in_view: HeadsInView) -> None:
        self.pace = pace
        self.announcements = Announcements(
            redis_url, patience_s=pace.poll_s, heard=self._take, joined=self._join
        )
        self._is_ending = False
        self._heads_in_view = heads_in_view
        self._look = Gathered(self._read)
        self._streams: dict[UUID, set[Stream]] = {}
        self._watchers: dict[UUID, set[Stream]] = {}
        self._devices: Counter[UUID] = Counter()
        self._opening: set[Stream] = set()
        self._heard_meanwhile: dict[UUID, Head] = {}
        self._unsure: dict[UUID, object] = {}
        self._again = Rereading(
            pace=pace,
            announcements=self.announcements,
            look=self.look,
            standing=self._streams.keys(),
        )

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
        discard(self._streams, stream.caller.athlete_id, stream)
        if stream.caller.athlete_id not in self._streams:
            self._unsure.pop(stream.caller.athlete_id, None)
        for athlete_id in stream.heads:
            discard(self._watchers, athlete_id, stream)

    def end_all(self) -> None:
        """Let every stream end, and open no more."""
        self._is_ending = True
        for stream in self._all():
            stream.end()

    async def look(self, viewers: Collection[UUID]) -> None:
        """Read the heads these people may see, and show them to their streams."""
        if viewers:
            found = await self._look(viewers)
            seen = {feed for viewer in viewers for feed in found[viewer]}
            await self.announcements.follow({channel(feed) for feed in seen})

    async def keep_current(self) -> None:
        """For ever: read what may have been missed."""
        await self._again.run()

    async def keep_rights(self, holders: Holders) -> None:
        """For ever: end the streams of those who lost access, and look after all others."""
        while True:
            await asyncio.sleep(self.pace.check_s)
            streams = self._all()
            try:
                known = await holders({stream.digest for stream in streams})
            except DATABASE_IS_AWAY:
                logger.warning("rights_not_read")
                continue
            for stream in streams:
                if not _is_admitted(known.get(stream.digest)):
                    stream.end()
            await self.announcements.leave_all_but({channel(feed) for feed in self._watchers})
            self._again.ask(self._streams)

    def _all(self) -> list[Stream]:
        return [stream for streams in self._streams.values() for stream in streams]

    async def _read(self, viewers: Collection[UUID]) -> Mapping[UUID, Mapping[UUID, Head]]:
        """Read and show without a pause in between, so that no announcement falls there."""
        heard = self._heard_meanwhile = dict[UUID, Head]()
        unsure = {viewer: self._unsure.get(viewer) for viewer in viewers}
        found = await self._heads_in_view(viewers)
        for viewer in viewers:
            # The database is right, also when it came back from a backup with less; only what
            # was announced while it was asked is newer.
            heads = {feed: _newer(head, heard.get(feed)) for feed, head in found[viewer].items()}
            is_sure = self._unsure.get(viewer) is unsure[viewer]  # not in doubt since the question
            for stream in self._streams.get(viewer, ()):
                self._show(stream, heads if is_sure else {**stream.heads, viewer: heads[viewer]})
            if is_sure:
                self._unsure.pop(viewer, None)
        return found

    def _show(self, stream: Stream, heads: Mapping[UUID, Head]) -> None:
        for feed in stream.heads.keys() - heads.keys():
            discard(self._watchers, feed, stream)
        for feed in heads.keys() - stream.heads.keys():
            self._watchers.setdefault(feed, set()).add(stream)
        stream.show(heads)

    def hear(self, feed: UUID, head: Head) -> None:
        """Take an announced head."""
        self._heard_meanwhile[feed] = _newer(head, self._heard_meanwhile.get(feed))
        for stream in self._watchers.get(feed, ()):
            viewer = stream.caller.athlete_id
            if viewer == feed or viewer not in self._unsure:
                stream.announce(feed, head)

    def doubt(self, viewer: UUID) -> None:
        """Take it that this person's rights have changed: read them, and tell nothing until then."""
        if viewer in self._streams:
            self._unsure[viewer] = object()
            self._again.ask([viewer])

    def joined(self, feed: UUID) -> None:
        """Take it that announcements of a feed are heard from now on."""
        # Those that are opening may see the feed too, and have read it before it was heard of.
        streams = self._watchers.get(feed, set()) | self._opening
        self._again.ask(stream.caller.athlete_id for stream in streams)

    def _take(self, where: str, text: str) -> None:
        try:
            feed = UUID(where.removeprefix(CHANNEL_PREFIX))
            head = None if text == READ_AGAIN else Head.parse(text)
        except ValueError:
            logger.warning("announcement_unreadable")
            return
        if head is None:
            self.doubt(feed)
        else:
            self.hear(feed, head)

    def _join(self, where: str) -> None:
        self.joined(UUID(where.removeprefix(CHANNEL_PREFIX)))


def _newer(head: Head, other: Head | None) -> Head:
    return other if other is not None and other.seq > head.seq else head


def _is_admitted(holder: Holder | None) -> bool:
    try:
        return holder is not None and bool(holder.admitted(now=timezone.now()))
    except AppError:
        return False
