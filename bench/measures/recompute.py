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
    """P8 and P9: interleave the two athletes; each recompute follows one new session."""
    short = athlete_with_history(1, 0, days=31)
    long = athlete_with_history(stage.scale.years, 0)
    with stage.admin() as admin:
        admin.execute("VACUUM ANALYZE")  # as autovacuum would have by the time there are years
    spent = {short: [0.0, 0.0, 0.0], long: [0.0, 0.0, 0.0]}
    for number in range(stage.scale.recomputes):
        for athlete_id in (short, long):
            _push(athlete_id, [_today(number)])
            for index, seconds in enumerate(_recompute(athlete_id, stage)):
                spent[athlete_id][index] += 1e3 * seconds / stage.scale.recomputes
    (short_ms, *short_cpu), (long_ms, *long_cpu) = spent[short], spent[long]
    cpu = sum(long_cpu), sum(short_cpu)
    return [
        Reading("P8 wall", long_ms / short_ms, {"long_ms": long_ms, "short_ms": short_ms}),
        Reading("P8 CPU", cpu[0] / cpu[1], {"long_ms": cpu[0], "short_ms": cpu[1]}),
        Reading("P9", 1e3 / cpu[0], {
            "wall_rate": 1e3 / long_ms, "python_ms": long_cpu[0], "postgres_ms": long_cpu[1]}),
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


def _today(number: int) -> Op:
    today = date.today().isoformat().encode()  # noqa: DTZ011 (any recent day will do)
    # An hour apart, so that each is a workout of its own.
    body = workout_body(61 * number).replace(b"2026-03-01", today)
    return Op(
        op=uuid.uuid4(), type="workout_session", id=uuid.uuid4(), action="put",
        set=msgspec.Raw(body),
    )  # fmt: skip
