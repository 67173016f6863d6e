"""What a person set out to do: how goals stand, and measures before and after a change."""

from collections.abc import Sequence
from datetime import date
from statistics import fmean
from uuid import UUID

import msgspec

from backend.records.goal import Goal
from backend.records.intervention import Intervention
from backend.summary.facts import Fact
from backend.summary.measures import FUNCTION, Reading
from backend.summary.series import LABS, MEASURES, points_of, readings_of, unit_of
from backend.summary.situation import Situation
from backend.summary.trends import applies, compare, is_comparable, trend_of
from backend.summary.wording import join, number, say, say_date

BEFORE_DAYS = 365  # how far back a value still tells of the time before a change [E]
WAYS = {"improving": 1, "worsening": -1}
SIGNS = {"raise": 1, "lower": -1}


class GoalStanding(msgspec.Struct, frozen=True):
    """How the record stands against one goal.

    ``standing`` is reached, towards, away, no_real_change (the newest two values differ by no
    more than noise), too_little_data, or not_measured (a measure the service does not follow).
    """

    goal: UUID
    measure: str
    direction: str
    target: float | None
    by_date: date | None
    standing: str
    value: float | None
    observed_on: date | None
    text: dict[str, str]


class BeforeAfter(msgspec.Struct, frozen=True):
    """One measure before and after a change: means, how many values, and a verdict.

    ``verdict`` compares the last value before with the newest after, of one setting.
    """

    measure: str
    unit: str
    before: float
    before_n: int
    after: float
    after_n: int
    verdict: str


class InterventionLook(msgspec.Struct, frozen=True):
    """A change somebody made, and what was measured around it; one person proves nothing."""

    intervention: UUID
    what: str
    started_date: date
    ended_date: date | None
    measures: tuple[BeforeAfter, ...]
    text: dict[str, str]


def goal_standings(about: Situation) -> tuple[GoalStanding, ...]:
    """Return every goal with how the record stands, in the order of their dates."""
    goals = sorted(about.facts.goals, key=lambda one: (one.day, one.record_id))
    return tuple(_standing(about, goal) for goal in goals)


def _standing(about: Situation, goal: Fact[Goal]) -> GoalStanding:
    body = goal.body
    points = points_of(about, body.measure) if body.measure in MEASURES else []
    newest = points[0] if points else None
    standing = _word(about, body, newest.value if newest else None)
    return GoalStanding(
        goal=goal.record_id,
        measure=body.measure,
        direction=body.direction,
        target=body.target,
        by_date=body.by_date,
        standing=standing,
        value=newest.value if newest else None,
        observed_on=newest.on if newest else None,
        text={
            locale: join(
                (
                    say("goal.recorded", locale, value=number(newest.value, locale, places=2),
                        unit=unit_of(body.measure), date=say_date(newest.on, locale))
                    if newest else "",
                    say(f"goal.{standing}", locale),
                )
            )
            for locale in about.locales
        },
    )  # fmt: skip


def _word(about: Situation, goal: Goal, value: float | None) -> str:
    if goal.measure not in MEASURES:
        return "not_measured"
    if value is None:
        return "too_little_data"
    sign = SIGNS.get(goal.direction, 0)
    if goal.target is not None and sign and sign * (value - goal.target) >= 0:
        return "reached"
    trend = trend_of(about, goal.measure) or {}
    before, after = trend.get("before"), trend.get("after")
    verdict = str(trend.get("verdict"))
    if verdict == "no_real_change":
        return "reached" if goal.direction == "keep" else "no_real_change"
    known = isinstance(before, int | float) and isinstance(after, int | float)
    if not known or verdict in ("not_comparable", "first_value"):
        return "too_little_data"
    moved = 1 if float(str(after)) > float(str(before)) else -1
    return "towards" if moved == sign else "away"


def intervention_looks(about: Situation) -> tuple[InterventionLook, ...]:
    """Return every change that has begun, newest first, with what was measured around it."""
    begun = [one for one in about.facts.interventions if one.day <= about.as_of]
    return tuple(_look(about, one) for one in begun)


def _look(about: Situation, change: Fact[Intervention]) -> InterventionLook:
    ended = change.body.ended_date
    found = (
        _around(about, measure, change.day, ended) for measure in (*FUNCTION, *_others(), *LABS)
    )
    measures = tuple(one for one in found if one is not None)
    key = "intervention.looked" if measures else "intervention.nothing"
    return InterventionLook(
        intervention=change.record_id,
        what=change.body.what,
        started_date=change.day,
        ended_date=ended,
        measures=measures,
        text={locale: say(key, locale) for locale in about.locales},
    )


def _others() -> tuple[str, ...]:
    return tuple(m for m in MEASURES if m not in FUNCTION and m not in LABS and m != "blu_week")


def _around(
    about: Situation, measure: str, started: date, ended: date | None
) -> BeforeAfter | None:
    readings = readings_of(about, measure) if applies(about, measure) else []
    last = ended or about.as_of
    after = [one for one in readings if started < one.day <= last]
    if not after:
        return None
    alike = [one for one in readings if one.setting == after[0].setting]
    before = [one for one in alike if 0 <= (started - one.day).days <= BEFORE_DAYS]
    after = [one for one in after if one.setting == after[0].setting]
    if not before or not is_comparable(measure, after[0]):
        return None
    verdict = compare(about, measure, before[0], after[0])["verdict"]
    return BeforeAfter(
        measure=measure,
        unit=unit_of(measure),
        before=_mean(before),
        before_n=len(before),
        after=_mean(after),
        after_n=len(after),
        verdict=str(verdict),
    )


def _mean(readings: Sequence[Reading]) -> float:
    return fmean(one.value for one in readings if one.value is not None)
