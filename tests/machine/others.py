"""Two invariants that need somebody else: a twin computed from scratch, and a stranger."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
import msgspec

from backend.records import BY_ID
from backend.records.ids import record_id
from tests.machine.device import Session
from tests.machine.edits import secret
from tests.machine.world import SERVERS_OWN, World

READ_MODELS = ("sessionload", "observation", "loadday")


def i10_derived_truth(world: World) -> None:
    """What is derived equals what a person with the same records and no history gets.

    The twin receives every live record in one push; then one recompute makes all from scratch.
    """
    feed = world.server.feed(world.athlete)
    if feed is None:
        return
    if feed.derived_seq < feed.input_seq or world.server.queue(world.athlete):
        raise world.history.broken(
            "I10 derived truth", f"{feed} after peace; queue {world.server.queue(world.athlete)}"
        )
    twin = world.server.session(world.server.person())
    ops, ids = _anew(world, twin)
    if not ops:
        return
    _sync(world, twin, ops)
    world.server.recompute()
    for what in (_derived, _read_models):
        ours = what(world, world.athlete)
        theirs = _renamed(what(world, twin.athlete), ids)
        if ours != theirs:
            raise world.history.broken(
                "I10 derived truth", f"{what.__name__}: stands {ours}, from scratch {theirs}"
            )


def _anew(world: World, twin: Session) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return puts of all that lives, as the twin's; and whose id each of theirs stands for.

    The profile and imports have ids that depend on the athlete.
    """
    ops, ids = [], {str(twin.athlete): str(world.athlete)}
    for record, row in world.server.records(world.athlete).items():
        if row.type_id >= SERVERS_OWN or row.body is None:
            continue
        kind, body = BY_ID[row.type_id].name, msgspec.json.decode(row.body)
        own, source = record, body.get("source")
        if record == world.athlete:
            own = twin.athlete
        elif source:
            own = record_id(twin.athlete, kind, source["system"], source["external_id"])
        ids[str(own)] = str(record)
        ops.append(
            {"op": str(uuid4()), "type": kind, "id": str(own), "action": "put", "base": None,
             "schema": 99, "set": body}
        )  # fmt: skip
    return ops, ids


def _renamed(told: Any, ids: dict[str, str]) -> Any:
    """Return plain data with ids replaced, and in the order that then is right."""
    text = msgspec.json.encode(told).decode()
    for theirs, ours in ids.items():
        text = text.replace(theirs, ours)
    return _sorted(msgspec.json.decode(text))


def _sorted(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _sorted(value) for name, value in told.items()}
    return sorted(told, key=msgspec.json.encode) if isinstance(told, list) else told


def _derived(world: World, athlete: UUID) -> list[Any]:
    """Return what the feed says: the summary, and the reminders that are open."""
    found = []
    for row in world.server.records(athlete).values():
        kind = BY_ID[row.type_id].name
        if kind not in ("risk_summary", "reminder") or row.body is None:
            continue
        body: dict[str, Any] = msgspec.json.decode(row.body)
        if body.get("state") == "closed":
            continue  # only a history can close one
        found.append({**body, "covers_seq": 0, "inputs_hash": ""})
    return list(_sorted(found))


def _read_models(world: World, athlete: UUID) -> dict[str, list[Any]]:
    """Return the read models without the athlete's id."""
    told = {}
    for table in READ_MODELS:
        rows = world.server.admin.execute(
            f"SELECT to_jsonb(t) - 'athlete_id' FROM insights_{table} t WHERE athlete_id = %s"
            " ORDER BY 1",
            [athlete],
        ).fetchall()
        told[table] = [row[0] for row in rows]
    return {name: _sorted(rows) for name, rows in told.items()}


def i14_least_privilege(world: World) -> None:
    """A stranger who knows every id, cursor and mark is told nothing that is not theirs."""
    stranger = world.server.session(world.stranger)
    feed = world.server.feed(world.athlete)
    records = [str(record) for record in world.server.records(world.athlete)]
    cursor = world.reader.cursors[-1] if world.reader.cursors else None
    asked = [
        ("GET", f"/v1/athletes/{world.athlete}/changes", None),
        ("GET", f"/v1/athletes/me/changes?cursor={cursor}", None),
        ("POST", f"/v1/athletes/{world.athlete}/sync", _request([])),
        ("POST", "/v1/athletes/me/sync", _request([], cursor=cursor, want=records[:50])),
        ("POST", "/v1/athletes/me/sync", _request([_guess(op) for op in records[:5]])),
        ("GET", f"/v1/athletes/{world.athlete}/digest", None),
    ]
    asked += [("GET", f"/v1/athletes/me/records/{record}", None) for record in records[:3]]
    canary = secret(world.athlete).encode()
    with httpx2.Client(
        transport=httpx2.WSGITransport(world.server.app), base_url="http://testserver"
    ) as http:
        for method, path, body in asked:
            headers = {"Authorization": f"Bearer {stranger.token}"}
            answer = http.request(method, path, json=body, headers=headers)
            if canary in answer.content or answer.status_code >= 500:
                raise world.history.broken(
                    "I14 least privilege", f"{path}: {answer.status_code} {answer.text[:300]}"
                )
    if world.server.feed(world.athlete) != feed:
        raise world.history.broken("I14 least privilege", "a stranger moved the feed")


def _guess(record: str) -> dict[str, Any]:
    return {
        "op": str(uuid4()), "type": "workout_session", "id": record, "action": "put",
        "base": record, "schema": 3, "set": {"rpe": 1},
    }  # fmt: skip


def _request(ops: list[dict[str, Any]], **members: object) -> dict[str, Any]:
    return {"protocol": 1, "request": str(uuid4()), "ops": ops, **members}


def _sync(world: World, session: Session, ops: list[dict[str, Any]]) -> None:
    with httpx2.Client(
        transport=httpx2.WSGITransport(world.server.app), base_url="http://testserver"
    ) as http:
        answer = http.post(
            "/v1/athletes/me/sync",
            json=_request(ops),
            headers={"Authorization": f"Bearer {session.token}"},
        )
    results = answer.json().get("results", [])
    refused = [result for result in results if result["status"] not in ("applied", "merged")]
    if answer.status_code != 200 or refused or len(results) != len(ops):
        raise world.history.broken(
            "What stands can be written again", f"{answer.status_code}: {refused} of {ops}"
        )
