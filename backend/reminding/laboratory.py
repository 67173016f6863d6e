"""When a blood test is due: vitamin D once a year, parathyroid hormone, kidney function."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from backend.contract import Model
from backend.inputs import Inputs
from backend.reminding.intervals import INTERVALS, Due
from backend.results import Result, ok

HALF_A_YEAR_MONTHS = 6


def annual_vitamin_d(result_date: date, *, latitude: float | None, indication: bool) -> Due:
    """Return when a yearly 25-OH vitamin D is due, for who has an indication.

    A year after the result, moved to the nearest yearly low (1 March north, 1 September south)
    when that is at most 120 days away and the place is 35 degrees or more from the equator.
    Of two lows as near the earlier one.
    Source:
        our convention; Demay 2024, JCEM 109:1907, advises against tests without an indication.
    """
    if not indication:
        return Due(None, "no_indication")
    year_later = result_date + timedelta(days=INTERVALS.vitd_annual_d.value)
    if latitude is None or abs(latitude) < INTERVALS.nadir_latitude_deg.value:
        return Due(year_later, "one_year")
    month = INTERVALS.nadir_month.value + (0 if latitude > 0 else HALF_A_YEAR_MONTHS)
    lows = (date(year_later.year + shift, month, 1) for shift in (-1, 0, 1))
    away, nearest = min((abs((low - year_later).days), low) for low in lows)
    if away <= INTERVALS.nadir_within_d.value:
        return Due(nearest, "seasonal_nadir")
    return Due(year_later, "one_year")


def pth_after_low(
    ng_ml: float,
    result_date: date,
    *,
    pth_date: date | None = None,
    dialysis: bool = False,
    egfr: float | None = None,
) -> Due:
    """Return when parathyroid hormone is due after a low 25-OH vitamin D.

    Not with a result within 90 days of it, and not in advanced kidney disease, where a
    clinician looks after it.
    Source:
        our convention; KDIGO for the kidney limit.
    """
    if ng_ml >= INTERVALS.low_vitd_ng_ml.value:
        return Due(None, "not_low")
    if dialysis or (egfr is not None and egfr < INTERVALS.renal_egfr.value):
        return Due(None, "clinician_managed")
    if pth_date is not None and abs(pth_date - result_date).days <= INTERVALS.pth_within_d.value:
        return Due(None, "pth_available")
    return Due(result_date + timedelta(days=INTERVALS.pth_after_d.value))


def kidney_function(result_date: date, *, egfr: float, dialysis: bool = False) -> Due:
    """Return when creatinine is due again, by the eGFR as reported: a whole number, half up.

    In kidney failure (below 15 as measured, or dialysis) a clinician looks after it.
    Source:
        KDIGO-like intervals, from memory.
    """
    if dialysis or egfr < INTERVALS.kidney_failure_egfr.value:
        return Due(None, "clinician_managed")
    reported = as_reported(egfr)
    step = next(step for step in INTERVALS.kidney if reported >= step.from_egfr)
    return Due(result_date + timedelta(days=step.days))


def as_reported(egfr: float) -> Decimal:
    """Return an eGFR as laboratories print it: a whole number, half up."""
    return Decimal(repr(egfr)).quantize(Decimal(1), rounding=ROUND_HALF_UP)


def vitd_annual(given: Inputs) -> Result:
    """Return ``due`` and ``reason``; see ``annual_vitamin_d``."""
    given.need("result_date", "indication")
    due = annual_vitamin_d(
        given.day("result_date"),
        latitude=given.optional_number("latitude", low=-90, high=90),
        indication=given.flag("indication"),
    )
    return said(due)


def pth_after_low_d(given: Inputs) -> Result:
    """Return ``due`` and ``reason``; see ``pth_after_low``."""
    given.need("ng_ml", "result_date")
    due = pth_after_low(
        given.number("ng_ml", low=0, high=500),
        given.day("result_date"),
        pth_date=given.day("pth_date") if "pth_date" in given else None,
        dialysis=given.flag("dialysis"),
        egfr=given.optional_number("egfr", low=0),
    )
    return said(due)


def creatinine_ckd(given: Inputs) -> Result:
    """Return ``due`` and ``reason``; see ``kidney_function``."""
    given.need("result_date", "egfr")
    due = kidney_function(
        given.day("result_date"),
        egfr=given.number("egfr", low=0),
        dialysis=given.flag("dialysis"),
    )
    return said(due)


def said(due: Due) -> Result:
    """Return a due date and its reason as a result object."""
    return ok(due=due.due.isoformat() if due.due else None, reason=due.reason)


MODELS = (
    Model(
        key="rem.vitd_annual",
        fn=vitd_annual,
        inputs=("result_date", "indication"),
        optional=("latitude",),
        outputs=("due", "reason"),
        grade="ENG",
        citation="our convention; Demay 2024, JCEM 109:1907",
        section="8.2",
    ),
    Model(
        key="rem.pth_after_low_d",
        fn=pth_after_low_d,
        inputs=("ng_ml", "result_date"),
        optional=("pth_date", "dialysis", "egfr"),
        outputs=("due", "reason"),
        grade="ENG",
        citation="our convention",
        section="8.2",
    ),
    Model(
        key="rem.creatinine_ckd",
        fn=creatinine_ckd,
        inputs=("result_date", "egfr"),
        optional=("dialysis",),
        outputs=("due", "reason"),
        grade="GL",
        citation="KDIGO-like intervals, from memory",
        section="8.2",
    ),
)
