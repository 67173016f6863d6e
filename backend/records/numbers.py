"""Numbers that no two readers would hold alike, told from a body's bytes, whatever the type.

A typed decode says nothing of fields it does not know, and a number too small for it becomes
a silent zero. What is refused here would be read otherwise on another phone.
"""

import json
import re
from typing import Any

from backend.records.base import InvalidRecord

MAX_DIGITS = 28  # significant digits we convert exactly
SMALLEST = 2.2250738585072014e-308  # below it a double loses digits

# Digits and points as 0, no signs: then plain searches find what may be an odd number.
_ROUGHLY = bytes.maketrans(b"0123456789.E", b"0" * 11 + b"e")
_LONG = b"0" * (MAX_DIGITS + 1)
_POWER = re.compile(rb"[\d.]+[eE][+-]?\d{3}")
_BEFORE_NUMBERS = (b":", b",", b"[", b" ", b"\n", b"\r", b"\t", b"")


class _Odd:
    """Stands in a decoded body where a number is odd."""

    def __init__(self, detail: str) -> None:
        self.detail = detail


def check_numbers(body: bytes) -> None:
    """Raise ``InvalidRecord``, with a pointer, for a number that readers would disagree on.

    That is one outside what a double holds with all its digits, or of more than 28
    significant digits.
    Args:
        body: a JSON value that has been decoded before.
    """
    if not _may_hold_odd_number(body):
        return
    found = _find(_DECODER.decode(body.decode(errors="replace")))
    if found:
        raise InvalidRecord(found[1], pointer=found[0])


def _may_hold_odd_number(body: bytes) -> bool:
    rough = body.translate(_ROUGHLY, b"+-")
    if _LONG in rough:
        return True
    if b"0e000" not in rough:
        return False
    # Digests and UUIDs hold such texts too, but no number begins inside one.
    return any(
        body[: found.start()].removesuffix(b"-")[-1:] in _BEFORE_NUMBERS
        for found in _POWER.finditer(body)
    )


def _find(value: Any) -> tuple[str, str] | None:
    """Return the pointer and detail of the first odd number in a decoded body."""
    if isinstance(value, _Odd):
        return "", value.detail
    entries: Any = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        entries = enumerate(value)
    for step, inner in entries:
        found = _find(inner)
        if found:
            return f"/{_escaped(str(step))}{found[0]}", found[1]
    return None


def _escaped(step: str) -> str:
    return step[:64].replace("~", "~0").replace("/", "~1")


def _number(text: str) -> float | _Odd:
    digits = re.split("[eE]", text)[0].lstrip("-").replace(".", "").strip("0")
    if len(digits) > MAX_DIGITS:
        return _Odd(f"A number has more than {MAX_DIGITS} significant digits.")
    value = float(text)
    if digits and not SMALLEST <= abs(value) < float("inf"):
        return _Odd("A number is outside what a double holds.")
    return value


_DECODER = json.JSONDecoder(parse_float=_number, parse_int=_number)
