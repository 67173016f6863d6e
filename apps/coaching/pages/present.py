"""What the templates show of rows and parts: words, pictures, ages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from apps.coaching.categories import Category
from apps.coaching.roster import AthleteRow, Roster
from backend.drawing import WeekBar, loading_weeks, sparkline
from backend.loading.days import WeekLoad
from backend.panel import PanelPart, Reason
from backend.summary.wording import SOURCE_LOCALE, say_date

# Shape and colour come with the band, the word is ours.
STATUS = {
    "needs_a_look": ("review", "Needs a look", ""),
    "silent": (
        "insufficient",
        "Silent",
        "No data for 7 days or more: a phone that stopped syncing, or a break.",
    ),
    "due_soon": ("mixed", "Due soon", "A retest within 30 days."),
    "steady": ("supportive", "Steady", "Nothing to look at in what is shared with you."),
}
FACTS = {
    "availability": "Availability",
    "sessions_7d": "Sessions, 7 days",
    "minutes_7d": "Minutes, 7 days",
    "covered_days": "Days known of 28",
    "blu_7d": "Loading units, 7 days",
    "high_days_7d": "High-loading days, 7 days",
    "heavy_days_7d": "Heavy lifting days, 7 days",
    "vitd_25oh": "25-OH vitamin D",
    "vitd_25oh_on": "Measured on",
    "open": "Open reminders",
    "next_due_on": "Next due on",
    "confidence": "How sure",
}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHART_WIDTH = 640


@dataclass(frozen=True)
class Line:
    """One athlete's line on the roster page."""

    row: AthleteRow
    band: str
    word: str
    picture: SafeString | None
    last_data: str
    is_overdue: bool


@dataclass(frozen=True)
class Section:
    """A group of the roster page; ``is_folded`` when something more pressing is there."""

    key: str
    word: str
    note: str
    lines: tuple[Line, ...]
    is_folded: bool


@dataclass(frozen=True)
class Tile:
    """One category on an athlete's page."""

    category: Category
    is_shared: bool
    part: PanelPart | None
    facts: tuple[tuple[str, str], ...]
    reasons: tuple[Reason, ...]
    picture: SafeString | None


def sections(found: Roster) -> list[Section]:
    """Return the groups that hold somebody, most pressing first."""
    shown: list[Section] = []
    for group in found.groups:
        if group.athletes:
            _, word, note = STATUS[group.key]
            lines = tuple(line(row, now=found.as_of) for row in group.athletes)
            is_folded = group.key == "steady" and bool(shown)
            shown.append(Section(group.key, word, note, lines, is_folded))
    return shown


def line(row: AthleteRow, *, now: datetime) -> Line:
    """Return one athlete's line."""
    band, word, _ = STATUS[row.group]
    return Line(
        row=row,
        band=band,
        word=word,
        picture=picture_of(row.sparkline),
        last_data=age(row.last_data_at, now=now),
        is_overdue=bool(row.next_due_on and row.as_of and row.next_due_on < row.as_of),
    )


def picture_of(weeks: Sequence[float]) -> SafeString | None:
    """Return the small picture of weekly loading, with what it shows in words."""
    if not weeks:
        return None
    told = ", ".join(f"{week:.0f}" for week in weeks)
    drawn = sparkline(weeks, label=f"Bone loading units by week, oldest first: {told}")
    return mark_safe(drawn)  # noqa: S308 (drawn and escaped by backend.drawing)


def age(at: datetime | None, *, now: datetime) -> str:
    """Return how long ago, as people say it."""
    if at is None:
        return "none yet"
    passed = now - at
    if passed < HOUR:
        return "under 1 h ago"
    return f"{passed // HOUR} h ago" if passed < DAY else f"{passed // DAY} d ago"


def tiles(row: AthleteRow) -> list[Tile]:
    """Return every category, shared or not, in the same order and size."""
    shown = {*row.shared, *row.not_shared}
    return [_tile(category, row) for category in Category if category in shown]


def _tile(category: Category, row: AthleteRow) -> Tile:
    part = row.parts.get(category)
    found = part.facts if part else {}
    facts = tuple((word, _said(found[name])) for name, word in FACTS.items() if name in found)
    return Tile(
        category=category,
        is_shared=category in row.shared,
        part=part,
        facts=facts,
        reasons=part.reasons if part else (),
        picture=picture_of(part.sparkline if part else ()),
    )


def _said(value: str) -> str:
    """Return a fact as people read it; facts carry days in ISO form."""
    try:
        return say_date(date.fromisoformat(value), SOURCE_LOCALE)
    except ValueError:
        return value


def weeks_of(weeks: Sequence[WeekLoad], *, name: str) -> dict[str, Any]:
    """Return the picture and the table of an athlete's weeks."""
    seen = [week.sessions > 0 for week in weeks]
    bars = [
        WeekBar(
            starts_on=week.starts_on,
            ends_on=week.ends_on,
            minutes=week.minutes,
            blu=week.blu,
            high_days=week.high_days,
            heavy_days=min(week.heavy_days, week.high_days),
            tier=week.tier,
            known=any(seen[: index + 1]) and any(seen[index:]),
        )
        for index, week in enumerate(weeks)
    ]
    drawn = loading_weeks(
        bars,
        ident="weeks",
        width=CHART_WIDTH,
        title=f"Training and bone loading of {name}",
        desc="Minutes and bone loading units by week, oldest first; the table has the numbers.",
    )
    picture = mark_safe(drawn)  # noqa: S308 (drawn and escaped by backend.drawing)
    return {"picture": picture, "rows": weeks}
