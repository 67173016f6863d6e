"""Models that say when something is due."""

from datetime import timedelta

from backend.contract import Model
from backend.inputs import Inputs
from backend.results import Result, ok

LOW_NG_ML = 20
RETEST_AFTER = timedelta(days=84)  # about three months to a new plateau after a dose change


def vitd_retest_low(given: Inputs) -> Result:
    """Return when a low 25-OH vitamin D is due again: ``due`` (ISO date or null), ``reason``.

    Args:
        given: ``ng_ml`` (0-500), ``result_date``; optional ``supplement_start`` and the
            booleans ``newer_result`` and ``clinician_managed``.
    Source:
        a three-month recheck, as secondary sources on the 2011 guideline agree.
    """
    given.need("ng_ml", "result_date")
    value = given.number("ng_ml", low=0, high=500)
    since = given.day("result_date")
    if "supplement_start" in given:
        since = max(since, given.day("supplement_start"))
    newer, managed = given.flag("newer_result"), given.flag("clinician_managed")
    if value >= LOW_NG_ML:
        return ok(due=None, reason="not_low")
    if newer or managed:
        return ok(due=None, reason="newer_result" if newer else "clinician_managed")
    return ok(due=(since + RETEST_AFTER).isoformat(), reason=None)


MODELS = (
    Model(
        key="rem.vitd_retest_low",
        fn=vitd_retest_low,
        inputs=("ng_ml", "result_date"),
        optional=("supplement_start", "newer_result", "clinician_managed"),
        outputs=("due", "reason"),
        grade="GL",
        citation="secondary sources on Holick 2011, doi 10.1210/jc.2011-0385",
        section="8.2",
    ),
)
