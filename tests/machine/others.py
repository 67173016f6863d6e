"""Two invariants that need more than a look: everything derived from scratch, and a stranger."""

from typing import Any
from uuid import uuid4

import httpx2
import msgspec

from backend.records import BY_ID
from tests.machine.edits import secret
from tests.machine.world import World

# Every read model, and which of its columns tell of a run rather than of the inputs.
READ_MODELS = {
    "sessionload": (), "observation": (), "loadday": (), "sessionsource": (), "fusion": (),
    "fusionmember": (), "fusiondecision": (), "panelrow": ("updated_at",),
}  # fmt: skip
DERIVED = ("risk_summary", "reminder", "fusion")


def i10_derived_truth(world: World) -> None:
    """What is derived equals what one recompute makes of the records and nothing else.

    The last check of a history: it takes everything derived away to have it made anew.
    """
    feed = world.server.feed(world.athlete)
    if feed is None or feed.input_seq == 0:
        return  # nothing to derive from
    if feed.derived_seq < feed.input_seq or world.server.queue(world.athlete):
        raise world.history.broken(
            "I10 derived truth", f"{feed} after peace; queue {world.server.queue(world.athlete)}"
        )
    world.server.begin_day(world.athlete)
    before = _derived(world) + _read_models(world)
    world.server.forget_derived(world.athlete, DERIVED)
    world.server.recompute()
    after = _derived(world) + _read_models(world)
    if before != after:
        stood = [row for row in before if row not in after]
        made = [row for row in after if row not in before]
        raise world.history.broken("I10 derived truth", f"stood {stood}, from scratch {made}")


def _derived(world: World) -> list[Any]:
    """Return what the feed says, without reminders that are closed: only a history has those."""
    found = []
    for record, row in sorted(world.server.records(world.athlete).items()):
        if BY_ID[row.type_id].name in DERIVED and row.body is not None:
            body: dict[str, Any] = msgspec.json.decode(row.body)
            if body.get("state") != "closed":
                found.append([str(record), {**body, "covers_seq": 0}])
    return found


def _read_models(world: World) -> list[Any]:
    """Return the rows of every read model."""
    told: list[Any] = []
    for table, without in READ_MODELS.items():
        rows = world.server.admin.execute(
            f"SELECT to_jsonb(t) - %s::text[] FROM insights_{table} t WHERE athlete_id = %s"
            " ORDER BY 1",
            [list(without), world.athlete],
        ).fetchall()
        told += [[table, row[0]] for row in rows]
    return told


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
