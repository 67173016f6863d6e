"""How older apps spell a `workout_session` (schemas 1 and 2)."""

import re
from collections.abc import Callable

from msgspec import Raw

from backend.records.base import Fields
from backend.records.converting import each, renamed, turned

ACTIVITY = {"kind": "activity"}
OFFSET = {"utc_offset_s": "utc_offset_min"}
MASS = {"body_mass_kg_at_time": "body_mass_kg"}
REPS = {"repetitions": "reps"}

_WHOLE = re.compile(rb"-?\d{1,6}")


def _to_activity(fields: Fields) -> Fields:
    """1 to 2: the kind of a workout became its activity."""
    return renamed(fields, ACTIVITY)


def _to_kind(fields: Fields) -> Fields:
    return renamed(fields, turned(ACTIVITY))


def _to_minutes(fields: Fields) -> Fields:
    """2 to 3: the offset is in minutes; mass and repetitions have their short names."""
    return _sets(renamed(_scaled(fields, OFFSET, _minutes), MASS), REPS)


def _to_seconds(fields: Fields) -> Fields:
    return _sets(renamed(_scaled(fields, turned(OFFSET), _seconds), turned(MASS)), turned(REPS))


def _sets(fields: Fields, names: dict[str, str]) -> Fields:
    if "exercises" not in fields:
        return fields
    return {**fields, "exercises": each(fields["exercises"], {}, {"sets": names})}


def _scaled(fields: Fields, name: dict[str, str], scale: Callable[[int], int | None]) -> Fields:
    """Return fields with a whole number under its other name; what is none keeps its name."""
    ((old, new),) = name.items()
    raw = bytes(fields.get(old, Raw(b"")))
    value = scale(int(raw)) if _WHOLE.fullmatch(raw) else None
    if value is None:
        return fields
    return {**renamed(fields, name), new: Raw(str(value).encode())}


def _minutes(seconds: int) -> int | None:
    return None if seconds % 60 else seconds // 60


def _seconds(minutes: int) -> int:
    return minutes * 60


UP = {1: _to_activity, 2: _to_minutes}
DOWN = {2: _to_kind, 3: _to_seconds}
