"""Recompute after one new session: a month of history against many years."""

import time
import uuid
from datetime import date, timedelta
from functools import cache
from uuid import UUID

import msgspec
from django.utils import timezone

from apps.common.actor import acting_as
from apps.insights.services.recompute import recompute_athlete
from apps.sync.writer import push_ops
from backend.feed.wire import MAX_OPS, Op
from backend.records import REGISTRY
from backend.simulate import demo_athletes, history
from bench.figures import Reading
from bench.people import new_phone, workout_body
from bench.stage import Stage

RICH_YEARS = 2


@cache
def athlete_with_history(years: int, number: int, *, days: int | None = None) -> UUID:
    """Return an athlete with so many years of history, or its last days, computed once.

    ``number`` tells apart people of one kind.
    """
    athlete_id = new_phone().athlete_id
    now = timezone.now()
    records = list(
        history(
            demo_athletes()[0], ending=now.date(), years=years, seed=1 + number, owner=athlete_id
        )
    )
    if days is not None:
        first = now - timedelta(days=days)
        records = [record for record in records if record.occurred_at > first]
    ops = [
        Op(
            op=uuid.uuid4(),
            type=r.type,
            id=r.record_id,
            action="put",
            schema=REGISTRY[r.type].schema,
            set=msgspec.Raw(r.body),
        )
        for r in records
    ]
    for start in range(0, len(ops), MAX_OPS):
        _push(athlete_id, ops[start : start + MAX_OPS])
    recompute_athlete(athlete_id=athlete_id, now=now)
    return athlete_id


def _push(athlete_id: UUID, ops: list[Op]) -> None:
    with acting_as(athlete_id):
        pushed = push_ops(
            athlete_id=athlete_id, device_id=None, ops=ops, epoch=None, witness=None,
            sent_at=None, now=timezone.now(),
        )  # fmt: skip
    if {result.status for result in pushed.results} != {"applied"}:
        raise RuntimeError("The bench's own records are refused.")


def after_one_session(stage: Stage) -> list[Reading]:
    """P8 and P9: interleave three athletes; each recompute follows one new session.

    It is taken back before the next one: sessions that pile up on a day are no history of
    anybody, and each would have those before it decided anew.
    """
    short = athlete_with_history(1, 0, days=31)
    rich = athlete_with_history(RICH_YEARS, 0)
    long = athlete_with_history(stage.scale.years, 0)
    with stage.admin() as admin:
        admin.execute("VACUUM ANALYZE")  # as autovacuum would have by the time there are years
    spent = {athlete_id: [0.0, 0.0, 0.0] for athlete_id in (short, rich, long)}
    for _ in range(stage.scale.recomputes):
        for athlete_id, sums in spent.items():
            session = _today()
            _push(athlete_id, [session])
            for index, seconds in enumerate(_recompute(athlete_id, stage)):
                sums[index] += 1e3 * seconds / stage.scale.recomputes
            _push(athlete_id, [_taken_back(session)])
            recompute_athlete(athlete_id=athlete_id, now=timezone.now())
    wall = [spent[athlete_id][0] for athlete_id in (short, rich, long)]
    cpu = [sum(spent[athlete_id][1:]) for athlete_id in (short, rich, long)]
    _, python_ms, postgres_ms = spent[rich]
    return [
        *(
            Reading(key, long_ms / short_ms, {
                "long_ms": long_ms, "short_ms": short_ms, "rich_ms": rich_ms})
            for key, (short_ms, rich_ms, long_ms) in (("P8 wall", wall), ("P8 CPU", cpu))
        ),
        Reading("P9", 1e3 / cpu[1], {
            "wall_rate": 1e3 / wall[1], "python_ms": python_ms, "postgres_ms": postgres_ms}),
    ]  # fmt: skip


def _recompute(athlete_id: UUID, stage: Stage) -> tuple[float, float, float]:
    """Return the seconds of a recompute: by the clock, of our processor, of PostgreSQL's.

    Looking through the system's processes for the last takes longer than the work, so it
    stands outside; and the bar of progress is drawn by another thread.
    """
    postgres_s = stage.postgres_cpu_s()
    wall_s, own_s = time.perf_counter(), time.thread_time()
    recompute_athlete(athlete_id=athlete_id, now=timezone.now())
    taken = time.perf_counter() - wall_s, time.thread_time() - own_s
    return *taken, stage.postgres_cpu_s() - postgres_s


def _today() -> Op:
    today = date.today().isoformat().encode()  # noqa: DTZ011 (any recent day will do)
    return Op(
        op=uuid.uuid4(), type="workout_session", id=uuid.uuid4(), action="put",
        set=msgspec.Raw(workout_body().replace(b"2026-03-01", today)),
    )  # fmt: skip


def _taken_back(put: Op) -> Op:
    return Op(op=uuid.uuid4(), type=put.type, id=put.id, action="delete", base=put.op)
