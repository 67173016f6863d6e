"""Hears what is announced: one Redis subscription for all streams of a kind."""

import asyncio
import logging
from collections.abc import Callable, Collection

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

CHUNK = 500  # channels in one command
PAUSE_S = 1.0


class Announcements:
    """Follows channels through losses of Redis; says when a silence can be believed.

    Args:
        url: where Redis is.
        patience_s: how long Redis may be silent before it is asked whether it is there, and
            how long it may then take to answer.
        heard: takes a channel and each text announced there.
        joined: told of each channel that is listened to from now on: what was announced before
            has to be read.
    """

    def __init__(
        self,
        url: str,
        *,
        patience_s: float,
        heard: Callable[[str, str], None],
        joined: Callable[[str], None],
    ) -> None:
        # A connection that fails is given up: `run` makes the next one and subscribes anew.
        self._redis = Redis.from_url(
            url, protocol=2, retry=Retry(NoBackoff(), 0), socket_connect_timeout=patience_s
        )
        self._patience_s = patience_s
        self._heard = heard
        self._joined = joined
        self._followed: set[str] = set()
        self._pubsub: PubSub | None = None
        self._speaking = asyncio.Lock()
        self._since: float | None = None

    def have_stood_for(self, seconds: float) -> bool:
        """Return whether the subscription has been up for so long."""
        now = asyncio.get_running_loop().time()
        return self._since is not None and now - self._since >= seconds

    async def follow(self, channels: Collection[str]) -> None:
        """Listen to these channels too; `joined` is told as soon as that is so."""
        fresh = [channel for channel in channels if channel not in self._followed]
        self._followed.update(fresh)
        await self._say("subscribe", fresh)

    async def leave_all_but(self, channels: Collection[str]) -> None:
        """Listen to no other channels any more."""
        gone = [channel for channel in self._followed if channel not in channels]
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
        channel = where.decode(errors="replace")
        if kind == "subscribe":
            self._joined(channel)
        else:
            self._heard(channel, data.decode(errors="replace"))

    async def _say(self, verb: str, names: list[str]) -> None:
        """Send a command about channels; if it is lost, so is the connection, and `run` sees it."""
        async with self._speaking:  # in the order asked for, all parts of one together
            for start in range(0, len(names), CHUNK):
                if self._pubsub is None:
                    return
                try:
                    await getattr(self._pubsub, verb)(*names[start : start + CHUNK])
                except (RedisError, OSError):
                    return
