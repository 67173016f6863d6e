"""P12: the same four things asked of another sync service on the same PostgreSQL."""

from bench.figures import Reading
from bench.kinto import Kinto
from bench.load import Job, Outcome
from bench.measures.sync import cursor_of
from bench.people import get, new_op, new_phone, push_request
from bench.stage import Stage

KINTO_BATCH = 100  # it takes seconds for 1,000, which is the most we let it have at once


def against_kinto(stage: Stage, kinto: Kinto) -> list[Reading]:
    """Push, pull, nothing new, and one record a request, ours and theirs in turn."""
    return [_push(stage, kinto), _pull(stage, kinto), _empty(stage, kinto), _one(stage, kinto)]


def _push(stage: Stage, kinto: Kinto) -> Reading:
    batch, phone = stage.scale.batch, new_phone()
    ours = _ours(stage, [[push_request(phone, [new_op(n) for n in range(batch)])]])
    theirs = _theirs(stage, kinto, [[kinto.batch(KINTO_BATCH)]])
    return _reading("P12 push", batch * ours.rate, KINTO_BATCH * theirs.rate)


def _pull(stage: Stage, kinto: Kinto) -> Reading:
    batch, phone = stage.scale.batch, new_phone()
    _ours(stage, [[push_request(phone, [new_op(n) for n in range(batch)])]])
    request = get(phone, f"/v1/athletes/me/changes?max_rows={batch}")
    ours = _ours(stage, [[request] * stage.scale.pulls])
    # Kinto keeps growing from round to round, a page of it is what it has or 1,000.
    theirs = _theirs(stage, kinto, [[kinto.pull()] * 3], look_for=b'"activity"')
    return _reading("P12 pull", batch * ours.rate, theirs.found / theirs.elapsed_s)


def _empty(stage: Stage, kinto: Kinto) -> Reading:
    phones = [new_phone() for _ in range(stage.scale.connections)]
    requests = [
        [get(phone, f"/v1/athletes/me/changes?cursor={cursor_of(stage, phone)}")]
        for phone in phones
    ]
    ours = _ours(stage, requests, seconds=stage.scale.seconds, cycle=True)
    nothing = [[kinto.nothing_new()]] * stage.scale.connections
    theirs = _theirs(stage, kinto, nothing, seconds=stage.scale.seconds, cycle=True)
    return _reading("P12 empty", ours.rate, theirs.rate)


def _one(stage: Stage, kinto: Kinto) -> Reading:
    connections = stage.scale.connections
    phones = [new_phone() for _ in range(connections)]
    ours = _ours(stage, [[push_request(phone, [new_op(n)]) for n in range(20)] for phone in phones])
    theirs = _theirs(
        stage,
        kinto,
        [[kinto.one(n, person=person) for n in range(4)] for person in range(connections)],
    )
    return _reading("P12 one", ours.rate, theirs.rate)


def _ours(
    stage: Stage, requests: list[list[bytes]], *, seconds: float = 60.0, cycle: bool = False
) -> Outcome:
    return stage.client.run(Job(stage.port, requests, seconds=seconds, cycle=cycle))


def _theirs(
    stage: Stage,
    kinto: Kinto,
    requests: list[list[bytes]],
    *,
    seconds: float = 60.0,
    cycle: bool = False,
    look_for: bytes = b"",
) -> Outcome:
    first, *others = kinto.ports
    job = Job(first, requests, seconds=seconds, cycle=cycle, look_for=look_for)
    job.more_ports = tuple(others)
    return stage.client.run(job)


def _reading(key: str, ours: float, theirs: float) -> Reading:
    return Reading(key, ours / theirs, {"ours": ours, "theirs": theirs})
