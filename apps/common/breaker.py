"""A circuit breaker for servers the service can do without."""

import threading
import time
from collections.abc import Callable


class Breaker:
    """Spares callers the wait for a server that does not answer.

    After a failure nobody asks for ``pause_s``; then one caller tries while the others still
    go on without, and what it finds decides for all. Safe to share between threads.
    """

    def __init__(self, *, pause_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause_s = pause_s
        self._clock = clock
        self._lock = threading.Lock()
        self._retry_at = 0.0

    def allows(self) -> bool:
        """Return whether this caller may ask; if so it says `worked` or `failed` afterwards."""
        if self._retry_at == 0.0:
            return True
        with self._lock:
            now = self._clock()
            if now < self._retry_at:
                return False
            self._retry_at = now + self._pause_s  # the others wait for what this one finds
            return True

    def failed(self) -> None:
        """Note that the server did not answer."""
        self._retry_at = self._clock() + self._pause_s

    def worked(self) -> None:
        """Note that the server answered."""
        self._retry_at = 0.0
