"""The live process as an ASGI application: `GET /v1/stream`, and whether it is alive and ready.

Not Django's: while a stream idles nothing of a request stays in memory, only two tasks and
what its reader was told.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta
from types import FrameType

from django.conf import settings
from django.utils import timezone
from rest_framework.exceptions import MethodNotAllowed

from apps.accounts.access import Holder, TokenExpired, token_digest
from apps.common.errors import NotFound
from apps.sync.live.answers import Message, Receive, Send, answer, refuse
from apps.sync.live.database import Database, open_database
from apps.sync.live.gathered import Gathered
from apps.sync.live.hub import Hub
from apps.sync.live.stream import Pace, Stream

logger = logging.getLogger(__name__)

PATH = "/v1/stream"
HEADERS = [
    (b"content-type", b"text/event-stream"),
    # Neither kept, nor compressed, nor held back on the way.
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
RESTART_S = 1.0


class LiveApp:
    """Serves between the lifespan's start and its end, which the server announces."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._database: Database
        self._holders: Gathered[bytes, Holder]
        self._hub: Hub

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or live the process's life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with open_database() as database:
            self._database = database
            self._holders = Gathered(database.holders)
            self._hub = hub = Hub(
                pace=self._pace,
                redis_url=settings.REDIS_URL,
                heads_in_view=database.heads_in_view,
            )
            keepers = [
                asyncio.create_task(_for_ever(keep))
                for keep in (
                    hub.announcements.run,
                    hub.keep_current,
                    lambda: hub.keep_rights(self._holders),
                )
            ]
            _when_told_to_stop(hub.end_all)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if path not in (PATH, "/livez", "/readyz"):
            await refuse(send, NotFound())
        elif method != "GET":
            await refuse(send, MethodNotAllowed(method), (b"allow", b"GET"))
        elif path == "/livez":
            await answer(send, 200, {"status": "alive"})
        elif path == "/readyz":
            await self._say_whether_ready(send)
        else:
            try:
                stream = await self._opened(dict(scope["headers"]))
            except Exception as error:  # `refuse` logs what nobody foresaw
                await refuse(send, error)
            else:
                await self._feed(stream, receive, send)

    async def _opened(self, headers: dict[bytes, bytes]) -> Stream:
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

    async def _feed(self, stream: Stream, receive: Receive, send: Send) -> None:
        """Send what the stream has to say until it ends, or its reader is gone or stuck."""
        watch = asyncio.create_task(_end_when_gone(stream, receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            async with aclosing(stream.chunks(self._pace)) as chunks:
                async for chunk in chunks:
                    await self._send(send, chunk, more=True)
            await self._send(send, b"", more=False)
        except TimeoutError:
            logger.info("reader_stuck")
        finally:
            watch.cancel()
            self._hub.close(stream)

    async def _send(self, send: Send, chunk: bytes, *, more: bool) -> None:
        async with asyncio.timeout(self._pace.stuck_s):
            await send({"type": "http.response.body", "body": chunk, "more_body": more})

    async def _say_whether_ready(self, send: Send) -> None:
        database = await self._database.answers()
        body = {
            "status": "ready" if database else "not ready",
            "database": "ok" if database else "down",
            "redis": "ok" if self._hub.announcements.have_stood_for(0) else "down",
        }
        await answer(send, 200 if database else 503, body)


async def _end_when_gone(stream: Stream, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    stream.end()


async def _for_ever(keep: Callable[[], Awaitable[None]]) -> None:
    """Run a keeper, and again when it failed in a way nobody foresaw."""
    while True:
        try:
            await keep()
        except Exception:
            logger.exception("defect")
            await asyncio.sleep(RESTART_S)


def _when_told_to_stop(stop: Callable[[], None]) -> None:
    """Call ``stop`` on the signals that end the process, besides whatever else they cause.

    The server says so in the lifespan only once all answers have ended; streams would never.
    """
    loop = asyncio.get_running_loop()

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop)
        before = previous[signal.Signals(number)]
        if callable(before):
            before(number, frame)

    previous = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    for each in previous:
        signal.signal(each, handle)
