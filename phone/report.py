"""What a sync did, and what the app should hear of beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from phone import wire
from phone.intake import Accepted

LONGEST_BACK_OFF_S = 900.0
WRONG_CLOCK_MS = 120_000


class Happening(StrEnum):
    """Things worth a line in the app's telemetry, or a word to the person."""

    FORKED = "forked"  # the server lost history; versions are given back
    REPLAYED = "replayed"  # so many versions were lost and are given back
    ERASED = "erased"  # the feed was erased; this phone was wiped
    COPY_DIFFERED = "copy-differed"  # the comparison failed; everything is loaded again
    COPY_STILL_DIFFERS = "copy-still-differs"  # and loading did not help: report a bug
    CLIENT_TOO_OLD = "client-too-old"  # edits go up, nothing comes down: ask to update
    CLOCK_WRONG = "clock-wrong"  # the device's clock is off by minutes
    OVER_QUOTA = "over-quota"  # edits were refused until there is room: `Phone.redo_all`


@dataclass(frozen=True, slots=True)
class Event:
    """One happening; ``detail`` holds numbers and names, never a measurement."""

    what: Happening
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class SyncReport:
    """What one `sync` or `pull` did."""

    round_trips: int = 0
    finished: list[UUID] = field(default_factory=list)
    attention: list[UUID] = field(default_factory=list)
    kept: list[UUID] = field(default_factory=list)
    rows: int = 0
    complete: bool = False
    derived: wire.Derived | None = None
    next_poll_s: float = LONGEST_BACK_OFF_S
    clock_offset_ms: int | None = None
    events: list[Event] = field(default_factory=list)

    @property
    def clock_is_wrong(self) -> bool:
        """Whether the person should be told about the device's clock."""
        return abs(self.clock_offset_ms or 0) > WRONG_CLOCK_MS

    def add(self, answer: wire.SyncResponse, accepted: Accepted) -> None:
        """Take in what one round trip did."""
        self.round_trips += 1
        self.finished += accepted.finished
        self.attention += accepted.attention
        self.kept += accepted.kept
        self.rows += accepted.rows
        self.complete = accepted.complete
        self.derived = answer.derived
        self.next_poll_s = answer.next_poll_s
        self.clock_offset_ms = answer.clock_offset_ms
