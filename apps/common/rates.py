"""How many requests one device may make a minute, told in every answer.

Counted in the process first: a phone that syncs as phones do never costs a round trip. Past a
tenth of the quota its count is kept in Redis, where all processes add to it, one round trip a
request; without Redis each process counts alone.
"""

import threading
import time
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from limits.errors import StorageError
from limits.storage import RedisStorage, storage_from_string

from apps.common.limits import RateLimited

WINDOW_S = 60
QUIET_SHARE = 10  # one part in so many is counted in the process alone
REDIS_TIMEOUT_S = 0.1
REDIS_PAUSE_S = 5.0


@dataclass(frozen=True)
class Allowance:
    """What is left of a quota, and for how long."""

    quota: int
    remaining: int
    reset_s: int

    @property
    def headers(self) -> dict[str, str]:
        """The fields that tell a client (draft-ietf-httpapi-ratelimit-headers-10)."""
        return {
            "RateLimit-Policy": f'"device";q={self.quota};w={WINDOW_S}',
            "RateLimit": f'"device";r={self.remaining};t={self.reset_s}',
        }


class _Counts:
    """Requests of this window, by whom, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = -1
        self._counts: dict[str, int] = {}

    def add(self, window: int, who: str) -> int:
        """Count one and return the sum; a new window forgets the old one."""
        with self._lock:
            if window != self._window:
                self._window, self._counts = window, {}
            count = self._counts.get(who, 0) + 1
            self._counts[who] = count
            return count


class _Shared:
    """Requests of this window in all processes; left alone for a while when it does not answer."""

    def __init__(self) -> None:
        url = settings.REDIS_URL.replace("unix://", "redis+unix://")
        storage = storage_from_string(
            url,
            wrap_exceptions=True,
            socket_timeout=REDIS_TIMEOUT_S,
            socket_connect_timeout=REDIS_TIMEOUT_S,
        )
        if not isinstance(storage, RedisStorage):
            raise TypeError("REDIS_URL is not the address of a Redis.")
        self._storage = storage
        self._paused_until = 0.0

    def add(self, window: int, who: str, amount: int) -> int | None:
        """Count ``amount`` and return the sum, or None when Redis does not answer."""
        if time.monotonic() < self._paused_until:
            return None
        try:
            return self._storage.incr(f"rate/{who}/{window}", 2 * WINDOW_S, amount)
        except StorageError:
            self._paused_until = time.monotonic() + REDIS_PAUSE_S
            return None


_own = _Counts()


@cache
def _shared() -> _Shared:
    return _Shared()


class TooManyRequests(RateLimited):
    """This device asks too often; wait as long as ``Retry-After`` says."""

    def __init__(self, detail: str = "", *, allowance: Allowance | None = None) -> None:
        super().__init__(detail)
        self.allowance = allowance
        self.retry_after_s = allowance.reset_s if allowance else WINDOW_S


def spend(who: str, *, now_s: float) -> Allowance | None:
    """Count one request of a device and return what is left; None when nothing is limited.

    Raises ``TooManyRequests``. Windows are whole minutes of the clock.
    """
    quota: int = settings.SYNC_REQUESTS_PER_MINUTE
    if not quota:
        return None
    window, passed_s = divmod(int(now_s), WINDOW_S)
    count = _own.add(window, who)
    quiet = quota // QUIET_SHARE
    if count > quiet:
        # The first one past the quiet part tells Redis of those before it.
        amount = count if count == quiet + 1 else 1
        count = _shared().add(window, who, amount) or count
    allowance = Allowance(quota, max(0, quota - count), WINDOW_S - passed_s)
    if count > quota:
        raise TooManyRequests(allowance=allowance)
    return allowance
