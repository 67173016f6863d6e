"""A FIT encoder just large enough for a strength workout.

Source: FIT protocol and profile field numbers as fitdecode's profile (21.171) lists them. The
maker is "development" (255), as the profile provides for files no product wrote.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from backend.formats.fit_activity import NO_GUESS
from backend.formats.fit_frames import ACTIVITY, FILE_ID, SESSION, SET, crc16

EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
EVENT = 21
MAKER_DEVELOPMENT = 255
SPORT_TRAINING, SUB_SPORT_STRENGTH = 10, 20
EVENT_TIMER, EVENT_SESSION, EVENT_ACTIVITY = 0, 8, 26
EVENT_START, EVENT_STOP, EVENT_STOP_ALL = 0, 1, 4

# Base types: number on the wire, struct letter, the value that means "none".
ENUM, UINT8, UINT16, UINT32, UINT32Z = (
    (0x00, "B", 0xFF), (0x02, "B", 0xFF), (0x84, "H", 0xFFFF), (0x86, "I", 0xFFFFFFFF),
    (0x8C, "I", 0),
)  # fmt: skip

Base = tuple[int, str, int]
Field = tuple[int, Base, int | Sequence[int | None] | None]


class WrittenSet(msgspec.Struct, frozen=True, kw_only=True):
    """One set: active with repetitions and load, or a rest.

    ``category`` is FIT's number of the exercise (28 squat, 8 deadlift), None when unknown;
    times in s, loads in kg to the sixteenth.
    """

    duration_s: float
    category: int | None = None
    repetitions: int | None = None
    load_kg: float | None = None
    rest: bool = False


class WrittenWorkout(msgspec.Struct, frozen=True, kw_only=True):
    """A strength workout; ``started_at`` with the wearer's UTC offset."""

    started_at: datetime
    sets: tuple[WrittenSet, ...]
    serial: int = 1
    energy_kcal: int | None = None
    hr_avg: int | None = None
    hr_max: int | None = None
    rpe: int | None = None


def write_strength(workout: WrittenWorkout) -> bytes:
    """Return a whole FIT file; ``read_fit`` gives back what went in.

    Source: FIT activity files, summary last: file_id, start event, sets, stop event,
    session, activity.
    """
    start = _seconds(workout.started_at)
    elapsed_s = sum(one.duration_s for one in workout.sets)
    end = start + round(elapsed_s)
    messages = [_file_id(workout, start), _event(start, EVENT_START)]
    clock = float(start)
    for index, one in enumerate(workout.sets):
        messages.append(_set(one, index, start, round(clock)))
        clock += one.duration_s
    messages += [
        _event(end, EVENT_STOP_ALL),
        _session(workout, start, end, elapsed_s),
        _activity(workout, end, elapsed_s),
    ]
    body = b"".join(messages)
    header = struct.pack("<BBHI4s", 14, 0x20, 2171, len(body), b".FIT")
    whole = header + struct.pack("<H", crc16(header)) + body
    return whole + struct.pack("<H", crc16(whole))


def _file_id(workout: WrittenWorkout, start: int) -> bytes:
    return _message(FILE_ID, [
        (3, UINT32Z, workout.serial),
        (4, UINT32, start),
        (1, UINT16, MAKER_DEVELOPMENT),
        (2, UINT16, 1),
        (0, ENUM, 4),
    ])  # fmt: skip


def _event(at: int, kind: int) -> bytes:
    return _message(EVENT, [(253, UINT32, at), (0, ENUM, EVENT_TIMER), (1, ENUM, kind)])


def _set(one: WrittenSet, index: int, stamp: int, start: int) -> bytes:
    """Every set carries the timestamp of the workout, as watches write it."""
    guess = None if one.rest else NO_GUESS if one.category is None else one.category
    return _message(SET, [
        (254, UINT32, stamp),
        (0, UINT32, round(one.duration_s * 1000)),
        (6, UINT32, start),
        (3, UINT16, one.repetitions),
        (4, UINT16, None if one.load_kg is None else round(one.load_kg * 16)),
        (7, UINT16, [guess, None, None]),
        (10, UINT16, index),
        (5, UINT8, 0 if one.rest else 1),
    ])  # fmt: skip


def _session(workout: WrittenWorkout, start: int, end: int, elapsed_s: float) -> bytes:
    return _message(SESSION, [
        (253, UINT32, end),
        (2, UINT32, start),
        (7, UINT32, round(elapsed_s * 1000)),
        (8, UINT32, round(elapsed_s * 1000)),
        (254, UINT16, 0),
        (11, UINT16, workout.energy_kcal),
        (0, ENUM, EVENT_SESSION),
        (1, ENUM, EVENT_STOP),
        (5, ENUM, SPORT_TRAINING),
        (6, ENUM, SUB_SPORT_STRENGTH),
        (16, UINT8, workout.hr_avg),
        (17, UINT8, workout.hr_max),
        (193, UINT8, None if workout.rpe is None else workout.rpe * 10),
    ])  # fmt: skip


def _activity(workout: WrittenWorkout, end: int, elapsed_s: float) -> bytes:
    offset = workout.started_at.utcoffset()
    return _message(ACTIVITY, [
        (253, UINT32, end),
        (0, UINT32, round(elapsed_s * 1000)),
        (5, UINT32, end + (round(offset.total_seconds()) if offset else 0)),
        (1, UINT16, 1),
        (2, ENUM, 0),
        (3, ENUM, EVENT_ACTIVITY),
        (4, ENUM, EVENT_STOP),
    ])  # fmt: skip


def _message(number: int, fields: Sequence[Field]) -> bytes:
    """Return a definition as local message 0 and one message of it, little endian."""
    definition = struct.pack("<BBBHB", 0x40, 0, 0, number, len(fields))
    values = b"\x00"
    for field, (wire, letter, none), value in fields:
        items = [value] if value is None or isinstance(value, int) else list(value)
        definition += bytes((field, struct.calcsize(letter) * len(items), wire))
        filled = [none if item is None else item for item in items]
        values += struct.pack(f"<{len(filled)}{letter}", *filled)
    return definition + values


def _seconds(moment: datetime) -> int:
    return round((moment - EPOCH).total_seconds())
