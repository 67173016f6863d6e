"""What time is to a phone: a wall clock that may be wrong, and a monotonic one that is not.

Order, cursors and expiry never come from either. The wall clock is only ever sent along; the
monotonic one measures waits, and the age of an edit for as long as the device stays up.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
pause = time.sleep
chance = random.SystemRandom().random  # in [0, 1)


def wall_clock() -> datetime:
    """Return the device's idea of now, with its own offset."""
    return datetime.fromtimestamp(time.time(), UTC).astimezone()


def since_boot() -> float:
    """Return seconds since the device started, sleep included where the system counts it."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def this_boot() -> str:
    """Return a name for this run of the device: two monotonic times compare only within one."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return str(uuid4())  # as if the device started with the app: ages are lost, never wrong


@dataclass(frozen=True, slots=True)
class Clock:
    """The device's clocks, how it waits, and where its randomness comes from."""

    now: Callable[[], datetime] = wall_clock
    monotonic: Callable[[], float] = since_boot
    sleep: Callable[[float], None] = pause
    jitter: Callable[[], float] = chance
    boot: str = field(default_factory=this_boot)

    def stamp(self) -> str:
        """Return now as it travels: milliseconds, and the device's own offset."""
        return self.now().isoformat(timespec="milliseconds")

    def monotonic_ms(self) -> int:
        """Return the monotonic time in whole milliseconds."""
        return int(self.monotonic() * 1000)

    def age_ms(self, made_ms: int | None, boot: str | None) -> int | None:
        """Return how long ago something was made, or None if nobody can tell any more."""
        if made_ms is None or boot != self.boot:
            return None
        age = self.monotonic_ms() - made_ms
        return age if age >= 0 else None
