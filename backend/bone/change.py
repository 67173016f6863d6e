"""Whether the density of a site has changed by more than two scans can differ by chance."""

import msgspec

from backend.bone.tables import CONSTANTS, read_within
from backend.contract import Model
from backend.errors import CoreError
from backend.inputs import Inputs, Stop
from backend.results import Result, ok

SITES = ("lumbar_spine", "total_hip", "femoral_neck", "radius_33", "tblh")
REQUIRED = ("site", "bmd1", "bmd2", "same_device", "days_between")
EDGE_SLACK_G_CM2 = 1e-12
DAYS_A_YEAR = 365.25


class NoPrecision(CoreError):
    """A change at this site needs the facility's own precision."""

    code = "bone.no_precision"


class ScanChange(msgspec.Struct, frozen=True):
    """The change from one scan to the next on the same machine.

    ``lsc_source`` is ``facility`` or ``default``; ``annualised_pct`` is None below half a
    year.
    """

    change_g_cm2: float
    change_pct: float
    lsc_g_cm2: float
    lsc_source: str
    verdict: str
    annualised_pct: float | None


def has_default_precision(site: str) -> bool:
    """Return whether a site can be compared without the facility's own precision."""
    return site in CONSTANTS.change.precision_pct


def change_between(
    bmd1: float,
    bmd2: float,
    *,
    site: str,
    days_between: float,
    precision_sd_g_cm2: float | None = None,
) -> ScanChange:
    """Return the change between two scans of one site on one machine.

    Args:
        bmd1: earlier density in g/cm2.
        bmd2: later density in g/cm2.
        site: one of ``SITES``.
        days_between: days from the first to the second scan.
        precision_sd_g_cm2: the facility's own root mean square SD; without it the site must
            have a default precision.
    Raises:
        NoPrecision: none given for a site without a default.
    Source:
        ISCD official positions, doi 10.1016/j.jocd.2006.05.004; default precisions from memory.
    """
    precision = precision_sd_g_cm2
    if precision is None:
        if not has_default_precision(site):
            raise NoPrecision
        precision = CONSTANTS.change.precision_pct[site].value / 100 * bmd1
    lsc = CONSTANTS.change.lsc_factor.value * precision
    change = bmd2 - bmd1
    change_pct = change / bmd1 * 100
    years = days_between / DAYS_A_YEAR
    if abs(change) < lsc - EDGE_SLACK_G_CM2:
        verdict = "no_real_change"
    else:
        verdict = "increase" if change > 0 else "decrease"
    return ScanChange(
        change_g_cm2=change,
        change_pct=change_pct,
        lsc_g_cm2=lsc,
        lsc_source="default" if precision_sd_g_cm2 is None else "facility",
        verdict=verdict,
        annualised_pct=(
            change_pct / years if years >= CONSTANTS.change.annualised_from_y.value else None
        ),
    )


def lsc_change(given: Inputs) -> Result:
    """Return ``comparable`` and the ``ScanChange`` of ``site``; see ``change_between``.

    Another device is not comparable, with no numbers. A site without a default precision
    needs the facility's.
    """
    own = "precision_sd_g_cm2"
    given.need(*REQUIRED, *((own,) if _needs_precision(given) else ()))
    site = given.choice("site", SITES)
    bmd1, bmd2 = (read_within(given, name, "bmd_g_cm2") for name in ("bmd1", "bmd2"))
    same_device = given.flag("same_device")
    days = given.number("days_between", low=0)
    precision = read_within(given, own, own, above=True) if own in given else None
    if not same_device:
        return ok(comparable=False, verdict="not_comparable")
    change = change_between(bmd1, bmd2, site=site, days_between=days, precision_sd_g_cm2=precision)
    return ok(comparable=True, **msgspec.structs.asdict(change))


def _needs_precision(given: Inputs) -> bool:
    """Return whether a comparable pair of a known site has no default to fall back on."""
    try:
        site = given.choice("site", SITES)
        return given.flag("same_device") and not has_default_precision(site)
    except Stop:
        return False


MODELS = (
    Model(
        key="bone.lsc_change",
        fn=lsc_change,
        inputs=REQUIRED,
        optional=("precision_sd_g_cm2",),
        outputs=("comparable", *ScanChange.__struct_fields__),
        grade="GL",
        citation="ISCD official positions, doi 10.1016/j.jocd.2006.05.004",
        section="3.3",
    ),
)
