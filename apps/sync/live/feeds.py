"""`GET /v1/stream`: where the feeds stand that the holder of a token may see."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from apps.accounts.access import Holder, TokenExpired, token_digest
from apps.sync.live.answers import Message
from apps.sync.live.database import Database
from apps.sync.live.gathered import Gathered
from apps.sync.live.hub import Hub
from apps.sync.live.kinds import Header, SharedHeads
from apps.sync.live.stream import Pace, Stream
from backend.feed.head import Head

PATH = "/v1/stream"


class FeedStreams:
    """Phones' streams, by bearer token."""

    def __init__(self, pace: Pace, database: Database, shared: SharedHeads | None = None) -> None:
        self._pace = pace
        self._database = database
        self._shared = shared
        self._holders: Gathered[bytes, Holder] = Gathered(database.holders)
        self._hub = Hub(pace=pace, redis_url=settings.REDIS_URL, heads_in_view=self._heads_in_view)

    def claims(self, path: str) -> bool:
        """Return whether this is the one address."""
        return path == PATH

    async def opened(self, scope: Message) -> Stream:
        """Return a stream for the holder of the request's token."""
        headers = dict(scope["headers"])
        digest = token_digest(headers.get(b"authorization", b"").decode("latin-1"))
        holder = (await self._holders([digest])).get(digest)
        if holder is None:
            raise TokenExpired
        now = timezone.now()
        caller = holder.admitted(now=now)
        lifetime = min(timedelta(seconds=self._pace.lifetime()), holder.expires_at - now)
        ends_at = asyncio.get_running_loop().time() + lifetime.total_seconds()
        stream = Stream(caller, digest, ends_at=ends_at)
        await self._hub.open(stream)
        return stream

    def close(self, stream: Stream) -> None:
        """Forget a stream."""
        self._hub.close(stream)

    def headers(self, scope: Message) -> Sequence[Header]:
        """Return nothing: phones are no browsers."""
        return ()

    def keepers(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """Return the listening, the reading and the looking after rights."""
        return (
            self._hub.announcements.run,
            self._hub.keep_current,
            lambda: self._hub.keep_rights(self._holders),
        )

    def hears(self) -> bool:
        """Return whether announcements come in."""
        return self._hub.announcements.have_stood_for(0)

    def end_all(self) -> None:
        """Let every stream end, and open no more."""
        self._hub.end_all()

    async def _heads_in_view(self, viewers: Collection[UUID]) -> Mapping[UUID, Mapping[UUID, Head]]:
        """Return everybody's own feed and, read under the rights of another floor, others'."""
        own = await self._database.own_heads(viewers)
        shared = await self._shared(viewers) if self._shared else {}
        return {viewer: {**shared.get(viewer, {}), **heads} for viewer, heads in own.items()}
