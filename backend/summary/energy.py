"""Findings about recovery and energy: Triad and REDs screens, availability, monotony, bone stress."""

from datetime import timedelta
from statistics import fmean

from backend.loading.days import WINDOW_DAYS
from backend.models import run
from backend.records.energy_screen import EnergyScreen
from backend.records.injury import Injury
from backend.records.server_owned import Finding
from backend.summary.facts import Fact
from backend.summary.found import finding
from backend.summary.intake import INTAKE_WINDOW_DAYS, LOG_DAYS_NEEDED, logged_days
from backend.summary.measures import latest_composition
from backend.summary.situation import Situation

SCREEN_WINDOW_DAYS = 365
MONOTONY_WINDOW_DAYS = 14
STRESS_WINDOW_DAYS = 730
WEEK_DAYS = 7
MONOTONOUS_ABOVE = 2
TRIAD_LEVELS = {"low": 0, "moderate": 1, "high": 2}
TRIAD_INPUTS = (
    "age", "dietary", "bmi", "menarche_age", "menses_12mo", "hormonal_contraception", "z_lowest",
    "bsi_count", "bsi_high_risk_site",
)  # fmt: skip
REDS_INPUTS = (
    "primary_or_12mo_amenorrhoea", "testosterone_below_range", "amenorrhoea_3_11",
    "testosterone_lowest_quartile", "t3_low", "bsi_history", "z_below_minus1", "growth_deviation",
    "ede_q_elevated_or_ed",
)  # fmt: skip


def energy_findings(about: Situation) -> list[Finding]:
    """Return what is known of recovery and energy."""
    found = [_triad(about), _reds(about), _availability(about), _monotony(about), _stress(about)]
    return [one for one in found if one is not None]


def triad_tier(about: Situation, screen: Fact[EnergyScreen]) -> str | None:
    """Return the tier of a woman's answers, None when it does not apply to the person."""
    if about.profile.sex != "female":
        return None
    given = {name: getattr(screen.body, name) for name in TRIAD_INPUTS}
    given["age"] = given["age"] if given["age"] is not None else about.age
    tier = run("nutr.triad_cra", given).get("tier")
    return tier if isinstance(tier, str) else None


def _triad(about: Situation) -> Finding | None:
    screen = about.facts.screens[0] if about.facts.screens else None
    tier = triad_tier(about, screen) if screen else None
    if screen is None or tier not in TRIAD_LEVELS:
        return None
    return _screened(about, screen, f"triad_{tier}", TRIAD_LEVELS[str(tier)], "triad")


def _reds(about: Situation) -> Finding | None:
    if not about.facts.screens:
        return None
    screen = about.facts.screens[0]
    given = {name: getattr(screen.body, name) for name in REDS_INPUTS}
    if all(value is None for value in given.values()):
        return None  # nothing of it was asked
    level = run("nutr.reds_indicators", given).get("level")
    if not isinstance(level, int):
        return None
    return _screened(about, screen, "reds_indicators" if level else "reds_none", level, "reds")


def _screened(
    about: Situation, screen: Fact[EnergyScreen], code: str, level: int, key: str
) -> Finding:
    return finding(
        about,
        code,
        level,
        grade="GL",
        on=screen.day,
        window_days=SCREEN_WINDOW_DAYS,
        records=[screen.record_id],
        keys=[f"{key}.recorded.{level}", "screen.sure", "screen.do" if level else ""],
        date=screen.day,
    )


def _availability(about: Situation) -> Finding | None:
    intake = logged_days(about, "energy")
    mass = latest_composition(about.facts, "mass_kg")
    fat = latest_composition(about.facts, "fat_pct")
    if len(intake) < LOG_DAYS_NEEDED or mass is None or fat is None:
        return None
    spent = {day.local_date: day.energy_kcal for day in about.weeks}  # all of a food log's 90 days
    if any(spent.get(day, 0.0) is None for day in intake):
        return None  # a session of a logged day says nothing of what it took
    result = run(
        "nutr.energy_availability",
        {
            "energy_intake_kcal": fmean(intake.values()),
            "exercise_kcal": fmean(spent.get(day) or 0.0 for day in intake),
            "ffm_kg": mass[1] * (1 - fat[1] / 100),
            "log_days": len(intake),
        },
    )
    value, zone = result.get("ea"), result.get("zone")
    if not isinstance(value, int | float):
        return None
    is_low = zone == "below_30"
    return finding(
        about,
        f"ea_{zone}",
        int(is_low),
        grade="XS",
        on=max(intake),
        window_days=INTAKE_WINDOW_DAYS,
        keys=["ea.recorded", "ea.reference", "intake.sure"],
        value=float(value),
        unit="kcal/kg/d",
        amount=float(value),
        days=len(intake),
    )


def _monotony(about: Situation) -> Finding | None:
    days = [about.as_of - timedelta(days=back) for back in range(WEEK_DAYS)]
    rated = {day.local_date: day.srpe_au for day in about.load_days}
    if not _is_covered_week(about) or not all(rated[day] for day in days if day in rated):
        return None  # no load is not the same as a load nobody told
    result = run("load.monotony", {"daily": [rated.get(day, 0.0) for day in reversed(days)]})
    monotony = result.get("monotony")
    if not isinstance(monotony, int | float):
        return None
    above = monotony > MONOTONOUS_ABOVE
    return finding(
        about,
        "monotony_high" if above else "monotony_usual",
        int(above),
        grade="ENG",
        on=max((day for day in days if rated.get(day)), default=about.as_of),
        window_days=MONOTONY_WINDOW_DAYS,
        keys=["monotony.recorded", "monotony.reference", "monotony.do" if above else ""],
        value=float(monotony),
        unit="1",
        ratio=float(monotony),
    )


def _is_covered_week(about: Situation) -> bool:
    """Return whether each of the last seven days is known, today among them.

    Known days are told as a count of 28. They reach to today when they are as many as there
    can be since the first session: one older than is read here leaves all 28.
    """
    first = about.weeks[0].local_date if about.weeks else about.as_of
    most = min(about.age_days(first) + 1, WINDOW_DAYS)
    return most >= WEEK_DAYS and about.coverage_days in (most, WINDOW_DAYS)


def stress_injuries(about: Situation) -> tuple[list[Fact[Injury]], list[Fact[Injury]]]:
    """Return bone stress injuries that are open, and those over within two years."""
    known = [one for one in about.facts.injuries if one.body.kind == "bone_stress"]
    is_open = [
        one for one in known if one.body.closed_date is None or one.body.closed_date > about.as_of
    ]
    past = [
        one
        for one in known
        if one not in is_open
        and about.age_days(one.body.closed_date or one.day) <= STRESS_WINDOW_DAYS
    ]
    return is_open, past


def _stress(about: Situation) -> Finding | None:
    is_open, past = stress_injuries(about)
    known = is_open or past
    told = about.profile.injuries_reviewed_on
    if not known and told is None:
        return None
    level = 2 if is_open else 1 if past else 0
    on = about.as_of if is_open else (past[0].body.closed_date or past[0].day) if past else told
    return finding(
        about,
        f"bone_stress_{('none', 'past', 'current')[level]}",
        level,
        grade="COH",
        on=on or about.as_of,
        window_days=STRESS_WINDOW_DAYS,
        records=[one.record_id for one in known],
        keys=[f"stress.recorded.{level}", "stress.do" if level == 2 else ""],
        date=known[0].day if known else told,
    )


def energy_known(about: Situation, *, rated_days_needed: int) -> dict[str, bool]:
    """Return which required items of the recovery and energy area are inside their window."""
    rated = sum(day.srpe_au > 0 for day in about.load_days)
    screens, told = about.facts.screens, about.profile.injuries_reviewed_on
    return {
        "srpe_days": rated >= rated_days_needed,
        "energy_screen": bool(screens) and about.age_days(screens[0].day) <= SCREEN_WINDOW_DAYS,
        "injury_status": any(stress_injuries(about))
        or (told is not None and about.age_days(told) <= STRESS_WINDOW_DAYS),
    }
