"""R15, R16, R19 and R21: questionnaires, cycles, a silent phone, and diet logs.

These stand only from their day on: before it there is nothing to plan for.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from backend.loading.days import week_days
from backend.records.intake_log import IntakeLog
from backend.reminding.case import Ask, Case, Rule
from backend.reminding.intervals import INTERVALS, Interval
from backend.summary.energy import triad_tier

PERIOD = ("period_start", "period_end")
DIET = ("protein", "calcium")
LOW_RISK = "low"


def energy_screen(case: Case) -> Sequence[Ask]:
    """R15: the questions about energy for who trains as an athlete, again twice a year.

    Four times a year unless the last answers came to a low risk. Who never answered is asked
    from eight weeks after their first session.
    """
    if not trains_as_an_athlete(case):
        return ()
    screens = case.about.facts.screens
    if not screens:
        if case.first_session is None:
            return ()
        since = case.first_session + timedelta(weeks=INTERVALS.athlete_weeks.value)
        return _from(since, case.source("energy_screen"), "never_answered")
    at_risk = triad_tier(case.about, screens[0]) not in (None, LOW_RISK)
    wait = INTERVALS.energy_screen_risk_d if at_risk else INTERVALS.energy_screen_d
    newest = screens[0]
    return _from(_after(newest.day, wait), newest.record_id, since=newest.day)


def trains_as_an_athlete(case: Case) -> bool:
    """Return whether each of eight weeks held five sessions; today, still open, is left out."""
    yesterday = case.about.as_of - timedelta(days=1)
    weeks = week_days(case.weeks, ending=yesterday, weeks=INTERVALS.athlete_weeks.value)
    least = INTERVALS.athlete_sessions.value
    return all(sum(day.sessions for day in days) >= least for _, _, days in weeks)


def menses_gap(case: Case) -> Sequence[Ask]:
    """R16: 90 days without a period in who logs it, before menopause, without hormones."""
    profile, cycles = case.about.profile, case.about.facts.cycles
    if profile.menopausal_status != "pre" or profile.hormonal_contraception:
        return ()
    told = [
        one.body.hormonal_contraception
        for one in cycles
        if one.body.hormonal_contraception is not None
    ]
    last = next((one for one in cycles if one.body.kind in PERIOD), None)
    if last is None or any(told[:1]):
        return ()
    return _from(_after(last.day, INTERVALS.menses_gap_d), last.record_id)


def sync_stale(case: Case) -> Sequence[Ask]:
    """R19: no device asked or sent anything for a week; children too."""
    if case.last_sync is None or wants_none(case):
        return ()
    due = _after(case.last_sync, INTERVALS.sync_stale_d)
    silent = case.source("sync_stale", of=case.last_sync)
    return _from(due, silent, since=case.last_sync)


def diet_log(case: Case) -> Sequence[Ask]:
    """R21: protein and calcium again 90 days after the last day that was logged whole."""
    logged = next((one for one in case.about.facts.intakes if _is_diet(one.body)), None)
    if logged is None or wants_none(case):
        return ()
    due = _after(logged.day, INTERVALS.diet_log_d)
    return _from(due, logged.record_id, since=logged.day)


def _is_diet(body: IntakeLog) -> bool:
    return bool(body.complete_day) and any(item.code in DIET for item in body.items)


def wants_none(case: Case) -> bool:
    """Return whether the person set reminders to none a week: paused, opted out."""
    return case.about.profile.reminders_per_week == 0


def _after(day: date, wait: Interval) -> date:
    return day + timedelta(days=wait.value)


def _from(
    due: date, source: UUID, reason: str | None = None, *, since: date | None = None
) -> Sequence[Ask]:
    return [Ask(due, source, reason, since=since, is_silent_before=True)]


RULES: dict[str, Rule] = {
    "rem.energy_screen": energy_screen,
    "rem.menses_gap": menses_gap,
    "rem.sync_stale": sync_stale,
    "rem.diet_log": diet_log,
}
