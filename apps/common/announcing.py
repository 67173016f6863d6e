"""Tells listeners in other processes of something: a hint by Redis, after the commit, one write.

Nothing waits for Redis here. Its answers are switched off, so a slow one costs a request nothing;
one that is away costs a single caller a moment and the others nothing (`Breaker`). Whoever
listens also reads the rows themselves from time to time, so a lost hint costs time only.
"""

import logging
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
        self._idle: deque[Connection] = deque()

    def publish(self, channel: str, text: str) -> None:
        """Send one message, or let it be lost."""
        if not self._breaker.allows():
            return
        try:
            connection = self._connection()
            packed = connection.pack_command("PUBLISH", channel, text)
            connection.send_packed_command(packed, check_health=False)
        except (RedisError, OSError):
            self._breaker.failed()
            logger.warning("announcement_lost")
            return
        self._breaker.worked()
        self._idle.append(connection)

    def _connection(self) -> Connection:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if _still_stands(connection):
                return connection
        kind, arguments = self._connect_with
        fresh: Connection = kind(**arguments)
        fresh.connect()
        fresh.send_command("CLIENT", "REPLY", "OFF")
        return fresh


def _still_stands(connection: Connection) -> bool:
    """Return whether the server still holds its end, having read what it said unasked."""
    try:
        while connection.can_read():
            # Only from a server or proxy that can not switch answers off.
            with suppress(ResponseError):
                connection.read_response()
    except (RedisError, OSError):
        connection.disconnect()
        return False
    return True


@cache
def _announcer(url: str) -> Announcer:
    return Announcer(url, breaker=Breaker(pause_s=PAUSE_S))


def _publish(channel: str, text: str) -> None:
    _announcer(settings.REDIS_URL).publish(channel, text)
