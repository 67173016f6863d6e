"""Tells listeners in other processes of something: a hint by Redis, after the commit, one write.

Nothing waits for Redis here. Its answers are switched off, so a slow one costs a request nothing;
one that is away costs a single caller a moment and the others nothing (`Breaker`). Whoever
listens also reads the rows themselves from time to time, so a lost hint costs time only.
"""

import logging
import select
from collections import deque
from contextlib import suppress
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.db import transaction
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from apps.common.breaker import Breaker

logger = logging.getLogger(__name__)

PATIENCE_S = 0.2
PAUSE_S = 5.0
Connection = Any  # redis-py leaves its methods without types


def announce(channel: str, text: str = "") -> None:
    """Publish ``text`` once the surrounding transaction commits; never raises.

    No health value, no name: whoever hears it reads the rows, with their own rights.
    """
    transaction.on_commit(partial(_publish, channel, text), robust=True)


class Announcer:
    """Publishes over connections whose answers are switched off. Shared by threads."""

    def __init__(self, url: str, *, breaker: Breaker) -> None:
        pool = ConnectionPool.from_url(
            url,
            protocol=2,
            socket_connect_timeout=PATIENCE_S,
            socket_timeout=PATIENCE_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._connect_with = pool.connection_class, pool.connection_kwargs
        self._breaker = breaker
        self._idle: deque[_Line] = deque()

    def publish(self, channel: str, text: str) -> None:
        """Send one message, or let it be lost."""
        if not self._breaker.allows():
            return
        try:
            line = self._line()
            line.send("PUBLISH", channel, text)
        except (RedisError, OSError):
            self._breaker.failed()
            logger.warning("announcement_lost")
            return
        self._breaker.worked()
        self._idle.append(line)

    def _line(self) -> "_Line":
        while self._idle:
            try:
                line = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if line.still_stands():
                return line
        kind, arguments = self._connect_with
        return _Line(kind(**arguments))


class _Line:
    """A connection on which nothing is answered."""

    def __init__(self, connection: Connection) -> None:
        connection.connect()
        self._connection = connection
        self.send("CLIENT", "REPLY", "OFF")
        # The client asks by reading, which is most of what it would cost to publish.
        self._said = select.poll()
        self._said.register(connection._sock, select.POLLIN)  # noqa: SLF001 (it tells nobody)

    def send(self, *words: str) -> None:
        """Send a command."""
        parts = [word.encode() for word in words]
        packed = [b"*%d\r\n" % len(parts)]
        packed += [b"$%d\r\n%b\r\n" % (len(part), part) for part in parts]
        self._connection.send_packed_command([b"".join(packed)], check_health=False)

    def still_stands(self) -> bool:
        """Return whether the server still holds its end, having read what it said unasked."""
        if not self._said.poll(0):
            return True
        try:
            while self._connection.can_read():
                # Only from a server or proxy that can not switch answers off.
                with suppress(ResponseError):
                    self._connection.read_response()
        except (RedisError, OSError):
            self._connection.disconnect()
            return False
        return True


@cache
def _announcer(url: str) -> Announcer:
    return Announcer(url, breaker=Breaker(pause_s=PAUSE_S))


def _publish(channel: str, text: str) -> None:
    _announcer(settings.REDIS_URL).publish(channel, text)
