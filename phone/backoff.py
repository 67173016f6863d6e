"""Waiting between attempts: full jitter, from two seconds to a quarter of an hour, for ever."""

from phone.clock import Clock
from phone.errors import NoAnswer, NotCurrent, Unreachable

FIRST_S = 2.0
LONGEST_S = 900.0


class BackOff:
    """Counts failures in a row and waits longer after each."""

    def __init__(self, clock: Clock, *, attempts: int | None, deadline: float | None) -> None:
        self._clock = clock
        self._attempts = attempts
        self._deadline = deadline
        self._failures = 0

    def reset(self) -> None:
        """Note a good answer."""
        self._failures = 0

    def wait(self, error: NoAnswer) -> None:
        """Wait before the next attempt, and never less than the server asked for.

        Raises ``Unreachable`` past the allowed attempts, ``NotCurrent`` past the deadline.
        """
        self._failures += 1
        if self._attempts is not None and self._failures >= self._attempts:
            raise Unreachable(str(error)) from error
        ceiling = min(LONGEST_S, FIRST_S * 2.0 ** min(self._failures - 1, 20))
        wait = max(error.retry_after_s, self._clock.jitter() * ceiling)
        if self._deadline is not None and self._clock.monotonic() + wait > self._deadline:
            raise NotCurrent(f"no answer in time: {error}") from error
        self._clock.sleep(wait)
