"""Reasons to look at someone: a sentence with a number and the person's own baseline."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import msgspec

from backend.loading.bands import COVERED_DAYS_NEEDED
from backend.loading.days import WINDOW_DAYS, WeekLoad
from backend.models import run
from backend.records.server_owned import Finding, Reminder, RiskSummary
from backend.summary.findings import SAFETY_CODES, STEP_UP_COVERED_DAYS
from backend.summary.wording import SOURCE_LOCALE, checked, rounded, say_date

RETEST_RULE = "rem.vitd_retest_low"
SOON_DAYS = 30
GAP_WEEKS = 2
BASELINE_WEEKS = 6
USUAL_DAYS_A_WEEK = 1.0  # below this own habit a quiet fortnight says nothing [E]
OPEN_DAYS = 1  # today may not be synced yet
OPEN_STATES = frozenset({"scheduled", "due", "sent", "seen"})


class Reason(msgspec.Struct, frozen=True):
    """Why a row is raised.

    ``number`` in ``unit`` is what was seen, ``baseline`` the person's own usual or the line it
    is held against, in the same unit unless the sentence says otherwise. ``severity`` 1 to 3.
    """

    code: str
    sentence: str
    number: float | None
    unit: str
    baseline: float | None
    severity: int
    record_ids: tuple[UUID, ...]
    since: date


def covered_days(summary: RiskSummary) -> int:
    """Return how many of the 28 days the summary's loading area knows."""
    return round(summary.domains["loading"].completeness * WINDOW_DAYS)


def coverage_reason(summary: RiskSummary) -> Reason | None:
    """Return that too few days are known to say anything about loading."""
    covered = covered_days(summary)
    if covered >= COVERED_DAYS_NEEDED:
        return None
    return Reason(
        code="coverage_thin",
        sentence=checked(
            f"{covered} of the last 28 days are known; {COVERED_DAYS_NEEDED} are needed"
        ),
        number=float(covered),
        unit="d",
        baseline=float(COVERED_DAYS_NEEDED),
        severity=1,
        record_ids=(),
        since=summary.as_of,
    )


def step_up_reason(summary: RiskSummary, weeks: Sequence[WeekLoad]) -> Reason | None:
    """Return that the last week's units are a large step above the three weeks before."""
    if len(weeks) < 4 or covered_days(summary) < STEP_UP_COVERED_DAYS:
        return None
    current, *prior = (week.blu for week in reversed(weeks[-4:]))
    result = run("load.ramp", {"current_week": current, "prior_weeks": prior})
    ratio = result.get("ratio")
    if result.get("flag") != "large_step_up" or not isinstance(ratio, float):
        return None
    percent = (ratio - 1) * 100
    baseline = sum(prior) / len(prior)
    return Reason(
        code="loading_step_up",
        sentence=checked(
            f"bone loading +{rounded(percent, places=0)} % in 7 days against own mean of the "
            f"3 weeks before ({rounded(baseline, places=0)} units)"
        ),
        number=percent,
        unit="%",
        baseline=baseline,
        severity=2,
        record_ids=(),
        since=weeks[-1].starts_on,
    )


def gap_reason(
    weeks: Sequence[WeekLoad], *, last_data_on: date | None, moderate_counts: bool
) -> Reason | None:
    """Return that two known weeks held no osteogenic day, unlike the six weeks before.

    ``moderate_counts`` for people aged 65 or more, or with limited impact.
    """
    if len(weeks) < GAP_WEEKS + BASELINE_WEEKS or last_data_on is None:
        return None
    if weeks[-1].ends_on - last_data_on > timedelta(days=OPEN_DAYS):
        return None
    days = [w.high_days + (w.moderate_days if moderate_counts else 0) for w in weeks]
    usual = sum(days[-GAP_WEEKS - BASELINE_WEEKS : -GAP_WEEKS]) / BASELINE_WEEKS
    if sum(days[-GAP_WEEKS:]) > 0 or usual < USUAL_DAYS_A_WEEK:
        return None
    return Reason(
        code="loading_gap",
        sentence=checked(
            "0 days with bone-specific loading in the last 14, against own "
            f"{rounded(usual)} a week in the 6 weeks before"
        ),
        number=0.0,
        unit="d",
        baseline=usual,
        severity=2,
        record_ids=(),
        since=weeks[-GAP_WEEKS].starts_on,
    )


def retest_reasons(as_of: date, reminders: Sequence[Reminder]) -> list[Reason]:
    """Return open vitamin D retests that are overdue, or due within 30 days."""
    reasons = []
    for reminder in sorted(reminders, key=lambda r: (r.due_date, str(r.source_record))):
        late = (as_of - reminder.due_date).days
        if reminder.rule != RETEST_RULE or reminder.state not in OPEN_STATES or late < -SOON_DAYS:
            continue
        due = say_date(reminder.due_date, SOURCE_LOCALE)
        told = (
            f"overdue {late} d" if late > 0 else f"due in {-late} d" if late else "due today (0 d)"
        )
        reasons.append(
            Reason(
                code="vitd_retest_overdue" if late > 0 else "vitd_retest_due",
                sentence=checked(f"vitamin D retest {told}, planned for {due}"),
                number=float(abs(late)),
                unit="d",
                baseline=None,
                severity=2 if late > 0 else 1,
                record_ids=(reminder.source_record,),
                since=reminder.due_date,
            )
        )
    return reasons


def vitamin_d(summary: RiskSummary) -> Finding | None:
    """Return the current vitamin D finding, if there is one."""
    found = summary.domains["nutrition_hormones"].findings
    return next((finding for finding in found if finding.code.startswith("vitd_")), None)


def vitamin_d_reason(summary: RiskSummary) -> Reason | None:
    """Return that the vitamin D result is worth a look, with its value and unit."""
    found = vitamin_d(summary)
    if found is None or found.level < 1 or found.value is None:
        return None
    when = say_date(found.observed_on, SOURCE_LOCALE)
    cls = found.code.removeprefix("vitd_").replace("_", " ")
    return Reason(
        code=found.code,
        sentence=checked(f"25-OH vitamin D {rounded(found.value)} {found.unit} on {when} ({cls})"),
        number=found.value,
        unit=found.unit or "",
        baseline=None,
        severity=3 if found.code in SAFETY_CODES else found.level,
        record_ids=found.observation_ids,
        since=found.observed_on,
    )
