"""Is a change real? What two values of one person must differ by, and vitamin D's seasons."""

import math

import msgspec

from backend.contract import Model
from backend.inputs import Inputs, Stop
from backend.labs.analytes import variation_of
from backend.labs.tables import CONSTANTS
from backend.results import Result, ok

MONTHS = 12
MOST_PCT = 1000.0  # no variation within a person or of an assay is larger
MOST_Z = 10.0


class Change(msgspec.Struct, frozen=True):
    """How far a second value is from the first, and the limits of what chance explains."""

    change_pct: float
    rcv_classic_pct: float
    rcv_up_pct: float
    rcv_down_pct: float
    verdict: str


def change_of(
    v1: float,
    v2: float,
    *,
    cvi_pct: float,
    cva_pct: float | None = None,
    z: float = CONSTANTS.change_z.value,
) -> Change:
    """Return the change from ``v1`` to ``v2``, both above 0, with its limits, all in percent.

    The verdict uses the asymmetric (log-normal) limits. It says nothing about values of two
    laboratories or methods: those are not comparable, and the caller must not ask.
    Args:
        v1: the earlier value.
        v2: the later value, in the same unit.
        cvi_pct: variation within a person.
        cva_pct: variation of the assay; half of ``cvi_pct`` when unknown.
        z: 1.96 for 95 % in both directions.
    Source:
        Fraser 2009; Fokkema et al. 2006, from memory of the literature.
    """
    within = cvi_pct / 100
    assay = CONSTANTS.assay_share_of_within.value * within if cva_pct is None else cva_pct / 100
    total = math.hypot(within, assay)
    spread = math.sqrt(2) * z * math.sqrt(math.log1p(total * total))
    up, down = math.expm1(spread) * 100, math.expm1(-spread) * 100
    change = (v2 - v1) / v1 * 100
    verdict = (
        "real_increase"
        if change > up
        else "real_decrease"
        if change < down
        else "within_expected_variation"
    )
    return Change(change, math.sqrt(2) * z * total * 100, up, down, verdict)


def months_apart(month1: int, month2: int) -> int:
    """Return how far two months (1-12) lie apart in the circle of the year, 0 to 6."""
    apart = abs(month1 - month2)
    return min(apart, MONTHS - apart)


def vitd_variation_pct(apart: int) -> float:
    """Return 25-OH vitamin D's variation within a person, in percent, for months apart.

    In another season half of the yearly swing adds to it, so that a rise from March to
    September is not taken for the effect of a supplement.
    Source:
        Cardiovascular Health Study, 2298 older adults, PMC3276302; derived here.
    """
    known = variation_of("vitd_25oh")
    if known is None:
        raise LookupError("the analyte table lacks the variation of vitamin D")
    same = float(known.cvi_pct)
    if apart <= CONSTANTS.same_season_months.value:
        return same
    swing = CONSTANTS.vitd_peak_to_trough_ng_ml.value / 2
    season = 100 * swing / CONSTANTS.vitd_yearly_mean_ng_ml.value / math.sqrt(2)
    return math.hypot(same, season)


def rcv(given: Inputs) -> Result:
    """Return ``Change`` from ``v1`` to ``v2``; see ``change_of``."""
    given.need("v1", "v2", "cvi_pct")
    first, second = (_value(given, name) for name in ("v1", "v2"))
    cvi = given.number("cvi_pct", low=0, high=MOST_PCT)
    cva = given.optional_number("cva_pct", low=0, high=MOST_PCT)
    z = given.optional_number("z", low=0, high=MOST_Z, above=True)
    change = change_of(
        first, second, cvi_pct=cvi, cva_pct=cva, z=CONSTANTS.change_z.value if z is None else z
    )
    if not math.isfinite(change.change_pct):
        raise Stop.out_of_range("value")
    return ok(**msgspec.structs.asdict(change))


def _value(given: Inputs, name: str) -> float:
    """Return a value above 0; what is none is reported as ``value``, whichever it was."""
    try:
        return given.number(name, low=0, above=True)
    except Stop as stop:
        raise Stop.out_of_range("value") from stop


def vitd_cvi(given: Inputs) -> Result:
    """Return ``months_apart`` of two months and the ``cvi_pct`` to use for them."""
    given.need("month1", "month2")
    first, second = (given.whole(name, low=1, high=MONTHS) for name in ("month1", "month2"))
    apart = months_apart(first, second)
    return ok(months_apart=apart, cvi_pct=vitd_variation_pct(apart))


MODELS = (
    Model(
        key="lab.rcv",
        fn=rcv,
        inputs=("v1", "v2", "cvi_pct"),
        optional=("cva_pct", "z"),
        outputs=Change.__struct_fields__,
        grade="ENG",
        citation="Fraser 2009; Fokkema et al. 2006",
        section="4.6",
    ),
    Model(
        key="lab.vitd_cvi",
        fn=vitd_cvi,
        inputs=("month1", "month2"),
        outputs=("months_apart", "cvi_pct"),
        grade="COH",
        citation="Cardiovascular Health Study, PMC3276302; derived here",
        section="4.6",
    ),
)
