"""How each measure changed between two values, and whether by more than noise."""

from datetime import timedelta
from decimal import Decimal
from statistics import median

from backend.labs import analytes
from backend.loading.days import WINDOW_DAYS
from backend.models import run
from backend.readmodels import Observation
from backend.summary.bone import lsc_between
from backend.summary.lab_results import all_usable
from backend.summary.measures import GOOD_WAY, Reading, worst_pair
from backend.summary.muscle import change_between
from backend.summary.series import (
    DENSITY,
    LABS,
    LEAN,
    LOADING,
    MEASURES,
    readings_of,
    unit_of,
)
from backend.summary.situation import Situation, rolled_weeks

Trend = dict[str, object]
VITAMIN_D = "vitd_25oh"
HIGH_VITAMIN_D = Decimal(100)
# Share by which a week must differ from the median of twelve before; none at tier C [E].
WEEK_NOISE = {"A": 0.30, "B": 0.50}
NOT_IN_PREGNANCY = frozenset({LEAN, VITAMIN_D, "creatinine", "egfr"})  # and density


def measured_trends(about: Situation) -> tuple[Trend, ...]:
    """Return the trend of every measure but loading that has a value."""
    found = (trend_of(about, measure) for measure in MEASURES if measure != LOADING)
    return tuple(trend for trend in found if trend is not None)


def trend_of(about: Situation, measure: str) -> Trend | None:
    """Return the trend of one measure, or None when it has no value or no rule applies.

    Of several settings of the newest day, such as both hands, the one that stands worst.

    Returns:
        ``measure``; ``verdict``: improving, worsening, changed (by more than noise, with no
        better or worse side), no_real_change, not_comparable or first_value; with two values
        ``before``, ``after`` and their days, and the numbers behind the verdict.
    """
    if measure == LOADING:
        return _loading(about)
    readings = readings_of(about, measure) if applies(about, measure) else []
    if not readings:
        return None

    def verdict_on(earlier: Reading, newest: Reading) -> str:
        if not is_comparable(measure, newest):
            return "not_comparable"
        return str(compare(about, measure, earlier, newest)["verdict"])

    pair = worst_pair(readings, verdict_on)
    newest = pair[1] if pair else readings[0]
    shown: Trend = {
        "measure": measure, "unit": unit_of(measure), "after": newest.value,
        "after_on": newest.day.isoformat(),
    }  # fmt: skip
    if pair is None or not is_comparable(measure, newest):
        has_older = any(one.day < newest.day for one in readings)
        return shown | {"verdict": "not_comparable" if has_older else "first_value"}
    earlier = pair[0]
    shown |= {"before": earlier.value, "before_on": earlier.day.isoformat()}
    return shown | compare(about, measure, earlier, newest)


def applies(about: Situation, measure: str) -> bool:
    """Return whether a measure has a trend at all; in pregnancy some mean something else."""
    changes = measure in NOT_IN_PREGNANCY or measure.startswith(DENSITY)
    return not (about.profile.pregnant and changes)


def is_comparable(measure: str, reading: Reading) -> bool:
    """Return whether a value may be compared: not the result of an unknown laboratory."""
    return measure not in LABS or bool(reading.setting[0])


def compare(about: Situation, measure: str, earlier: Reading, newest: Reading) -> Trend:
    """Return the verdict on two values of one setting, and the numbers behind it.

    Under 18 lean mass and density rise with growth, which is neither better nor worse.
    """
    if measure in LABS:
        by_id = {one.record_id: one for one in all_usable(about, measure)}
        return _varied(about, by_id[earlier.record_id], by_id[newest.record_id])
    if measure.startswith(DENSITY):
        result = lsc_between(about, measure.removeprefix(DENSITY), earlier, newest)
        told = _told(result, "lsc_g_cm2", "change_pct", "annualised_pct", "lsc_source")
    else:
        told = _told(change_between(measure, earlier, newest), "threshold")
    grows = measure == LEAN or measure.startswith(DENSITY)
    if about.is_minor and grows and told["verdict"] in GOOD_WAY.values():
        return told | {"verdict": "changed"}
    return told


def _told(result: Trend, *numbers: str) -> Trend:
    verdict = str(result.get("verdict", "not_comparable"))
    told = {name: result[name] for name in numbers if name in result}
    return {"verdict": GOOD_WAY.get(verdict, verdict), **told}


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


def _beyond(seen: Observation) -> Decimal | None:
    """Return how far a value lies outside the interval its laboratory printed; 0 within."""
    low, high, value = seen.ref_low, seen.ref_high, seen.value
    if value is None or (low is None and high is None):
        return None
    if low is not None and value < low:
        return low - value
    return value - high if high is not None and value > high else Decimal(0)


def _loading(about: Situation) -> Trend | None:
    """Return the last seven days against the median of the twelve weeks before, at one tier.

    Only when all of them are known: from the week of the first session on, up to today.
    """
    weeks = rolled_weeks(about)
    now, prior = weeks[-1], weeks[:-1]
    first = next((week for week in prior if week.sessions), None)
    if not any(week.sessions for week in weeks):
        return None
    shown = {
        "measure": LOADING,
        "unit": unit_of(LOADING),
        "after": now.blu,
        "after_on": now.ends_on.isoformat(),
    }
    if first is None:
        return shown | {"verdict": "first_value"}
    if about.coverage_days < WINDOW_DAYS or not prior[0].sessions:
        return shown | {"verdict": "not_comparable"}
    usual = median(week.blu for week in prior)
    tiers = {week.tier for week in weeks if week.tier}
    shown |= {"before": usual, "before_on": (about.as_of - timedelta(days=7)).isoformat()}
    noise = WEEK_NOISE.get(next(iter(tiers))) if len(tiers) == 1 else None
    if noise is None or usual <= 0:
        return shown | {"verdict": "not_comparable"}
    share = now.blu / usual - 1
    verdict = "no_real_change" if abs(share) <= noise else "improving" if share > 0 else "worsening"
    return shown | {"verdict": verdict, "change_pct": 100 * share, "noise_pct": 100 * noise}
