"""Findings about food: protein and calcium by completely logged days."""

from collections.abc import Iterable, Mapping
from datetime import date
from statistics import fmean
from uuid import UUID

from backend.models import run
from backend.records.intake_log import IntakeLog
from backend.records.server_owned import Finding
from backend.results import number_or_none
from backend.summary.facts import Fact
from backend.summary.found import finding
from backend.summary.measures import latest_composition
from backend.summary.situation import Situation

INTAKE_WINDOW_DAYS = 90
LOG_DAYS_NEEDED = 3
MASS_WINDOW_DAYS = 365
UNITS = {"protein": "g", "calcium": "mg", "energy": "kcal"}


def intake_findings(about: Situation) -> list[Finding]:
    """Return how protein and calcium stand, where enough days were logged."""
    found = (_intake(about, "protein"), _intake(about, "calcium"))
    return [one for one in found if one is not None]


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
        if mass and about.age_days(mass[0].day) > MASS_WINDOW_DAYS:
            return None
        given: dict[str, object] = {
            "protein_g_day": mean,
            "body_mass_kg": mass[1] if mass else None,
            "age": about.age,
            "trains_3x_week": about.trains_3x_week,
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
        value=number_or_none(shown),
        unit="g/kg/d" if code == "protein" else "mg/d",
        amount=number_or_none(shown),
        target=number_or_none(target),
        days=len(days),
    )


def _logs(intakes: Iterable[Fact[IntakeLog]], days: Mapping[date, float]) -> list[UUID]:
    return [one.record_id for one in intakes if one.day in days and one.body.complete_day]


def intake_known(about: Situation) -> dict[str, bool]:
    """Return whether protein and calcium were logged on enough days."""
    return {
        f"{code}_log": len(logged_days(about, code)) >= LOG_DAYS_NEEDED
        for code in ("protein", "calcium")
    }
