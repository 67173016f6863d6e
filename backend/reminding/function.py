"""R09 to R11: tests of strength and function, and lean mass."""

from collections.abc import Sequence
from datetime import timedelta

from backend.models import run
from backend.reminding.case import Ask, Case, Rule, due_by
from backend.reminding.intervals import INTERVALS
from backend.summary.measures import Reading, composition, strength
from backend.summary.muscle import DEFAULT_DEFINITION

HAND = ("hand", "wrist", "finger", "thumb", "metacarp", "carpal", "scaphoid", "forearm")
WALKING = ("chair_stand_5x", "gait", "sppb")


def grip_test(case: Case) -> Sequence[Ask]:
    """R09: grip strength again, sooner from sixty and while it is low; not with a hurt hand."""
    readings = strength(case.about.facts, "grip")
    if not readings or _has_hurt_hand(case):
        return ()
    newest, age = readings[0], case.about.age_on(readings[0].day)
    due = due_by(
        "rem.grip_test",
        {"age": age, "test_date": newest.day, "low": _is_low(case, readings, age)},
    )
    return [Ask(due[0], newest.record_id, since=newest.day)] if due else ()


def _has_hurt_hand(case: Case) -> bool:
    sites = [one.body.site.lower() for one in case.open_injuries()]
    return any(part in site for site in sites for part in HAND)


def _is_low(case: Case, readings: Sequence[Reading], age: int | None) -> bool:
    """Return whether the better hand of the newest day is below the cut-off the person uses."""
    values = [one.value for one in readings if one.day == readings[0].day and one.value is not None]
    definition = case.about.profile.sarcopenia_definition or DEFAULT_DEFINITION
    given = {"sex": case.about.profile.sex, "age": age, "grip_kg": max(values, default=None)}
    return run(f"muscle.{definition}", given).get("low_strength") is True


def chair_gait(case: Case) -> Sequence[Ask]:
    """R10: chair stand and walk again, from sixty; not for who is not safe alone."""
    about = case.about
    tests = [one for one in about.facts.tests if one.body.test in WALKING]
    older = about.age is not None and about.age >= INTERVALS.older_from_y.value
    if not tests or not older or tests[0].body.unable or any(case.open_injuries()):
        return ()
    newest = tests[0]
    due = newest.day + timedelta(days=INTERVALS.chair_gait_d.value)
    return [Ask(due, newest.record_id, since=newest.day)]


def alm_repeat(case: Case) -> Sequence[Ask]:
    """R11: lean mass again on the same device, each year from sixty, else each second year."""
    measured = composition(case.about.facts, "alm_kg")
    age = case.about.age_on(measured[0].day) if measured else None
    if age is None:
        return ()
    older = age >= INTERVALS.older_from_y.value
    wait = INTERVALS.alm_older_d if older else INTERVALS.alm_d
    newest = measured[0]
    due = newest.day + timedelta(days=wait.value)
    return [Ask(due, newest.record_id, since=newest.day)]


RULES: dict[str, Rule] = {
    "rem.grip_test": grip_test,
    "rem.chair_gait": chair_gait,
    "rem.alm_repeat": alm_repeat,
}
