"""Estimated one-repetition maximum of lifts, by week, as a band."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import msgspec

from backend.charts.chart import Cell, Chart, Column, Key
from backend.drawing import LiftPanel, Svg, WeekEstimate, lift_bands, short_date
from backend.loading.names import capitalised, exercise_name
from backend.loading.rate import external_load
from backend.models import run
from backend.records.workout_session import Exercise, ExerciseSet, WorkoutSession
from backend.summary.wording import to_places

NAME = "strength"
WEEKS = 26
MOST_LIFTS = 4
OFF_BY_REPS = 1  # people judge what they had in reserve to about one repetition; our convention
COLUMNS = (
    Column("lift", "Lift"),
    Column("week_to", "Week to"),
    Column("sets", "Sets", "1", is_number=True),
    Column("e1rm_kg", "Best estimate", "kg", is_number=True),
    Column("low_kg", "From", "kg", is_number=True),
    Column("high_kg", "To", "kg", is_number=True),
)


class _Estimate(msgspec.Struct, frozen=True, order=True):
    """What one set says of the most that can be lifted once, in kg."""

    kg: float
    low: float
    high: float


class _Week(msgspec.Struct, frozen=True):
    """The best set of a lift's week, and how many sets could be read."""

    lift: str
    ends_on: date
    sets: int
    best: _Estimate


def strength_chart(sessions: Iterable[WorkoutSession], *, as_of: date) -> Chart:
    """Return the picture of the lifts logged most often in 26 weeks up to ``as_of``.

    Weeks are seven days each, the last one ends on ``as_of``. Sessions come in any order.
    """
    weeks = _weeks(sessions, as_of)
    lifts = _most_logged(weeks)
    panels = [
        LiftPanel(
            lift,
            tuple(
                WeekEstimate(week.ends_on, *(to_places(kg) for kg in _parts(week.best)))
                for week in weeks
                if week.lift == lift
            ),
        )
        for lift in lifts
    ]
    desc = _describe(panels)

    def draw(ident: str, width: float) -> Svg:
        title = "Estimated one-repetition maximum by lift and week"
        return lift_bands(panels, ident=ident, width=width, title=title, desc=desc)

    return Chart(
        name=NAME, title="Strength", columns=COLUMNS, draw=draw,
        rows=tuple(
            _row(week) for lift in lifts for week in reversed(weeks) if week.lift == lift
        ),
        note="What the best set of each week says of the most you could lift once. Nobody has to "
        "try a maximum for it.",
        caption="By lift, newest week first",
        legend=(Key("point", "best estimate of the week"),
                Key("estimate", "if effort was judged one repetition off")),
        foot="Estimates (Epley) from sets with a load and a rating of effort, up to 12 "
        f"repetitions to failure; warm-up sets do not count. The {MOST_LIFTS} lifts logged in "
        f"most weeks of the last {WEEKS}. Weeks are seven days, the last one ends today. Source: "
        "your synced sets.",
        empty="No set with load, repetitions and effort (RPE or repetitions in reserve) in the "
        "last 26 weeks. Log all three and the first band appears.",
    )  # fmt: skip


def estimate_of(one: ExerciseSet) -> _Estimate | None:
    """Return what a set says, or None when load, effort or repetitions do not allow it."""
    load_kg = external_load(one)
    if not load_kg or not one.reps or one.set_type == "warmup":
        return None
    reserve = one.rir
    if reserve is None and one.rpe is not None:
        reserve = 10 - one.rpe
    if reserve is None and one.set_type == "failure":
        reserve = 0.0
    if reserve is None:
        return None
    around = (reserve, max(0.0, reserve - OFF_BY_REPS), reserve + OFF_BY_REPS)
    found = [
        run("load.e1rm", {"load_kg": load_kg, "reps": one.reps, "rir": rir}).get("e1rm_kg")
        for rir in around
    ]
    kg, low, high = (value if isinstance(value, float) else None for value in found)
    if kg is None or low is None or high is None:
        return None
    return _Estimate(kg, low, high)


def lift_name(exercise: Exercise) -> str:
    """Return a lift as people write it; empty when nobody said what it was."""
    name = exercise.exercise or exercise.exercise_source_text or ""
    return capitalised(exercise_name(name.strip()))


def _weeks(sessions: Iterable[WorkoutSession], as_of: date) -> list[_Week]:
    found: dict[tuple[date, str], list[_Estimate]] = {}
    for session in sessions:
        back = (as_of - session.local_date).days
        if not 0 <= back < 7 * WEEKS:
            continue
        ends_on = as_of - timedelta(days=back // 7 * 7)
        for exercise in session.exercises:
            name = lift_name(exercise)
            read = [e for one in exercise.sets if name and (e := estimate_of(one))]
            if read:
                found.setdefault((ends_on, name), []).extend(read)
    return [
        _Week(name, ends_on, len(read), max(read))
        for (ends_on, name), read in sorted(found.items())
    ]


def _most_logged(weeks: Sequence[_Week]) -> list[str]:
    count = Counter(week.lift for week in weeks)
    return sorted(count, key=lambda lift: (-count[lift], lift))[:MOST_LIFTS]


def _parts(best: _Estimate) -> tuple[float, float, float]:
    return best.kg, best.low, best.high


def _row(week: _Week) -> tuple[Cell, ...]:
    return (week.lift, week.ends_on, week.sets, *(to_places(kg) for kg in _parts(week.best)))


def _describe(panels: Sequence[LiftPanel]) -> str:
    said = [
        f"{panel.name}: {len(panel.weeks)} weeks, newest estimate {panel.weeks[-1].kg:g} kg in "
        f"the week to {short_date(panel.weeks[-1].ends_on)}."
        for panel in panels
    ]
    return " ".join([*said, "Every number is in the table below."])
