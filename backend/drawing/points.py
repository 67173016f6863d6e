"""Measured values over time, with the range each laboratory printed and what comes next."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise

import msgspec

from backend.drawing.axes import Panel, Scale, month_axis, short_date, ticks, value_axis
from backend.drawing.context import Season, dose_flags, season_bands
from backend.drawing.svg import NOTHING, Svg, element, group, line, picture, plain, rect, words

LEFT, RIGHT, TOP, PLOT, AXIS = 38, 14, 40, 190, 26
DOSES = 26
LABEL_APART = 42
HALF = 5.0
SHORTEST_DAYS = 365
WORD_PX = 34


class Point(msgspec.Struct, frozen=True):
    """One result. ``value`` is in the picture's unit, or the limit of a censored result.

    ``comparator`` (``<``, ``>``) makes it censored: a direction, not a number. ``source`` is
    what must stay the same for values to be comparable, such as laboratory and method.
    ``dose`` is the supplement taken at the time, as people write it; None is not stated.
    """

    day: date
    value: float
    label: str
    source: str
    comparator: str | None = None
    usable: bool = True
    ref_low: float | None = None
    ref_high: float | None = None
    dose: str | None = None


class _Plot(msgspec.Struct, frozen=True):
    panel: Panel
    x: Scale
    y: Scale

    def at(self, point: Point) -> tuple[float, float]:
        """Return where a point stands."""
        return self.x.day(point.day), self.y(point.value)


def measured_points(
    points: Sequence[Point], *, ident: str, width: float, title: str, desc: str, unit: str,
    as_of: date, due_on: date | None = None, seasons: Sequence[Season] = (),
) -> Svg:  # fmt: skip
    """Return the picture of results in any order; nothing for none.

    Args:
        ident: unique on the page.
        width: of the coordinate system; text is drawn for that width.
        unit: of every ``value``, as people write it.
        as_of: the day the picture speaks for; marked.
        due_on: when the next result is due; marked.
        seasons: parts of years to shade, each from its first to its last day.
    """
    if not points:
        return NOTHING
    ordered = sorted(points, key=lambda point: point.day)
    first = min(ordered[0].day, as_of - timedelta(days=SHORTEST_DAYS)) - timedelta(days=14)
    last = max(as_of, ordered[-1].day, due_on or as_of) + timedelta(days=24)
    marks = ticks(_highest(ordered), about=4)
    panel = Panel(LEFT, width - RIGHT, TOP, TOP + PLOT)
    plot = _Plot(
        panel,
        Scale(first.toordinal(), last.toordinal(), panel.left, panel.right),
        Scale(0, marks[-1], panel.bottom, panel.top),
    )
    doses = [(point.day, point.dose) for point in ordered if point.dose]
    flags = dose_flags(doses, panel, plot.x, y=panel.bottom + AXIS)
    parts = [
        *season_bands(seasons, panel, plot.x),
        *_ranges(ordered, plot),
        *value_axis(panel, plot.y, marks),
        words(unit, x=0, y=12, class_="chart-heading"),
        *month_axis(panel, plot.x, first=first, last=last, y=panel.bottom),
        *_moments(plot, as_of, due_on),
        *_breaks(ordered, plot),
        *_lines(ordered, plot),
        *(_drawn(point, plot) for point in ordered),
        *_labels(ordered, plot),
        *flags,
    ]
    height = panel.bottom + AXIS + (DOSES if flags else 0)
    return picture(
        parts, ident=ident, width=width, height=height, title=title, desc=desc,
        class_="chart-svg",
    )  # fmt: skip


def _highest(points: Sequence[Point]) -> float:
    """Return how far up to draw: the values, and enough of the ranges to see their foot."""
    lows = [point.ref_low for point in points if point.ref_low is not None]
    highs = [p.ref_high for p in points if p.ref_high is not None and p.ref_low is None]
    return max(*(point.value * 1.18 for point in points), *(low * 1.5 for low in lows), *highs, 1.0)


def _ranges(points: Sequence[Point], plot: _Plot) -> list[Svg]:
    """Return the printed ranges, each from halfway to the result before to halfway after."""
    edges = [plot.panel.left]
    edges += [(plot.x.day(a.day) + plot.x.day(b.day)) / 2 for a, b in pairwise(points)]
    edges.append(plot.panel.right)
    drawn = []
    indexed = list(enumerate(points))
    for (low, high), run in groupby(indexed, key=lambda item: (item[1].ref_low, item[1].ref_high)):
        numbers = [index for index, _ in run]
        if low is None and high is None:
            continue
        top = plot.panel.top if high is None else max(plot.y(high), plot.panel.top)
        bottom = plot.panel.bottom if low is None else min(plot.y(low), plot.panel.bottom)
        left, right = edges[numbers[0]], edges[numbers[-1] + 1]
        drawn.append(rect(left, top, right - left, bottom - top, "chart-range"))
    return drawn


def _moments(plot: _Plot, as_of: date, due_on: date | None) -> list[Svg]:
    """Return the marks of today and of the next due day, their words above the plot."""
    top, bottom = plot.panel.top, plot.panel.bottom
    today = plot.x.day(as_of)
    drawn = [line(today, top - 4, today, bottom, "chart-today")]
    if due_on is None or abs(plot.x.day(due_on) - today) > WORD_PX:  # else they would overlap
        drawn.append(words("today", x=today, y=top - 8, anchor="middle"))
    if due_on is not None:
        x = plot.x.day(due_on)
        text = f"next due {short_date(due_on)}"
        anchor = "end" if x > (plot.panel.left + plot.panel.right) / 2 else "start"
        end = x + 6 if anchor == "end" else x - 6
        drawn.append(line(x, top - 20, x, bottom, "chart-due"))
        drawn.append(
            element("path", d=f"M{x:.1f} {top - 20:.1f}l-5-7h10z", class_="chart-due-flag")
        )
        drawn.append(words(text, x=end, y=top - 29, class_="chart-due-label", anchor=anchor))
    return drawn


def _breaks(points: Sequence[Point], plot: _Plot) -> list[Svg]:
    """Return a zigzag wherever laboratory or method changed between two results."""
    drawn = []
    for before, after in pairwise(points):
        if before.source == after.source:
            continue
        x = (plot.x.day(before.day) + plot.x.day(after.day)) / 2
        steps = int((plot.panel.bottom - plot.panel.top) // 12)
        zigzag = "".join("l4 6-4 6" for _ in range(steps))
        path = element("path", d=f"M{x:.1f} {plot.panel.top:.1f}{zigzag}", class_="chart-break")
        drawn.append(path)
    return drawn


def _lines(points: Sequence[Point], plot: _Plot) -> list[Svg]:
    """Return lines between neighbours that are numbers and comparable."""
    drawn = []
    for before, after in pairwise(points):
        sound = all(p.usable and p.comparator is None for p in (before, after))
        if sound and before.source == after.source:
            drawn.append(line(*plot.at(before), *plot.at(after), "point-line"))
    return drawn


def _drawn(point: Point, plot: _Plot) -> Svg:
    x, y = plot.at(point)
    tip = element("title", plain(f"{short_date(point.day)}: {point.label}"))
    if point.comparator is None:
        kind = "point" if point.usable else "point point-unused"
        return element("circle", tip, cx=x, cy=y, r=HALF, class_=kind)
    down = point.comparator.startswith("<")
    side = HALF + 1 if down else -HALF - 1
    arrow = f"M{x - 6:.1f} {y:.1f}h12l-6 {side * 1.6:.1f}z"
    bar = line(x - 8, y, x + 8, y, "point-limit")
    return group([bar, element("path", tip, d=arrow, class_="point-censored")])


def _labels(points: Sequence[Point], plot: _Plot) -> list[Svg]:
    """Return the printed values beside their points, the newest first if there is no room."""
    drawn: list[Svg] = []
    free_until = float("inf")
    for point in reversed(points):
        x, y = plot.at(point)
        if x > free_until - LABEL_APART:
            continue
        free_until = x
        text = f"{point.comparator or ''}{point.value:.3g}"
        anchor = "end" if x > plot.panel.right - 12 else "middle"
        anchor = "start" if x < plot.panel.left + 12 else anchor
        above = y - 11 if y - 22 > plot.panel.top else y + 20
        drawn.append(words(text, x=x, y=above, class_="chart-value", anchor=anchor))
    return drawn
