"""Remarks beside the findings: what to ask about, and what a supplement or a drug changes."""

from datetime import timedelta

from backend.summary.lab_results import limits_of, usable
from backend.summary.situation import LAB_WINDOW_DAYS, Situation

VERY_LOW_NG_ML = 12
LONG_GLUCOCORTICOID = timedelta(days=90)  # three months
CREATINE_DAYS = 90
RESEARCH = ("sclerostin", "irisin", "igfbp2", "leptin", "adiponectin")


def nutrition_notes(about: Situation) -> tuple[str, ...]:
    """Return keys of remarks for adults, science 4.7 and 5.4; none is a finding or a level."""
    if about.is_minor:
        return ()
    notes = []
    if _asks_about_mineralisation(about):
        notes.append("note.mineralisation")
    if _long_glucocorticoid(about):
        notes.append("note.glucocorticoid")
    if _takes_creatine(about):
        notes.append("note.creatine")
        if about.egfr is not None:
            notes.append("note.creatine_affects_creatinine")
    if any(one.analyte in RESEARCH for one in about.observations):
        notes.append("note.research")
    return tuple(notes)


def _asks_about_mineralisation(about: Situation) -> bool:
    """Return whether ALP is above its limit, with vitamin D below 12 ng/mL or phosphate low."""
    alp, vitamin_d, phosphate = (usable(about, one) for one in ("alp", "vitd_25oh", "phosphate"))
    recent = [
        one if one and about.age_days(one.local_date) <= LAB_WINDOW_DAYS else None
        for one in (alp, vitamin_d, phosphate)
    ]
    alp, vitamin_d, phosphate = recent
    high = limits_of(about, alp)[1] if alp else None
    if alp is None or alp.value is None or high is None or alp.value <= high:
        return False
    low = limits_of(about, phosphate)[0] if phosphate else None
    is_low = phosphate is not None and phosphate.value is not None and low is not None
    return (
        vitamin_d is not None and vitamin_d.value is not None and vitamin_d.value < VERY_LOW_NG_ML
    ) or bool(is_low and phosphate and phosphate.value is not None and phosphate.value < (low or 0))


def _long_glucocorticoid(about: Situation) -> bool:
    return any(
        one.body.code == "glucocorticoid"
        and one.day + LONG_GLUCOCORTICOID <= about.as_of
        and (one.body.ended_date is None or one.body.ended_date >= about.as_of)
        for one in about.facts.medications
    )


def _takes_creatine(about: Situation) -> bool:
    return any(
        about.age_days(one.day) < CREATINE_DAYS
        and any(item.code == "creatine" for item in one.body.items)
        for one in about.facts.intakes
    )
