"""R01 to R05: what a vitamin D result asks for."""

from collections.abc import Sequence
from datetime import timedelta

from backend.labs.patterns import LOW_D_HIGH_PTH
from backend.readmodels import Observation
from backend.reminding.case import Ask, Case, Rule, due_by
from backend.reminding.intervals import INTERVALS
from backend.reminding.laboratory import as_reported
from backend.summary.bone import is_in_osteoporosis_range
from backend.summary.patterns import recent_pattern

LOW, HIGH = INTERVALS.low_vitd_ng_ml, INTERVALS.vitd_high_ng_ml


def retest_low(case: Case) -> Sequence[Ask]:
    """R01: again 84 days after a low result, or after a dose that began or changed later."""
    seen = case.about.newest("vitd_25oh")
    if seen is None:
        return ()
    drug = case.taken("vitamin_d")
    starts = [drug.day, drug.body.dose_changed_date] if drug else []
    known = [day for day in starts if day is not None and day <= case.about.as_of]
    due = due_by(
        "rem.vitd_retest_low",
        {
            "ng_ml": seen.value,
            "result_date": seen.local_date,
            "supplement_start": max(known, default=None),
        },
    )
    since = max([seen.local_date, *known])
    return [Ask(due[0], seen.record_id, since=since)] if due else ()


def annual(case: Case) -> Sequence[Ask]:
    """R02: once a year for who has an indication; never beside R01 or R03, which come sooner."""
    seen = case.about.newest("vitd_25oh")
    if seen is None or seen.value is None or not LOW.value <= seen.value <= HIGH.value:
        return ()
    due = due_by(
        "rem.vitd_annual",
        {
            "result_date": seen.local_date,
            "latitude": case.about.profile.latitude,
            "indication": has_indication(case),
        },
    )
    return [Ask(due[0], seen.record_id, due[1], since=seen.local_date)] if due else ()


def has_indication(case: Case) -> bool:
    """Return whether there is a reason to test vitamin D once a year.

    A scan in the osteoporosis range, kidney disease G3 or G4, an earlier low result, or a bone
    drug; not when somebody noted that there is none. Malabsorption is in no record yet.
    """
    about = case.about
    if about.profile.vitamin_d_no_indication:
        return False
    egfr = about.egfr
    weak = is_in_osteoporosis_range(about)
    kidney = egfr is not None and (
        INTERVALS.kidney_failure_egfr.value <= as_reported(egfr) < INTERVALS.ckd_below_egfr.value
    )
    was_low = any(
        one.analyte == "vitd_25oh"
        and one.usable
        and one.value is not None
        and one.value < LOW.value
        for one in about.observations
    )
    return weak or kidney or was_low or case.taken("bone_drug") is not None


def high(case: Case) -> Sequence[Ask]:
    """R03: a clinician now, and again after 84 days; from then on that day is the due one."""
    seen = case.about.newest("vitd_25oh")
    if seen is None or seen.value is None or seen.value <= HIGH.value:
        return ()
    again = seen.local_date + timedelta(days=INTERVALS.vitd_retest_d.value)
    due = again if case.about.as_of >= again else seen.local_date
    return [Ask(due, seen.record_id, again=again)]


def pth_after_low(case: Case) -> Sequence[Ask]:
    """R04: parathyroid hormone two weeks after a low result, unless there is one already."""
    seen = case.about.newest("vitd_25oh")
    if seen is None:
        return ()
    found = [
        one.local_date
        for one in case.about.observations
        if one.analyte == "pth" and one.usable and one.value is not None
    ]
    if max(found, default=seen.local_date) > seen.local_date:
        return ()  # it was done since, however late
    due = due_by(
        "rem.pth_after_low_d",
        {
            "ng_ml": seen.value,
            "result_date": seen.local_date,
            "pth_date": max(found, default=None),
            "dialysis": case.about.profile.dialysis,
            "egfr": case.about.egfr,
        },
    )
    return [Ask(due[0], seen.record_id, since=seen.local_date)] if due else ()


def pth_recheck(case: Case) -> Sequence[Ask]:
    """R05: parathyroid hormone with the retest, when it was high with low vitamin D."""
    retest = retest_low(case)
    found = recent_pattern(case.about, [LOW_D_HIGH_PTH])
    if not retest or found is None:
        return ()
    pth = next(one for one in found.records if one.analyte == "pth")
    return [Ask(retest[0].due, pth.record_id, since=retest[0].since)]


def _one(records: Sequence[Observation], analyte: str) -> Observation | None:
    return next((one for one in records if one.analyte == analyte), None)


RULES: dict[str, Rule] = {
    "rem.vitd_retest_low": retest_low,
    "rem.vitd_annual": annual,
    "rem.vitd_high": high,
    "rem.pth_after_low_d": pth_after_low,
    "rem.pth_recheck": pth_recheck,
}
