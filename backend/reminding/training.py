"""R13 and R14: days that load bone, and steps that are too large."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from backend.loading.bands import OLDER_FROM_Y
from backend.loading.days import WINDOW_DAYS
from backend.models import run
from backend.reminding.case import Ask, Case, Rule
from backend.reminding.intervals import INTERVALS
from backend.summary.findings import STEP_UP_COVERED_DAYS, has_frail_bone, loading_findings, step_up
from backend.summary.lab_results import ACUTE_HSCRP
from backend.summary.situation import TREND_DAYS

# A lone "rest" or "pause" is meant; within a sentence it may be one between sets.
REST = (
    "^rest$", "^pause$", "planned rest", "rest weeks?", "rest days?", "week off", "deload(?:ing)?",
    "ruhewochen?", "ruhetage?", "erholungswochen?", "entlastungswochen?", "trainingspause",
    "sportpause",
)  # fmt: skip
NO_ILLNESS = r"(?![ -]*(?:plunge|shower|bath|dip|tub|water|shot|jab|vaccin|impf))"
ILLNESS = (
    "illness", "ill", "sick", f"flu{NO_ILLNESS}", f"a cold{NO_ILLNESS}", "^cold$",
    "krank", "krankheit", "infekt", f"grippe{NO_ILLNESS}", "erkältet", "erkältung",
)  # fmt: skip


def loading_gap(case: Case) -> Sequence[Ask]:
    """R13: no day that loads bone for some days; rarer after nudges that were ignored.

    Never in an illness, nor where frail bone or a stress injury asks for supervision.
    """
    about = case.about
    days = osteogenic_days(case)
    if _is_ill(case) or has_frail_bone(about):
        return ()
    result = run(
        "rem.loading_gap",
        {
            "last_osteogenic_date": days[-1] if days else None,
            "as_of": about.as_of,
            "ignored_count": ignored_in_a_row(days),
            "planned_rest_until": case.lasts(REST),
            "impact_contraindicated": about.profile.impact_contraindicated,
        },
    )
    due = result.get("due")
    if result.get("fire") is not True or not isinstance(due, str):
        return ()
    return [Ask(date.fromisoformat(due), case.source("loading_gap", of=days[-1]))]


def osteogenic_days(case: Case) -> list[date]:
    """Return the days that load bone, oldest first: high ones, for some people moderate ones."""
    about = case.about
    older = about.age is not None and about.age >= OLDER_FROM_Y
    wanted = ("high", "moderate") if older or about.profile.impact_limited else ("high",)
    return sorted(day.local_date for day in case.weeks if day.day_class in wanted)


def ignored_in_a_row(days: Sequence[date]) -> int:
    """Return how many nudges in a row no osteogenic day followed, up to the last such day.

    Told from the days alone, so that it does not matter when anything was computed or sent.
    """
    waits = INTERVALS.loading_gap_d.values
    ignored = 0
    for before, after in pairwise(days):
        due = before + timedelta(days=waits[min(ignored, len(waits) - 1)])
        if after > due + timedelta(days=INTERVALS.nudge_answer_d.value):
            ignored += 1
        elif after >= due:
            ignored = 0
    return ignored


def _is_ill(case: Case) -> bool:
    seen = case.about.newest("hscrp")
    acute = seen is not None and seen.value is not None and seen.value > ACUTE_HSCRP
    recent = seen is not None and case.about.age_days(seen.local_date) < INTERVALS.illness_d.value
    return (acute and recent) or case.lasts(ILLNESS) is not None


def ramp_caution(case: Case) -> Sequence[Ask]:
    """R14: a large step up, once in 14 days; due on the day it was first seen."""
    if not any(one.code == "large_step_up" for one in loading_findings(case.about)):
        return ()
    told = _told_on(case)
    return [Ask(told, case.source("ramp_caution", of=told))]


def _told_on(case: Case) -> date:
    """Return the day on which the standing step up was told, none being told 14 days before."""
    as_of, told = case.about.as_of, None
    for back in range(TREND_DAYS - WINDOW_DAYS, 0, -1):
        day = as_of - timedelta(days=back)
        first = case.first_session
        known = first is not None and (day - first).days + 1 >= STEP_UP_COVERED_DAYS
        if known and _is_news(told, day) and step_up(case.weeks, ending=day) is not None:
            told = day
    return as_of if told is None or _is_news(told, as_of) else told


def _is_news(told: date | None, day: date) -> bool:
    return told is None or (day - told).days >= INTERVALS.ramp_caution_d.value


RULES: dict[str, Rule] = {"rem.loading_gap": loading_gap, "rem.ramp_caution": ramp_caution}
