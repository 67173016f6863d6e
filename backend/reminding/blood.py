"""R06, R12, R17 and R18: calcium, kidney function, turnover markers, thyroid."""

from collections.abc import Sequence
from datetime import date, timedelta

from backend.readmodels import Observation
from backend.reminding.case import Ask, Case, Rule, due_by
from backend.reminding.intervals import INTERVALS
from backend.summary.patterns import HIGH_CALCIUM, recent_pattern

TURNOVER = ("ctx", "p1np")


def calcium_confirm(case: Case) -> Sequence[Ask]:
    """R06: a week after a calcium above the limit; the text asks for a clinician at once."""
    found = recent_pattern(case.about, HIGH_CALCIUM)
    if found is None:
        return ()
    seen = found.records[0]  # the calcium
    wait = timedelta(days=INTERVALS.calcium_confirm_d.value)
    return [Ask(seen.local_date + wait, seen.record_id)]


def creatinine_ckd(case: Case) -> Sequence[Ask]:
    """R12: kidney function again, the sooner the lower it is."""
    found = case.about.kidney()
    if found is None:
        return ()
    egfr, seen = found
    due = due_by(
        "rem.creatinine_ckd",
        {
            "result_date": seen.local_date,
            "egfr": egfr,
            "dialysis": case.about.profile.dialysis,
        },
    )
    return [Ask(due[0], seen.record_id, since=seen.local_date)] if due else ()


def btm_on_treatment(case: Case) -> Sequence[Ask]:
    """R17: a turnover marker 90 days after a bone drug began, when there is one from before."""
    drug = case.taken("bone_drug")
    if drug is None:
        return ()
    days = [one.local_date for one in case.about.observations if _is_turnover(one)]
    if not days or max(days) > drug.day:
        return ()  # no baseline, or measured since
    due = drug.day + timedelta(days=INTERVALS.btm_d.value)
    return [Ask(due, drug.record_id, since=drug.day)]


def tsh_levothyroxine(case: Case) -> Sequence[Ask]:
    """R18: once a year on levothyroxine, and six weeks after the dose began or changed."""
    drug = case.taken("levothyroxine")
    if drug is None:
        return ()
    told = drug.body.dose_changed_date
    changed = max(drug.day, told) if told and told <= case.about.as_of else drug.day
    seen = case.about.newest("tsh")
    if seen is None or seen.local_date <= changed:
        due = _later(changed, INTERVALS.tsh_dose_d.value)
        # A later change is noted in the same record; an answer to the one before is not its own.
        source = drug.record_id if changed == drug.day else case.source("tsh_dose", of=changed)
        return [Ask(due, source, "dose_changed", since=changed)]
    due = _later(seen.local_date, INTERVALS.tsh_d.value)
    return [Ask(due, seen.record_id, "yearly", since=seen.local_date)]


def _is_turnover(seen: Observation) -> bool:
    return seen.analyte in TURNOVER and seen.usable and seen.value is not None


def _later(day: date, days: int) -> date:
    return day + timedelta(days=days)


RULES: dict[str, Rule] = {
    "rem.calcium_confirm": calcium_confirm,
    "rem.creatinine_ckd": creatinine_ckd,
    "rem.btm_on_treatment": btm_on_treatment,
    "rem.tsh_levothyroxine": tsh_levothyroxine,
}
