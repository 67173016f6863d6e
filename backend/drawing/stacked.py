"""Small panels under each other on one time axis, each with a scale of its own."""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from backend.drawing.axes import Panel, Scale, month_axis, ticks_between, value_axis
from backend.drawing.svg import Svg, line, picture, words

LEFT, RIGHT, HEADING, PLOT, GAP, AXIS = 44.0, 12.0, 28.0, 92.0, 14.0, 26.0
SHORTEST_DAYS = 84


class Row(msgspec.Struct, frozen=True):
    """One panel of the stack and how values and days become places on it."""

    panel: Panel
    x: Scale
    y: Scale
    marks: tuple[float, ...]
    heading: str

    def frame(self) -> list[Svg]:
        """Return the panel's heading, hairlines and labels."""
        drawn = [words(self.heading, x=0, y=self.panel.top - 15, class_="chart-heading")]
        drawn += value_axis(self.panel, self.y, self.marks)
        foot = self.panel.bottom
        drawn.append(line(self.panel.left, foot, self.panel.right, foot, "chart-base"))
        return drawn


class Stack(msgspec.Struct, frozen=True):
    """Panels, the days they share, and the height of it all."""

    rows: tuple[Row, ...]
    first: date
    last: date
    height: float

    def axis(self) -> list[Svg]:
        """Return the names of months below the lowest panel."""
        row = self.rows[-1]
        return month_axis(row.panel, row.x, first=self.first, last=self.last, y=row.panel.bottom)

    def picture(
        self, drawn: Sequence[Sequence[Svg]], *, ident: str, width: float, title: str, desc: str
    ) -> Svg:
        """Return the whole picture; ``drawn`` is what each panel holds, in order."""
        parts = [
            part
            for row, held in zip(self.rows, drawn, strict=True)
            for part in (*row.frame(), *held)
        ]
        return picture(
            [*parts, *self.axis()], ident=ident, width=width, height=self.height, title=title,
            desc=desc, class_="chart-svg",
        )  # fmt: skip


def stacked(
    headings: Sequence[str], spans: Sequence[tuple[float, float]], *, first: date, last: date,
    width: float,
) -> Stack:  # fmt: skip
    """Return a panel for every heading, scaled to its least and greatest value.

    Args:
        headings: at least one.
        spans: least and greatest value of each panel.
        first, last: days of the shared axis; less than twelve weeks are widened backwards.
    """
    margin = timedelta(days=max(4, (last - first).days // 40))
    first = min(first, last - timedelta(days=SHORTEST_DAYS)) - margin
    last += margin
    rows = []
    for index, (heading, (low, high)) in enumerate(zip(headings, spans, strict=True)):
        top = HEADING + index * (HEADING + PLOT + GAP)
        panel = Panel(LEFT, width - RIGHT, top, top + PLOT)
        marks = tuple(ticks_between(low, high))
        rows.append(
            Row(
                panel,
                Scale(first.toordinal(), last.toordinal(), panel.left, panel.right),
                Scale(marks[0], marks[-1], panel.bottom, panel.top),
                marks,
                heading,
            )
        )
    return Stack(tuple(rows), first, last, rows[-1].panel.bottom + AXIS)
