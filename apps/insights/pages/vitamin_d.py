"""The picture of 25-OH vitamin D results, and its table."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

import msgspec

from backend.drawing import Point, Svg, measured_points, short_date
from backend.labs import analytes
from backend.readmodels import Observation
from backend.records.lab_result import WITHDRAWN
from backend.summary.wording import plain, rounded

ANALYTE = "vitd_25oh"
WIDE, NARROW = 960.0, 318.0
WHY_UNUSED = {
    "censored": "a limit, not a number",
    "implausible": "not plausible",
    "in_future": "dated in the future",
    "unit_unknown": "unknown unit",
    "registered": "not reported yet",
    "preliminary": "preliminary",
    "cancelled": "cancelled",
    "entered_in_error": "withdrawn",
}


class ResultRow(msgspec.Struct, frozen=True):
    """One line of the table twin: as printed, as compared, and against which range."""

    on: str
    printed: str
    canonical: str
    range: str
    lab: str
    method: str
    note: str


class VitaminDSection(msgspec.Struct, frozen=True):
    """Everything the section shows; pictures are empty when no result could be drawn."""

    wide: Svg
    narrow: Svg
    rows: tuple[ResultRow, ...]
    newest: ResultRow
    unit: str
    range: str
    has_censored: bool
    has_break: bool
    has_unused: bool
    due_on: date | None


def vitamin_d_section(
    observations: Sequence[Observation], *, today: date, due_on: date | None
) -> VitaminDSection | None:
    """Return the section of results given newest first, or None without any."""
    if not observations:
        return None
    unit = analytes.unit_of(ANALYTE) or ""
    points = [point for seen in observations if (point := _point(seen)) is not None]
    title = f"25-OH vitamin D over time, {unit}"
    desc = _describe(points, unit, due_on)
    wide, narrow = (
        measured_points(
            points, ident=f"vitd-{name}", width=width, title=title, desc=desc, unit=unit,
            as_of=today, due_on=due_on,
        )
        for name, width in (("wide", WIDE), ("narrow", NARROW))
    )  # fmt: skip
    rows = tuple(_row(seen) for seen in observations)
    return VitaminDSection(
        wide=wide, narrow=narrow, rows=rows, newest=rows[0], unit=unit, due_on=due_on,
        range=next((row.range for row in rows if row.range), ""),
        has_censored=any(p.comparator for p in points),
        has_break=any(a.source != b.source for a, b in pairwise(points)),
        has_unused=any(not p.usable and not p.comparator for p in points),
    )  # fmt: skip


def _point(seen: Observation) -> Point | None:
    """Return where a result stands, or None when it was withdrawn or has no number."""
    value = seen.value
    if value is None and seen.comparator and seen.source_value is not None:
        value = analytes.canonical(ANALYTE, seen.source_value, seen.source_unit)
    if value is None or seen.status in WITHDRAWN:
        return None
    return Point(
        day=seen.local_date, value=float(value), label=printed(seen),
        source=f"{seen.lab or ''}\n{seen.method or ''}", comparator=seen.comparator,
        usable=seen.usable, ref_low=_number(seen.ref_low), ref_high=_number(seen.ref_high),
    )  # fmt: skip


def _describe(points: Sequence[Point], unit: str, due_on: date | None) -> str:
    if not points:
        return "No result could be drawn."
    newest = points[0]
    count = "1 result" if len(points) == 1 else f"{len(points)} results"
    said = f"{count}; the newest, of {short_date(newest.day)}, reads {newest.label}."
    breaks = sum(a.source != b.source for a, b in pairwise(points))
    if breaks:
        said += f" The laboratory or method changed {breaks} times; values across are not joined."
    if due_on:
        said += f" The next one is due on {short_date(due_on)}."
    return f"{said} Every number, in {unit} and as printed, is in the table below."


def printed(seen: Observation) -> str:
    """Return a result as the laboratory printed it."""
    if seen.source_value is None:
        return "no number"
    value = f"{seen.comparator or ''}{plain(seen.source_value)}"
    return f"{value} {seen.source_unit or '(no unit)'}"


def _row(seen: Observation) -> ResultRow:
    notes = [WHY_UNUSED.get(flag, flag.replace("_", " ")) for flag in seen.flags]
    return ResultRow(
        on=_when(seen), printed=printed(seen),
        canonical="" if seen.value is None else rounded(seen.value),
        range=_range(seen.ref_low, seen.ref_high), lab=seen.lab or "", method=seen.method or "",
        note="" if seen.usable and not notes else ", ".join(notes) or "not used",
    )  # fmt: skip


def _when(seen: Observation) -> str:
    """Return the day, no more precise than it is known."""
    if seen.precision in ("year", "month"):
        return f"{seen.local_date:%B %Y}" if seen.precision == "month" else f"{seen.local_date:%Y}"
    return short_date(seen.local_date)


def _range(low: Decimal | None, high: Decimal | None) -> str:
    if low is not None and high is not None:
        return f"{rounded(low)} to {rounded(high)}"
    if low is not None:
        return f"from {rounded(low)}"
    return f"up to {rounded(high)}" if high is not None else ""


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
