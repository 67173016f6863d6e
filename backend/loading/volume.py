"""Training volume, for context only: session rating, monotony and a large step up."""

import math
from collections.abc import Sequence
from decimal import Decimal
from statistics import stdev

import msgspec

from backend.contract import Model
from backend.inputs import Inputs, Stop, require
from backend.loading.units import LONGEST_MIN
from backend.results import Result, ok

SMALLEST_BASELINE_BLU = 10
LARGE_STEP = Decimal("1.5")
PRIOR_WEEKS = 3
WEEK_DAYS = 7
_NEARLY = 1e-9  # far more than a spread of seven floats can be wrong by


class Monotony(msgspec.Struct, frozen=True):
    """A week's load, how alike its days were, and both multiplied; ``flag`` says why not."""

    weekly_load: float
    monotony: float | None
    strain: float | None
    flag: str | None = None


def srpe(given: Inputs) -> Result:
    """Return ``load_au``: the session rating (0-10) times ``minutes`` (0 < x <= 1440).

    Source:
        Foster et al. 2001, J Strength Cond Res 15(1):109-115.
    """
    given.need("rpe", "minutes")
    rating = given.number("rpe", low=0, high=10)
    return ok(load_au=rating * given.number("minutes", low=0, high=LONGEST_MIN, above=True))


class Ramp(msgspec.Struct, frozen=True):
    """A week's units over the mean of those before; ``flag`` is a large step or no baseline."""

    ratio: float | None
    flag: str | None


def monotony_of(daily_au: Sequence[float]) -> Monotony:
    """Return the monotony of seven daily session loads (au): their mean over their SD (n - 1).

    Above 2 is a coaching heuristic. Not computed for a week without load or of equal days.
    Source:
        Foster 1998, Med Sci Sports Exerc 30:1164-8.
    """
    weekly = math.fsum(daily_au)
    if not any(daily_au):
        return Monotony(weekly, None, None, "no_load")
    spread = stdev(daily_au)
    if spread == 0:
        return Monotony(weekly, None, None, "zero_variance")
    ratio = weekly / WEEK_DAYS / spread
    return Monotony(weekly, ratio, weekly * ratio)


def is_monotony_above(daily_au: Sequence[float], limit: float) -> bool:
    """Return whether `monotony_of` seven loads is above ``limit``.

    Its exact spread takes some time, so it is asked for only where the limit is close.
    """
    mean = math.fsum(daily_au) / WEEK_DAYS
    spread = math.sqrt(math.fsum((one - mean) ** 2 for one in daily_au) / (WEEK_DAYS - 1))
    if abs(mean - limit * spread) > _NEARLY * mean:
        return mean > limit * spread and len({*daily_au}) > 1
    ratio = monotony_of(daily_au).monotony
    return ratio is not None and ratio > limit


def monotony(given: Inputs) -> Result:
    """Return ``Monotony`` of ``daily``, exactly seven totals; the flag only with nulls."""
    given.need("daily")
    require(["daily"] if _has_null(given, "daily") else [])
    days = given.items("daily")
    if len(days) != WEEK_DAYS:
        raise Stop.out_of_range("daily")
    week = monotony_of([Inputs({"daily": day}).number("daily", low=0) for day in days])
    outputs = msgspec.structs.asdict(week)
    if week.flag is None:
        del outputs["flag"]
    return ok(**outputs)


def ramp_of(current_blu: float, prior_blu: Sequence[float]) -> Ramp:
    """Return a week's units against the mean of the weeks before.

    The limits are compared with the numbers as printed: 15.3 after 10.2 is 1.5 and no more.
    Source:
        our convention; Impellizzeri et al. 2020, doi 10.1007/s40279-020-01378-6.
    """
    summed = sum(Decimal(repr(week)) for week in prior_blu)
    if summed < SMALLEST_BASELINE_BLU * len(prior_blu):
        return Ramp(None, "baseline_too_small")
    large = Decimal(repr(current_blu)) * len(prior_blu) > LARGE_STEP * summed
    ratio = current_blu / (math.fsum(prior_blu) / len(prior_blu))
    return Ramp(ratio, "large_step_up" if large else None)


def ramp(given: Inputs) -> Result:
    """Return the week's units against the mean of the three weeks before, latest first.

    The window is uncoupled on purpose; the flag is always present, null when there is none.
    Source:
        our convention; Impellizzeri et al. 2020, doi 10.1007/s40279-020-01378-6.
    """
    names = ("current_week", "prior_weeks")
    require(name for name in names if name not in given or _has_null(given, name))
    weeks = given.items("prior_weeks")
    if len(weeks) != PRIOR_WEEKS:
        raise Stop.out_of_range("prior_weeks")
    current = given.number("current_week", low=0)
    prior = [Inputs({"prior_weeks": week}).number("prior_weeks", low=0) for week in weeks]
    return ok(**msgspec.structs.asdict(ramp_of(current, prior)))


def _has_null(given: Inputs, name: str) -> bool:
    """Return whether an input is a list that lacks a value; what is no list is judged later."""
    try:
        return any(item is None for item in given.items(name))
    except Stop:
        return False


MODELS = (
    Model(
        key="load.srpe",
        fn=srpe,
        inputs=("rpe", "minutes"),
        outputs=("load_au",),
        grade="ENG",
        citation="Foster et al. 2001, J Strength Cond Res 15(1):109-115",
        section="1.9",
    ),
    Model(
        key="load.monotony",
        fn=monotony,
        inputs=("daily",),
        outputs=Monotony.__struct_fields__,
        grade="ENG",
        citation="Foster 1998, Med Sci Sports Exerc 30:1164-8",
        section="1.9",
    ),
    Model(
        key="load.ramp",
        fn=ramp,
        inputs=("current_week", "prior_weeks"),
        outputs=Ramp.__struct_fields__,
        grade="ENG",
        citation="Impellizzeri et al. 2020, doi 10.1007/s40279-020-01378-6",
        section="1.9",
    ),
)
