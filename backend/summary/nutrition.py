"""Findings about nutrition and hormones, beside vitamin D: patterns, GNRI, intake, single results."""

from decimal import Decimal
from functools import partial

from backend.labs import analytes
from backend.models import run
from backend.readmodels import Observation
from backend.records.server_owned import Finding
from backend.summary.found import finding
from backend.summary.intake import intake_findings
from backend.summary.lab_results import ACUTE_HSCRP, flagged_side, side_of, usable
from backend.summary.measures import latest_composition
from backend.summary.patterns import pattern_findings, toxic_vitamin_d
from backend.summary.situation import LAB_WINDOW_DAYS, Situation

GNRI_FROM_Y = 65
GNRI_LEVELS = {"no_risk": 0, "low_risk": 1, "moderate_risk": 2, "major_risk": 2}
RAISED_HSCRP = Decimal(3)


def nutrition_findings(about: Situation) -> list[Finding]:
    """Return what is known beside vitamin D; under 18 only results the laboratory marked."""
    if about.is_minor:
        return [*toxic_vitamin_d(about), *_marked(about)]
    found = [*toxic_vitamin_d(about), *pattern_findings(about)]
    single = (_gnri(about), _thyroid(about), _inflammation(about), _testosterone(about))
    found += [*intake_findings(about), *(one for one in single if one is not None)]
    return found


def _gnri(about: Situation) -> Finding | None:
    albumin, mass = usable(about, "albumin"), latest_composition(about.facts, "mass_kg")
    height = latest_composition(about.facts, "height_cm")
    old = about.age is not None and about.age >= GNRI_FROM_Y
    if (
        albumin is None
        or albumin.value is None
        or mass is None
        or not old
        or about.profile.pregnant
    ):
        return None
    if abs((mass[0].day - albumin.local_date).days) > LAB_WINDOW_DAYS:
        return None
    result = run(
        "nutr.gnri",
        {
            "sex": about.profile.sex,
            "age": about.age,
            "albumin_g_l": albumin.value * 10,
            "body_mass_kg": mass[1],
            "height_cm": about.profile.height_cm or (height[1] if height else None),
        },
    )
    cls, value = result.get("cls"), result.get("gnri")
    if not isinstance(cls, str) or not isinstance(value, int | float):
        return None
    return finding(
        about,
        f"gnri_{cls}",
        GNRI_LEVELS[cls],
        grade="COH",
        on=albumin.local_date,
        window_days=LAB_WINDOW_DAYS,
        records=[albumin.record_id, mass[0].record_id],
        keys=["gnri.recorded", f"gnri.{cls}", "gnri.sure"],
        value=float(value),
        unit="1",
        score=float(value),
        date=albumin.local_date,
    )


def _thyroid(about: Situation) -> Finding | None:
    seen = usable(about, "tsh")
    if seen is None or side_of(about, seen) != "below":
        return None
    return _result(about, "tsh_below_interval", 1, seen, "tsh")


def _inflammation(about: Situation) -> Finding | None:
    seen = about.newest("hscrp")
    if seen is None or seen.value is None or not RAISED_HSCRP <= seen.value <= ACUTE_HSCRP:
        return None
    return _result(about, "hscrp_raised", 1, seen, "hscrp")


def _testosterone(about: Situation) -> Finding | None:
    """Return the finding of two results of a man, on different days, below the interval."""
    if about.profile.sex != "male":
        return None
    seen = [
        one
        for one in about.observations
        if one.analyte == "testosterone" and one.usable and one.value is not None
    ]
    newest = [one for one in seen if one.local_date == seen[0].local_date][:1]
    newest += [one for one in seen if one.local_date != seen[0].local_date][:1] if seen else []
    if len(newest) < 2 or about.age_days(newest[1].local_date) > LAB_WINDOW_DAYS:
        return None
    if any(side_of(about, one) != "below" for one in newest):
        return None
    return _result(about, "testosterone_below_interval_twice", 2, newest[0], "testosterone")


def _result(about: Situation, code: str, level: int, seen: Observation, key: str) -> Finding:
    return finding(
        about,
        code,
        level,
        grade="COH",
        on=seen.local_date,
        window_days=LAB_WINDOW_DAYS,
        records=[seen.record_id],
        keys=[f"{key}.recorded", f"{key}.reference", "lab.sure", f"{key}.do"],
        value=None if seen.value is None else float(seen.value),
        unit=seen.unit,
        amount=seen.value,
        unit_=seen.unit or "",
        date=seen.local_date,
    )


def _marked(about: Situation) -> list[Finding]:
    """Return, under 18, the newest results outside the interval their laboratory printed."""
    found, told = [], set[str]()
    for seen in about.observations:
        if seen.analyte in told or seen.value is None or seen is not usable(about, seen.analyte):
            continue
        told.add(seen.analyte)
        side = side_of(about, seen)
        told_by = "flagged" if flagged_side(seen) else "printed"
        has_its_own = seen.analyte == "vitd_25oh" and told_by == "printed"
        if side in ("below", "above") and not has_its_own:
            found.append(
                finding(
                    about,
                    f"{seen.analyte}_{side}_lab_interval",
                    1,
                    grade="GL",
                    on=seen.local_date,
                    window_days=LAB_WINDOW_DAYS,
                    records=[seen.record_id],
                    keys=[f"lab.{side}_{told_by}", "lab.sure", "lab.do"],
                    value=float(seen.value),
                    unit=seen.unit,
                    name=partial(analytes.label, seen.analyte),
                    amount=seen.value,
                    unit_=seen.unit or "",
                    date=seen.local_date,
                )
            )
    return found
