"""What an athlete's page shows of each category: values, how sure, and the weeks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from apps.coaching.categories import Category
from apps.coaching.pages.present import picture_of
from apps.coaching.pages.signs import Sign, sign_of_reason
from apps.coaching.roster import AthleteRow
from backend.drawing import WeekBar, loading_weeks
from backend.labs.analytes import ANALYTES, label
from backend.loading.days import WeekLoad
from backend.panel import PanelPart, Reason
from backend.summary.wording import SOURCE_LOCALE, say_date

CHART_WIDTHS = {"wide": 640, "narrow": 340}  # for a window, and for a phone
MOST_VALUES = 4  # in sight; the others are one press away
FACTS = {
    "availability": "Can train",
    "sessions_7d": "Sessions, 7 days",
    "minutes_7d": "Minutes, 7 days",
    "covered_days": "Days known of 28",
    "last_data_on": "Newest data",
    "synced_on": "Phone synced",
    "blu_7d": "Loading units, 7 days",
    "high_days_7d": "High-loading days, 7 days",
    "heavy_days_7d": "Heavy lifting days, 7 days",
    "days_since_bone_loading": "Days since bone-specific loading",
    "open": "Open",
    "open_since": "Since",
    "regions": "Where",
    "next_due_on": "Next due",
    "grip": "Grip",
    "chair_stand_5x": "Five rises from a chair",
    "gait": "Gait speed",
    "sppb": "SPPB",
    "tug": "Timed up and go",
    "mass_kg": "Body mass",
    "lean_mass_kg": "Lean mass",
    "alm_kg": "Lean mass of arms and legs",
    "vitamin_d": "25-OH vitamin D",
    "blood_test": "Blood test",
    "period_start_on": "Last period began",
    "none_on": "Told “none” on",
    "days_since_period_start": "Days since",
}
TIERS = {"A": "impacts measured", "B": "worked out from sets", "C": "estimated from the sport"}
WORDS = {
    ("availability", "full"): "full",
    ("open", "0"): "none",
}
APART = frozenset({"confidence", "covered_days", "tier_7d"})  # told at the foot of the tile
# Days of moments: where the athlete is, the next day may have begun.
MOMENTS = frozenset({"last_data_on", "synced_on"})
CONFIDENCE = {"high": "high", "moderate": "moderate", "low": "low", "none": "too little to say"}


@dataclass(frozen=True)
class Value:
    """One fact: what, how much, and the day it is of."""

    word: str
    said: str
    on: date | None
    is_outside: bool = False


@dataclass(frozen=True)
class TileReason:
    """A reason with its sign, what it is about, and the day it began if that is known."""

    sign: Sign
    reason: Reason
    category: str
    since: date | None = None


@dataclass(frozen=True)
class Tile:
    """One category on an athlete's page."""

    category: Category
    is_shared: bool
    part: PanelPart | None
    values: tuple[Value, ...]
    further: tuple[Value, ...]
    reasons: tuple[TileReason, ...]
    picture: SafeString | None
    sureness: str

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is known that could be shown."""
        return not (self.values or self.reasons or self.picture)


def tiles(row: AthleteRow) -> list[Tile]:
    """Return every category, shared or not, in the same order and place for each athlete."""
    shown = {*row.shared, *row.not_shared}
    return [_tile(category, row) for category in Category if category in shown]


def _tile(category: Category, row: AthleteRow) -> Tile:
    part = row.parts.get(category)
    values = values_of(_as_read(part.facts)) if part else ()
    return Tile(
        category=category,
        is_shared=category in row.shared,
        part=part,
        values=values[:MOST_VALUES],
        further=values[MOST_VALUES:],
        reasons=tuple(
            TileReason(sign_of_reason(category.value, reason), reason, category.value)
            for reason in (part.reasons if part else ())
        ),
        picture=picture_of(part.sparkline if part else ()),
        sureness=_sureness(part.facts if part else {}),
    )


def _as_read(facts: Mapping[str, str]) -> dict[str, str]:
    """Return facts whose day of a moment that is over is not ahead of the reader's day."""
    today = timezone.localdate().isoformat()
    return {name: min(told, today) if name in MOMENTS else told for name, told in facts.items()}


def values_of(facts: Mapping[str, str]) -> tuple[Value, ...]:
    """Return facts as people read them: those with words in their order, then all others.

    ``x_on`` is the day of ``x``; alone it is a fact itself.
    """
    names = [name for name in facts if name not in APART and facts[name]]
    names = [n for n in names if not (n.endswith("_on") and n.removesuffix("_on") in facts)]
    known = {name: place for place, name in enumerate(FACTS)}
    names.sort(key=lambda name: (known.get(name, len(known)), name))
    return tuple(
        Value(
            word=_word(name),
            said=WORDS.get((name, facts[name])) or _said(facts[name]),
            on=_day(facts.get(f"{name}_on", "")),
            is_outside=facts[name] in ("outside", "due"),
        )
        for name in names
    )


def _word(name: str) -> str:
    if name in FACTS:
        return FACTS[name]
    told = label(name) if name in ANALYTES else name.removesuffix("_on").replace("_", " ")
    return f"{told[:1].upper()}{told[1:]}"


def _said(value: str) -> str:
    """Return a fact as people read it; facts carry days in ISO form."""
    day = _day(value)
    return value if day is None else say_date(day, SOURCE_LOCALE)


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _sureness(facts: Mapping[str, str]) -> str:
    told = []
    if "covered_days" in facts:
        told.append(f"{facts['covered_days']} of 28 days known")
    if facts.get("tier_7d"):
        told.append(TIERS.get(facts["tier_7d"], facts["tier_7d"]))
    if "confidence" in facts:
        told.append(f"confidence {CONFIDENCE.get(facts['confidence'], facts['confidence'])}")
    return " · ".join(told)


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
    drawn = {
        name_of: loading_weeks(
            bars,
            ident=f"weeks-{name_of}",
            width=width,
            title=f"Training and bone loading of {name}",
            desc="Minutes and bone loading units by week, oldest first; the table has the numbers.",
        )
        for name_of, width in CHART_WIDTHS.items()
    }
    pictures = [(key, mark_safe(one)) for key, one in drawn.items()]  # noqa: S308 (escaped there)
    return {"pictures": pictures, "rows": weeks}
