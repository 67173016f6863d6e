"""Read models of many people made anew: the time of each does not grow with their number."""

import time
from functools import cache
from uuid import UUID

import psutil
from django.utils import timezone

from apps.insights.services.recompute import rebuild_athlete
from bench.figures import Reading
from bench.measures.recompute import RICH_YEARS, athlete_with_history
from bench.stage import Stage

TIMES = 4


def everybody(stage: Stage) -> list[Reading]:
    """P11: rebuild a few people, then four times as many; compare the time of each."""
    few = _people(stage.scale.rebuilds)
    many = _people(TIMES * stage.scale.rebuilds)
    before = psutil.Process().memory_info().rss
    few_s, many_s = _rebuild(few), _rebuild(many)
    grown = psutil.Process().memory_info().rss - before
    each_ms = 1e3 * many_s / len(many)
    return [
        Reading("P11", each_ms / (1e3 * few_s / len(few)), {
            "each_ms": each_ms, "few": len(few), "many": len(many), "grown_mb": grown / 1e6,
            "hours": 10_000 * each_ms / 3.6e6}),
    ]  # fmt: skip


@cache
def _people(count: int) -> tuple[UUID, ...]:
    return tuple(athlete_with_history(RICH_YEARS, number) for number in range(count))


def _rebuild(people: tuple[UUID, ...]) -> float:
    started = time.perf_counter()
    for athlete_id in people:
        if not rebuild_athlete(athlete_id=athlete_id, now=timezone.now()):
            raise RuntimeError("A rebuild was overtaken, but nobody else works here.")
    return time.perf_counter() - started
