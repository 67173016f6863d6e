"""How a model reads what it was given: missing before wrong, wrong before computed."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Self, TypeVar

from backend.days import EARLIEST_YEAR, LATEST_YEAR
from backend.results import Result, missing, not_applicable, out_of_range

Moment = TypeVar("Moment", date, datetime)
Value = TypeVar("Value")
SEXES = ("female", "male")  # those for which cut-offs are published
NUMBERS = (int, float, Decimal)
LARGEST = 1e15  # nothing measured is larger; keeps every sum and logarithm finite


class Stop(Exception):
    """A model ends early with ``result``; ``backend.models.run`` returns it."""

    def __init__(self, result: Result) -> None:
        super().__init__(result["status"])
        self.result = result

    @classmethod
    def out_of_range(cls, field: str) -> Self:
        """Return the stop for a value that can not be true."""
        return cls(out_of_range(field))

    @classmethod
    def not_applicable(cls, reason: str) -> Self:
        """Return the stop for a person, device or sample the model is not meant for."""
        return cls(not_applicable(reason))


class Inputs:
    """The keyword inputs of one model call; an absent key and null mean the same.

    Every reader raises ``Stop`` with ``out_of_range`` for a value of the wrong type (a bool
    is not a number), NaN, infinity, or a value outside the limits it is given.
    """

    def __init__(self, given: Mapping[str, object]) -> None:
        self._given = {name: value for name, value in given.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def need(self, *names: str) -> None:
        """Stop with ``missing_input`` unless all ``names`` were given."""
        require([name for name in names if name not in self._given])

    def number(
        self, name: str, *, low: float = -LARGEST, high: float = LARGEST, above: bool = False
    ) -> float:
        """Return a finite number within ``low`` to ``high``; ``above`` excludes ``low``."""
        value = self._given.get(name)
        if isinstance(value, bool) or not isinstance(value, NUMBERS):
            raise Stop.out_of_range(name)
        try:
            number = float(value)
        except (OverflowError, ValueError) as error:
            raise Stop.out_of_range(name) from error
        within = low <= number <= high and math.isfinite(number)
        if not within or (above and number == low):
            raise Stop.out_of_range(name)
        return number

    def optional_number(
        self, name: str, *, low: float = -LARGEST, high: float = LARGEST, above: bool = False
    ) -> float | None:
        """Return ``number``, or None when it was not given."""
        return self.number(name, low=low, high=high, above=above) if name in self else None

    def whole(self, name: str, *, low: int, high: int) -> int:
        """Return a whole number within ``low`` to ``high``; 3.0 is one."""
        number = self.number(name, low=low, high=high)
        if not number.is_integer():
            raise Stop.out_of_range(name)
        return int(number)

    def flag(self, name: str) -> bool:
        """Return a boolean; false when it was not given."""
        value = self._given.get(name, False)
        if not isinstance(value, bool):
            raise Stop.out_of_range(name)
        return value

    def text(self, name: str) -> str:
        """Return a string."""
        value = self._given.get(name)
        if not isinstance(value, str):
            raise Stop.out_of_range(name)
        return value

    def choice(self, name: str, options: Iterable[str], *, default: str | None = None) -> str:
        """Return one of ``options``, or ``default`` when it was not given."""
        if default is not None and name not in self:
            return default
        value = self.text(name)
        if value not in options:
            raise Stop.out_of_range(name)
        return value

    def day(self, name: str) -> date:
        """Return a calendar day, given as a date or as ISO 8601 text."""
        value = self._given.get(name)
        if isinstance(value, datetime):
            raise Stop.out_of_range(name)
        try:
            day = value if isinstance(value, date) else date.fromisoformat(self.text(name))
        except ValueError as error:
            raise Stop.out_of_range(name) from error
        return _within_years(name, day)

    def instant(self, name: str) -> datetime:
        """Return an aware instant, given as a datetime or as ISO 8601 text with an offset."""
        value = self._given.get(name)
        try:
            moment = (
                value if isinstance(value, datetime) else datetime.fromisoformat(self.text(name))
            )
        except ValueError as error:
            raise Stop.out_of_range(name) from error
        if moment.utcoffset() is None:
            raise Stop.out_of_range(name)
        return _within_years(name, moment)

    def items(self, name: str) -> Sequence[object]:
        """Return a list of anything."""
        value = self._given.get(name)
        if not isinstance(value, list | tuple):
            raise Stop.out_of_range(name)
        return value

    def mapping(self, name: str) -> Mapping[str, object]:
        """Return an object with string keys."""
        value = self._given.get(name)
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise Stop.out_of_range(name)
        return value

    def rows(self, name: str, *fields: str) -> list["Inputs"]:
        """Return a list of objects, each of which must have ``fields``."""
        rows = []
        for item in self.items(name):
            if not isinstance(item, Mapping):
                raise Stop.out_of_range(name)
            rows.append(Inputs(item))
        require(field for field in fields for row in rows if field not in row)
        return rows


def _within_years(name: str, moment: Moment) -> Moment:
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise Stop.out_of_range(name)
    return moment


def require(absent: Iterable[str]) -> None:
    """Stop with ``missing_input`` when any name is ``absent``."""
    if names := [*absent]:
        raise Stop(missing(names))


def if_readable(read: Callable[[], Value]) -> Value | None:
    """Return what ``read`` reads, or None where it stops.

    A population is checked before missing and wrong inputs are told, with what can be read.
    """
    try:
        return read()
    except Stop:
        return None


def as_printed(number: float) -> Decimal:
    """Return the decimal that people see for ``number``: 0.1 is a tenth.

    Limits are compared in decimals where a sum or quotient of printed values must not miss
    them by the last binary digit.
    """
    return Decimal(repr(number))
