"""What the live process answers besides streams, as ASGI messages."""

import logging
import random
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
import psycopg
from django.db import OperationalError

from apps.accounts.access import TokenExpired
from apps.common.errors import MEDIA_TYPE, describe, problem
from apps.sync.errors import StreamsFull, TooManyStreams

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Seconds within which a refused phone comes back: spread, and long where only time helps.
RETRY_S: dict[type[Exception], tuple[int, int]] = {TooManyStreams: (60, 90), StreamsFull: (30, 60)}
RETRY_SOON_S = (1, 3)
_jitter = random.SystemRandom()


async def answer(
    send: Send, status: int, body: object, *headers: tuple[bytes, bytes], kind: str | None = None
) -> None:
    """Send a whole answer in JSON; never cached."""
    fixed = (
        (b"content-type", (kind or "application/json").encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    )
    await send({"type": "http.response.start", "status": status, "headers": [*fixed, *headers]})
    await send({"type": "http.response.body", "body": msgspec.json.encode(body)})


async def refuse(send: Send, error: Exception, *headers: tuple[bytes, bytes]) -> None:
    """Send what an exception stands for as a problem, the same as the web process would."""
    database_is_away = isinstance(error, psycopg.OperationalError)
    body = describe(OperationalError() if database_is_away else error)
    if body is None:
        logger.error("defect", exc_info=error)
        body = problem(
            status=500, code="internal-error", title="Something failed here.", retry="after"
        )
    more = list(headers)
    if body["retry"] == "after":
        seconds = _jitter.randint(*RETRY_S.get(type(error), RETRY_SOON_S))
        more.append((b"retry-after", str(seconds).encode()))
    if isinstance(error, TokenExpired):
        more.append((b"www-authenticate", b"Bearer"))
    await answer(send, body["status"], body, *more, kind=MEDIA_TYPE)
