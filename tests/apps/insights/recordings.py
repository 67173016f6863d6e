"""The same workouts from several sources, as a phone pushes them."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.utils import timezone

from apps.common.actor import acting_as
from apps.insights.models import LoadDay, SessionLoad
from apps.insights.services.recompute import drain
from backend.formats import read
from backend.records import REGISTRY
from backend.records.fusion_decision import decision_id
from backend.records.ids import record_id
from tests.conftest import ROOT, Person

# When the workout of the sample file starts; it lasts 33 minutes.
FIT_START = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
WATCH = {"system": "healthkit", "app": "com.apple.health", "device": "Watch", "method": "sensed"}
LOGGER = {"system": "hevy", "method": "typed"}
THIRD = {"system": "strava", "method": "sensed"}


def put(
    kind: str, body: dict[str, Any], *, record: str | None = None, **members: Any
) -> dict[str, Any]:
    """Return a put of a new record."""
    return {
        "op": str(uuid.uuid4()), "type": kind, "id": record or str(uuid.uuid4()),
        "action": "put", "base": None, "schema": REGISTRY[kind].schema, "set": body, **members,
    }  # fmt: skip


def edit(op: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return an edit of what an op made."""
    return op | {"op": str(uuid.uuid4()), "base": op["op"], "set": fields}


def delete(op: dict[str, Any]) -> dict[str, Any]:
    """Return the deletion of what an op made."""
    return {
        "op": str(uuid.uuid4()), "type": op["type"], "id": op["id"], "action": "delete",
        "base": op["op"],
    }  # fmt: skip


def session(
    start: datetime, minutes: float, source: dict[str, str] | None, **body: Any
) -> dict[str, Any]:
    """Return a put of a strength workout; its local day is the day in UTC."""
    told = {
        "started_at": start.isoformat(), "ended_at": (start + timedelta(minutes=minutes)).isoformat(),
        "utc_offset_min": 0, "local_date": str(start.date()),
        "activity": "resistance_unspecified", **body,
    }  # fmt: skip
    return put("workout_session", told | ({"source": source} if source else {}))


def copy_of(person: Person, original: str, start: datetime, minutes: float = 60) -> dict[str, Any]:
    """Return a put of our export of a record, as it comes back through another app."""
    source = {"system": "mechanostat", "external_id": original}
    op = session(start, minutes, source)
    key = record_id(person.id, "workout_session", source["system"], source["external_id"])
    return op | {"id": str(key)}


def fit_file(person: Person) -> dict[str, Any]:
    """Return a put of the workout in the sample FIT file of a watch."""
    (draft,) = read((ROOT / "tests" / "data" / "strength.fit").read_bytes()).drafts
    key = record_id(person.id, draft.type, draft.system, draft.external_id)
    return put(draft.type, msgspec.json.decode(draft.body), record=str(key))


def logged(start: datetime = FIT_START, minutes: float = 30, **body: Any) -> dict[str, Any]:
    """Return a put of three heavy sets of squats, written down by hand, and their effort."""
    sets = [{"uid": f"s{n}", "reps": 5, "load_kg": 100, "rir": 1} for n in range(3)]
    squat = {"uid": "e", "exercise": "squat", "confidence": "stated", "sets": sets}
    told = {"exercises": [squat], "rpe": 8, "body_mass_kg": 70} | body
    return session(start, minutes, LOGGER, **told)


def decide(
    person: Person, *ops: dict[str, Any], word: str, record: str | None = None, **members: Any
) -> dict[str, Any]:
    """Return a put of a decision about the records of two ops."""
    one, other = (uuid.UUID(op["id"]) for op in ops)
    body = {
        "records": [str(one), str(other)], "decision": word,
        "decided_at": members.get("edited_at", "2026-03-03T08:00:00Z"),
    }  # fmt: skip
    key = record or str(decision_id(person.id, one, other))
    return put("fusion_decision", body, record=key, **members)


def sync(person: Person, *ops: dict[str, Any], **members: Any) -> list[str]:
    """Push ops, have everything computed, and return what became of each op."""
    answer = person.sync(list(ops), **members)
    assert answer.status_code == 200, answer.content
    drain(now=timezone.now())
    return [result["status"] for result in answer.json()["results"]]


def fusions(person: Person) -> list[dict[str, Any]]:
    """Return what the API lists."""
    answer = person.get("/v1/athletes/me/fusions")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["fusions"])


def states(person: Person) -> list[tuple[str, str, int]]:
    """Return state, decider and number of records of every fusion, newest first."""
    return [(one["state"], one["decided_by"], len(one["records"])) for one in fusions(person)]


def loads(person: Person) -> dict[str, SessionLoad]:
    """Return the rated workouts by their record."""
    with acting_as(person.id):
        return {str(row.record_id): row for row in SessionLoad.objects.filter(athlete_id=person.id)}


def days(person: Person) -> dict[str, LoadDay]:
    """Return the days with training."""
    with acting_as(person.id):
        return {str(row.local_date): row for row in LoadDay.objects.filter(athlete_id=person.id)}


def live(person: Person, kind: str) -> dict[str, dict[str, Any]]:
    """Return the live records of a type in the person's feed, by id."""
    rows = person.get("/v1/athletes/me/changes", types=kind, max_rows="2000").json()["page"]["rows"]
    return {row["id"]: row["body"] for row in rows if not row["deleted"]}
