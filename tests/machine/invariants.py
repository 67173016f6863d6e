"""The invariants of the protocol, each held against the tables and the phones after peace came.

Each function is one invariant, and raises ``Violated`` with its name and the history.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from backend.feed.bodies import fields_of
from backend.feed.cursor import Group
from backend.feed.state import Outcome
from backend.records import BY_ID, REGISTRY
from backend.records.converting import down_convert, up_convert
from tests.machine.device import Device
from tests.machine.edits import FUTURE_FIELD
from tests.machine.network import asked_in
from tests.machine.readers import Portion, place_of
from tests.machine.server import LogRow, RecordRow
from tests.machine.world import SERVERS_OWN, World

STORED = (Outcome.APPLIED, Outcome.MERGED)
WITHOUT_RECEIPT = {"quota", "id-mismatch", "op-reused"}
CURSORS_READ = 6
PORTIONS = (
    Portion(rows=3),
    Portion(size=3_500, way="sync"),
    Portion(rows=2, way="lines"),
    Portion(rows=7, size=1_500, way="sync", types=("workout_session", "athlete_profile")),
    Portion(size=8_000, way="sync"),
    Portion(rows=4, types=("lab_result", "workout_session")),
)


def i1_convergence(world: World) -> None:
    """Every phone's clean copy equals the server, version for version, and nothing waits."""
    records = world.server.records(world.athlete)
    for device in world.devices:
        expected = {
            record: (BY_ID[row.type_id].name, row.v, row.rev, row.seq, _as_told(device, row))
            for record, row in records.items()
            if row.body is not None and BY_ID[row.type_id].name in device.habits.types
        }
        clean = device.store.clean_records()
        held = {
            record: (row.type, row.v, row.rev, row.seq, plain(row.body))
            for record, row in clean.items()
            if not row.deleted
        }
        if held != expected:
            wrong = {
                str(record): (held.get(record), expected.get(record))
                for record in held.keys() | expected.keys()
                if held.get(record) != expected.get(record)
            }
            raise world.history.broken(
                "I1 convergence", f"{device.name} holds (its own, the server's): {wrong}"
            )
        _check_at_rest(world, device)


def _as_told(device: Device, row: RecordRow) -> Any:
    """Return a record's body in the words of the schema that a device's app speaks."""
    kind = BY_ID[row.type_id]
    if row.body is None:
        return None
    told = down_convert(kind, fields_of(row.body.encode()), device.habits.types[kind.name])
    return plain(msgspec.json.encode(told))


def _check_at_rest(world: World, device: Device) -> None:
    waiting = [str(op.op) for op in device.store.outbox()]
    if waiting or device.store.wanted():
        raise world.history.broken("I1 convergence", f"{device.name} still waits: {waiting}")
    shown = [str(record.id) for record in device.phone.records() if record.pending]
    if shown:
        raise world.history.broken("I1 convergence", f"{device.name} shows as unsent: {shown}")


def i2_nothing_acknowledged_is_lost(world: World) -> None:
    """Every op whose result reached a phone is in the log, and its effect in the history."""
    log = {str(row.op_id): row for row in world.server.log(world.athlete)}
    for op, reached in world.ledger.reached.items():
        if reached.life < world.lost_in.get(op, 0):
            continue  # the server lost it: what phones held of it is the ninth's business
        row = log.get(op)
        if row is None:
            if reached.result.get("code") in WITHOUT_RECEIPT:
                continue
            raise world.history.broken(
                "I2 nothing acknowledged is lost", f"{op} was {reached.outcome}, is not in the log"
            )
        if Outcome(row.outcome).word != reached.outcome:
            raise world.history.broken(
                "I2 nothing acknowledged is lost",
                f"{op} was told {reached.outcome}, stands as {Outcome(row.outcome).word}",
            )
        said = world.ledger.ops[op]
        told = _missing_effect(said, row, log.get(str(said.get("base"))))
        if told and not _is_scrubbed(world, row):
            raise world.history.broken("I2 nothing acknowledged is lost", f"{op}: {told}")


def _is_scrubbed(world: World, row: LogRow) -> bool:
    """Return whether a purge may have taken the row's body: its record was deleted."""
    return bool(world.purged) and row.body is None


def _missing_effect(op: dict[str, Any], row: LogRow, base: LogRow | None) -> str | None:
    """Return what an op that was stored did not do, if anything.

    A field sent as its base had it was not changed by the op, so another's change may stand.
    """
    if row.outcome not in STORED or row.seq is None or row.was_replayed:
        return None  # a replay brings what the op had come to, merges included
    if op["action"] == "delete":
        return None if row.body is None else "a deletion left a body"
    if row.body is None:
        return "its version has no body"
    if op["action"] != "put":
        return None
    body, before = plain(row.body), plain(base.body if base else None) or {}
    clashes = (row.detail or {}).get("clashes", ())
    excused = {clash["path"].split("/")[1] for clash in clashes}
    sent = _in_todays_words(op)
    if row.outcome == Outcome.MERGED:
        excused |= {"exercises", *(name for name in sent if before.get(name) == sent[name])}
        if "source" in sent and op["base"] is None:
            return None  # merged against what its source's last version made
    for name, value in sent.items():
        if name not in excused and body.get(name) != value:
            return f"{name} is {body.get(name)!r}, {value!r} was sent"
    left = [name for name in op.get("unset", ()) if name in body and name not in excused]
    return f"{left} are still there" if left else None


def _in_todays_words(op: dict[str, Any]) -> dict[str, Any]:
    """Return the fields an op sets as the newest schema spells them."""
    fields = fields_of(msgspec.json.encode(op.get("set", {})))
    kind = REGISTRY[op["type"]]
    return {name: msgspec.json.decode(raw)
            for name, raw in up_convert(kind, fields, op.get("schema", 1)).items()}  # fmt: skip


def i3_nothing_applied_twice(world: World) -> None:
    """Numbers are dense from 1 to the head, and each record's newest row is its version."""
    feed = world.server.feed(world.athlete)
    log = [row for row in world.server.log(world.athlete) if row.seq is not None]
    numbers = [row.seq for row in log]
    head = feed.head_seq if feed else 0
    if numbers != list(range(1, head + 1)):
        raise world.history.broken("I3 nothing applied twice", f"head {head}, numbers {numbers}")
    newest: dict[UUID, LogRow] = {}
    for row in log:
        before = newest.get(row.record_id)
        if before is not None and (before.rev or 0) >= (row.rev or 0):
            raise world.history.broken("I3 nothing applied twice", f"{row} after {before}")
        newest[row.record_id] = row
    records = world.server.records(world.athlete)
    for record, row in newest.items():
        standing = records.get(record)
        if standing is None and row.body is None and feed and row.seq <= feed.purge_floor:  # type: ignore[operator]  # numbered
            continue  # its tombstone was purged
        if standing is None or (standing.v, standing.seq) != (row.op_id, row.seq):
            raise world.history.broken("I3 nothing applied twice", f"{standing} is not {row}")
    if records.keys() - newest.keys():
        raise world.history.broken("I3 nothing applied twice", "a record has no history")


def i4_no_skipping(world: World) -> None:
    """From any cursor a reader ever got, the pages bring all that is newer, once each."""
    records = world.server.records(world.athlete)
    cursors = world.reader.cursors
    for number, text in enumerate(cursors[:: max(1, len(cursors) // CURSORS_READ)]):
        portion = PORTIONS[(number + len(cursors)) % len(PORTIONS)]
        rows = world.reader.read_on(text, portion)
        if rows is not None:
            types = {REGISTRY[name].type_id for name in portion.types} or BY_ID.keys()
            check_due(world, rows, records, text, types=types)


def check_due(
    world: World,
    rows: Sequence[dict[str, Any]],
    records: Mapping[UUID, RecordRow],
    cursor: str | None,
    *,
    types: Collection[int],
    told: Callable[[RecordRow], Any] = lambda row: plain(row.body),
) -> None:
    """Check that a reader who went on from ``cursor`` got what was due to them, once each."""
    groups = place_of(cursor).groups if cursor else ()
    due = {
        str(record): (row.seq, told(row))
        for record, row in records.items()
        if row.type_id in types and _is_due(row, groups)
    }
    brought = {row["id"]: (row["seq"], row.get("body")) for row in rows}
    if brought != due or len(brought) != len(rows):
        missing = {record: due[record] for record in due.keys() - brought.keys()}
        raise world.history.broken(
            "I4 no skipping", f"from {groups}: {missing} did not come, {len(rows)} rows did"
        )


def _is_due(row: RecordRow, groups: Sequence[Group]) -> bool:
    """Return whether a reader who stands there has yet to see a record."""
    for group in groups:
        if row.type_id in group.types:
            is_below = group.phase == "bootstrap" and row.seq < group.position
            return row.seq > group.confirmed or (is_below and row.body is not None)
    return row.body is not None


def i7_groups_are_atomic(world: World) -> None:
    """All ops of a group got through, or none.

    Of a group that a restore took, phones give back the newest versions, not each op.
    """
    log = {str(row.op_id): row for row in world.server.log(world.athlete)}
    for group, members in world.ledger.groups.items():
        if members & world.lost_in.keys():
            continue
        through = {op: _got_through(log.get(op)) for op in members}
        if len(set(through.values())) > 1:
            raise world.history.broken("I7 groups are atomic", f"{group}: {through}")


def _got_through(row: LogRow | None) -> bool:
    return row is not None and row.outcome <= Outcome.NOOP


def i8_no_resurrection(world: World) -> None:
    """What was deleted lives again only by a restore, or by the replay of a lost version."""
    dead: set[UUID] = set()
    for row in world.server.log(world.athlete):
        if row.seq is None or row.type_id >= SERVERS_OWN:
            continue
        if row.body is None:
            dead.add(row.record_id)
        elif row.record_id in dead:
            actions = world.ledger.actions.get(str(row.op_id), set())
            if not row.was_replayed and "restore" not in actions:
                raise world.history.broken("I8 no resurrection", f"{row.record_id}: {row}")
            dead.discard(row.record_id)


def i9_restores_are_recovered(world: World) -> None:
    """A record untouched since a restore stands as the newest version any phone still held."""
    loss = world.loss
    if loss is None:
        return
    touched = {
        row.record_id
        for row in world.server.log(world.athlete)
        if row.seq is not None and not row.was_replayed and str(row.op_id) not in loss.known
    }
    held: dict[UUID, set[tuple[int, UUID]]] = defaultdict(set)
    for record, standing in loss.standing.items():
        held[record].add(standing)
    for versions in loss.held.values():
        for record, version in versions.items():
            held[record].add(version)
    records = world.server.records(world.athlete)
    for record, versions_held in held.items():
        if record in touched:
            continue
        best = max(rev for rev, _ in versions_held)
        candidates = {v for rev, v in versions_held if rev == best}
        now = records.get(record)
        if now is None and world.purged:
            continue  # a tombstone, seen by every phone
        if now is None or now.rev != best or now.v not in candidates:
            raise world.history.broken(
                "I9 restore recovery", f"{record}: held {versions_held}, stands {now}"
            )


def i9_answers_that_were_lost_are_made_good(world: World) -> None:
    """An op that a restore took, and whose answer a phone had stored, is in the log again."""
    loss = world.loss
    if loss is None:
        return
    log = {str(row.op_id) for row in world.server.log(world.athlete)}
    for name, ops in loss.answered.items():
        missing = (ops & loss.lost) - log
        held = {v for versions in loss.held.values() for _, v in versions.values()}
        for op in missing:
            chain = _built_on(world, op)
            if not chain & {str(v) for v in held}:
                raise world.history.broken("I9 restore recovery", f"{name} had {op} answered")


def _built_on(world: World, op: str) -> set[str]:
    """Return the ops that say, directly or not, that they are based on ``op``."""
    found, grown = {op}, True
    while grown:
        more = {name for name, said in world.ledger.ops.items() if said.get("base") in found}
        grown = not more <= found
        found |= more
    return found


def i11_one_winner(world: World) -> None:
    """Every clash a phone was told of stands in the log with both values."""
    log = {str(row.op_id): row for row in world.server.log(world.athlete)}
    records = world.server.records(world.athlete)
    for op, reached in world.ledger.reached.items():
        row = log.get(op)
        if row is None or reached.life < world.ledger.life:
            continue
        if world.purged and row.record_id not in records:
            continue  # its details went with its tombstone
        noted = (row.detail or {}).get("clashes", [])
        is_first = reached.result["status"] != "duplicate"
        told = reached.result.get("clashes", [])
        if is_first and [c["path"] for c in told] != [c["path"] for c in noted]:
            raise world.history.broken("I11 one winner", f"{op}: told {told}, noted {noted}")
        if reached.outcome == "conflict" and is_first and "record" not in reached.result:
            raise world.history.broken("I11 one winner", f"{op}: a conflict without the record")


def i12_old_apps_do_no_harm(world: World) -> None:
    """A field that nobody here knows is still in every record it was ever put in."""
    sent: dict[str, list[Any]] = defaultdict(list)
    for op in world.ledger.ops.values():
        if FUTURE_FIELD in op.get("set", {}):
            sent[op["id"]].append(op["set"][FUTURE_FIELD])
    for record, row in world.server.records(world.athlete).items():
        values = sent.get(str(record))
        if row.body is None or not values:
            continue
        if plain(row.body).get(FUTURE_FIELD) not in values:
            raise world.history.broken("I12 old apps do no harm", f"{record}: {row.body}")


def i15_a_retry_writes_nothing(world: World) -> None:
    """An acknowledged batch sent again writes no row."""
    before = (world.server.feed(world.athlete), len(world.server.log(world.athlete)))
    latest = {sender: request for sender, request in world.network.sent if sender != "reader"}
    known = {str(row.op_id) for row in world.server.log(world.athlete)}
    for sender, request in latest.items():
        is_of_a_copy = sender not in (world.laboratory.name, world.another.name)
        # Who keeps no copy does not know what a restore took, and sends nothing again for it.
        if is_of_a_copy or known.issuperset(op["op"] for op in asked_in(request)["ops"]):
            world.network.deliver(sender, request, heard=False)
    after = (world.server.feed(world.athlete), len(world.server.log(world.athlete)))
    if before != after:
        raise world.history.broken("I15 a retry writes nothing", f"{before} -> {after}")


def i16_phones_stay_quiet(world: World) -> None:
    """Syncs and recomputes without news move no head, and nobody is woken."""
    before = (world.server.feed(world.athlete), world.server.wakes())
    for device in world.devices:
        world.sync(device)
    world.server.recompute()
    after = (world.server.feed(world.athlete), world.server.wakes())
    if before != after:
        raise world.history.broken("I16 no write, no wake-up", f"{before} -> {after}")


INVARIANTS: tuple[Callable[[World], None], ...] = (
    i1_convergence,
    i2_nothing_acknowledged_is_lost,
    i3_nothing_applied_twice,
    i4_no_skipping,
    i7_groups_are_atomic,
    i8_no_resurrection,
    i9_restores_are_recovered,
    i9_answers_that_were_lost_are_made_good,
    i11_one_winner,
    i12_old_apps_do_no_harm,
    i15_a_retry_writes_nothing,
    i16_phones_stay_quiet,
)


def plain(body: str | bytes | None) -> Any:
    """Return a body as plain data."""
    return None if body is None else msgspec.json.decode(body)
