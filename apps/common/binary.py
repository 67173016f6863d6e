"""Long columns as PostgreSQL's binary arrays, which it reads in half the time of their text."""

import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from apps.common.statements import Binary

# Types by their numbers in PostgreSQL's catalogue.
BOOL = 16
BYTEA = 17
INT8 = 20
INT2 = 21
INT4 = 23
TEXT = 25
JSON = 114
TIMESTAMPTZ = 1184
UUID_ = 2950

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# An array: one dimension, may hold nulls, type, length, first index. A value: its length, itself.
_HEAD = struct.Struct(">5i")
_NULL = b"\xff\xff\xff\xff"
_NO, _YES = b"\0\0\0\1\0", b"\0\0\0\1\1"
_NUMBERS = {
    INT2: (2, struct.Struct(">ih")),
    INT4: (4, struct.Struct(">ii")),
    INT8: (8, struct.Struct(">iq")),
}


def of_ids(values: Iterable[UUID | None]) -> Binary:
    """Return a `uuid[]`."""
    size = b"\0\0\0\x10"
    return _array(UUID_, [_NULL if v is None else size + v.int.to_bytes(16, "big") for v in values])


def of_numbers(kind: int, values: Iterable[int | None]) -> Binary:
    """Return an array of ``INT2``, ``INT4`` or ``INT8``."""
    size, number = _NUMBERS[kind]
    return _array(kind, [_NULL if v is None else number.pack(size, v) for v in values])


def of_instants(values: Iterable[datetime | None]) -> Binary:
    """Return a `timestamptz[]`."""
    size, number = _NUMBERS[INT8]
    since = [None if v is None else (v - EPOCH) // MICROSECOND for v in values]
    return _array(TIMESTAMPTZ, [_NULL if v is None else number.pack(size, v) for v in since])


def of_bytes(kind: int, values: Iterable[bytes | None]) -> Binary:
    """Return an array of what is sent as it is: ``BYTEA``, ``TEXT`` or ``JSON``, in UTF-8."""
    return _array(kind, [_NULL if v is None else len(v).to_bytes(4, "big") + v for v in values])


def of_truths(values: Iterable[bool]) -> Binary:
    """Return a `boolean[]`."""
    return _array(BOOL, [_YES if v else _NO for v in values])


def _array(kind: int, values: list[bytes]) -> Binary:
    return Binary(_HEAD.pack(1, 1, kind, len(values), 1) + b"".join(values))
