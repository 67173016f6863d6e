"""Wake-up: the server's stream of heads, followed through every loss of the connection."""

import random
import time
from collections.abc import Callable, Iterator
from typing import Self
from uuid import UUID

import httpx2
import msgspec

from phone import wire
from phone.backoff import FIRST_S, LONGEST_S
from phone.client import Phone
from phone.clock import wall_clock
from phone.errors import NoAnswer, Unreachable
from phone.report import SyncReport
from phone.sse import EventReader
from phone.transport import Transport

PATH = "/v1/stream"
# The server pings every 30 s: a connection that is silent for longer is a dead one.
SILENCE_S = 75.0
RETRY_S = 3.0

_jitter = random.SystemRandom().random


class HeadStream:
    """Where feeds stand, told as they move. It says nothing of what is in them: then pull.

    Each connection starts with all heads, so nothing missed in between is missed for long.
    """

    def __init__(
        self,
        server: str,
        token: Callable[[], str],
        *,
        http: httpx2.Client | None = None,
        attempts: int | None = None,
        silence_s: float = SILENCE_S,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = _jitter,
    ) -> None:
        """Follow the streams of ``server``.

        Args:
            server: base URL of the live process, or of the proxy before all processes.
            token: returns the access token; asked for at each connection.
            http: a client to use instead of an own one; it is not closed by `close`.
            attempts: give up with `Unreachable` after so many failures in a row; None is never.
            silence_s: give a connection up after so long without a byte.
            sleep: waits so many seconds.
            jitter: a number in [0, 1).
        """
        self._own_http = http is None
        self._http = http or httpx2.Client()
        self._transport = Transport(server, self._http, now=wall_clock)
        self._token = token
        self._attempts = attempts
        self._silence_s = silence_s
        self._sleep = sleep
        self._jitter = jitter
        self._retry_s = RETRY_S
        self._is_stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop, and close the connections, if they are its own."""
        self.stop()
        if self._own_http:
            self._http.close()

    def stop(self) -> None:
        """Let `heads` end at the next sign of life; from any thread."""
        self._is_stopped = True

    def heads(self) -> Iterator[dict[UUID, str]]:
        """Yield heads by athlete: all of them at each connection, then those that moved.

        Reconnects for ever. Raises ``SignedOut`` and ``RequestRefused`` when waiting is of no
        use: poll, or sign in again.
        """
        failures = 0
        while not self._is_stopped:
            has_told = False
            try:
                for heads in self._connection():
                    failures, has_told = 0, True
                    yield heads
                if not has_told and not self._is_stopped:
                    raise NoAnswer("the stream ended before its first event")
                wait_s = self._retry_s
            except NoAnswer as error:
                failures += 1
                if self._attempts is not None and failures >= self._attempts:
                    raise Unreachable(str(error)) from error
                longest = min(LONGEST_S, FIRST_S * 2 ** (failures - 1))
                wait_s = max(error.retry_after_s, self._retry_s, longest * self._jitter())
            if not self._is_stopped:
                self._sleep(wait_s)

    def _connection(self) -> Iterator[dict[UUID, str]]:
        reader = EventReader()
        token = self._token()
        with self._transport.open_stream(PATH, token=token, silence_s=self._silence_s) as pieces:
            for piece in pieces:
                for event in reader.feed(piece):
                    if event.kind == "message":  # others are a newer server's
                        yield _feeds(event.data)
                if reader.retry_ms is not None:
                    self._retry_s = reader.retry_ms / 1_000
                if self._is_stopped:
                    return


def follow(phone: Phone, stream: HeadStream) -> Iterator[SyncReport]:
    """Sync whenever the stream tells of a place this phone has not reached; yield each report.

    The phone's own pushes come back as heads it already has, and cost nothing.
    """
    for heads in stream.heads():
        witness = phone.store.place().witness
        head = heads.get(phone.athlete)
        if head is not None and (witness is None or head != witness.head):
            yield phone.sync()


def _feeds(data: str) -> dict[UUID, str]:
    try:
        return msgspec.json.decode(data, type=wire.StreamHeads).feeds
    except msgspec.DecodeError as error:
        raise NoAnswer(f"not an event of this protocol: {error}") from error
