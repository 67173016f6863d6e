"""What else may be asked of a feed, each answer held against the tables after peace came."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx2

from apps.coaching.sharing import for_a_team, types_opened
from backend.feed.head import Head
from backend.feed.state import Outcome
from backend.records import BY_ID
from phone.digest import differing
from phone.wire import TypeDigest
from tests.machine.invariants import check_due, plain
from tests.machine.readers import Portion
from tests.machine.server import LogRow, RecordRow
from tests.machine.world import World

RECORDS_ASKED = 3
HISTORY_PAGE = 2
PORTIONS = (
    Portion(rows=500, size=6_000, way="sync"),
    Portion(rows=5, way="sync"),
    Portion(rows=500, size=2_500, way="sync"),
    Portion(rows=500, size=20_000, way="sync"),
)


def i4_a_coach_skips_nothing(world: World) -> None:
    """Of several feeds together too, the pages bring all that is newer and shared, once each."""
    number = len(world.history.lines)
    portion = PORTIONS[number % len(PORTIONS)]
    places = world.coach.places(number % 3)
    read = world.coach.read_on(places, portion)
    for athlete, rows in read.items():
        types = types_opened(world.shared[athlete])
        records = world.server.records(athlete)
        check_due(world, rows, records, places[athlete], types=types, told=_as_shared)
    open_to = {athlete for athlete in places if world.shared[athlete]}
    feeds = {athlete: world.server.feed(athlete) for athlete in open_to}
    heads = {a: Head(feed.head_seq, feed.head_mark).text for a, feed in feeds.items() if feed}
    if world.coach.heads() != heads:
        raise world.history.broken("I14 least privilege", f"heads {world.coach.heads()}: {heads}")
    refused = {athlete for athlete in places if athlete not in read} & heads.keys()
    if refused and not world.purged:
        raise world.history.broken("I4 no skipping", f"a coach can not read {refused}")


def _as_shared(row: RecordRow) -> Any:
    if row.body is None:
        return None
    return plain(for_a_team(BY_ID[row.type_id], row.body.encode()))


def a_digest_tells_what_phones_hold(world: World) -> None:
    """Every complete copy has the fingerprints that the server tells."""
    answer = _ask(world, "GET", "digest")
    if answer.status_code == 404 and world.server.feed(world.athlete) is None:
        return
    told = {name: TypeDigest(**digest) for name, digest in answer.json()["types"].items()}
    for device in world.devices:
        _, ours = device.store.digest()
        if wrong := differing(ours, told, device.habits.types):
            raise world.history.broken("Digests agree", f"{device.name} differs in {wrong}")


def a_lookup_tells_what_the_log_knows(world: World) -> None:
    """Of all ops ever sent, the server names those it decided, with their first outcomes."""
    ops = sorted(world.ledger.ops)
    decided = {str(row.op_id): row for row in world.server.log(world.athlete)}
    answer = world.laboratory.known(ops)
    expected = {
        op: (Outcome(decided[op].outcome).word, decided[op].seq) for op in ops if op in decided
    }
    told = {op: (said["status"], said.get("seq")) for op, said in (answer or {}).items()}
    if told != expected:
        raise world.history.broken("A lookup tells the log", f"told {told}, decided {expected}")


def i11_a_history_tells_every_op(world: World) -> None:
    """A record's history names each op on it and the state it left, the newest first."""
    by_record: dict[UUID, list[LogRow]] = defaultdict(list)
    for row in world.server.log(world.athlete):
        by_record[row.record_id].append(row)
    known = [record for record, rows in by_record.items() if any(r.type_id in BY_ID for r in rows)]
    busiest = sorted(known, key=lambda record: (-len(by_record[record]), record))
    records = world.server.records(world.athlete)
    for record in busiest[:RECORDS_ASKED]:
        told = _history(world, record)
        expected = {str(row.op_id): (row.rev, row.seq, plain(row.body))
                    for row in by_record[record]}  # fmt: skip
        found = {v["op"]: (v.get("rev"), v.get("seq"), v.get("body")) for v in told}
        numbers = [v["seq"] for v in told if v.get("seq") is not None]
        if found != expected or len(found) != len(told) or numbers != sorted(numbers, reverse=True):
            raise world.history.broken(
                "I11 a history tells every op", f"{record}: told {told}, stands {expected}"
            )
        _check_record(world, record, records.get(record))


def _history(world: World, record: UUID) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    cursor = ""
    while True:
        query = f"?limit={HISTORY_PAGE}" + (f"&cursor={cursor}" if cursor else "")
        answer = _ask(world, "GET", f"records/{record}/versions{query}").json()
        told += answer["versions"]
        cursor = answer["next_cursor"]
        if cursor is None:
            return told


def _check_record(world: World, record: UUID, row: RecordRow | None) -> None:
    """Check what is told of one record by its id; 404 for one that was never made."""
    answer = _ask(world, "GET", f"records/{record}")
    told = answer.json().get("record", {})
    expected = row and (str(row.v), row.rev, row.seq, plain(row.body))
    found = told and (told["v"], told["rev"], told["seq"], told.get("body"))
    if (answer.status_code == 404) != (row is None) or (row is not None and found != expected):
        raise world.history.broken("A record is told as it stands", f"{found}: {expected}")


def _ask(world: World, method: str, path: str) -> httpx2.Response:
    answer = world.network.client("reader").request(
        method,
        f"http://testserver/v1/athletes/me/{path}",
        headers={"Authorization": f"Bearer {world.reader.session.token}"},
    )
    if answer.status_code not in (200, 404):
        raise world.history.broken("Only refusals of the contract", f"{path}: {answer.text[:300]}")
    return answer


ASKED: tuple[Callable[[World], None], ...] = (
    i4_a_coach_skips_nothing,
    a_digest_tells_what_phones_hold,
    a_lookup_tells_what_the_log_knows,
    i11_a_history_tells_every_op,
)
