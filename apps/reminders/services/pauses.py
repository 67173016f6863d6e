"""Providers that asked to be left alone, and addresses they refuse: known to all workers.

Kept in Redis. Without it each worker knows what it met itself, which sends a few more
requests and loses nothing.
"""

import logging
import random
import time
from datetime import datetime, timedelta
from functools import cache

import redis
from django.conf import settings

from apps.common.breaker import Breaker

logger = logging.getLogger(__name__)

FIRST_PAUSE_S = 30.0
LONGEST_PAUSE_S = 3600.0
STOPPED_WINDOW_S = 600
TIMEOUT_S = 0.2
ASK_AGAIN_S = 0.5
MOST_REMEMBERED = 1_000  # anybody may name a push service
_breaker = Breaker(pause_s=5.0)
_own: dict[str, float] = {}
_ask_again_s: dict[str, float] = {}


def pause(provider: str, *, asked_s: float | None, now: datetime) -> None:
    """Leave a provider alone: as long as it asked, else longer each time in a row.

    What was on its way together fails together, and counts as one time.
    """
    if asked_s is None and paused_until(provider, now) is not None:
        return
    failures = _count(f"push/failures/{provider}", ttl_s=LONGEST_PAUSE_S * 2)
    grown = min(FIRST_PAUSE_S * 2 ** min(failures - 1, 10), LONGEST_PAUSE_S)
    pause_s = min(asked_s, LONGEST_PAUSE_S) if asked_s is not None else grown
    pause_s += random.uniform(0, 0.1 * pause_s)  # noqa: S311 (spreads workers, nothing secret)
    until = now.timestamp() + pause_s
    _own[provider] = max(until, _own.get(provider, 0.0))
    _call("set", f"push/paused/{provider}", repr(until), ex=max(1, int(pause_s)))


def worked(provider: str, *, now: datetime) -> None:
    """Note that a provider took something: the next pause is a short one again.

    A pause that is not over yet stands: what was taken had been on its way before it.
    """
    if provider in _own and _own[provider] <= now.timestamp():
        del _own[provider]
        _call("delete", f"push/failures/{provider}")


def paused_until(provider: str, now: datetime) -> datetime | None:
    """Return when a provider may be asked again; None when it may be now.

    What other workers met is known here a moment later.
    """
    until = _own.get(provider, 0.0)
    if until <= now.timestamp() and time.monotonic() >= _ask_again_s.get(provider, 0.0):
        if len(_ask_again_s) >= MOST_REMEMBERED:
            _ask_again_s.clear()
        _ask_again_s[provider] = time.monotonic() + ASK_AGAIN_S
        found = _call("get", f"push/paused/{provider}")
        until = float(found) if isinstance(found, bytes) else 0.0
        if until > now.timestamp():
            _own[provider] = until
    if until <= now.timestamp():
        return None
    return now + timedelta(seconds=until - now.timestamp())


def count_stopped(provider: str) -> int:
    """Count an address that a provider says is not ours; return how many there were of late."""
    return _count(f"push/stopped/{provider}", ttl_s=STOPPED_WINDOW_S)


def forget() -> None:
    """Start as if every provider had always answered."""
    _own.clear()
    _ask_again_s.clear()
    found = _call("keys", "push/*")
    if isinstance(found, list) and found:
        _call("delete", *found)


def _count(name: str, *, ttl_s: float) -> int:
    counted = _call("incr", name)
    _call("expire", name, int(ttl_s), nx=True)
    return counted if isinstance(counted, int) else 1


def _call(command: str, *arguments: object, **options: object) -> object:
    if not _breaker.allows():
        return None
    try:
        answer: object = getattr(_redis(), command)(*arguments, **options)
    except redis.RedisError:
        _breaker.failed()
        logger.warning("push_pauses_unshared")
        return None
    _breaker.worked()
    return answer


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
    )
