"""How often: the class of a day, and the band of four weeks."""

from backend.contract import Model
from backend.inputs import Inputs
from backend.results import Result, ok

OLDER_FROM_Y = 65  # from here moderate days count as osteogenic
HIGH_CYCLES = 10  # landings above 3 BW a day; trials used 10-100 (Clissold et al. 2022)
HEAVY_REPS = 10
MODERATE_CYCLES = 100
COVERED_DAYS_NEEDED = 14
ADVANCED_CKD_EGFR = 30


def class_of_day(
    *, cycles_ge_2bw: float, cycles_ge_3bw: float, heavy_reps: float
) -> tuple[str, bool]:
    """Return the class of a local day's totals (high, moderate, none) and if it was heavy.

    Source:
        Clissold et al. 2022, doi 10.17352/asmp.000015; LIFTMOR, doi 10.1002/jbmr.3284.
    """
    heavy = heavy_reps >= HEAVY_REPS
    if heavy or cycles_ge_3bw >= HIGH_CYCLES:
        return "high", heavy
    return ("moderate" if cycles_ge_2bw >= MODERATE_CYCLES else "none"), heavy


def day_class(given: Inputs) -> Result:
    """Return ``day_class`` and ``heavy_day``; see ``class_of_day``."""
    names = ("cycles_ge_2bw", "cycles_ge_3bw", "heavy_reps")
    given.need(*names)
    over_2, over_3, heavy = (given.number(name, low=0) for name in names)
    label, heavy_day = class_of_day(cycles_ge_2bw=over_2, cycles_ge_3bw=over_3, heavy_reps=heavy)
    return ok(day_class=label, heavy_day=heavy_day)


def band(given: Inputs) -> Result:
    """Return the loading ``band`` of 28 days and its ``flags``.

    Counts are days of the last 28; ``coverage_days`` those whose sync state is known. Where
    impact is contraindicated nothing else is asked.
    Source:
        doses of jump and lifting trials (Clissold et al. 2022; Watson et al. 2018).
    """
    if given.flag("impact_contraindicated"):
        return ok(band="not_applied", flags=["impact_contraindicated"])
    given.need("coverage_days", "high_days_28", "moderate_days_28", "heavy_days_28", "age")
    covered = given.number("coverage_days", low=0, high=28)
    high = given.number("high_days_28", low=0, high=28) / 4
    moderate = given.number("moderate_days_28", low=0, high=28) / 4
    heavy = given.number("heavy_days_28", low=0, high=28) / 4
    gentle = given.number("age", low=0, high=130) >= OLDER_FROM_Y
    gentle = given.flag("impact_limited") or gentle
    egfr = given.optional_number("egfr", low=0)
    advanced_ckd = given.flag("dialysis") or (egfr is not None and egfr < ADVANCED_CKD_EGFR)
    flags = ["bmd_expectation_suppressed"] if advanced_ckd else []
    if covered < COVERED_DAYS_NEEDED:
        return ok(band="insufficient", flags=flags)
    if high >= 3 or heavy >= 2 or (gentle and high + moderate >= 3):
        return ok(band="supportive", flags=flags)
    return ok(band="mixed" if high + moderate >= 2 or high >= 1 else "review", flags=flags)


MODELS = (
    Model(
        key="load.day_class",
        fn=day_class,
        inputs=("cycles_ge_2bw", "cycles_ge_3bw", "heavy_reps"),
        outputs=("day_class", "heavy_day"),
        grade="RCT",
        citation="Clissold et al. 2022, Arch Sports Med Physiother 7:7-15",
        section="1.8",
    ),
    Model(
        key="load.band",
        fn=band,
        inputs=("coverage_days", "high_days_28", "moderate_days_28", "heavy_days_28", "age"),
        optional=("impact_limited", "impact_contraindicated", "dialysis", "egfr"),
        outputs=("band", "flags"),
        grade="RCT",
        citation="Clissold et al. 2022; Watson et al. 2018, J Bone Miner Res 33:211-220",
        section="1.8",
    ),
)
