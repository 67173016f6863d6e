"""Remarks beside the findings: what to ask about, and what a supplement or a drug changes."""

from datetime import timedelta
from decimal import Decimal

from backend.readmodels import Observation
from backend.summary.lab_results import KEPT_OUT_WHEN_ILL, is_of_an_ill_day, side_of, usable
from backend.summary.situation import LAB_WINDOW_DAYS, Situation

VERY_LOW_NG_ML = Decimal(12)
LONG_GLUCOCORTICOID = timedelta(days=90)  # three months
CREATINE_DAYS = 90
RESEARCH = ("sclerostin", "irisin", "igfbp2", "leptin", "adiponectin")


def nutrition_notes(about: Situation) -> tuple[str, ...]:
    """Return keys of remarks for adults, science 4.2, 4.7 and 5.4; none is a finding or a level."""
    if about.is_minor:
        return ()
    notes = []
    if _has_left_out_an_ill_day(about):
        notes.append("note.acute_phase")
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


def _has_left_out_an_ill_day(about: Situation) -> bool:
    """Return whether a newest result of the last year is kept out of the bands by its day."""
    newest = (about.recent(analyte) for analyte in KEPT_OUT_WHEN_ILL)
    return any(one is not None and is_of_an_ill_day(about, one) for one in newest)


def _asks_about_mineralisation(about: Situation) -> bool:
    """Return whether ALP is above its limit, with vitamin D below 12 ng/mL or phosphate low."""
    alp, vitamin_d, phosphate = (_recent(about, one) for one in ("alp", "vitd_25oh", "phosphate"))
    if alp is None or side_of(about, alp) != "above":
        return False
    very_low = vitamin_d.value if vitamin_d else None
    is_very_low = very_low is not None and very_low < VERY_LOW_NG_ML
    is_low = phosphate is not None and side_of(about, phosphate) == "below"
    return is_very_low or is_low


def _recent(about: Situation, analyte: str) -> Observation | None:
    seen = usable(about, analyte)
    return seen if seen and about.age_days(seen.local_date) <= LAB_WINDOW_DAYS else None


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
