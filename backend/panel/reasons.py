"""Reasons to look at someone: a sentence with a number, and what it is held against."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

import msgspec

from backend.records.server_owned import DomainSummary, Finding
from backend.summary.models import LEVEL_BANDS
from backend.summary.wording import SOURCE_LOCALE, checked, rounded, say_date

LOOK_FROM_SEVERITY = 2
NOT_APPLIED = "not_applied"


class Reason(msgspec.Struct, frozen=True):
    """Why a row is raised.

    ``number`` in ``unit`` is what was seen, ``baseline`` the person's own usual or the line it
    is held against, in the same unit unless the sentence says otherwise. ``severity`` 1 to 3.
    ``since`` is when it began to hold: the same on every day on which the same thing holds.
    """

    code: str
    sentence: str
    number: float | None
    unit: str
    baseline: float | None
    severity: int
    record_ids: tuple[UUID, ...]
    since: date

    @property
    def mark(self) -> str:
        """Name the reason and its beginning; what was reviewed once stays reviewed by it."""
        return f"{self.code}@{self.since.isoformat()}"


class PanelPart(msgspec.Struct, frozen=True):
    """What one consent category shows: band or None, reasons worst first, and plain facts.

    ``sparkline`` is weekly bone loading units, oldest first, and only filled under loading.
    """

    band: str | None
    reasons: tuple[Reason, ...] = ()
    sparkline: tuple[float, ...] = ()
    facts: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def severity(self) -> int:
        """Return how much the worst reason weighs, 0 without one."""
        return self.reasons[0].severity if self.reasons else 0

    @property
    def since(self) -> date | None:
        """Return when the worst reason began; of equal ones the first."""
        return self.reasons[0].since if self.reasons else None

    @property
    def next_due_on(self) -> date | None:
        """Return the day of the next reminder, where the part tells of reminders."""
        told = self.facts.get("next_due_on")
        return date.fromisoformat(told) if told else None

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of all reasons, each once, in the order of the alphabet."""
        return tuple(sorted({reason.code for reason in self.reasons}))

    @property
    def marks(self) -> tuple[str, ...]:
        """Return the marks of the reasons that ask for a look, each once."""
        asking = (one for one in self.reasons if one.severity >= LOOK_FROM_SEVERITY)
        return tuple(sorted({reason.mark for reason in asking}))


def reason(
    code: str,
    sentence: str,
    *,
    severity: int,
    since: date,
    number: float | None,
    unit: str,
    baseline: float | None = None,
    records: Iterable[UUID] = (),
) -> Reason:
    """Return a reason whose sentence passed the lint of texts."""
    ids = tuple(dict.fromkeys(records))
    return Reason(code, checked(sentence), number, unit, baseline, severity, ids, since)


def worst_first(*reasons: Reason | None) -> tuple[Reason, ...]:
    """Return the reasons that apply, by severity, then the longest standing."""
    there = [one for one in reasons if one is not None]
    return tuple(sorted(there, key=lambda one: (-one.severity, one.since, one.code)))


def monday(day: date) -> date:
    """Return the first day of a day's week."""
    return day - timedelta(days=day.weekday())


def own_band(area: DomainSummary, findings: Sequence[Finding]) -> str:
    """Return the band of some findings of an area alone, whatever its others say."""
    if area.band == NOT_APPLIED:
        return NOT_APPLIED
    worst = max((finding.level for finding in findings), default=None)
    return "insufficient" if worst is None else LEVEL_BANDS[worst]


def on_day(day: date, *, precision: str = "day") -> str:
    """Return a day as sentences name it."""
    return say_date(day, SOURCE_LOCALE, precision=precision)


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"


def signed(value: float, *, places: int = 1) -> str:
    """Return a number with its sign."""
    shown = rounded(value, places=places)
    return shown if shown.startswith("-") or shown == "0" else f"+{shown}"


def dated(facts: dict[str, str], name: str, value: str, day: date) -> None:
    """Add a value and the day it is of to the facts of a part."""
    facts[name] = value
    facts[f"{name}_on"] = day.isoformat()
