"""A picture, its table twin, and the words around both."""

import csv
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import msgspec

from backend.drawing import Svg, short_date
from backend.summary.wording import plain

Cell = str | int | float | date | None
Draw = Callable[[str, float], Svg]
WIDE, NARROW = 960.0, 318.0
BLANK = "\N{EN DASH}"
# A spreadsheet takes a text that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Column(msgspec.Struct, frozen=True):
    """One column: its key for programs, its heading for people, the unit of its numbers.

    ``blank`` is what people read where there is nothing.
    """

    key: str
    label: str
    unit: str | None = None
    blank: str = BLANK
    is_number: bool = False


class Key(msgspec.Struct, frozen=True):
    """One entry of the legend: the class of its mark, and what the mark means."""

    mark: str
    text: str


class Shown(msgspec.Struct, frozen=True):
    """One cell as people read it."""

    text: str
    is_number: bool
    is_blank: bool


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """One picture with everything said of it; without ``rows`` there is only ``empty`` to say.

    ``note`` introduces it, ``desc`` is read out in place of the picture, ``foot`` says how it
    was made and where from, ``caption`` heads the table. ``draw`` takes an identifier unique
    on the page and a width, and returns nothing where no row can be drawn (``undrawn`` says so).
    """

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    draw: Draw
    empty: str
    caption: str = ""
    foot: str = ""
    undrawn: str = ""
    legend: tuple[Key, ...] = ()

    @property
    def wide(self) -> Svg:
        """The picture for a screen on a desk."""
        return self.draw(f"{self.name}-wide", WIDE) if self.rows else Svg("")

    @property
    def narrow(self) -> Svg:
        """The picture for a phone."""
        return self.draw(f"{self.name}-narrow", NARROW) if self.rows else Svg("")

    @property
    def shown(self) -> list[list[Shown]]:
        """The rows as people read them."""
        return [
            [_shown(cell, column) for cell, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]

    @property
    def records(self) -> tuple[dict[str, Cell], ...]:
        """The rows by the keys of their columns."""
        keys = [column.key for column in self.columns]
        return tuple(dict(zip(keys, row, strict=True)) for row in self.rows)


def _shown(cell: Cell, column: Column) -> Shown:
    if cell is None or cell == "":
        return Shown(column.blank, column.is_number and column.blank == BLANK, True)
    if isinstance(cell, date):
        return Shown(short_date(cell), False, False)
    return Shown(cell if isinstance(cell, str) else number_text(cell), column.is_number, False)


def number_text(value: float) -> str:
    """Return a number without exponent and without trailing zeros."""
    return plain(Decimal(repr(value)))


def csv_text(chart: Chart) -> str:
    """Return the table as CSV (RFC 4180): keys first, days as ISO 8601, nothing for nothing.

    A text a spreadsheet would take for a formula is led by an apostrophe.
    """
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(column.key for column in chart.columns)
    for row in chart.rows:
        writer.writerow(_written(cell) for cell in row)
    return written.getvalue()


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(FORMULA) else cell
    return number_text(cell)
