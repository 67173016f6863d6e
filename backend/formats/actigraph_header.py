"""The head of an ActiGraph CSV file: device, rate, start and columns; and what is none."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import NoReturn

import msgspec

from backend.formats.imported import UnreadableFile

LONGEST_LINE = 1000  # bytes; eleven columns of an IMU need 150
MOST_HEAD_LINES = 20
PIECE = 64 * 1024
AXES = ("accelerometer x", "accelerometer y", "accelerometer z")
TIME = "timestamp"

_MAKER = re.compile(r"File Created By ActiGraph\s+(.*?)\s+(?:ActiLife|CentrePoint|Firmware|date)\b")
_RATE = re.compile(r"\bat (\d{1,4}(?:\.\d{1,6})?) Hz\b")
_FORMAT = re.compile(r"\bdate format ([dMy]{1,4})([/.-])([dMy]{1,4})\2([dMy]{1,4})(?=\s|$)")
_START_DATE = re.compile(r"Start Date (\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})$")
_START_TIME = re.compile(r"Start Time (\d{1,2}:\d\d:\d\d)$")
_EPOCH = re.compile(r"Epoch Period \(hh:mm:ss\) (\d+:\d\d:\d\d)$")
_SERIAL = re.compile(r"Serial Number:\s*(\S{1,60})$")

# How the files begin that people take for ActiGraph's raw CSV, and what to say of them.
_STRANGERS: tuple[tuple[bytes, str], ...] = (
    (b"MD\xfc\x03", "This is a binary .cwa file of Axivity, which is not read."),
    (b"Device Identity", "This is a binary file of GENEActiv, which is not read."),
    (b"Device Type,GENEActiv", "This is a CSV file of GENEActiv; only ActiGraph's is read."),
    (
        b"Timestamp,Accelerometer",
        "The head lines of ActiGraph are gone, and with them the sampling rate.",
    ),
    (
        b"Accelerometer X",
        "The head lines of ActiGraph are gone, and with them the sampling rate.",
    ),
)
_ADVICE = "Export the raw data of one session from ActiLife as CSV, with its head lines."


class Header(msgspec.Struct, frozen=True):
    """What a file says before its samples; ``started_at`` is a wall clock of no known zone.

    ``axes`` and ``time`` are positions among ``width`` columns; ``order`` tells where day,
    month and year stand in its dates. ``first_row`` is a sample that stood in place of the
    names of columns, as some versions write it.
    """

    device: str
    serial: str
    sampling_hz: float
    started_at: datetime
    order: str
    width: int
    axes: tuple[int, int, int]
    time: int | None
    first_row: bytes | None


class Lines:
    """The lines of a file, numbered from 1, out of pieces of any size, in bounded memory."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.number = 0
        self.open_end = False
        self._pieces = pieces
        self._digest = sha256()

    @property
    def sha256(self) -> str:
        """The digest of what was read so far."""
        return self._digest.hexdigest()

    def refuse(self, what: str) -> NoReturn:
        """Raise ``UnreadableFile`` at this line."""
        raise UnreadableFile(
            f"Line {self.number} of the ActiGraph file: {what}. Nothing was imported.",
            pointer=str(self.number),
        )

    def read(self) -> Iterator[bytes]:
        """Yield each line without its end; ``open_end`` tells of a last one that had none."""
        held = b""
        for piece in self._pieces:
            self._digest.update(piece)
            *whole, held = (held + piece).split(b"\n")
            for line in whole:
                self.number += 1
                self._hold(line)
                yield line.rstrip(b"\r")
            if len(held) > LONGEST_LINE:
                self.number += 1
                self._hold(held)
        if held:
            self.number += 1
            self.open_end = True
            yield held

    def _hold(self, line: bytes) -> None:
        if len(line) > LONGEST_LINE:
            if self.number == 1:
                refuse_stranger(line)
            self.refuse(f"it is longer than {LONGEST_LINE} bytes")


def pieces_of(data: bytes) -> Iterator[bytes]:
    """Yield a file that is in memory piece by piece."""
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


def is_actigraph(head: bytes) -> bool:
    """Return whether a file that begins so is a CSV file of ActiGraph, raw or not."""
    return b"File Created By ActiGraph" in head[:LONGEST_LINE].split(b"\n", 1)[0]


def stranger(head: bytes) -> str | None:
    """Return what to say of accelerometry that is not read, None when it is not known."""
    if head.startswith(b"PK\x03\x04") and (b"log.bin" in head[:PIECE] or b"info.txt" in head[:64]):
        return f"This is a binary .gt3x file of ActiGraph. {_ADVICE}"
    start = head.removeprefix(b"\xef\xbb\xbf")
    return next(
        (f"{said} {_ADVICE}" for begin, said in _STRANGERS if start.startswith(begin)), None
    )


def refuse_stranger(head: bytes) -> NoReturn:
    """Raise ``UnreadableFile`` for a file that begins with ``head``."""
    raise UnreadableFile(
        stranger(head) or f"This is no CSV file of ActiGraph. {_ADVICE}", pointer="1"
    )


def header_of(rows: Iterator[bytes], lines: Lines) -> Header:
    """Return what the head says, and leave ``rows`` at the first sample.

    Raises:
        UnreadableFile: not ActiGraph, epochs instead of raw data, or a head that lacks the
            sampling rate, the date format, the start or the three axes.
    """
    first = next(rows, b"")
    if not is_actigraph(first):
        refuse_stranger(first)
    title, said = _text(first), [_text(first)]
    for row in rows:
        text = _text(row)
        if text and not text.strip("-"):
            break
        said.append(text)
        if len(said) > MOST_HEAD_LINES:
            lines.refuse("the head does not end; a line of dashes should close it")
    else:
        lines.refuse("the file ends within its head")
    _refuse_epochs(title, said, lines)
    rate, dates = _RATE.search(title), _FORMAT.search(title)
    if rate is None:
        lines.refuse("the head does not tell the sampling rate (“at 100 Hz”)")
    order = "".join(part[0] for part in dates.group(1, 3, 4)) if dates else ""
    if sorted(order) != ["M", "d", "y"]:
        lines.refuse("the head does not tell how dates are written (“date format dd/MM/yyyy”)")
    maker = _MAKER.search(title)
    columns = next(rows, b"")
    return Header(
        f"ActiGraph {maker.group(1) if maker else ''}".strip()[:200],
        _found(_SERIAL, said) or "unknown",
        float(rate.group(1)),
        _start(said, order, lines),
        order,
        *_columns(columns, lines),
    )


def _text(row: bytes) -> str:
    """Return a head line without what spreadsheets add to it."""
    return row.decode("utf-8-sig", "replace").rstrip(", \t").strip('"')


def _found(pattern: re.Pattern[str], said: list[str]) -> str | None:
    return next((match.group(1) for text in said if (match := pattern.search(text))), None)


def _refuse_epochs(title: str, said: list[str], lines: Lines) -> None:
    epoch = _found(_EPOCH, said)
    if "Data Table File" in title or (epoch and epoch.strip("0:")):
        lines.refuse("it holds activity counts per epoch, not raw acceleration in g")


def _start(said: list[str], order: str, lines: Lines) -> datetime:
    day = next((match for text in said if (match := _START_DATE.search(text))), None)
    clock = _found(_START_TIME, said)
    if day is None or clock is None:
        lines.refuse("the head does not tell when the recording started")
    moment = moment_of(day.groups(), clock, order)
    if moment is None:
        lines.refuse("the recording starts at a date or time that does not exist")
    return moment


def moment_of(parts: Iterable[str], clock: str, order: str) -> datetime | None:
    """Return a wall clock from the parts of a date in ``order`` and a time; None if there is none.

    A year has four digits: with two, nobody knows which part it is.
    """
    by = dict(zip(order, parts, strict=True))
    if len(by["y"]) != 4 or not 1900 <= int(by["y"]) <= 2199:
        return None
    try:
        return datetime.fromisoformat(
            f"{by['y']}-{int(by['M']):02}-{int(by['d']):02}T{clock.zfill(8)}"
        )
    except ValueError:
        return None


def _columns(
    row: bytes, lines: Lines
) -> tuple[int, tuple[int, int, int], int | None, bytes | None]:
    if row[:1].strip(b"-.0123456789") == b"" and row.count(b",") == 2:
        return 3, (0, 1, 2), None, row
    names = [name.strip().strip('"').lower() for name in row.decode("utf-8", "replace").split(",")]
    if any(names.count(axis) != 1 for axis in AXES):
        lines.refuse(
            "there should be the columns Accelerometer X, Accelerometer Y, Accelerometer Z"
        )
    x, y, z = map(names.index, AXES)
    return len(names), (x, y, z), names.index(TIME) if TIME in names else None, None
