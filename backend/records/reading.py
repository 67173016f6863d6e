"""From the bytes of a body to its struct: gladly when stored, strictly when it arrives."""

import re
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Raw

from backend.days import after_leap_second
from backend.records.base import Body, RecordType
from backend.records.holding import hold
from backend.records.numbers import check_numbers

AnyStruct = TypeVar("AnyStruct", bound=msgspec.Struct)

_LEAP_SECOND = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:60(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))"')
_LEAP_ENDING = re.compile(rb":60[.Z+-]")  # not the offset of a zone one hour ahead, `:60,`


def read(kind: type[AnyStruct], body: bytes | Raw) -> AnyStruct:
    """Return a stored body, or part of one, as a struct.

    A leap second is read as the instant after it; the body itself stays as it was sent.
    Raises ``msgspec.DecodeError``.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError:
        if not has_leap_second(body):
            raise
    return msgspec.json.decode(_LEAP_SECOND.sub(_after, bytes(body)), type=kind)


def validate(kind: RecordType, body: bytes | Raw) -> Body:
    """Return an arriving body as its struct.

    Raises ``msgspec.DecodeError`` for a wrong form and ``InvalidRecord``, with a pointer into
    the body, for what no record of the type can say.
    """
    typed = read(kind.body, body)
    check_numbers(bytes(body))
    hold(typed)
    kind.check(typed)
    return typed


def flags_of(kind: RecordType, typed: Body, body: bytes | Raw, *, now: datetime) -> tuple[str, ...]:
    """Return why a body must stay out of the models, each reason once, in order."""
    flags = kind.plausibility(typed, now)
    if has_leap_second(body):
        flags = (*flags, "leap_second")
    return tuple(dict.fromkeys(flags)) if flags else ()


def has_leap_second(body: bytes | Raw) -> bool:
    """Return whether an instant of the body is a leap second (``23:59:60Z``)."""
    raw = bytes(body)
    if b":60" not in raw or _LEAP_ENDING.search(raw) is None:
        return False
    return any(after_leap_second(found.decode()) for found in _LEAP_SECOND.findall(raw))


def _after(found: re.Match[bytes]) -> bytes:
    text = found[1].decode()
    return f'"{after_leap_second(text) or text}"'.encode()
