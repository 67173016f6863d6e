"""Patterns of several results within 90 days: what stands out, in a fixed order."""

from backend.contract import Model
from backend.inputs import Inputs
from backend.labs.analytes import ANALYTES, plausible_bounds
from backend.labs.kidney import read_advanced_ckd
from backend.labs.tables import CONSTANTS
from backend.results import Result, ok

ADVANCED_CKD = "advanced_ckd_context"
TOXICITY = "vitd_toxicity_range"
ABOVE = "vitd_above_100"
HIGH_CALCIUM_UNKNOWN = "high_calcium_pth_unknown"
HIGH_CALCIUM_NOT_SUPPRESSED = "high_calcium_pth_not_suppressed"
HIGH_CALCIUM_SUPPRESSED = "high_calcium_pth_suppressed"
LOW_D_HIGH_PTH = "low_d_high_pth"
HIGH_CALCIUM = frozenset(
    {HIGH_CALCIUM_UNKNOWN, HIGH_CALCIUM_NOT_SUPPRESSED, HIGH_CALCIUM_SUPPRESSED}
)
SAFETY_PATTERNS = HIGH_CALCIUM | {TOXICITY}
WITHIN_DAYS = 90


def _upper_limit(analyte: str) -> float:
    """Return the upper end of the adult interval that holds for everyone."""
    return next(float(row.high) for row in ANALYTES[analyte].fallback if row.high is not None)


PTH_UPPER_PG_ML = _upper_limit("pth")
CALCIUM_UPPER_MG_DL = _upper_limit("calcium")


def patterns_of(
    *,
    vitd_ng_ml: float | None = None,
    pth_pg_ml: float | None = None,
    ca_mg_dl: float | None = None,
    pth_url: float = PTH_UPPER_PG_ML,
    ca_url: float = CALCIUM_UPPER_MG_DL,
    advanced_ckd: bool = False,
) -> list[str]:
    """Return the names of the patterns that results within 90 days of each other show.

    Where the kidneys fail PTH is not read against its interval; high calcium is named all
    the same.
    Args:
        vitd_ng_ml: 25-OH vitamin D.
        pth_pg_ml: intact parathyroid hormone.
        ca_mg_dl: calcium, corrected for albumin or equivalent to the ionised one.
        pth_url: the laboratory's upper limit of PTH.
        ca_url: the laboratory's upper limit of calcium.
        advanced_ckd: dialysis, or eGFR below 30.
    """
    found = [ADVANCED_CKD] if advanced_ckd else []
    if vitd_ng_ml is not None and vitd_ng_ml > CONSTANTS.vitd_above_ng_ml.value:
        found.append(TOXICITY if vitd_ng_ml > CONSTANTS.vitd_toxicity_ng_ml.value else ABOVE)
    high_calcium = ca_mg_dl is not None and ca_mg_dl > ca_url
    if high_calcium:
        found.append(_high_calcium(pth_pg_ml))
    low_vitamin_d = vitd_ng_ml is not None and vitd_ng_ml < CONSTANTS.vitd_low_ng_ml.value
    high_pth = pth_pg_ml is not None and pth_pg_ml > pth_url
    if low_vitamin_d and high_pth and not high_calcium and not advanced_ckd:
        found.append(LOW_D_HIGH_PTH)
    return found


def _high_calcium(pth_pg_ml: float | None) -> str:
    if pth_pg_ml is None:
        return HIGH_CALCIUM_UNKNOWN
    suppressed = pth_pg_ml < CONSTANTS.pth_suppressed_below_pg_ml.value
    return HIGH_CALCIUM_SUPPRESSED if suppressed else HIGH_CALCIUM_NOT_SUPPRESSED


def patterns(given: Inputs) -> Result:
    """Return the ``patterns`` of a person's results; see ``patterns_of``."""
    most = CONSTANTS.vitd_most_ng_ml.value
    _, pth_high = plausible_bounds("pth")
    ca_low, ca_high = plausible_bounds("calcium")
    pth_url = given.optional_number("pth_url", low=0, high=pth_high, above=True)
    ca_url = given.optional_number("ca_url", low=0, high=ca_high, above=True)
    found = patterns_of(
        vitd_ng_ml=given.optional_number("vitd_ng_ml", low=0, high=most),
        pth_pg_ml=given.optional_number("pth_pg_ml", low=0, high=pth_high),
        ca_mg_dl=given.optional_number("ca_mg_dl", low=ca_low, high=ca_high),
        pth_url=PTH_UPPER_PG_ML if pth_url is None else pth_url,
        ca_url=CALCIUM_UPPER_MG_DL if ca_url is None else ca_url,
        advanced_ckd=read_advanced_ckd(given),
    )
    return ok(patterns=found)


MODELS = (
    Model(
        key="lab.patterns",
        fn=patterns,
        inputs=(),
        optional=(
            "vitd_ng_ml",
            "pth_pg_ml",
            "ca_mg_dl",
            "pth_url",
            "ca_url",
            "egfr",
            "dialysis",
        ),
        outputs=("patterns",),
        grade="GL",
        citation="Holick 2011, doi 10.1210/jc.2011-0385; KDIGO CKD-MBD; our convention",
        section="4.7",
    ),
)
