"""Small builders of records and read models for the core's tests."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from backend.loading.days import WeekLoad
from backend.readmodels import LoadDay, Observation
from backend.records.athlete_profile import AthleteProfile
from backend.records.workout_session import WorkoutSession
from backend.summary.facts import Facts
from backend.summary.situation import NO_FACTS, Situation, situation

TODAY = date(2026, 6, 1)
START = datetime(2026, 6, 1, 8, tzinfo=UTC)
ADULT = AthleteProfile(born_date=date(1990, 1, 1))


def uid(number: int) -> UUID:
    return UUID(int=number)


def workout(**fields: object) -> WorkoutSession:
    """Return a half-hour workout today; ``fields`` as on the wire."""
    body = {
        "started_at": START,
        "ended_at": START + timedelta(minutes=30),
        "utc_offset_min": 0,
        "local_date": TODAY,
        "activity": "strength",
    } | fields
    return msgspec.convert(msgspec.to_builtins(body), WorkoutSession)


def exercise(
    key: str | None = "squat", *sets: dict[str, object], **fields: object
) -> dict[str, object]:
    rows = [{"uid": f"s{index}"} | one for index, one in enumerate(sets)]
    return {"uid": str(key), "exercise": key, "sets": rows} | fields


def vitamin_d(
    value: str | None,
    *,
    on: date = date(2026, 5, 1),
    record: int = 1,
    analyte: str = "vitd_25oh",
    **fields: object,
) -> Observation:
    """Return an observation in its canonical unit; usable when it has a value."""
    row = Observation(
        record_id=uid(record),
        analyte=analyte,
        observed_at=datetime(on.year, on.month, on.day, 9, tzinfo=UTC),
        precision="second",
        local_date=on,
        value=None if value is None else Decimal(value),
        unit="ng/mL",
        comparator=None,
        source_value=None if value is None else Decimal(value),
        source_unit="ng/mL",
        ref_low=None,
        ref_high=None,
        lab=None,
        method=None,
        status="final",
        usable=value is not None,
    )
    return msgspec.structs.replace(row, **fields)


def load_day(
    on: date, *, day_class: str = "high", blu: float = 20.0, tier: str = "B", **fields: object
) -> LoadDay:
    row = LoadDay(
        local_date=on,
        blu=blu,
        blu_by_tier={"A": 0.0, "B": 0.0, "C": 0.0} | {tier: blu},
        day_class=day_class,
        heavy_day=False,
        cycles_ge_2bw=0.0,
        cycles_ge_3bw=0.0,
        heavy_reps=0,
        minutes=45.0,
        srpe_au=0.0,
        volume_kg=0.0,
        sessions=1,
        last_loading_end=None,
    )
    return msgspec.structs.replace(row, **fields)


def days_back(*back: int, **fields: Any) -> list[LoadDay]:
    """Return one load day for each number of days before today."""
    return [load_day(TODAY - timedelta(days=n), **fields) for n in back]


def week(back: int = 0, **fields: object) -> WeekLoad:
    """Return a week that ended ``back`` weeks before today."""
    ends = TODAY - timedelta(days=7 * back)
    row = WeekLoad(
        starts_on=ends - timedelta(days=6),
        ends_on=ends,
        blu=100.0,
        blu_by_tier={"A": 0.0, "B": 100.0, "C": 0.0},
        tier="B",
        measured_fraction=0.0,
        minutes=120.0,
        srpe_au=0.0,
        volume_kg=0.0,
        high_days=3,
        moderate_days=0,
        heavy_days=0,
        sessions=3,
    )
    return msgspec.structs.replace(row, **fields)


def about(
    *observations: Observation,
    profile: AthleteProfile = ADULT,
    as_of: date = TODAY,
    facts: Facts = NO_FACTS,
    load_days: Sequence[LoadDay] = (),
    coverage_days: int = 28,
) -> Situation:
    """Return the situation of one person, an adult without any record unless told."""
    return situation(
        as_of=as_of,
        profile=profile,
        load_days=load_days,
        coverage_days=coverage_days,
        observations=observations,
        facts=facts,
        locales=("en",),
    )
