"""What no database, calendar or merge could hold, anywhere in a body."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from backend.days import InvalidInstant, hold_day, hold_instant
from backend.records.base import InvalidRecord

Fault = tuple[str, str]  # pointer, detail
Look = Callable[[Any], Fault | None]

_UID = attrgetter("uid")


def hold(body: msgspec.Struct) -> None:
    """Raise ``InvalidRecord``, with a pointer, for the first thing that can not be held.

    That is an instant or day outside 1900-2199, an offset beyond 14 hours, or an element of a
    keyed list whose ``uid`` another one has.
    """
    fault = _part(body)
    if fault:
        raise InvalidRecord(fault[1], pointer=fault[0])


def _part(part: msgspec.Struct) -> Fault | None:
    for name, get, look in _looks_at(type(part)):
        value = get(part)
        fault = look(value) if value else None
        if fault:
            return f"/{name}{fault[0]}", fault[1]
    return None


def _parts(values: tuple[Any, ...]) -> Fault | None:
    kind: type[msgspec.Struct] = type(values[0])
    # Most parts hold nothing to look at (a set without a time of its own), and this is the
    # busiest loop of a push: leave them out without a call each.
    if any(any(map(get, values)) for _, get, _ in _looks_at(kind)):
        for index, part in enumerate(values):
            fault = _part(part)
            if fault:
                return f"/{index}{fault[0]}", fault[1]
    return _doubled(values) if "uid" in kind.__struct_fields__ else None


def _doubled(values: tuple[Any, ...]) -> Fault | None:
    uids = list(map(_UID, values))
    if len(set(uids)) == len(uids):
        return None
    index = next(index for index, uid in enumerate(uids) if uid in uids[:index])
    return f"/{index}/uid", "Another element has this uid."


def _instant(value: datetime) -> Fault | None:
    return _refused(hold_instant, value)


def _day(value: date) -> Fault | None:
    return _refused(hold_day, value)


def _refused(check: Callable[[Any], object], value: date) -> Fault | None:
    try:
        check(value)
    except InvalidInstant as error:
        return "", error.detail
    return None


@cache
def _looks_at(kind: type[msgspec.Struct]) -> tuple[tuple[str, Callable[[Any], Any], Look], ...]:
    """Return the fields of a struct to look at: name, what gets it, what looks."""
    ways = ((field.name, _way(field.type)) for field in msgspec.structs.fields(kind))
    return tuple((name, attrgetter(name), look) for name, look in ways if look is not None)


def _way(annotation: Any) -> Look | None:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _way(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return next((way for way in map(_way, get_args(annotation)) if way), None)
    if origin is tuple:
        return _parts if _way(get_args(annotation)[0]) is _part else None
    if annotation is datetime:
        return _instant
    if annotation is date:
        return _day
    is_part = isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)
    return _part if is_part else None
