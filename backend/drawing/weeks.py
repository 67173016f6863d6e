"""Training volume beside bone loading, week by week: two panels and a strip, one time axis."""

from collections.abc import Sequence
from datetime import date

import msgspec

from backend.drawing.axes import Panel, Scale, month_axis, short_date, ticks, value_axis
from backend.drawing.svg import NOTHING, Svg, element, group, hatch, line, picture, rect, words
from backend.summary.wording import rounded

LEFT, RIGHT = 38, 6
HEADING, AXIS, GAP = 28, 24, 14
VOLUME, BONE, STRIP = 92, 116, 62
DAYS_A_WEEK = 7
TRIAL_DAYS = 3  # high-loading days a week in the trials the loading band refers to


class WeekBar(msgspec.Struct, frozen=True):
    """One week. ``known`` is False where no phone said anything: no data, not no training.

    ``tier`` is A measured, B from sets, C estimated; ``heavy_days`` is part of ``high_days``.
    """

    starts_on: date
    ends_on: date
    minutes: float
    blu: float
    high_days: int
    heavy_days: int
    tier: str | None
    known: bool = True


class _Columns(msgspec.Struct, frozen=True):
    left: float
    step: float

    def span(self, index: int) -> tuple[float, float]:
        """Return the left edge and the width of a bar."""
        gap = min(3.0, self.step * 0.22)
        return self.left + index * self.step + gap / 2, self.step - gap


def loading_weeks(
    weeks: Sequence[WeekBar], *, ident: str, width: float, title: str, desc: str
) -> Svg:
    """Return the picture of consecutive weeks, oldest first; nothing for no weeks.

    Args:
        ident: unique on the page.
        width: of the coordinate system; text is drawn for that width.
        title: read as the picture's name.
        desc: what the picture shows, in a sentence or two.
    """
    if not weeks:
        return NOTHING
    volume = Panel(LEFT, width - RIGHT, HEADING, HEADING + VOLUME)
    bone = Panel(
        LEFT, width - RIGHT, volume.bottom + HEADING + GAP, volume.bottom + HEADING + GAP + BONE
    )
    strip = Panel(
        LEFT, width - RIGHT, bone.bottom + HEADING + GAP, bone.bottom + HEADING + GAP + STRIP
    )
    columns = _Columns(LEFT, (width - LEFT - RIGHT) / len(weeks))
    first, last = weeks[0].starts_on, weeks[-1].ends_on
    place = Scale(first.toordinal(), last.toordinal() + 1, volume.left, volume.right)
    parts = [
        hatch(f"{ident}-none"),
        *_unknown(weeks, columns, volume.top, strip.bottom, f"url(#{ident}-none)"),
        *_bars(weeks, columns, volume, "Training volume, minutes a week", "minutes"),
        *_bars(weeks, columns, bone, "Bone loading, BLU a week", "blu"),
        *_strip(weeks, columns, strip),
        *month_axis(strip, place, first=first, last=last, y=strip.bottom),
        *_tooltips(weeks, columns, volume.top, strip.bottom),
    ]
    return picture(
        parts, ident=ident, width=width, height=strip.bottom + AXIS, title=title, desc=desc,
        class_="chart-svg",
    )  # fmt: skip


def _heading(panel: Panel, text: str) -> Svg:
    return words(text, x=0, y=panel.top - 14, class_="chart-heading")


def _bars(weeks: Sequence[WeekBar], columns: _Columns, panel: Panel, heading: str,
          measure: str) -> list[Svg]:  # fmt: skip
    highest = max(getattr(week, measure) for week in weeks)
    marks = ticks(highest, about=3) if highest > 0 else [0.0]
    place = Scale(0, marks[-1] or 1.0, panel.bottom, panel.top)
    drawn = [_heading(panel, heading), *value_axis(panel, place, marks)]
    if highest <= 0 and any(week.known for week in weeks):
        x, y = (panel.left + panel.right) / 2, (panel.top + panel.bottom) / 2 + 4
        drawn.append(words("none recorded in the known weeks", x=x, y=y, anchor="middle"))
    for index, week in enumerate(weeks):
        value = getattr(week, measure)
        x, wide = columns.span(index)
        if week.known and value > 0:
            top = min(place(value), panel.bottom - 1)
            kind = "bar-volume" if measure == "minutes" else f"bar-bone bar-tier-{week.tier or 'C'}"
            drawn.append(rect(x, top, wide, panel.bottom - top, kind, rx=min(2, wide / 3)))
    return drawn


def _strip(weeks: Sequence[WeekBar], columns: _Columns, panel: Panel) -> list[Svg]:
    """Return a dot per day with high loading, a diamond where it was heavy lifting."""
    each = (panel.bottom - panel.top) / DAYS_A_WEEK
    place = Scale(0, DAYS_A_WEEK, panel.bottom, panel.top)
    drawn = [
        _heading(panel, "Days with high loading, each week"),
        line(panel.left, place(TRIAL_DAYS), panel.right, place(TRIAL_DAYS), "chart-reference"),
        words(str(TRIAL_DAYS), x=panel.left - 6, y=place(TRIAL_DAYS) + 4, anchor="end"),
        line(panel.left, panel.bottom, panel.right, panel.bottom, "chart-base"),
    ]
    size = min(each * 0.4, columns.step * 0.36)
    for index, week in enumerate(weeks):
        x, wide = columns.span(index)
        centre = x + wide / 2
        for day in range(week.high_days if week.known else 0):
            y = panel.bottom - each * (day + 0.5)
            drawn.append(_mark(centre, y, size, heavy=day < week.heavy_days))
    return drawn


def _mark(x: float, y: float, size: float, *, heavy: bool) -> Svg:
    if not heavy:
        return element("circle", cx=x, cy=y, r=size * 0.86, class_="day-high")
    path = f"M{x:.1f} {y - size:.1f}l{size:.1f} {size:.1f}-{size:.1f} {size:.1f}-{size:.1f}-{size:.1f}z"
    return element("path", d=path, class_="day-heavy")


def _unknown(weeks: Sequence[WeekBar], columns: _Columns, top: float, bottom: float,
             fill: str) -> list[Svg]:  # fmt: skip
    """Return one hatched field per run of weeks without data."""
    drawn: list[Svg] = []
    start: int | None = None
    for index in range(len(weeks) + 1):
        known = index == len(weeks) or weeks[index].known
        if not known and start is None:
            start = index
        elif known and start is not None:
            x, wide = columns.left + start * columns.step, (index - start) * columns.step
            parts = [rect(x, top, wide, bottom - top, "chart-unknown", fill=fill)]
            if wide > 52:
                parts.append(words("no data", x=x + wide / 2, y=top + 16, anchor="middle"))
            drawn.append(group(parts))
            start = None
    return drawn


def _tooltips(weeks: Sequence[WeekBar], columns: _Columns, top: float, bottom: float) -> list[Svg]:
    return [
        rect(columns.left + i * columns.step, top, columns.step, bottom - top, "chart-hit",
             title=_says(week))
        for i, week in enumerate(weeks)
    ]  # fmt: skip


def _says(week: WeekBar) -> str:
    span = f"{short_date(week.starts_on)} to {short_date(week.ends_on)}"
    if not week.known:
        return f"{span}: no data"
    days = "1 day" if week.high_days == 1 else f"{week.high_days} days"
    return (
        f"{span}: {rounded(week.minutes, places=0)} minutes, "
        f"{rounded(week.blu, places=0)} BLU, {days} with high loading, "
        f"{week.heavy_days} of them heavy lifting"
    )
