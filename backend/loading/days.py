"""Days and weeks of loading, and how many days are known at all."""

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import msgspec

from backend.days import window
from backend.loading import units
from backend.loading.bands import class_of_day
from backend.readmodels import LoadDay, SessionLoad

WINDOW_DAYS = 28


class WeekLoad(msgspec.Struct, frozen=True):
    """Seven local days in a row: what bone felt, and the volume beside it.

    ``tier`` is the week's data quality (None when nothing loaded bone), ``measured_fraction``
    the share of units from measured impacts.
    """

    starts_on: date
    ends_on: date
    blu: float
    blu_by_tier: dict[str, float]
    tier: str | None
    measured_fraction: float | None
    minutes: float
    srpe_au: float
    volume_kg: float
    high_days: int
    moderate_days: int
    heavy_days: int
    sessions: int


def load_day(
    local_date: date,
    sessions: Sequence[SessionLoad],
    *,
    previous_loading_end: datetime | None,
) -> LoadDay:
    """Return one local day's total, with recovery between its sessions.

    Args:
        local_date: the day; the caller picks the sessions that belong to it, in any order.
        previous_loading_end: end of the latest session before this day with units above 0;
            an end inside this day counts as no rest at all.
    Returns:
        The day; ``blu_by_tier`` holds A, B and C, a group's units shared out by what its
        sessions would have had alone. ``last_loading_end`` is None when nothing loaded bone.
    """
    ordered = sorted(sessions, key=lambda s: (s.starts_at, s.ends_at, str(s.record_id)))
    by_tier = dict.fromkeys(units.TIERS, 0.0)
    bouts = [units.Bout(s.starts_at, s.ends_at, s.blocks, i) for i, s in enumerate(ordered)]
    groups = units.group_day(bouts, previous_loading_end=previous_loading_end)
    for group in groups:
        members = [ordered[bout.index] for bout in group.bouts]
        alone = math.fsum(member.blu for member in members)
        for member in members:
            if member.blu > 0 and member.tier in by_tier:
                by_tier[member.tier] += group.blu * (group.factor or 0.0) * member.blu / alone
    over_2 = math.fsum(session.cycles_ge_2bw for session in ordered)
    over_3 = math.fsum(session.cycles_ge_3bw for session in ordered)
    heavy = sum(session.heavy_reps for session in ordered)
    day_class, heavy_day = class_of_day(
        cycles_ge_2bw=over_2, cycles_ge_3bw=over_3, heavy_reps=heavy
    )
    return LoadDay(
        local_date=local_date,
        blu=math.fsum(group.blu * (group.factor or 0.0) for group in groups),
        blu_by_tier=by_tier,
        day_class=day_class,
        heavy_day=heavy_day,
        cycles_ge_2bw=over_2,
        cycles_ge_3bw=over_3,
        heavy_reps=heavy,
        minutes=math.fsum(session.minutes for session in ordered),
        srpe_au=math.fsum(session.srpe_au or 0.0 for session in ordered),
        volume_kg=math.fsum(session.volume_kg or 0.0 for session in ordered),
        sessions=len(ordered),
        last_loading_end=max((s.ends_at for s in ordered if s.blu > 0), default=None),
        energy_kcal=_energy_kcal(ordered),
    )


def _energy_kcal(sessions: Sequence[SessionLoad]) -> float | None:
    spent = [session.energy_kcal for session in sessions if session.energy_kcal is not None]
    return math.fsum(spent) if len(spent) == len(sessions) else None


def weekly(load_days: Sequence[LoadDay], *, ending: date, weeks: int) -> list[WeekLoad]:
    """Return ``weeks`` rolling weeks, oldest first, the last one ending on ``ending``.

    Days outside are ignored; a week without sessions is all zeros, which is not the same as
    a week that is known to hold none (see ``coverage_days``).
    """
    return [_week(*one) for one in week_days(load_days, ending=ending, weeks=weeks)]


def week_days(
    load_days: Sequence[LoadDay], *, ending: date, weeks: int
) -> Iterator[tuple[date, date, list[LoadDay]]]:
    """Yield first day, last day and the days of the weeks that `weekly` returns."""
    by_week: dict[int, list[LoadDay]] = {}
    for day in load_days:
        by_week.setdefault((ending - day.local_date).days // 7, []).append(day)
    for back in range(weeks - 1, -1, -1):
        first, last = window(ending=ending - timedelta(days=7 * back), days=7)
        yield first, last, by_week.get(back, [])


def _week(first: date, last: date, days: Sequence[LoadDay]) -> WeekLoad:
    by_tier = tier_totals(days)
    tier, measured = units.quality(by_tier)
    classes = [day.day_class for day in days]
    return WeekLoad(
        starts_on=first,
        ends_on=last,
        blu=math.fsum([day.blu for day in days]),
        blu_by_tier=by_tier,
        tier=tier,
        measured_fraction=measured,
        minutes=math.fsum([day.minutes for day in days]),
        srpe_au=math.fsum([day.srpe_au for day in days]),
        volume_kg=math.fsum([day.volume_kg for day in days]),
        high_days=classes.count("high"),
        moderate_days=classes.count("moderate"),
        heavy_days=sum([day.heavy_day for day in days]),
        sessions=sum([day.sessions for day in days]),
    )


def tier_totals(days: Sequence[LoadDay]) -> dict[str, float]:
    """Return the days' units per tier A, B, C."""
    return {tier: math.fsum([d.blu_by_tier.get(tier, 0.0) for d in days]) for tier in units.TIERS}


def coverage_days(*, as_of: date, first_session: date | None, last_input: date | None) -> int:
    """Return how many of the 28 days up to ``as_of`` are known.

    Known is every day from the first session ever to the day of the newest input, so a rest
    day between inputs counts and a silent phone does not. 0 when nothing ever came.
    """
    if first_session is None or last_input is None:
        return 0
    start, end = window(ending=as_of, days=WINDOW_DAYS)
    return max(0, (min(last_input, end) - max(first_session, start)).days + 1)
