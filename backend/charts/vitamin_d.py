"""25-OH vitamin D: results as printed, the season and the dose they fell in, what comes next."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from backend.charts.chart import Cell, Chart, Column, Key, number_text
from backend.days import months_later
from backend.drawing import Point, Svg, measured_points, short_date
from backend.labs import analytes
from backend.labs.analytes import likely_unit
from backend.readmodels import Observation
from backend.records.lab_result import WITHDRAWN, SupplementDose
from backend.reminding.intervals import INTERVALS
from backend.summary.wording import plain, rounded, to_places

NAME = "vitamin_d"
ANALYTE = "vitd_25oh"
UNIT = analytes.unit_of(ANALYTE) or ""
# The half-year around the month of the yearly low that the retest rule knows; our convention.
SEASON_MONTHS_BEFORE, SEASON_MONTHS = 3, 6
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
COLUMNS = (
    Column("drawn", "Drawn"),
    Column("printed", "As printed", is_number=True),
    Column("value", UNIT, UNIT, "not computed", is_number=True),
    Column("ref_low", "Range from", UNIT, "not printed", is_number=True),
    Column("ref_high", "Range to", UNIT, "not printed", is_number=True),
    Column("lab", "Laboratory", blank="not stated"),
    Column("method", "Method", blank="not stated"),
    Column("dose", "Dose at the time", blank="not stated"),
    Column("note", "Note", blank=""),
)


def vitamin_d_chart(
    observations: Sequence[Observation], *, doses: Mapping[UUID, SupplementDose],
    latitude: float | None, as_of: date, due_on: date | None,
) -> Chart:  # fmt: skip
    """Return the picture of results given newest first.

    Args:
        doses: what was taken at the time of a result, by its record.
        latitude: degrees north; decides which months are shaded, if any.
        due_on: when the next result is due.
    """
    said = {record: _dose(dose) for record, dose in doses.items()}
    points = [p for seen in observations if (p := _point(seen, said.get(seen.record_id)))]
    seasons = _seasons(points, latitude, max(as_of, due_on or as_of))
    desc = _describe(points, due_on)

    def draw(ident: str, width: float) -> Svg:
        return measured_points(
            points, ident=ident, width=width, title=f"25-OH vitamin D over time, {UNIT}",
            desc=desc, unit=UNIT, as_of=as_of, due_on=due_on, seasons=seasons,
        )  # fmt: skip

    return Chart(
        name=NAME, title="25-OH vitamin D", columns=COLUMNS, draw=draw,
        rows=tuple(_row(seen, said.get(seen.record_id)) for seen in observations),
        note=_note(observations), caption="Newest result first",
        legend=_legend(points, has_seasons=bool(seasons), due_on=due_on),
        foot=_foot(observations, latitude, as_of),
        undrawn="None of the results can be drawn; the table says why.",
        empty="No 25-OH vitamin D result yet. Add one on your phone, or let your laboratory send "
        "it. Without a reason to test, none is needed.",
    )  # fmt: skip


def _point(seen: Observation, dose: str | None) -> Point | None:
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
        dose=dose,
    )  # fmt: skip


def _seasons(
    points: Sequence[Point], latitude: float | None, last: date
) -> list[tuple[date, date]]:
    """Return the half-years of low sun that results may lie in; none near the equator."""
    if latitude is None or abs(latitude) < INTERVALS.nadir_latitude_deg.value or not points:
        return []
    month = int(INTERVALS.nadir_month.value)
    first_year = min(point.day for point in points).year - 2
    found = []
    for year in range(first_year, last.year + 1):
        low = date(year, month, 1)
        start = months_later(low, (0 if latitude > 0 else 6) - SEASON_MONTHS_BEFORE)
        found.append((start, months_later(start, SEASON_MONTHS) - timedelta(days=1)))
    return found


def _note(observations: Sequence[Observation]) -> str:
    if not observations:
        return ""
    newest = observations[0]
    value = f" ({rounded(newest.value)} {UNIT})" if newest.value is not None else ""
    return (
        f"Newest: {printed(newest)}{value}, {_when(newest)}. Values are lower after winter, and "
        "methods differ."
    )


def _legend(points: Sequence[Point], *, has_seasons: bool, due_on: date | None) -> tuple[Key, ...]:
    breaks = any(a.source != b.source for a, b in pairwise(points))
    has_range = any(p.ref_low is not None or p.ref_high is not None for p in points)
    keys = [
        (True, "point", f"result in {UNIT}"),
        (has_range, "range", "the laboratory's own range"),
        (has_seasons, "season", "half-year of low sun"),
        (any(p.comparator for p in points), "censored", "reported only as a limit"),
        (any(not p.usable and not p.comparator for p in points), "unused", "shown, not used"),
        (breaks, "break", "laboratory or method changed"),
        (any(p.dose for p in points), "dose", "dose stated with a result"),
        (due_on is not None, "due", "next due"),
    ]
    return tuple(Key(mark, text) for present, mark, text in keys if present)


def _foot(observations: Sequence[Observation], latitude: float | None, as_of: date) -> str:
    ranged = any(seen.ref_low is not None or seen.ref_high is not None for seen in observations)
    parts = [] if ranged else ["No range was printed with these results."]
    parts.append("nmol/L are divided by 2.496.")
    if latitude is None:
        parts.append("Seasons are shaded once your profile has a latitude.")
    parts.append(f"Source: laboratory results in your feed, as of {short_date(as_of)}.")
    return " ".join(parts)


def _describe(points: Sequence[Point], due_on: date | None) -> str:
    if not points:
        return "No result could be drawn."
    newest = points[0]
    count = "1 result" if len(points) == 1 else f"{len(points)} results"
    said = f"{count}; the newest, of {short_date(newest.day)}, reads {newest.label}."
    breaks = sum(a.source != b.source for a, b in pairwise(points))
    if breaks:
        times = "once" if breaks == 1 else f"{breaks} times"
        said += f" The laboratory or method changed {times}; values across are not joined."
    if due_on:
        said += f" The next one is due on {short_date(due_on)}."
    return f"{said} Every number, in {UNIT} and as printed, is in the table below."


def printed(seen: Observation) -> str:
    """Return a result as the laboratory printed it."""
    if seen.source_value is None:
        return "no number"
    value = f"{seen.comparator or ''}{plain(seen.source_value)}"
    return f"{value} {seen.source_unit or '(no unit)'}"


def _dose(dose: SupplementDose) -> str:
    return f"{number_text(dose.amount)} {dose.unit}"


def _row(seen: Observation, dose: str | None) -> tuple[Cell, ...]:
    notes = [WHY_UNUSED.get(flag, flag.replace("_", " ")) for flag in seen.flags]
    told = seen.source_value
    meant = None if told is None else likely_unit(seen.analyte, told, seen.source_unit)
    if meant:
        notes.append(f"looks like {meant} reported as {seen.source_unit}?")
    note = "" if seen.usable and not notes else ", ".join(notes) or "not used"
    numbers = [_shown(value) for value in (seen.value, seen.ref_low, seen.ref_high)]
    drawn: Cell = seen.local_date if seen.precision not in ("year", "month") else _when(seen)
    return (drawn, printed(seen), *numbers, seen.lab, seen.method, dose, note)


def _when(seen: Observation) -> str:
    """Return the day, no more precise than it is known."""
    if seen.precision in ("year", "month"):
        return f"{seen.local_date:%Y-%m}" if seen.precision == "month" else f"{seen.local_date:%Y}"
    return short_date(seen.local_date)


def _shown(value: Decimal | None) -> float | None:
    return None if value is None else to_places(value)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
