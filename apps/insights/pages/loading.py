"""The picture of training volume beside bone loading, and its table."""

from collections.abc import Sequence
from datetime import date

import msgspec

from backend.drawing import Svg, WeekBar, loading_weeks, short_date
from backend.loading.days import WeekLoad

WEEKS = 26
WIDE, NARROW = 960.0, 318.0
TIERS = {"A": "measured", "B": "from sets", "C": "estimated"}


class WeekRow(msgspec.Struct, frozen=True):
    """One line of the table twin; numbers as text, empty where nothing is known."""

    span: str
    known: bool
    minutes: str
    blu: str
    source: str
    high_days: str
    heavy_days: str
    sessions: str


class LoadingSection(msgspec.Struct, frozen=True):
    """Everything the section shows; ``shown`` names the kinds of marks for the legend."""

    wide: Svg
    narrow: Svg
    rows: tuple[WeekRow, ...]
    known_weeks: int
    starts_on: date
    ends_on: date
    shown: frozenset[str]


def loading_section(
    weeks: Sequence[WeekLoad], *, first_on: date | None, last_on: date | None
) -> LoadingSection | None:
    """Return the section, or None when no session was ever rated.

    Args:
        first_on: day of the first session; before it nothing is known.
        last_on: day of the newest input; after it nothing is known.
    """
    if first_on is None or last_on is None or not weeks:
        return None
    bars = [
        WeekBar(
            starts_on=week.starts_on, ends_on=week.ends_on, minutes=week.minutes, blu=week.blu,
            high_days=week.high_days, heavy_days=week.heavy_days, tier=week.tier,
            known=week.sessions > 0 or (week.ends_on >= first_on and week.starts_on <= last_on),
        )
        for week in weeks
    ]  # fmt: skip
    rows = [_row(bar, week.sessions) for bar, week in zip(bars, weeks, strict=True)]
    known = sum(bar.known for bar in bars)
    title = "Training volume beside bone loading by week"
    desc = _describe(bars, known)
    wide, narrow = (
        loading_weeks(bars, ident=f"loading-{name}", width=width, title=title, desc=desc)
        for name, width in (("wide", WIDE), ("narrow", NARROW))
    )
    return LoadingSection(
        wide=wide, narrow=narrow, rows=tuple(reversed(rows)), known_weeks=known,
        starts_on=bars[0].starts_on, ends_on=bars[-1].ends_on, shown=_kinds(bars),
    )  # fmt: skip


def _kinds(bars: Sequence[WeekBar]) -> frozenset[str]:
    """Return what a legend must explain."""
    loaded = [bar for bar in bars if bar.known and bar.blu > 0]
    there = {
        "recorded": any(bar.tier in ("A", "B") for bar in loaded),
        "estimated": any(bar.tier not in ("A", "B") for bar in loaded),
        "high": any(bar.high_days > bar.heavy_days for bar in bars),
        "heavy": any(bar.heavy_days for bar in bars),
        "unknown": any(not bar.known for bar in bars),
    }
    return frozenset(kind for kind, present in there.items() if present)


def _describe(bars: Sequence[WeekBar], known: int) -> str:
    there = [bar for bar in bars if bar.known]
    if not there:
        return "None of these weeks has data."
    minutes = sum(bar.minutes for bar in there) / known
    blu = sum(bar.blu for bar in there) / known
    high = sum(bar.high_days for bar in there) / known
    return (
        f"{known} of {len(bars)} weeks have data. On average {minutes:.0f} minutes, {blu:.0f} "
        f"bone loading units and {high:.1f} days with high loading a week. "
        "Every number is in the table below."
    )


def _row(bar: WeekBar, sessions: int) -> WeekRow:
    span = f"{bar.starts_on.day} {bar.starts_on:%b} to {short_date(bar.ends_on)}"
    if not bar.known:
        return WeekRow(span, False, "", "", "", "", "", "")
    return WeekRow(
        span=span, known=True, minutes=f"{bar.minutes:.0f}", blu=f"{bar.blu:.0f}",
        source=TIERS.get(bar.tier or "", "nothing to rate"), high_days=str(bar.high_days),
        heavy_days=str(bar.heavy_days), sessions=str(sessions),
    )  # fmt: skip
