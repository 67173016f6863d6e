"""The low-load clock: how long ago bone was last loaded, and the days that led there."""

import math
from collections.abc import Sequence
from datetime import date

import msgspec

from backend.drawing.axes import short_date
from backend.drawing.svg import Svg, element, hatch, line, picture, rect, words

RADIUS, STROKE = 62.0, 15.0
MARGIN = 14.0
WHOLE_TURN_DAYS = 14
SIDE_BY_SIDE_FROM = 560.0
STRIP_TALL, STRIP_GAP = 44.0, 66.0


class ClockDay(msgspec.Struct, frozen=True):
    """One day of the strip: whether it loaded bone enough, and whether it is known at all."""

    day: date
    loaded: bool
    known: bool


def loading_clock(
    days: Sequence[ClockDay], *, since: int | None, ask_after: int | None, ident: str,
    width: float, title: str, desc: str,
) -> Svg:  # fmt: skip
    """Return the ring of days since the last loading day, and the strip of the days before.

    Args:
        days: consecutive days up to today, at least one.
        since: whole days since the last loading day; None when there is none in ``days``.
        ask_after: after so many days a pause is worth a look; marked on the ring.
        ident: unique on the page.
        width: of the coordinate system; the strip stands beside the ring if there is room.
    """
    beside = width >= SIDE_BY_SIDE_FROM
    ring = 2 * (RADIUS + MARGIN)
    centre = ring / 2 if beside else width / 2
    left, top = (ring + 36, ring / 2 - STRIP_TALL / 2) if beside else (0.0, ring + STRIP_GAP / 2)
    fill = f"url(#{ident}-none)"
    parts = [
        hatch(f"{ident}-none"),
        *_ring(days, since, ask_after, centre, ring / 2),
        *_strip(days, left, top, width - left, fill),
    ]
    height = ring if beside else ring + STRIP_GAP / 2 + STRIP_TALL + 22
    return picture(
        parts, ident=ident, width=width, height=height, title=title, desc=desc, class_="chart-svg"
    )


def _ring(
    days: Sequence[ClockDay], since: int | None, ask_after: int | None, x: float, y: float
) -> list[Svg]:
    passed = len(days) if since is None else since
    drawn = [element("circle", cx=x, cy=y, r=RADIUS, class_="clock-ring", stroke_width=STROKE)]
    if passed:
        # The newest days come last: those without data lie where the arc ends.
        unknown = sum(not one.known for one in days[-passed:])
        known = passed - unknown
        drawn.append(_arc(x, y, 0, min(known, WHOLE_TURN_DAYS), "clock-passed"))
        if unknown and known < WHOLE_TURN_DAYS:
            drawn.append(_arc(x, y, known, min(passed, WHOLE_TURN_DAYS), "clock-unknown"))
    if ask_after is not None:
        inner, outer = _at(x, y, ask_after, RADIUS - 12), _at(x, y, ask_after, RADIUS + 12)
        drawn.append(line(*inner, *outer, "clock-mark"))
    number = f"{passed}+" if since is None else str(since)
    drawn.append(words(number, x=x, y=y + 8, class_="clock-number", anchor="middle"))
    said = "day" if since == 1 else "days"
    drawn.append(words(said, x=x, y=y + 27, anchor="middle"))
    return drawn


def _arc(x: float, y: float, first: float, last: float, class_: str) -> Svg:
    """Return the part of the ring between two numbers of days; a whole turn is a circle."""
    if last - first <= 0:
        return Svg("")
    if last - first >= WHOLE_TURN_DAYS:
        return element("circle", cx=x, cy=y, r=RADIUS, class_=class_, stroke_width=STROKE)
    start, end = _at(x, y, first, RADIUS), _at(x, y, last, RADIUS)
    large = int((last - first) * 2 > WHOLE_TURN_DAYS)
    path = f"M{start[0]:.1f} {start[1]:.1f}A{RADIUS:g} {RADIUS:g} 0 {large} 1 {end[0]:.1f} {end[1]:.1f}"
    return element("path", d=path, class_=class_, stroke_width=STROKE)


def _at(x: float, y: float, days: float, radius: float) -> tuple[float, float]:
    angle = days / WHOLE_TURN_DAYS * math.tau - math.tau / 4
    return x + radius * math.cos(angle), y + radius * math.sin(angle)


def _strip(days: Sequence[ClockDay], left: float, top: float, width: float, fill: str) -> list[Svg]:
    step = width / len(days)
    heading = f"The last {len(days)} days"
    drawn = [words(heading, x=left, y=top - 12, class_="chart-heading")]
    for index, one in enumerate(days):
        x, wide = left + index * step + 1, step - 2
        kind, paint = ("clock-loaded", None) if one.loaded else ("clock-open", None)
        said = "high loading" if one.loaded else "no high loading"
        if not one.known and not one.loaded:
            kind, paint, said = "clock-none", fill, "no data"
        tip = f"{short_date(one.day)}: {said}"
        drawn.append(rect(x, top, wide, STRIP_TALL, kind, title=tip, rx=2, fill=paint))
    foot = top + STRIP_TALL + 17
    drawn.append(words(short_date(days[0].day), x=left, y=foot))
    drawn.append(words("today", x=left + width, y=foot, anchor="end"))
    return drawn
