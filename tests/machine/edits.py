"""What people do on their phones: every kind of edit the protocol has a rule for."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from msgspec import Raw
from msgspec.json import decode, encode

from backend.records import REGISTRY
from backend.records.converting import down_convert
from phone import LocalRecord, record_id
from tests.machine.device import SERVER_OWNED, Device
from tests.machine.texts import text

Edit = Callable[[Device, int, int], str | None]
DAY = date(2026, 3, 1)
A_WEEK = 7  # workouts written down at once
FUTURE_FIELD = "x_from_a_newer_app"  # nobody here knows it, so nobody may lose it


def new_workout(device: Device, which: int, value: int) -> str:
    """Write down a workout with exercises and a field of a newer app."""
    record = uuid4()
    _write(device, "workout_session", record, _workout(device, which, value))
    return f"writes workout {record}"


def new_lab(device: Device, which: int, value: int) -> str:
    """Write down a laboratory result."""
    record = uuid4()
    _write(device, "lab_result", record, _lab(device, which, value))
    return f"writes lab result {record}"


def new_week(device: Device, which: int, value: int) -> str:
    """Write down a week's workouts, each with a text: more than a small page holds."""
    for day in range(A_WEEK):
        note = text(which + day // 3, value % 5)
        _write(device, "workout_session", uuid4(), {**_workout(device, day, value), "note": note})
    return f"writes a week of workouts with texts {which}, {value % 5}"


def write_at_length(device: Device, which: int, value: int) -> str | None:
    """Write a text beside a workout or a result, of a few bytes or far more than a record holds."""
    kind = ("workout_session", "lab_result")[which % 2]
    told = _put(device, kind, which, {"note": text(which, value)})
    return told and f"{told[:60]} text {which}, {value}"


def change_rating(device: Device, which: int, value: int) -> str | None:
    """Rate a workout anew; two phones may disagree."""
    return _put(device, "workout_session", which, {"rpe": value})


def change_title(device: Device, which: int, value: int) -> str | None:
    """Give a workout another title, or none."""
    title = None if value == 0 else f"Title {value}"
    return _put(device, "workout_session", which, {"title": title})


def change_value(device: Device, which: int, value: int) -> str | None:
    """Correct a result: clashes need a person."""
    return _put(device, "lab_result", which, {"value": 30 + value})


def change_note(device: Device, which: int, value: int) -> str | None:
    """Write a note beside a result: clashes need nobody."""
    return _put(device, "lab_result", which, {"note": f"Note {value}"})


def change_profile(device: Device, which: int, value: int) -> str:
    """Fill in the one profile, which two new phones may both begin."""
    field, told = [("height_cm", 160 + value), ("sex", ["female", "male"][value % 2])][which % 2]
    device.phone.put("athlete_profile", device.session.athlete, set={field: told})
    return f"sets the profile's {field} to {told}"


def add_set(device: Device, which: int, value: int) -> str | None:
    """Add a set to a workout's exercise."""

    def add(exercises: list[dict[str, Any]]) -> None:
        exercises[0].setdefault("sets", []).append({"uid": uuid4().hex[:8], "reps": value + 1})

    return _lists(device, which, add, "adds a set")


def change_set(device: Device, which: int, value: int) -> str | None:
    """Correct the repetitions of a set; two phones may disagree."""

    def change(exercises: list[dict[str, Any]]) -> None:
        for one in exercises[0].get("sets", [])[:1]:
            one.pop("repetitions", None)  # an older app's word
            one["reps"] = value + 10

    return _lists(device, which, change, f"sets reps to {value + 10}")


def remove_set(device: Device, which: int, value: int) -> str | None:
    """Strike out a set."""

    def remove(exercises: list[dict[str, Any]]) -> None:
        sets = exercises[0].get("sets", [])
        if sets:
            sets.pop(value % len(sets))

    return _lists(device, which, remove, "removes a set")


def delete(device: Device, which: int, value: int) -> str | None:
    """Delete a record the person sees."""
    found = _seen(device, which, ("workout_session", "lab_result"))
    if found is None:
        return None
    device.phone.delete(found.type, found.id)
    return f"deletes {found.id}"


def undelete(device: Device, which: int, value: int) -> str | None:
    """Bring back a record this phone knows to be deleted."""
    gone = [
        clean
        for clean in device.store.clean_records().values()
        if clean.deleted and clean.type not in SERVER_OWNED
    ]
    if not gone:
        return None
    chosen = gone[which % len(gone)]
    device.phone.restore(chosen.type, chosen.id)
    return f"restores {chosen.id}"


def import_workout(device: Device, which: int, value: int) -> str:
    """Import from another store: every phone gives the same sample the same id."""
    sample = f"sample-{which % 2}"
    record = record_id(device.session.athlete, "workout_session", "watch", sample)
    source = {"system": "watch", "external_id": sample, "version": value}
    body = {**_workout(device, which, value), "source": source}
    _write(device, "workout_session", record, body)
    return f"imports {record}, version {value}"


def invalid_edit(device: Device, which: int, value: int) -> str | None:
    """Make an edit no server can hold."""
    return _put(device, "workout_session", which, {"rpe": "very hard"})


def invalid_record(device: Device, which: int, value: int) -> str:
    """Write a record of a shape, a type or an owner that is refused."""
    record = uuid4()
    kind = ["lab_result", "horoscope", "risk_summary"][value % 3]
    device.phone.put(kind, record, set={"collected_at": "never", "status": "final"})
    return f"writes a refused {kind} {record}"


def resolve(device: Device, which: int, value: int) -> str | None:
    """Take an edit off the attention list: give it up, or make it again."""
    waiting = device.phone.attention()
    if not waiting:
        return None
    item = waiting[which % len(waiting)]
    if value % 2 or item.outcome != "conflict":
        device.phone.resolve(item.op)
        return f"gives up {item.op}"
    made = [str(op) for op in device.phone.redo(item.op)]
    return f"makes {item.op} again: {made}"


def edit_together(device: Device, which: int, value: int) -> str:
    """Make edits that are stored all together or not at all; one in three can not be."""
    one, other = uuid4(), uuid4()
    found = _seen(device, which, ("workout_session",))
    with device.phone.group() as edits:
        body = _workout(device, which, value)
        edits.put("workout_session", one, set=_spelled(device, "workout_session", body))
        if found is not None:
            edits.put("workout_session", found.id, set={"rpe": value})
        if value % 3 == 0:
            edits.put("lab_result", other, set={"status": "final"})
        if value % 3 == 1:  # a type that the server may want later
            edits.put("lab_result", other, set=_spelled(device, "lab_result", _lab(device, 1, 2)))
        edits.put("workout_session", one, set={"title": "Together"})
    told = f", {found.id}" if found else ""
    return f"edits {one}{told} together{', wrongly' if value % 3 == 0 else ''}"


EDITS: tuple[Edit, ...] = (
    new_workout, new_lab, new_week, write_at_length, change_rating, change_title, change_value,
    change_note, change_profile, add_set, change_set, remove_set, delete, undelete, import_workout, invalid_edit,
    invalid_record, resolve, edit_together,
)  # fmt: skip


def secret(athlete: UUID) -> str:
    """Return a text that stands in every record of an athlete and that nobody else may read."""
    return f"canary-{athlete.hex[:16]}"


def _workout(device: Device, which: int, value: int) -> dict[str, Any]:
    day = DAY + timedelta(days=which)
    return {
        "started_at": f"{day}T18:00:00+01:00",
        "ended_at": f"{day}T19:00:00+01:00",
        "utc_offset_min": 60,
        "local_date": str(day),
        "activity": "running" if value % 2 else "resistance_unspecified",
        "rpe": value,
        "exercises": [
            {"uid": "squat", "exercise": "squat", "sets": [{"uid": "one", "reps": 5}]},
        ],
        FUTURE_FIELD: {"kept": value, "canary": secret(device.session.athlete)},
    }


def lab_body(athlete: UUID, which: int, value: int) -> dict[str, Any]:
    """Return a laboratory result of an athlete."""
    return {
        "analyte": "vitd_25oh",
        "value": 20 + 5 * value,
        "unit": "nmol/L",
        "status": "final",
        "collected_at": f"{DAY + timedelta(days=which)}T08:05:00+01:00",
        FUTURE_FIELD: {"kept": value, "canary": secret(athlete)},
    }


def _spelled(device: Device, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields in the words of the schema that the device's app speaks."""
    raws = {name: Raw(encode(value)) for name, value in fields.items()}
    spoken = device.habits.types.get(kind, REGISTRY[kind].schema)
    return {n: decode(raw) for n, raw in down_convert(REGISTRY[kind], raws, spoken).items()}


def _write(device: Device, kind: str, record: UUID, body: dict[str, Any]) -> None:
    device.phone.put(kind, record, set=_spelled(device, kind, body))


def _lab(device: Device, which: int, value: int) -> dict[str, Any]:
    return lab_body(device.session.athlete, which, value)


def _seen(device: Device, which: int, kinds: tuple[str, ...]) -> LocalRecord | None:
    found = [record for record in device.phone.records() if record.type in kinds]
    return found[which % len(found)] if found else None


def _put(device: Device, kind: str, which: int, fields: dict[str, Any]) -> str | None:
    found = _seen(device, which, (kind,))
    if found is None:
        return None
    _write(device, kind, found.id, fields)
    return f"changes {found.id}: {fields}"


def _lists(
    device: Device, which: int, change: Callable[[list[dict[str, Any]]], None], told: str
) -> str | None:
    found = _seen(device, which, ("workout_session",))
    if found is None or not found.body.get("exercises"):
        return None
    exercises = found.body["exercises"]
    change(exercises)
    _write(device, "workout_session", found.id, {"exercises": exercises})
    return f"{told} in {found.id}"
