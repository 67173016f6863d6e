"""Laboratory results that a finding may rest on, and the limits they are held to."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from backend.labs import analytes
from backend.readmodels import Observation
from backend.records.lab_result import FLAGGED, PREANALYTIC
from backend.summary.once import once
from backend.summary.situation import Situation

SAME_SAMPLE_DAYS = 1
ACUTE_HSCRP = Decimal(10)
KEPT_OUT_WHEN_ILL = frozenset({"hscrp", "albumin", "igf1", "ctx", "p1np"})


def usable(about: Situation, analyte: str) -> Observation | None:
    """Return the newest result that may be banded; see ``all_usable``."""
    return next(all_usable(about, analyte), None)


def all_usable(about: Situation, analyte: str) -> Iterator[Observation]:
    """Yield the results that may be banded, newest first: of no ill day, sampled as they must be."""
    for one in about.all_newest(analyte):
        is_kept_out = analyte in KEPT_OUT_WHEN_ILL and is_of_an_ill_day(about, one)
        if not is_kept_out and PREANALYTIC not in one.flags:
            yield one


def same_sample_albumin(about: Situation, calcium: Observation) -> Observation | None:
    """Return the usable albumin nearest to a calcium's day, not more than a day from it."""
    near = [
        one for one in all_usable(about, "albumin") if days_apart(one, calcium) <= SAME_SAMPLE_DAYS
    ]
    return min(near, key=lambda one: days_apart(one, calcium), default=None)


def is_of_an_ill_day(about: Situation, seen: Observation) -> bool:
    """Return whether hsCRP above 10 mg/L on that day says that the body was fighting something."""
    return seen.local_date in _ill_days(about)


@once
def _ill_days(about: Situation) -> frozenset[date]:
    acute = (one for one in about.observations if one.analyte == "hscrp" and _is_acute(one))
    return frozenset(one.local_date for one in acute)


def _is_acute(hscrp: Observation) -> bool:
    if hscrp.usable and hscrp.value is not None:
        return hscrp.value > ACUTE_HSCRP
    bound = least_of(hscrp)
    return bound is not None and bound >= ACUTE_HSCRP


def least_of(seen: Observation) -> Decimal | None:
    """Return the bound, in the canonical unit, that a result is said to be above."""
    if seen.comparator not in (">", ">=") or set(seen.flags) - {"censored", *FLAGGED}:
        return None
    if seen.source_value is None:
        return None
    return analytes.canonical(seen.analyte, seen.source_value, seen.source_unit)


def days_apart(one: Observation, other: Observation) -> int:
    """Return how many days lie between two results, whichever is the newer."""
    return abs((one.local_date - other.local_date).days)


def limits_of(about: Situation, seen: Observation) -> tuple[Decimal | None, Decimal | None]:
    """Return the laboratory's interval; a side it did not print is the adults' usual one."""
    low, high = seen.ref_low, printed_high(seen)
    if low is not None and high is not None:
        return low, high
    usual = analytes.fallback_for(
        seen.analyte,
        age=about.age_on(seen.local_date),
        sex=about.profile.sex,
        menopausal_status=about.profile.menopausal_status,
        assay=seen.method,
    )
    if usual is None:
        return low, high
    return usual.low if low is None else low, usual.high if high is None else high


def side_of(about: Situation, seen: Observation) -> str | None:
    """Return where a result lies: ``below``, ``within`` or ``above`` its limits, None without any.

    By the laboratory's interval, by its flag where it printed none, else by the adults' usual one.
    """
    if flagged := flagged_side(seen):
        return flagged
    low, high = limits_of(about, seen)
    if seen.value is None or (low is None and high is None):
        return None
    if low is not None and seen.value < low:
        return "below"
    return "above" if high is not None and seen.value > high else "within"


def flagged_side(seen: Observation) -> str | None:
    """Return where the laboratory's flag puts a result without a printed interval."""
    flagged = next((name for name in FLAGGED if name in seen.flags), "")
    return flagged.partition("_")[0] or None


def printed_high(seen: Observation) -> Decimal | None:
    """Return the upper limit the laboratory printed, unless no result could be that high."""
    limit = seen.ref_high
    return limit if limit and analytes.is_plausible(seen.analyte, limit) else None
