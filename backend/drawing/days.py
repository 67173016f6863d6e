"""A calendar of days: one square each, a column per week, what is not known hatched."""

from collections.abc import Sequence
from datetime import date

import msgspec

from backend.drawing.axes import CHARACTER_PX, MONTHS
from backend.drawing.svg import NOTHING, Svg, element, group, hatch, picture, rect, words

LEFT, TOP, LARGEST, LEAST_GAP = 34.0, 20.0, 22.0, 1.5
NAMED_ROWS = {0: "Mon", 2: "Wed", 4: "Fri", 6: "Sun"}
DAYS_A_WEEK = 7
UNKNOWN = "unknown"


class DayCell(msgspec.Struct, frozen=True):
    """One day. ``kind`` is high, moderate, none (trained, little loading), rest or unknown.

    ``heavy`` marks heavy lifting; ``says`` is the tooltip.
    """

    day: date
    kind: str
    says: str
    heavy: bool = False


def calendar_days(
    cells: Sequence[DayCell], *, ident: str, width: float, title: str, desc: str
) -> Svg:
    """Return the picture of consecutive days from a Monday on; nothing for none.

    Args:
        ident: unique on the page.
        width: of the coordinate system; squares shrink to fit, and grow to 22 at most.
    """
    if not cells:
        return NOTHING
    weeks = -(-len(cells) // DAYS_A_WEEK)
    step = min((width - LEFT) / weeks, LARGEST)
    size = step - max(LEAST_GAP, step * 0.12)
    fill = f"url(#{ident}-none)"
    squares = []
    for index, cell in enumerate(cells):
        x = LEFT + index // DAYS_A_WEEK * step
        y = TOP + index % DAYS_A_WEEK * step
        squares.append(_square(cell, x, y, size, fill))
    parts = [
        hatch(f"{ident}-none"),
        *_months(cells, step, width),
        *_row_names(step, size),
        *squares,
    ]
    return picture(
        parts, ident=ident, width=width, height=TOP + DAYS_A_WEEK * step, title=title, desc=desc,
        class_="chart-svg",
    )  # fmt: skip


def _square(cell: DayCell, x: float, y: float, size: float, fill: str) -> Svg:
    paint = fill if cell.kind == UNKNOWN else None
    drawn = rect(x, y, size, size, f"day day-is-{cell.kind}", title=cell.says, rx=2, fill=paint)
    if not cell.heavy:
        return drawn
    half = size * 0.24
    at = f"M{x + size / 2:.1f} {y + size / 2 - half:.1f}"
    path = f"{at}l{half:.1f} {half:.1f}-{half:.1f} {half:.1f}-{half:.1f}-{half:.1f}z"
    return group([drawn, element("path", d=path, class_="day-mark")])


def _months(cells: Sequence[DayCell], step: float, width: float) -> list[Svg]:
    """Return names of months above the week their first day lies in; the first says its year."""
    drawn: list[Svg] = []
    free_from, year = 0.0, None
    for index, cell in enumerate(cells):
        if cell.day.day != 1:
            continue
        x = LEFT + index // DAYS_A_WEEK * step
        text = MONTHS[cell.day.month - 1]
        if cell.day.year != year:
            text = f"{text} {cell.day.year}"
        if x < free_from or x + len(text) * CHARACTER_PX > width + 4:
            continue
        year = cell.day.year
        free_from = x + (len(text) + 1) * CHARACTER_PX
        drawn.append(words(text, x=x, y=TOP - 8))
    return drawn


def _row_names(step: float, size: float) -> list[Svg]:
    return [
        words(name, x=LEFT - 7, y=TOP + row * step + size / 2 + 4, anchor="end")
        for row, name in NAMED_ROWS.items()
    ]
