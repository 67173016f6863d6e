"""The live process as an ASGI application: streams, and whether it is alive and ready.

Not Django's: while a stream idles nothing of a request stays in memory, only two tasks and
what its reader was told.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from types import FrameType
from typing import Any

from rest_framework.exceptions import MethodNotAllowed

from apps.common.errors import NotFound
from apps.sync.live.answers import Message, Receive, Send, answer, refuse
from apps.sync.live.database import Database, open_database
from apps.sync.live.feeds import PATH as PATH
from apps.sync.live.feeds import FeedStreams
from apps.sync.live.kinds import Kind, SharedHeads
from apps.sync.live.stream import EventStream, Pace

logger = logging.getLogger(__name__)

HEADERS = [
    (b"content-type", b"text/event-stream"),
    # Neither kept, nor compressed, nor held back on the way.
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
RESTART_S = 1.0


class LiveApp:
    """Serves between the lifespan's start and its end, which the server announces.

    Args:
        pace: how long and how often.
        shared: reads the heads of others' feeds that people may see; rights are not known here.
        others: makes the kinds of streams served besides phones', once the process's loop runs.
    """

    def __init__(
        self,
        pace: Pace,
        *,
        shared: SharedHeads | None = None,
        others: Sequence[Callable[[], Kind[Any]]] = (),
    ) -> None:
        self._pace = pace
        self._shared = shared
        self._others = others
        self._database: Database
        self._kinds: list[Kind[Any]] = []

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
            feeds = FeedStreams(self._pace, database, self._shared)
            self._kinds = [feeds, *(make() for make in self._others)]
            keepers = [
                asyncio.create_task(_for_ever(keep))
                for kind in self._kinds
                for keep in kind.keepers()
            ]
            _when_told_to_stop(self._end_all)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
        await send({"type": "lifespan.shutdown.complete"})

    def _end_all(self) -> None:
        for kind in self._kinds:
            kind.end_all()

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        kind = next((kind for kind in self._kinds if kind.claims(path)), None)
        if kind is None and path not in ("/livez", "/readyz"):
            await refuse(send, NotFound())
        elif method != "GET":
            await refuse(send, MethodNotAllowed(method), (b"allow", b"GET"))
        elif path == "/livez":
            await answer(send, 200, {"status": "alive"})
        elif kind is None:
            await self._say_whether_ready(send)
        else:
            headers = kind.headers(scope)
            try:
                stream = await kind.opened(scope)
            except Exception as error:  # `refuse` logs what nobody foresaw
                await refuse(send, error, *headers)
            else:
                try:
                    await feed(stream, receive, send, pace=self._pace, headers=headers)
                finally:
                    kind.close(stream)

    async def _say_whether_ready(self, send: Send) -> None:
        database = await self._database.answers()
        body = {
            "status": "ready" if database else "not ready",
            "database": "ok" if database else "down",
            "redis": "ok" if all(kind.hears() for kind in self._kinds) else "down",
        }
        await answer(send, 200 if database else 503, body)


async def feed(
    stream: EventStream,
    receive: Receive,
    send: Send,
    *,
    pace: Pace,
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    """Send what the stream has to say until it ends, or its reader is gone or stuck."""

    async def say(message: Message) -> None:
        async with asyncio.timeout(pace.stuck_s):
            await send(message)

    watch = asyncio.create_task(_end_when_gone(stream, receive))
    try:
        start = {"type": "http.response.start", "status": 200, "headers": [*HEADERS, *headers]}
        await send(start)
        async with aclosing(stream.chunks(pace)) as chunks:
            async for chunk in chunks:
                await say({"type": "http.response.body", "body": chunk, "more_body": True})
        await say({"type": "http.response.body", "body": b"", "more_body": False})
    except TimeoutError:
        logger.info("reader_stuck")
    finally:
        watch.cancel()


async def _end_when_gone(stream: EventStream, receive: Receive) -> None:
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
