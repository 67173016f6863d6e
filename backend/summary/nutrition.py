"""Findings about nutrition and hormones, beside vitamin D: patterns, GNRI, intake, single results."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from statistics import fmean
from uuid import UUID

from backend.labs import analytes
from backend.labs.patterns import CALCIUM_UPPER_MG_DL
from backend.models import run
from backend.readmodels import Observation
from backend.records.intake_log import IntakeLog
from backend.records.server_owned import Finding
from backend.summary.facts import Fact
from backend.summary.found import finding
from backend.summary.measures import latest_composition
from backend.summary.situation import LAB_WINDOW_DAYS, Situation

INTAKE_WINDOW_DAYS = 90
TOGETHER_DAYS = 90  # results further apart make no pattern
SAME_SAMPLE_DAYS = 1
LOG_DAYS_NEEDED = 3
GNRI_FROM_Y = 65
GNRI_LEVELS = {"no_risk": 0, "low_risk": 1, "moderate_risk": 2, "major_risk": 2}
TRAINS_SESSIONS_28 = 12  # three a week
ACUTE_HSCRP = Decimal(10)
RAISED_HSCRP = Decimal(3)
KEPT_OUT_WHEN_ILL = frozenset({"hscrp", "albumin", "igf1", "ctx", "p1np"})
HIGH_CALCIUM = (
    "high_calcium_pth_unknown",
    "high_calcium_pth_not_suppressed",
    "high_calcium_pth_suppressed",
)
UNITS = {"protein": "g", "calcium": "mg", "energy": "kcal"}


def nutrition_findings(about: Situation) -> list[Finding]:
    """Return what is known beside vitamin D; under 18 only results the laboratory marked."""
    if about.is_minor:
        return _marked(about)
    found = [*_patterns(about), _gnri(about), _intake(about, "protein"), _intake(about, "calcium")]
    found += [_thyroid(about), _inflammation(about), _testosterone(about)]
    return [one for one in found if one is not None]


def usable(about: Situation, analyte: str) -> Observation | None:
    """Return the newest result that may be banded: one of an ill day is not, for some."""
    for one in about.observations:
        if one.analyte == analyte and one.usable and one.value is not None:
            if analyte in KEPT_OUT_WHEN_ILL and is_of_an_ill_day(about, one):
                continue
            return one
    return None


def is_of_an_ill_day(about: Situation, seen: Observation) -> bool:
    """Return whether hsCRP above 10 mg/L on that day says that the body was fighting something."""
    return any(
        one.analyte == "hscrp"
        and one.local_date == seen.local_date
        and one.usable
        and one.value is not None
        and one.value > ACUTE_HSCRP
        for one in about.observations
    )


def _patterns(about: Situation) -> list[Finding]:
    given, records, on = pattern_inputs(about)
    if on is None:
        return []
    patterns = run("lab.patterns", given).get("patterns")
    return [
        finding(
            about,
            pattern,
            2,
            grade="GL",
            on=on,
            window_days=LAB_WINDOW_DAYS,
            records=[one.record_id for one in records],
            keys=[f"pattern.{pattern}", "pattern.sure", f"pattern.do.{pattern}"],
            date=on,
        )
        for pattern in (patterns if isinstance(patterns, list) else [])
        if pattern == "low_d_high_pth" or pattern in HIGH_CALCIUM
    ]


def pattern_inputs(
    about: Situation,
) -> tuple[dict[str, object], list[Observation], date | None]:
    """Return what ``lab.patterns`` is given: newest results not more than 90 days apart.

    Limits are the laboratory's own where it printed them. Calcium is ionised where there is
    such a result; else corrected for albumin of the same sample; else as measured, so that a
    high value is not passed over for want of albumin.
    """
    seen = {
        name: usable(about, name) for name in ("vitd_25oh", "pth", "calcium_ionised", "calcium")
    }
    if about.profile.pregnant:
        seen["vitd_25oh"] = None
    newest = max((one.local_date for one in seen.values() if one), default=None)
    kept = {
        name: one
        for name, one in seen.items()
        if one and newest and (newest - one.local_date).days <= TOGETHER_DAYS
    }
    given: dict[str, object] = {"egfr": about.egfr, "dialysis": bool(about.profile.dialysis)}
    if "vitd_25oh" in kept:
        given["vitd_ng_ml"] = kept["vitd_25oh"].value
    if "pth" in kept:
        given["pth_pg_ml"] = kept["pth"].value
        given["pth_url"] = kept["pth"].ref_high
    if "calcium_ionised" in kept:
        given["ca_mg_dl"] = _equivalent(about, kept["calcium_ionised"])
    elif "calcium" in kept:
        given["ca_mg_dl"] = _corrected(about, kept["calcium"])
        given["ca_url"] = kept["calcium"].ref_high
    return given, list(kept.values()), newest


def _equivalent(about: Situation, ionised: Observation) -> Decimal | None:
    """Return total calcium (mg/dL) as far from its usual limit as ionised is from its own.

    The pattern is told in mg/dL; ionised calcium is half of the total and printed in mmol/L.
    """
    limit = _limits(about, ionised)[1]
    if not limit or ionised.value is None:
        return None
    return ionised.value * Decimal(repr(CALCIUM_UPPER_MG_DL)) / limit


def _corrected(about: Situation, calcium: Observation) -> object:
    albumin = usable(about, "albumin")
    if albumin is None:
        return calcium.value
    result = run(
        "lab.corrected_calcium",
        {
            "calcium_mg_dl": calcium.value,
            "albumin_g_dl": albumin.value,
            "dialysis": bool(about.profile.dialysis),
            "egfr": about.egfr,
            "days_apart": abs((calcium.local_date - albumin.local_date).days),
        },
    )
    return result.get("corrected_mg_dl", calcium.value)


def _gnri(about: Situation) -> Finding | None:
    albumin, mass = usable(about, "albumin"), latest_composition(about.facts, "mass_kg")
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
            "height_cm": about.profile.height_cm,
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


def logged_days(about: Situation, code: str) -> dict[date, float]:
    """Return what was taken of something on each completely logged day of 90, in its usual unit."""
    days: dict[date, float] = {}
    for fact in about.facts.intakes:
        if 0 <= about.age_days(fact.day) < INTAKE_WINDOW_DAYS and fact.body.complete_day:
            amount = _amount(fact.body, code)
            if amount is not None:
                days[fact.day] = max(amount, days.get(fact.day, 0.0))
    return days


def _amount(body: IntakeLog, code: str) -> float | None:
    amounts = [one.amount for one in body.items if one.code == code and one.unit == UNITS[code]]
    return sum(amounts) if amounts else None


def _intake(about: Situation, code: str) -> Finding | None:
    days = logged_days(about, code)
    if len(days) < LOG_DAYS_NEEDED:
        return None
    mean = fmean(days.values())
    if code == "protein":
        mass = latest_composition(about.facts, "mass_kg")
        given: dict[str, object] = {
            "protein_g_day": mean,
            "body_mass_kg": mass[1] if mass else None,
            "age": about.age,
            "trains_3x_week": sum(day.sessions for day in about.load_days) >= TRAINS_SESSIONS_28,
            "egfr": about.egfr,
            "dialysis": bool(about.profile.dialysis),
        }
    else:
        given = {"age": about.age, "sex": about.profile.sex, "mg_day": mean}
    result = run(f"nutr.{code}", given)
    level = result.get("level")
    if not isinstance(level, int):
        return None
    shown = result.get("g_per_kg") if code == "protein" else mean
    target = result.get("target_min") if code == "protein" else result.get("rda_mg")
    return finding(
        about,
        f"{code}_intake",
        level,
        grade="GL",
        on=max(days),
        window_days=INTAKE_WINDOW_DAYS,
        records=_logs(about.facts.intakes, days),
        keys=[f"{code}.recorded", f"{code}.level.{min(level, 1)}", "intake.sure"],
        value=_number(shown),
        unit="g/kg/d" if code == "protein" else "mg/d",
        amount=_number(shown),
        target=_number(target),
        days=len(days),
    )


def _logs(intakes: Iterable[Fact[IntakeLog]], days: Mapping[date, float]) -> list[UUID]:
    return [one.record_id for one in intakes if one.day in days and one.body.complete_day]


def _limits(about: Situation, seen: Observation) -> tuple[Decimal | None, Decimal | None]:
    """Return the laboratory's own interval, else the adult fallback for people like this one."""
    if seen.ref_low is not None or seen.ref_high is not None:
        return seen.ref_low, seen.ref_high
    usual = analytes.fallback_for(
        seen.analyte,
        age=about.age,
        sex=about.profile.sex,
        menopausal_status=about.profile.menopausal_status,
        assay=seen.method,
    )
    return (usual.low, usual.high) if usual else (None, None)


def _thyroid(about: Situation) -> Finding | None:
    seen = usable(about, "tsh")
    if seen is None or seen.value is None:
        return None
    low, _ = _limits(about, seen)
    if low is None or seen.value >= low:
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
    for one in newest:
        low, _ = _limits(about, one)
        if low is None or one.value is None or one.value >= low:
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
        if seen.analyte in told or not seen.usable or seen.value is None:
            continue
        told.add(seen.analyte)
        below = seen.ref_low is not None and seen.value < seen.ref_low
        above = seen.ref_high is not None and seen.value > seen.ref_high
        if seen.analyte != "vitd_25oh" and (below or above):
            side = "below" if below else "above"
            found.append(
                finding(
                    about,
                    f"{seen.analyte}_{side}_lab_interval",
                    1,
                    grade="GL",
                    on=seen.local_date,
                    window_days=LAB_WINDOW_DAYS,
                    records=[seen.record_id],
                    keys=[f"lab.{side}_printed", "lab.sure", "lab.do"],
                    value=float(seen.value),
                    unit=seen.unit,
                    name=analytes.label(seen.analyte),
                    amount=seen.value,
                    unit_=seen.unit or "",
                    date=seen.local_date,
                )
            )
    return found


def intake_known(about: Situation) -> dict[str, bool]:
    """Return whether protein and calcium were logged on enough days."""
    return {
        f"{code}_log": len(logged_days(about, code)) >= LOG_DAYS_NEEDED
        for code in ("protein", "calcium")
    }


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
