"""Estimated strength by week, a panel per lift: the best estimate inside its band."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import msgspec

from backend.drawing.axes import short_date
from backend.drawing.stacked import Row, stacked
from backend.drawing.svg import NOTHING, Svg, element, line, plain, words

RADIUS = 4.0
LONGEST_JOIN_DAYS = 28  # a longer pause is a gap, not a line
CAP = 4.0


class WeekEstimate(msgspec.Struct, frozen=True):
    """The best estimate of a week in kg, and the band it lies in."""

    ends_on: date
    kg: float
    low_kg: float
    high_kg: float


class LiftPanel(msgspec.Struct, frozen=True):
    """A lift by its name, and its weeks, oldest first, at least one."""

    name: str
    weeks: tuple[WeekEstimate, ...]


def lift_bands(
    lifts: Sequence[LiftPanel], *, ident: str, width: float, title: str, desc: str
) -> Svg:
    """Return the picture of lifts in the given order; nothing for none."""
    if not lifts:
        return NOTHING
    days = [week.ends_on for lift in lifts for week in lift.weeks]
    stack = stacked(
        [f"{lift.name}, kg" for lift in lifts],
        [(min(w.low_kg for w in x.weeks), max(w.high_kg for w in x.weeks)) for x in lifts],
        first=min(days),
        last=max(days),
        width=width,
    )
    drawn = [_lift(lift.weeks, row) for lift, row in zip(lifts, stack.rows, strict=True)]
    return stack.picture(drawn, ident=ident, width=width, title=title, desc=desc)


def _lift(weeks: Sequence[WeekEstimate], row: Row) -> list[Svg]:
    drawn = [_band(run, row) for run in _runs(weeks)]
    for before, after in pairwise(weeks):
        if (after.ends_on - before.ends_on).days <= LONGEST_JOIN_DAYS:
            ends = (row.x.day(before.ends_on), row.y(before.kg))
            drawn.append(line(*ends, row.x.day(after.ends_on), row.y(after.kg), "point-line"))
    for week in weeks:
        said = f"week to {short_date(week.ends_on)}: {week.kg:g} kg, band {week.low_kg:g} to {week.high_kg:g}"
        tip = element("title", plain(said))
        at = {"cx": row.x.day(week.ends_on), "cy": row.y(week.kg)}
        drawn.append(element("circle", tip, **at, r=RADIUS, class_="point"))
    newest = weeks[-1]
    drawn.append(
        words(f"{newest.kg:g}", x=row.x.day(newest.ends_on), y=row.y(newest.kg) - 9,
              class_="chart-value", anchor="middle")
    )  # fmt: skip
    return drawn


def _runs(weeks: Sequence[WeekEstimate]) -> list[list[WeekEstimate]]:
    """Return weeks without a long pause between them, as runs."""
    runs = [[weeks[0]]]
    for before, after in pairwise(weeks):
        if (after.ends_on - before.ends_on).days <= LONGEST_JOIN_DAYS:
            runs[-1].append(after)
        else:
            runs.append([after])
    return runs


def _band(run: Sequence[WeekEstimate], row: Row) -> Svg:
    """Return the band of a run; of a single week, a bar from its low to its high end."""
    if len(run) == 1:
        x = row.x.day(run[0].ends_on)
        low, high = row.y(run[0].low_kg), row.y(run[0].high_kg)
        path = f"M{x - CAP:.1f} {low:.1f}h{2 * CAP:g}V{high:.1f}h-{2 * CAP:g}z"
        return element("path", d=path, class_="estimate-band")
    upper = [f"{row.x.day(week.ends_on):.1f} {row.y(week.high_kg):.1f}" for week in run]
    lower = [f"{row.x.day(week.ends_on):.1f} {row.y(week.low_kg):.1f}" for week in reversed(run)]
    return element("path", d=f"M{'L'.join([*upper, *lower])}z", class_="estimate-band")
