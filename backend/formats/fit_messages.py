"""Decoded FIT messages, each with its place in the file."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

import fitdecode
import msgspec

from backend.days import LATEST_YEAR
from backend.formats.fit_frames import Segment
from backend.formats.imported import UnreadableFile

EARLIEST_YEAR = 1990


class Message(msgspec.Struct, frozen=True):
    """One data message: its name, its fields that have a value, its byte offset."""

    name: str
    values: dict[str, object]
    offset: int

    def refuse(self, why: str) -> UnreadableFile:
        """Return the refusal of the file because of this message."""
        return UnreadableFile(
            f"The FIT file can not be imported: {why} ({self.name} at byte {self.offset}).",
            pointer=str(self.offset),
        )

    def number(self, name: str, *, most: float, least: float = 0.0) -> float | None:
        """Return a finite number, None when absent.

        Raises:
            UnreadableFile: the number is outside ``least`` to ``most``.
        """
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if not math.isfinite(value):
            return None
        if not least <= value <= most:
            raise self.refuse(f"{name} is outside {least:g} to {most:g}")
        return value

    def moment(self, name: str) -> datetime | int | None:
        """Return a time: an instant, or seconds since the device was switched on.

        Raises:
            UnreadableFile: an instant outside the years 1990 to 2199.
        """
        value = self.values.get(name)
        if isinstance(value, datetime):
            if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
                raise self.refuse(f"{name} is outside {EARLIEST_YEAR} to {LATEST_YEAR}")
            return value
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def text(self, name: str) -> str | None:
        """Return a field as text, None when absent or empty."""
        value = self.values.get(name)
        if value is None or isinstance(value, tuple | list | bytes):
            return None
        return str(value).replace("\x00", "").strip() or None


def decode(segment: Segment) -> list[Message]:
    """Return the data messages of a segment in file order.

    Raises:
        UnreadableFile: the decoder failed, in whatever way; crafted definitions make it
            raise plain ``TypeError`` and others.
    """
    messages: list[Message] = []
    try:
        for name, values in _decoded(segment.data):
            messages.append(Message(name, values, segment.offsets[len(messages)]))
    except Exception as error:
        at = segment.offsets[min(len(messages), len(segment.offsets) - 1)] if segment.offsets else 0
        raise UnreadableFile(
            f"The FIT file can not be read: a message is not encoded as it says (byte {at}). "
            "Sync the watch again or export the activity once more.",
            pointer=str(at),
        ) from error
    return messages


def _decoded(data: bytes) -> Iterator[tuple[str, dict[str, object]]]:
    reader = fitdecode.FitReader(
        data,
        error_handling=fitdecode.ErrorHandling.IGNORE,  # the tolerant mode, without warnings
        check_crc=fitdecode.CrcCheck.DISABLED,  # checked over the whole file before
    )
    with reader:
        for frame in reader:
            if frame.frame_type == fitdecode.FIT_FRAME_DATA:
                yield (
                    str(frame.name),
                    {field.name: field.value for field in frame.fields if field.value is not None},
                )


def seconds_between(earlier: datetime | int, later: datetime | int) -> float | None:
    """Return ``later - earlier`` in seconds, None when they count from different zeros."""
    if isinstance(earlier, datetime) and isinstance(later, datetime):
        return (later - earlier).total_seconds()
    if isinstance(earlier, int) and isinstance(later, int):
        return float(later - earlier)
    return None


def shifted(moment: datetime, seconds: float) -> datetime:
    """Return an instant ``seconds`` later, to the millisecond FIT counts in."""
    return moment + timedelta(milliseconds=round(seconds * 1000))
