"""Rows of the data files as Markdown."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

MARKS = ("support", "source")
PLAIN_NAMES = ("value", "values")
OUR_WORDS = ("from memory", "our convention")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; bars within a cell are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |"
                     for line in lines)  # fmt: skip


def number(value: float | Decimal) -> str:
    """Return a number as it stands in the data file."""
    return str(value).removesuffix(".0") if math.isfinite(value) else "any"


def mark(support: str, source: str) -> str:
    """Return a support mark with its source, unless the mark says it all."""
    said = "" if source.startswith(OUR_WORDS) else f", {source}"
    return f"[{support}{said}]"


def code(names: Iterable[str]) -> str:
    """Return names in code style, with commas between."""
    return ", ".join(f"`{name}`" for name in names)


def constants(held: msgspec.Struct) -> str:
    """Return the table of every value of a data file that has a support mark of its own."""
    return table(
        ("constant", "value", "support", "source"),
        ((f"`{path}`", _value(one), one.support, one.source) for path, one in _marked(held, ())),
    )


def _marked(held: object, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Yield each struct that says where it is from, by its place in the file."""
    if isinstance(held, msgspec.Struct):
        if set(MARKS) <= set(held.__struct_fields__):
            yield ".".join(path), held
            return
        for name in held.__struct_fields__:
            yield from _marked(getattr(held, name), (*path, name))
    elif isinstance(held, Mapping):
        for name, one in held.items():
            yield from _marked(one, (*path, name))
    elif isinstance(held, tuple):
        for one in held:
            yield from _marked(one, path)


def _value(one: Any) -> str:
    names = [name for name in one.__struct_fields__ if name not in MARKS]
    if len(names) == 1 and names[0] in PLAIN_NAMES:
        return _text(getattr(one, names[0]))
    if names == ["low", "high"]:
        return f"{_text(one.low)} to {_text(one.high)}"
    parts = ((name, _text(getattr(one, name))) for name in names)
    return ", ".join(f"{name} {text}" for name, text in parts if text != "any")


def _text(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "any"}[value]
    if isinstance(value, int | float | Decimal):
        return number(value)
    if isinstance(value, msgspec.Struct):
        return f"({_value(value)})"
    if isinstance(value, tuple):
        return ", ".join(map(_text, value))
    return str(value)
