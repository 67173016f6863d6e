"""Ops as phones send them, and what became of them."""

import uuid
from typing import Any

from django.db import connection

from apps.common.actor import acting_as
from tests.apps.sync.test_push import workout
from tests.conftest import Person

__all__ = ["changed", "deleted", "feed", "lab", "live", "log", "one", "op_id", "put", "replayed",
           "restored", "results", "standing", "workout"]  # fmt: skip


def op_id() -> str:
    """Return a new op id."""
    return str(uuid.uuid4())


def put(kind: str, body: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return a put of a new record."""
    return {
        "op": op_id(), "type": kind, "id": op_id(), "action": "put", "base": None, "schema": 9,
        "set": body, **members,
    }  # fmt: skip


def lab(value: float | None = 41.5, **body: Any) -> dict[str, Any]:
    """Return a put of a new 25-OH vitamin D result."""
    return put(
        "lab_result",
        {
            "analyte": "vitd_25oh", "value": value, "unit": "nmol/L", "status": "final",
            "collected_at": "2026-02-26T08:05:00+01:00", **body,
        },
    )  # fmt: skip


def changed(op: dict[str, Any], base: Any = "", **members: Any) -> dict[str, Any]:
    """Return an edit of the record an op made; based on that op unless told otherwise."""
    base = op["op"] if base == "" else base
    told = {name: op[name] for name in ("type", "id")}
    return {**told, "op": op_id(), "action": "put", "schema": 9, "base": base, **members}


def deleted(op: dict[str, Any], base: Any = "") -> dict[str, Any]:
    """Return the deletion of the record an op made."""
    return changed(op, base, action="delete")


def restored(op: dict[str, Any], base: str, **members: Any) -> dict[str, Any]:
    """Return the undoing of a deletion."""
    return changed(op, base, action="restore", **members)


def replayed(op: dict[str, Any], rev: int, body: Any = None, **members: Any) -> dict[str, Any]:
    """Return the replay of a version that the server lost; a tombstone without a body."""
    told = {name: op[name] for name in ("op", "type", "id")}
    more = {"deleted": True} if body is None else {"body": body}
    return {**told, "action": "replay", "rev": rev, "schema": 9, **more, **members}


def results(person: Person, *ops: dict[str, Any]) -> list[dict[str, Any]]:
    """Push ops and return their results."""
    answer = person.sync(list(ops))
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def one(person: Person, op: dict[str, Any]) -> dict[str, Any]:
    """Push one op and return its result."""
    (result,) = results(person, op)
    return result


def feed(person: Person) -> list[dict[str, Any]]:
    """Return every live record of the person's feed, oldest change first."""
    answer = person.get("/v1/athletes/me/changes", max_rows="2000")
    assert answer.status_code == 200, answer.content
    return sorted(answer.json()["page"]["rows"], key=lambda row: row["seq"])


def live(person: Person, kind: str) -> list[dict[str, Any]]:
    """Return the live records of one type."""
    return [row for row in feed(person) if row["type"] == kind]


def standing(person: Person, op: dict[str, Any]) -> dict[str, Any] | None:
    """Return the body of the record an op is about, None when it is not there."""
    found = [row for row in feed(person) if row["id"] == op["id"]]
    return found[0]["body"] if found else None


def log(person: Person) -> list[tuple[Any, ...]]:
    """Return the feed's numbered history: seq, op, record, outcome."""
    with acting_as(person.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq, op_id::text, record_id::text, outcome FROM sync_log"
            " WHERE seq IS NOT NULL ORDER BY seq"
        )
        return list(cursor.fetchall())
