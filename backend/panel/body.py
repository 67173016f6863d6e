"""Strength and body composition: newest values, and changes beyond noise."""

from datetime import date

from backend.inputs import SEXES
from backend.loading.tables import LIFTS
from backend.muscle.tables import CONSTANTS
from backend.panel.reasons import (
    NOT_APPLIED,
    PanelPart,
    Reason,
    dated,
    on_day,
    own_band,
    reason,
    signed,
    worst_first,
)
from backend.records.server_owned import Finding, RiskSummary
from backend.results import number_or_none
from backend.summary.facts import Facts
from backend.summary.measures import (
    FUNCTION,
    Reading,
    composition,
    strength,
)
from backend.summary.muscle import (
    DEFAULT_DEFINITION,
    LEVELS,
    MASS_METHODS,
    MASS_WINDOW_DAYS,
    STAGED_FROM_Y,
    TEST_WINDOW_DAYS,
    almi,
    newest_tests,
    staging,
    tested_at_age,
)
from backend.summary.situation import ADULT_FROM_Y, Situation
from backend.summary.wording import rounded

TESTS = {"grip": "kg", "chair_stand_5x": "s", "gait": "m/s", "sppb": "points", "tug": "s"}
# Input of the staging models: how the test is called, and its unit.
TOLD = {
    "grip_kg": ("grip", "kg"),
    "chair_stand_5x_s": ("five rises from a chair", "s"),
    "gait_m_s": ("gait speed", "m/s"),
    "sppb": ("SPPB", "points"),
    "tug_s": ("timed up and go", "s"),
}
CHANGES = {"grip_kg": ("grip", "kg"), "gait_m_s": ("gait speed", "m/s"), "sppb": ("SPPB", "points")}
LEAN = ("alm_kg", "lean mass of arms and legs", "kg")
MEASURED = {"mass_kg": "kg", "lean_mass_kg": "kg", "alm_kg": "kg"}
PLAIN_GRIP_KG = 100.0  # a grip that no definition calls low


def strength_part(about: Situation, summary: RiskSummary) -> PanelPart:
    """Return the newest tests and lifts, and what they say about strength alone."""
    area, facts = summary.domains["muscle"], dict[str, str]()
    for test, unit in TESTS.items():
        for one in strength(about.facts, test)[:1]:
            value = "not possible" if one.unable else f"{rounded(one.value or 0)} {unit}"
            dated(facts, test, value, one.day)
    for lift, one in _best_lifts(about.facts).items():
        dated(facts, f"one_rm_{lift}", f"{rounded(one.value or 0)} kg", one.day)
    found = [one for one in area.findings if _measure(one) in FUNCTION]
    low, tests = _low_tests(about), newest_tests(about, TEST_WINDOW_DAYS)
    reasons = [_changed(summary, one, *CHANGES[_measure(one)]) for one in found]
    band = own_band(area, found)
    if low is not None:
        band, reasons = "review", [low, *reasons]
    elif band == "insufficient" and _is_staged(about, tested_at_age(about, tests)):
        band = "supportive"
    return PanelPart(band=band, reasons=worst_first(*reasons), facts=facts)


def body_composition_part(about: Situation, summary: RiskSummary) -> PanelPart:
    """Return mass and lean mass, and what they say without any test."""
    area, facts = summary.domains["muscle"], dict[str, str]()
    for name, unit in MEASURED.items():
        for one in composition(about.facts, name)[:1]:
            dated(facts, name, f"{rounded(one.value or 0)} {unit}", one.day)
    index = almi(about)
    if index is not None:
        dated(facts, "almi", f"{rounded(index[0], places=2)} kg/m2", index[1].day)
    name, said, unit = LEAN
    found = [one for one in area.findings if _measure(one) == name]
    reasons = [_changed(summary, one, said, unit) for one in found]
    low = None if area.band == NOT_APPLIED else _low_mass(about)
    has_class = area.band != NOT_APPLIED and index is not None
    band = own_band(area, found)
    if low is not None or (band == "insufficient" and has_class):
        band = "supportive" if low is None else "mixed"
    return PanelPart(band=band, reasons=worst_first(low, *reasons), facts=facts)


def _measure(one: Finding) -> str:
    """Return the measure whose change a finding tells; empty for another kind."""
    for verdict in ("_no_real_change", "_decrease", "_increase"):
        if one.code.endswith(verdict):
            return one.code.removesuffix(verdict)
    return ""


def _best_lifts(facts: Facts) -> dict[str, Reading]:
    """Return the newest one-repetition maximum of each lift that has a name of ours."""
    found: dict[str, Reading] = {}
    for one in strength(facts, "one_rm"):
        lift = one.setting[2].strip().lower().replace(" ", "_")
        if lift in LIFTS and not one.unable:
            found.setdefault(lift, one)
    return found


def _is_staged(about: Situation, age: int | None) -> bool:
    """Return whether what was measured at an age may be staged."""
    return age is not None and age >= STAGED_FROM_Y and not about.profile.pregnant


def _low_tests(about: Situation) -> Reason | None:
    """Return that strength is low by the person's definition, from 60 years, whatever the mass."""
    used = newest_tests(about, TEST_WINDOW_DAYS)
    age = tested_at_age(about, used)
    if not _is_staged(about, age):
        return None
    definition = about.profile.sarcopenia_definition or DEFAULT_DEFINITION
    stage = staging(about, definition, used, None, age=age).get("stage")
    if not isinstance(stage, str) or stage in LEVELS:
        return None
    low = {
        name: one for name, one in used.items() if _is_low(about, definition, name, one, age=age)
    }
    if not low:
        return None
    name, one = max(low.items(), key=lambda each: each[1].day)  # the last to grow too old
    (said, unit), limit = TOLD[name], _cut(about, definition, name)
    value = "not possible" if one.unable else f"{rounded(one.value or 0)} {unit}"
    return reason(
        "strength_below_cutoff",
        f"{said} {value} on {on_day(one.day)}; the cut-off used for older adults is "
        f"{rounded(limit)} {unit}",
        severity=2,
        since=one.day,
        number=one.value,
        unit=unit,
        baseline=limit,
        records=[each.record_id for each in low.values()],
    )


def _is_low(about: Situation, definition: str, name: str, one: Reading, *, age: int | None) -> bool:
    """Return whether one test alone is low: beside it only a grip that is not."""
    plain = Reading(one.record_id, one.day, PLAIN_GRIP_KG)
    alone = {"grip_kg": plain, name: one}
    return staging(about, definition, alone, None, age=age).get("stage") != "none"


def _cut(about: Situation, definition: str, name: str) -> float:
    cuts = CONSTANTS.awgs2019 if definition == "awgs2019" else CONSTANTS.ewgsop2
    one = getattr(cuts, name)
    return float(one.of(about.profile.sex) if name == "grip_kg" else one.value)


def _low_mass(about: Situation) -> Reason | None:
    """Return that lean mass is below the cut-off, by mass alone."""
    mass, sex = almi(about), about.profile.sex
    if mass is None or sex is None or about.profile.pregnant:
        return None
    index, measured = mass
    if about.age_days(measured.day) > MASS_WINDOW_DAYS:
        return None
    limit = _mass_limit(about, sex, measured)
    if limit is None or index >= limit:
        return None
    return reason(
        "lean_mass_below_cutoff",
        f"lean mass index of arms and legs {rounded(index, places=2)} kg/m2 on "
        f"{on_day(measured.day)}; the cut-off used for older adults is {rounded(limit)} kg/m2",
        severity=1,
        since=measured.day,
        number=index,
        unit="kg/m2",
        baseline=limit,
        records=[measured.record_id],
    )


def _mass_limit(about: Situation, sex: str, measured: Reading) -> float | None:
    """Return the cut-off of an adult; the Asian one is by method, for the ages it was made for."""
    age = about.age_on(measured.day)
    if sex not in SEXES or age is None or age < ADULT_FROM_Y:
        return None
    if _is_staged(about, age) and about.profile.sarcopenia_definition == "awgs2019":
        cuts, method = CONSTANTS.awgs2019.almi_kg_m2, measured.setting[0]
        return float(cuts[method].of(sex)) if method in MASS_METHODS else None
    return float(CONSTANTS.ewgsop2.almi_kg_m2.of(sex))


def _changed(summary: RiskSummary, one: Finding, said: str, unit: str) -> Reason | None:
    """Return a change beyond noise against the person's own value before; of noise, nothing."""
    measure = _measure(one)
    trend = next((each for each in summary.trends if each["measure"] == measure), {})
    before, noise = (number_or_none(trend.get(name)) for name in ("before", "threshold"))
    if one.code.endswith("_no_real_change") or one.value is None or before is None:
        return None
    earlier = date.fromisoformat(str(trend["before_on"]))
    line = "" if noise is None else f"; noise is up to {rounded(noise, places=2)} {unit}"
    return reason(
        one.code,
        f"{said} {signed(one.value - before, places=2)} {unit} by {on_day(one.observed_on)} "
        f"against own {rounded(before, places=2)} {unit} of {on_day(earlier)}{line}",
        severity=2 if one.level > 0 else 1,
        since=one.observed_on,
        number=one.value,
        unit=unit,
        baseline=before,
        records=one.observation_ids,
    )
