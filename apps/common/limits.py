"""Limits on guessing: atomic counters in Redis, stricter ones in process when it is gone."""

from functools import cache
from typing import ClassVar

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from apps.common.errors import AppError

ATTEMPTS: dict[str, RateLimitItem] = {
    "sign-in": RateLimitItemPerMinute(10),
    "sign-up": RateLimitItemPerMinute(30),
    "invitation": RateLimitItemPerMinute(20),
    "link": RateLimitItemPerMinute(60),
    "calendar": RateLimitItemPerMinute(60),
    "csp-report": RateLimitItemPerMinute(60),
    "model": RateLimitItemPerMinute(120),
}
# Without Redis each process counts alone, so it allows less.
STRICTER = RateLimitItemPerMinute(3)


class RateLimited(AppError):
    """Too many attempts; wait a minute."""

    code: ClassVar[str] = "rate-limited"
    status: ClassVar[int] = 429
    retry: ClassVar[str] = "after"
    retry_after_s = 60


@cache
def _shared() -> SlidingWindowCounterRateLimiter:
    url = settings.REDIS_URL.replace("unix://", "redis+unix://")
    return SlidingWindowCounterRateLimiter(storage_from_string(url, wrap_exceptions=True))


@cache
def _alone() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(MemoryStorage())


def limit_attempts(kind: str, who: str) -> None:
    """Count one attempt of ``who``. Raises ``RateLimited`` past the limit of ``kind``."""
    try:
        allowed = _shared().hit(ATTEMPTS[kind], kind, who)
    except StorageError:
        allowed = _alone().hit(STRICTER, kind, who)
    if not allowed:
        raise RateLimited
