"""What no database, calendar or merge could hold, anywhere in a body."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from backend.days import hold_day, hold_instant
from backend.errors import CoreError
from backend.records.base import InvalidRecord

Look = Callable[[Any], object]  # raises what is wrong

_UID = attrgetter("uid")


def hold(part: msgspec.Struct) -> None:
    """Raise ``InvalidRecord``, with a pointer, for the first thing that can not be held.

    That is an instant or day outside 1900-2199, an offset beyond 14 hours, or an element of a
    keyed list whose ``uid`` another one has.
    """
    for name, get, look in _looks_at(type(part)):
        value = get(part)
        if value:
            try:
                look(value)
            except CoreError as error:
                raise InvalidRecord(error.detail, pointer=f"/{name}{error.pointer}") from error


def _hold_parts(values: tuple[Any, ...]) -> None:
    kind: type[msgspec.Struct] = type(values[0])
    # Most parts hold nothing to look at (a set without a time of its own), and this is the
    # busiest loop of a push: leave them out without a call each.
    for _, get, _ in _looks_at(kind):
        if any(map(get, values)):
            _hold_each(values)
            break
    if len(values) > 1 and _is_keyed(kind) and len(set(map(_UID, values))) != len(values):
        uids = list(map(_UID, values))
        index = next(index for index, uid in enumerate(uids) if uid in uids[:index])
        raise InvalidRecord("Another element has this uid.", pointer=f"/{index}/uid")


def _hold_each(values: tuple[Any, ...]) -> None:
    for index, part in enumerate(values):
        try:
            hold(part)
        except InvalidRecord as error:
            raise InvalidRecord(error.detail, pointer=f"/{index}{error.pointer}") from error


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
        part = get_args(annotation)[0]
        return _hold_parts if _is_part(part) and (_way(part) or _is_keyed(part)) else None
    if annotation is datetime:
        return hold_instant
    if annotation is date:
        return hold_day
    return hold if _is_part(annotation) and _looks_at(annotation) else None


def _is_part(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)


def _is_keyed(part: type[msgspec.Struct]) -> bool:
    return "uid" in part.__struct_fields__
