"""Hears which feeds moved: one Redis subscription for all streams of the process."""

import asyncio
import logging
from collections.abc import Callable, Collection
from uuid import UUID

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from apps.sync.announce import CHANNEL_PREFIX, channel
from backend.feed.head import Head

logger = logging.getLogger(__name__)

CHUNK = 500  # channels in one command
PAUSE_S = 1.0


class Announcements:
    """Follows feeds through losses of Redis; says when a silence can be believed.

    Args:
        url: where Redis is.
        patience_s: how long Redis may be silent before it is asked whether it is there, and
            how long it may then take to answer.
        heard: takes each announced head.
        joined: told of each feed that is listened to from now on: what was announced before
            has to be read.
    """

    def __init__(
        self,
        url: str,
        *,
        patience_s: float,
        heard: Callable[[UUID, Head], None],
        joined: Callable[[UUID], None],
    ) -> None:
        # A connection that fails is given up: `run` makes the next one and subscribes anew.
        self._redis = Redis.from_url(
            url, protocol=2, retry=Retry(NoBackoff(), 0), socket_connect_timeout=patience_s
        )
        self._patience_s = patience_s
        self._heard = heard
        self._joined = joined
        self._followed: set[UUID] = set()
        self._pubsub: PubSub | None = None
        self._speaking = asyncio.Lock()
        self._since: float | None = None

    def have_stood_for(self, seconds: float) -> bool:
        """Return whether the subscription has been up for so long."""
        now = asyncio.get_running_loop().time()
        return self._since is not None and now - self._since >= seconds

    async def follow(self, athletes: Collection[UUID]) -> None:
        """Listen to these feeds too; `joined` is told as soon as that is so."""
        fresh = [athlete_id for athlete_id in athletes if athlete_id not in self._followed]
        self._followed.update(fresh)
        await self._say("subscribe", fresh)

    async def leave_all_but(self, athletes: Collection[UUID]) -> None:
        """Listen to no other feeds any more."""
        gone = [athlete_id for athlete_id in self._followed if athlete_id not in athletes]
        self._followed.difference_update(gone)
        await self._say("unsubscribe", gone)

    async def run(self) -> None:
        """Listen for ever, through every loss of the connection."""
        async with self._redis:
            while True:
                try:
                    async with self._redis.pubsub() as pubsub:
                        await self._listen(pubsub)
                except (RedisError, OSError) as error:  # TimeoutError is an OSError
                    if self._since is not None:
                        logger.warning("redis_lost", extra={"kind": type(error).__name__})
                finally:
                    self._pubsub = self._since = None
                await asyncio.sleep(PAUSE_S)

    async def _listen(self, pubsub: PubSub) -> None:
        await pubsub.ping()  # connects; the answer comes among the messages
        self._pubsub = pubsub
        await self._say("subscribe", list(self._followed))
        is_asked = True
        while True:
            message = await pubsub.get_message(timeout=self._patience_s)
            if message is not None:
                is_asked = False
                self._take(message["type"], message["channel"], message["data"])
            elif is_asked:
                raise TimeoutError
            else:
                await pubsub.ping()
                is_asked = True

    def _take(self, kind: str, where: bytes | None, data: bytes) -> None:
        if self._since is None:
            self._since = asyncio.get_running_loop().time()
        if where is None or kind not in ("message", "subscribe"):
            return
        try:
            athlete_id = UUID(where.decode().removeprefix(CHANNEL_PREFIX))
            head = Head.parse(data.decode()) if kind == "message" else None
        except ValueError:
            logger.warning("announcement_unreadable")
            return
        if head is None:
            self._joined(athlete_id)
        else:
            self._heard(athlete_id, head)

    async def _say(self, verb: str, athletes: list[UUID]) -> None:
        """Send a command about feeds; if it is lost, so is the connection, and `run` sees it."""
        names = [channel(athlete_id) for athlete_id in athletes]
        async with self._speaking:  # in the order asked for, all parts of one together
            for start in range(0, len(names), CHUNK):
                if self._pubsub is None:
                    return
                try:
                    await getattr(self._pubsub, verb)(*names[start : start + CHUNK])
                except (RedisError, OSError):
                    return
