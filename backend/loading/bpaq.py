"""The bone-specific physical activity questionnaire, for who brings its rating table."""

import math
from collections.abc import Iterable

import msgspec

from backend.contract import Model
from backend.inputs import Inputs, Stop, require
from backend.loading.tables import PACKAGE
from backend.results import Result, ok
from backend.tables import Constant, read_table

CITATION = "Weeks & Beck 2008, Osteoporos Int 19:1567-77, doi 10.1007/s00198-008-0606-2"
LATER_WEIGHT = 1.0


class AgeWeight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an activity counts up to and including an age in completed years."""

    until_y: int
    weight: float
    support: str
    source: str


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The weights of the questionnaire."""

    version: str
    per_further_session: Constant
    year_before_15: Constant
    year_from_15: Constant
    ages: tuple[AgeWeight, ...]


WEIGHTS = read_table(PACKAGE, "bpaq.toml", Weights)


class CurrentActivity(msgspec.Struct, frozen=True):
    """An activity of the last year: its effective load rating and sessions a week."""

    rating: float
    n_per_week: float


class PastActivity(msgspec.Struct, frozen=True):
    """An earlier activity: its effective load rating and years before and from age 15."""

    rating: float
    years_before_15: float
    years_from_15: float


def age_weight(age: float) -> float:
    """Return what current activities count at an age in completed years."""
    years = math.floor(age)
    return next((row.weight for row in WEIGHTS.ages if years <= row.until_y), LATER_WEIGHT)


def current_score(activities: Iterable[CurrentActivity], *, age: float) -> float:
    """Return the score of current activities; 0 without any.

    Source:
        Weeks & Beck 2008, doi 10.1007/s00198-008-0606-2; weights from memory.
    """
    further = WEIGHTS.per_further_session.value
    summed = math.fsum(
        one.rating + further * one.rating * (one.n_per_week - 1) for one in activities
    )
    return summed * age_weight(age)


def past_score(activities: Iterable[PastActivity]) -> float:
    """Return the score of earlier activities; 0 without any. The total is the mean of both."""
    before, later = WEIGHTS.year_before_15.value, WEIGHTS.year_from_15.value
    return math.fsum(
        one.rating * (before * one.years_before_15 + later * one.years_from_15)
        for one in activities
    )


def bpaq_current(given: Inputs) -> Result:
    """Return ``cbpaq`` of ``activities`` [{R, n_per_week}]; without a rating it is missing."""
    rows = _rows(given, "R", "n_per_week", also="age")
    age = given.number("age", low=0, high=130)
    activities = [
        CurrentActivity(row.number("R", low=0), row.number("n_per_week", low=0)) for row in rows
    ]
    return ok(cbpaq=current_score(activities, age=age))


def bpaq_past(given: Inputs) -> Result:
    """Return ``pbpaq`` of ``activities`` [{R, years_before_15, years_from_15}]."""
    activities = [
        PastActivity(
            row.number("R", low=0),
            row.number("years_before_15", low=0),
            row.number("years_from_15", low=0),
        )
        for row in _rows(given, "R", "years_before_15", "years_from_15")
    ]
    return ok(pbpaq=past_score(activities))


def _rows(given: Inputs, *fields: str, also: str | None = None) -> list[Inputs]:
    """Return the activities; everything missing is named at once, inside them or beside."""
    absent = [name for name in ("activities", also) if name and name not in given]
    try:
        rows = given.rows("activities")
    except Stop:  # absent, or no list of objects: what is missing beside it comes first
        require(absent)
        raise
    require(absent + [field for field in fields for row in rows if field not in row])
    return rows


MODELS = (
    Model(
        key="load.bpaq_current",
        fn=bpaq_current,
        inputs=("age", "activities"),
        outputs=("cbpaq",),
        grade="XS",
        citation=CITATION,
        section="1.10",
    ),
    Model(
        key="load.bpaq_past",
        fn=bpaq_past,
        inputs=("activities",),
        outputs=("pbpaq",),
        grade="XS",
        citation=CITATION,
        section="1.10",
    ),
)
