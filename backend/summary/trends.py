"""How each measure changed between its two newest values, and whether by more than noise."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from uuid import UUID

import msgspec

from backend.labs import analytes
from backend.loading.days import weekly
from backend.models import run
from backend.readmodels import Observation
from backend.summary.bone import CHANGE_SITES, lsc_change
from backend.summary.measures import Reading, composition, density, earlier_like, strength
from backend.summary.nutrition import is_of_an_ill_day
from backend.summary.situation import PRIOR_WEEKS, Situation

Trend = dict[str, object]
VITAMIN_D = "vitd_25oh"
PREANALYTIC = "preanalytic_not_met"
# Share by which a week must differ from the median of twelve before; none at tier C [E].
WEEK_NOISE = {"A": 0.30, "B": 0.50}
FUNCTION = {"grip_kg": "grip", "gait_m_s": "gait", "sppb": "sppb"}
LABS = tuple(key for key, one in analytes.ANALYTES.items() if one.variation)
MEASURES = (
    "blu_week", *FUNCTION, "alm_kg", *(f"bmd_{site}" for site in CHANGE_SITES), *LABS
)  # fmt: skip


class Point(msgspec.Struct, frozen=True):
    """One value of a measure; ``setting`` is what must be equal for two to be compared.

    ``record`` is None where several records make one value.
    """

    on: date
    value: float
    setting: tuple[str, ...]
    record: UUID | None = None


GOOD_WAY = {"increase": "improving", "decrease": "worsening"}


def trends(about: Situation) -> tuple[Trend, ...]:
    """Return the trend of every measure that has a value."""
    found = (trend_of(about, measure) for measure in MEASURES)
    return tuple(trend for trend in found if trend is not None)


def trend_of(about: Situation, measure: str) -> Trend | None:
    """Return the trend of one measure, or None when it has no value.

    Returns:
        ``measure``; ``verdict``: improving, worsening, changed (by more than noise, with no
        better or worse side), no_real_change, not_comparable or first_value; with two values
        ``before``, ``after`` and their days, and the numbers behind the verdict.
    """
    if measure == "blu_week":
        return _loading(about)
    if measure in FUNCTION:
        return _function(measure, strength(about.facts, FUNCTION[measure]))
    if measure == "alm_kg":
        return _lean(composition(about.facts, "alm_kg"))
    if measure.startswith("bmd_"):
        return _density(about, measure)
    return _laboratory(about, measure) if measure in LABS else None


def _values(measure: str, unit: str, earlier: Reading, newest: Reading) -> Trend:
    return {
        "measure": measure,
        "unit": unit,
        "before": earlier.value,
        "before_on": earlier.day.isoformat(),
        "after": newest.value,
        "after_on": newest.day.isoformat(),
    }


def _alone(measure: str, unit: str, newest: Reading, verdict: str) -> Trend:
    return {
        "measure": measure, "verdict": verdict, "unit": unit, "after": newest.value,
        "after_on": newest.day.isoformat(),
    }  # fmt: skip


def _pair(
    measure: str,
    unit: str,
    readings: Sequence[Reading],
    judge: Callable[[Reading, Reading], Trend],
) -> Trend | None:
    """Return the trend of the newest value and the one before it that it compares with."""
    able = [one for one in readings if one.value is not None]
    if not able:
        return None
    earlier = earlier_like(able)
    if earlier is None:
        older = any(one.day < able[0].day for one in able)
        return _alone(measure, unit, able[0], "not_comparable" if older else "first_value")
    return _values(measure, unit, earlier, able[0]) | judge(earlier, able[0])


UNITS = {"grip_kg": "kg", "gait_m_s": "m/s", "sppb": "1", "alm_kg": "kg"}


def _function(measure: str, readings: Sequence[Reading]) -> Trend | None:
    def judge(earlier: Reading, newest: Reading) -> Trend:
        given = {"measure": measure, "v1": earlier.value, "v2": newest.value}
        return _told(run("muscle.change", given), "threshold")

    return _pair(measure, UNITS[measure], readings, judge)


def _lean(readings: Sequence[Reading]) -> Trend | None:
    def judge(earlier: Reading, newest: Reading) -> Trend:
        given = {
            "measure": "alm_kg", "v1": earlier.value, "v2": newest.value,
            "method1": earlier.setting[0], "method2": newest.setting[0],
            "same_device": bool(newest.setting[1]),
        }  # fmt: skip
        return _told(run("muscle.change", given), "threshold")

    return _pair("alm_kg", UNITS["alm_kg"], readings, judge)


def _density(about: Situation, measure: str) -> Trend | None:
    site = measure.removeprefix("bmd_")

    def judge(_earlier: Reading, _newest: Reading) -> Trend:
        change = lsc_change(about, site)
        result = change[0] if change else {}
        return _told(result, "lsc_g_cm2", "change_pct", "annualised_pct", "lsc_source")

    return _pair(measure, "g/cm2", density(about.facts, site), judge)


def _told(result: Trend, *numbers: str) -> Trend:
    verdict = str(result.get("verdict", "not_comparable"))
    told = {name: result[name] for name in numbers if name in result}
    return {"verdict": GOOD_WAY.get(verdict, verdict), **told}


def readings_of(about: Situation, measure: str) -> list[Reading]:
    """Return the single values a trend looks at, newest first."""
    if measure in FUNCTION:
        return strength(about.facts, FUNCTION[measure])
    if measure == "alm_kg":
        return composition(about.facts, "alm_kg")
    if measure.startswith("bmd_"):
        return density(about.facts, measure.removeprefix("bmd_"))
    if measure in LABS:
        return [
            Reading(one.record_id, one.local_date, float(one.value or 0), _setting(one))
            for one in _comparable(about, measure)
        ]
    return []


def points_of(about: Situation, measure: str) -> list[Point]:
    """Return what a trend looks at, newest first: single values, or rolling weeks of loading."""
    if measure == "blu_week":
        weeks = weekly(about.weeks, ending=about.as_of, weeks=PRIOR_WEEKS + 1)
        return [Point(week.ends_on, week.blu, (week.tier or "",)) for week in reversed(weeks)]
    return [
        Point(one.day, one.value, one.setting, one.record_id)
        for one in readings_of(about, measure)
        if one.value is not None
    ]


def _comparable(about: Situation, analyte: str) -> list[Observation]:
    return [
        one
        for one in about.observations
        if one.analyte == analyte
        and one.usable
        and one.value is not None
        and PREANALYTIC not in one.flags
        and not is_of_an_ill_day(about, one)
    ]


def _laboratory(about: Situation, analyte: str) -> Trend | None:
    readings = readings_of(about, analyte)
    by_id = {one.record_id: one for one in _comparable(about, analyte)}

    def judge(earlier: Reading, newest: Reading) -> Trend:
        return _varied(about, by_id[earlier.record_id], by_id[newest.record_id])

    return _pair(analyte, analytes.unit_of(analyte) or "1", readings, judge)


def _setting(seen: Observation) -> tuple[str, ...]:
    """Return the laboratory and method: results of different ones are never compared."""
    return (seen.lab or "", seen.method or "")


def _varied(about: Situation, earlier: Observation, newest: Observation) -> Trend:
    cvi = _variation(about, earlier, newest)
    given = {"v1": earlier.value, "v2": newest.value, "cvi_pct": cvi}
    result = run("lab.rcv", given)
    words = {
        "real_increase": "increase",
        "real_decrease": "decrease",
        "within_expected_variation": "no_real_change",
    }
    change = words.get(str(result.get("verdict")), "not_comparable")
    numbers = ("change_pct", "rcv_up_pct", "rcv_down_pct", "rcv_classic_pct")
    told = {name: result[name] for name in numbers if name in result}
    return {"verdict": _meaning(newest.analyte, change, earlier, newest), "cvi_pct": cvi, **told}


def _variation(about: Situation, earlier: Observation, newest: Observation) -> float | None:
    """Return CVi in percent: of vitamin D by season, of others by sex where it is known."""
    if newest.analyte == VITAMIN_D:
        months = {"month1": earlier.local_date.month, "month2": newest.local_date.month}
        found = run("lab.vitd_cvi", months).get("cvi_pct")
        return float(found) if isinstance(found, int | float) else None
    found_for = analytes.variation_of(newest.analyte, about.profile.sex)
    return float(found_for.cvi_pct) if found_for else None


def _meaning(analyte: str, change: str, earlier: Observation, newest: Observation) -> str:
    """Return whether a real change goes towards the laboratory's interval or away from it."""
    if change not in GOOD_WAY:
        return change
    highest = max(earlier.value or 0, newest.value or 0)
    if analyte == VITAMIN_D and highest <= HIGH_VITAMIN_D:
        return GOOD_WAY[change]
    before, after = _beyond(earlier), _beyond(newest)
    if before is None or after is None or before == after:
        return "changed"
    return "improving" if after < before else "worsening"


HIGH_VITAMIN_D = Decimal(100)


def _beyond(seen: Observation) -> Decimal | None:
    """Return how far a value lies outside the interval its laboratory printed; 0 within."""
    low, high, value = seen.ref_low, seen.ref_high, seen.value
    if value is None or (low is None and high is None):
        return None
    if low is not None and value < low:
        return low - value
    return value - high if high is not None and value > high else Decimal(0)


def _loading(about: Situation) -> Trend | None:
    """Return the last seven days against the median of the twelve weeks before, at one tier."""
    weeks = weekly(about.weeks, ending=about.as_of, weeks=PRIOR_WEEKS + 1)
    now, prior = weeks[-1], weeks[:-1]
    first = next((week for week in prior if week.sessions), None)
    if not any(week.sessions for week in weeks):
        return None
    shown = {
        "measure": "blu_week",
        "unit": "{BLU}",
        "after": now.blu,
        "after_on": now.ends_on.isoformat(),
    }
    if first is None:
        return shown | {"verdict": "first_value"}
    usual = median(week.blu for week in prior)
    tiers = {week.tier for week in weeks if week.tier}
    shown |= {"before": usual, "before_on": (about.as_of - timedelta(days=7)).isoformat()}
    noise = WEEK_NOISE.get(next(iter(tiers))) if len(tiers) == 1 else None
    if noise is None or usual <= 0:
        return shown | {"verdict": "not_comparable"}
    share = now.blu / usual - 1
    verdict = "no_real_change" if abs(share) <= noise else "improving" if share > 0 else "worsening"
    return shown | {"verdict": verdict, "change_pct": 100 * share, "noise_pct": 100 * noise}
