"""Cursors of lists that are ordered by time, newest first."""

import base64
import binascii
import struct
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from backend.errors import CoreError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LAYOUT = struct.Struct(">q16s")


class InvalidCursor(CoreError):
    """The cursor is not one this list gave out."""

    code = "invalid-cursor"


class Place(NamedTuple):
    """The last row of a page: when it was, and its record."""

    at: datetime
    record_id: UUID


def encode_cursor(place: Place) -> str:
    """Return a place as an opaque text."""
    packed = _LAYOUT.pack((place.at - _EPOCH) // _MICROSECOND, place.record_id.bytes)
    return base64.urlsafe_b64encode(packed).decode()


def decode_cursor(text: str) -> Place:
    """Return the place a cursor stands for. Raises ``InvalidCursor``."""
    try:
        packed = base64.b64decode(text, altchars=b"-_", validate=True)
        microseconds, record = _LAYOUT.unpack(packed)
        return Place(_EPOCH + microseconds * _MICROSECOND, UUID(bytes=record))
    except (binascii.Error, struct.error, OverflowError, ValueError) as error:
        raise InvalidCursor from error
