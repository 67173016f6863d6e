"""Which measures there are, and the values of each that can be compared over time."""

from datetime import date
from uuid import UUID

import msgspec

from backend.labs import analytes
from backend.summary.bone import CHANGE_SITES
from backend.summary.lab_results import all_usable
from backend.summary.measures import FUNCTION, Reading, composition, density, strength
from backend.summary.situation import Situation, rolled_weeks

LOADING = "blu_week"
LEAN = "alm_kg"
DENSITY = "bmd_"
LABS = tuple(key for key, one in analytes.ANALYTES.items() if one.variation)
MEASURES = (LOADING, *FUNCTION, LEAN, *(f"{DENSITY}{site}" for site in CHANGE_SITES), *LABS)
UNITS = {LOADING: "{BLU}", "grip_kg": "kg", "gait_m_s": "m/s", "sppb": "1", LEAN: "kg"}


class Point(msgspec.Struct, frozen=True):
    """One value of a measure; ``setting`` is what must be equal for two to be compared.

    ``record`` is None where several records make one value.
    """

    on: date
    value: float
    setting: tuple[str, ...]
    record: UUID | None = None


def unit_of(measure: str) -> str:
    """Return the UCUM unit of a measure."""
    if measure.startswith(DENSITY):
        return "g/cm2"
    return UNITS.get(measure) or analytes.unit_of(measure) or "1"


def readings_of(about: Situation, measure: str) -> list[Reading]:
    """Return the single values of a measure, newest first; loading has none."""
    if measure in FUNCTION:
        found = strength(about.facts, FUNCTION[measure])
    elif measure == LEAN:
        found = composition(about.facts, LEAN)
    elif measure.startswith(DENSITY):
        found = density(about.facts, measure.removeprefix(DENSITY))
    else:
        found = [
            Reading(
                one.record_id,
                one.local_date,
                float(one.value or 0),
                (one.lab or "", one.method or ""),
            )
            for one in all_usable(about, measure)
        ]
    return [one for one in found if one.value is not None]


def points_of(about: Situation, measure: str) -> list[Point]:
    """Return what a trend looks at, newest first: single values, or rolling weeks of loading."""
    if measure == LOADING:
        weeks = reversed(rolled_weeks(about))
        return [Point(week.ends_on, week.blu, (week.tier or "",)) for week in weeks]
    return [
        Point(one.day, one.value, one.setting, one.record_id)
        for one in readings_of(about, measure)
        if one.value is not None
    ]
