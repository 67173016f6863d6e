"""Findings about muscle: staging from 60 years, mass before, and real decreases at any adult age."""

from collections.abc import Sequence
from datetime import date

from backend.inputs import SEXES
from backend.models import run
from backend.muscle.staging import low_mass
from backend.muscle.tables import CONSTANTS
from backend.records.server_owned import Finding
from backend.results import Result
from backend.summary.found import finding
from backend.summary.measures import (
    FUNCTION,
    GOOD_WAY,
    Reading,
    composition,
    strength,
    worst_pair,
)
from backend.summary.situation import ADULT_FROM_Y, Situation

STAGED_FROM_Y = 60
TEST_WINDOW_DAYS = 365
MASS_WINDOW_DAYS = 730
LEVELS = {"none": 0, "low_mass_only": 1, "low_function_normal_mass": 1}  # every other stage: 2
DEFAULT_DEFINITION = "ewgsop2"
# Input of the staging models, and the test it comes from.
TESTS = {
    "grip_kg": "grip",
    "chair_stand_5x_s": "chair_stand_5x",
    "gait_m_s": "gait",
    "sppb": "sppb",
    "tug_s": "tug",
}
# What a test that could not be done counts as: low, by whatever it is held to.
UNABLE = {
    "chair_stand_5x_s": CONSTANTS.awgs2019.chair_stand_5x_s.value,
    "gait_m_s": CONSTANTS.limits["gait_m_s"].low,
    "tug_s": CONSTANTS.ewgsop2.tug_s.value,
}
STRENGTH = ("grip_kg", "chair_stand_5x_s")
PERFORMANCE = ("gait_m_s", "sppb", "tug_s")
# Tests of which a definition asks for one at least: their newest day is the day of a stage.
NEEDED = {"ewgsop2": STRENGTH, "awgs2019": (*STRENGTH, "gait_m_s", "sppb")}
MASS_METHODS = ("dxa", "bia")


def muscle_findings(about: Situation) -> list[Finding]:
    """Return what is known of muscle; nothing under 18, no class of mass in pregnancy."""
    if about.is_minor:
        return []
    classed = None
    if not about.profile.pregnant:
        classed = (_stage(about) if _is_older(about) else None) or _mass(about)
    changes = [_change(about, measure, test) for measure, test in FUNCTION.items()]
    if not about.profile.pregnant:
        changes.append(_compared(about, "alm_kg", composition(about.facts, "alm_kg")))
    return [one for one in (classed, *changes) if one is not None]


def almi(about: Situation) -> tuple[float, Reading] | None:
    """Return the newest lean mass index of arms and legs (kg/m2) and its measurement."""
    heights = composition(about.facts, "height_cm")
    height_cm = about.profile.height_cm or (heights[0].value if heights else None)
    measured = composition(about.facts, "alm_kg")
    if not measured or height_cm is None:
        return None
    result = run("muscle.almi", {"alm_kg": measured[0].value, "height_m": height_cm / 100})
    index = result.get("almi_kg_m2")
    return (float(index), measured[0]) if isinstance(index, int | float) else None


def _stage(about: Situation) -> Finding | None:
    """Return the stage by what was measured within a year, else the stale one by older tests."""
    for within_days in (TEST_WINDOW_DAYS, None):
        found = _stage_within(about, within_days)
        if found is not None:
            return found
    return None


def _stage_within(about: Situation, within_days: int | None) -> Finding | None:
    used = newest_tests(about, within_days)
    mass = almi(about)
    if mass and within_days is not None and about.age_days(mass[1].day) > within_days:
        mass = None
    definition = about.profile.sarcopenia_definition or DEFAULT_DEFINITION
    result = staging(about, definition, used, mass, age=tested_at_age(about, used))
    stage = result.get("stage")
    if not isinstance(stage, str):
        return None
    readings = [*used.values(), *([mass[1]] if mass else [])]
    low = [name for name in ("strength", "mass", "performance") if result.get(f"low_{name}")]
    keys = [f"muscle.low.{name}" for name in low] or ["muscle.low.nothing"]
    level = LEVELS.get(stage, 2)
    return finding(
        about,
        f"muscle_{stage}",
        level,
        grade="GL",
        on=tested_on(about, used) or about.as_of,
        window_days=TEST_WINDOW_DAYS,
        records=[one.record_id for one in readings],
        keys=[*keys, f"muscle.reference.{definition}", "muscle.sure", f"muscle.do.{level}"],
    )


def staging(
    about: Situation,
    definition: str,
    used: dict[str, Reading],
    mass: tuple[float, Reading] | None,
    *,
    age: int | None,
) -> Result:
    """Return the stage by one definition of tests, by the names of its inputs, and lean mass."""
    inputs: dict[str, object] = {"sex": about.profile.sex, "age": age}
    inputs |= {name: UNABLE[name] if one.unable else one.value for name, one in used.items()}
    chair = used.get("chair_stand_5x_s")
    if definition == "awgs2019":
        inputs.pop("tug_s", None)
        method = mass[1].setting[0] if mass else None
        if mass and method in MASS_METHODS:
            inputs |= {"almi": mass[0], "method": method}
    else:
        inputs |= {
            "chair_stand_5x_s": chair.value if chair else None,
            "chair_stand_unable": bool(chair and chair.unable),
            "almi": mass[0] if mass else None,
        }
    return run(f"muscle.{definition}", inputs)


def tested_on(about: Situation, used: dict[str, Reading]) -> date | None:
    """Return the day that tests are of: the newest of what the person's definition can not lack."""
    needed = NEEDED[about.profile.sarcopenia_definition or DEFAULT_DEFINITION]
    found = [used[name] for name in needed if name in used] or used.values()
    return max((one.day for one in found), default=None)


def tested_at_age(about: Situation, used: dict[str, Reading]) -> int | None:
    """Return the age on the day that tests are of; None without any."""
    day = tested_on(about, used)
    return None if day is None else about.age_on(day)


def newest_tests(about: Situation, within_days: int | None) -> dict[str, Reading]:
    """Return the newest result of each test that staging asks for, by the name of its input."""
    found = {}
    for name, test in TESTS.items():
        readings = strength(about.facts, test)
        if name not in UNABLE:
            readings = [one for one in readings if not one.unable]
        if within_days is not None:
            readings = [one for one in readings if about.age_days(one.day) <= within_days]
        if readings:
            found[name] = readings[0]  # the best of its day: the better hand
    return found


def _mass(about: Situation) -> Finding | None:
    """Return how lean mass of 18 to 59 years stands to a cut-off made for older adults."""
    mass, sex = almi(about), about.profile.sex
    if mass is None or sex is None:
        return None
    index, measured = mass
    age = about.age_on(measured.day)
    if age is None or not ADULT_FROM_Y <= age < STAGED_FROM_Y:
        return None
    is_low = sex in SEXES and low_mass(index, sex=sex)
    return finding(
        about,
        "muscle_mass_below_older_cutoff" if is_low else "muscle_mass_above_older_cutoff",
        int(is_low),
        grade="XS",
        on=measured.day,
        window_days=MASS_WINDOW_DAYS,
        records=[measured.record_id],
        keys=[
            "muscle.mass.recorded",
            "muscle.mass.below" if is_low else "muscle.mass.above",
            "muscle.sure",
            "muscle.do.1" if is_low else "",
        ],
        value=index,
        unit="kg/m2",
        index=index,
        date=measured.day,
    )


def _change(about: Situation, measure: str, test: str) -> Finding | None:
    readings = [one for one in strength(about.facts, test) if not one.unable]
    return _compared(about, measure, readings)


def change_between(measure: str, earlier: Reading, newest: Reading) -> Result:
    """Return ``muscle.change`` of two readings of one setting."""
    given: dict[str, object] = {"measure": measure, "v1": earlier.value, "v2": newest.value}
    if measure == "alm_kg":
        same = earlier.setting == newest.setting and bool(newest.setting[1])
        methods = {"method1": earlier.setting[0], "method2": newest.setting[0]}
        given |= {**methods, "same_device": same}
    return run("muscle.change", given)


def _compared(about: Situation, measure: str, readings: Sequence[Reading]) -> Finding | None:
    def verdict_on(earlier: Reading, newest: Reading) -> str:
        return str(change_between(measure, earlier, newest).get("verdict"))

    pair = worst_pair(readings, verdict_on)
    verdict = verdict_on(*pair) if pair else None
    if pair is None or verdict not in ("increase", "decrease", "no_real_change"):
        return None
    earlier, newest = pair
    return finding(
        about,
        f"{measure}_{verdict}",
        int(verdict == "decrease"),
        grade="COH",
        on=newest.day,
        window_days=TEST_WINDOW_DAYS,
        records=[newest.record_id, earlier.record_id],
        keys=[f"change.{measure}", f"change.{verdict}", _alike(measure, newest)],
        value=newest.value,
        trend=GOOD_WAY.get(verdict, verdict),
        before_2=earlier.value,
        after_2=newest.value,
        first=earlier.day,
        date=newest.day,
    )


def _alike(measure: str, newest: Reading) -> str:
    """Return the sentence that says what was the same; a device only when it is recorded."""
    side_or_method, device = newest.setting[:2]
    if not device:
        return "change.sure"
    return "change.sure_side" if measure != "alm_kg" and side_or_method else "change.sure_device"


def tests_known(about: Situation) -> dict[str, bool]:
    """Return which required items of the muscle area are inside their window."""
    used = newest_tests(about, TEST_WINDOW_DAYS)
    mass = composition(about.facts, "alm_kg")
    is_recent = bool(mass) and about.age_days(mass[0].day) <= _mass_window(about)
    items = {"strength_test": any(name in used for name in STRENGTH), "alm": is_recent}
    if _is_older(about):
        items["performance_test"] = any(name in used for name in PERFORMANCE)
    return items


def _mass_window(about: Situation) -> int:
    return TEST_WINDOW_DAYS if _is_older(about) else MASS_WINDOW_DAYS


def _is_older(about: Situation) -> bool:
    return about.age is not None and about.age >= STAGED_FROM_Y
