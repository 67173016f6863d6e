"""From values and days to places on the picture, and which of them are worth a label."""

import math
from collections.abc import Sequence
from datetime import date

import msgspec

from backend.drawing.svg import Svg, line, words

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
DAYS_A_MONTH = 30.44
CHARACTER_PX = 6.5  # of a label, about


class Scale(msgspec.Struct, frozen=True):
    """A straight map from ``low``-``high`` to ``start``-``end``."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.0
        return self.start + share * (self.end - self.start)

    def day(self, day: date) -> float:
        """Return the place of a day."""
        return self(float(day.toordinal()))


class Panel(msgspec.Struct, frozen=True):
    """The rectangle inside which values are drawn."""

    left: float
    right: float
    top: float
    bottom: float


class Labels:
    """Places of labels: the first who asks gets one, whoever would overlap gets none."""

    def __init__(self, high: float = 15.0) -> None:
        """Keep labels at least ``high`` apart up and down where they share a column."""
        self._high = high
        self._taken: list[tuple[float, float, float]] = []

    def take(self, left: float, right: float, y: float) -> bool:
        """Return whether there is room from ``left`` to ``right`` at ``y``, and keep it."""
        for start, end, at in self._taken:
            if abs(y - at) < self._high and left < end and start < right:
                return False
        self._taken.append((left, right, y))
        return True


def short_date(day: date) -> str:
    """Return a day as ``4 May 2026``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def ticks(highest: float, *, about: int = 4) -> list[float]:
    """Return round values from 0 to at least ``highest``, about so many steps apart."""
    if not highest > 0 or not math.isfinite(highest):
        return [0.0, 1.0]
    rough = highest / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * s for s in STEPS if power * s >= rough * (1 - 1e-9))
    count = math.ceil(highest / step - 1e-9)
    return [step * i for i in range(count + 1)]


def ticks_between(low: float, high: float, *, about: int = 3) -> list[float]:
    """Return round values that enclose ``low`` to ``high``, about so many steps apart."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return [0.0, 1.0]
    least = max(abs(low), abs(high), 1.0) * 1e-3  # equal values still need a span
    middle, span = (low + high) / 2, max(high - low, least)
    step = ticks(span, about=about)[1]
    first, last = (middle - span / 2) / step, (middle + span / 2) / step
    numbers = range(math.floor(first + 1e-9), math.ceil(last - 1e-9) + 1)
    return [round(step * number, 10) for number in numbers]


def month_starts(first: date, last: date, *, at_most: int) -> list[date]:
    """Return first days of months between two days, evenly stepped, at most so many."""
    months = (last - first).days / DAYS_A_MONTH
    step = next((s for s in MONTH_STEPS if months / s <= at_most), MONTH_STEPS[-1])
    found = []
    number = first.year * 12 + first.month - 1
    if first.day > 1:
        number += 1
    number += -number % step
    while (day := date(number // 12, number % 12 + 1, 1)) <= last:
        found.append(day)
        number += step
    return found


def value_axis(panel: Panel, place: Scale, values: Sequence[float]) -> list[Svg]:
    """Return hairlines and labels of a vertical axis."""
    drawn = []
    for value in values:
        y = place(value)
        drawn.append(
            line(panel.left, y, panel.right, y, "chart-base" if not value else "chart-grid")
        )
        drawn.append(words(f"{value:g}", x=panel.left - 6, y=y + 4, anchor="end"))
    return drawn


def month_axis(panel: Panel, place: Scale, *, first: date, last: date, y: float,
               px_each: float = 56) -> list[Svg]:  # fmt: skip
    """Return ticks and names of months; the first one shown of a year says it."""
    at_most = max(2, int((panel.right - panel.left) / px_each))
    drawn: list[Svg] = []
    years: set[int] = set()
    free_from = 0.0
    for day in month_starts(first, last, at_most=at_most):
        x = place.day(day)
        text = MONTHS[day.month - 1]
        if day.year not in years:
            text = f"{text} {day.year}"
        drawn.append(line(x, y, x, y + 4, "chart-tick"))
        half = len(text) * CHARACTER_PX / 2
        if x - half < free_from or x + half > panel.right + 8:
            continue
        years.add(day.year)
        free_from = x + half + CHARACTER_PX
        drawn.append(words(text, x=x, y=y + 17, anchor="middle"))
    return drawn
