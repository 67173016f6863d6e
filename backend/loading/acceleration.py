"""Peaks of acceleration: the ground force behind one, and the daily impact score."""

import math
from collections.abc import Iterable

import msgspec

from backend.contract import Model
from backend.inputs import Inputs, Stop
from backend.loading.tables import (
    ACCELERATION,
    AXES,
    CONSTANTS,
    MEASURED_PLACEMENTS,
    REGRESSIONS,
)
from backend.records.workout_session import ImpactBin
from backend.results import Result, ok

LOWEST_G = ACCELERATION.peak_low_g.value
HIGHEST_G = ACCELERATION.peak_high_g.value
JUMP_FROM_G = ACCELERATION.regression_from_g.value


class Force(msgspec.Struct, frozen=True):
    """A peak ground force: in body weights, in newtons, how it was found, if beyond the study."""

    grf_bw: float
    grf_n: float
    basis: str
    extrapolated: bool


class ImpactScore(msgspec.Struct, frozen=True):
    """A day's impact score, its peaks of 4 g or more, and whether there were 60 of those."""

    dis: float
    peaks_ge_4g: float
    target_60_met: bool


def ground_force(a_g: float, *, placement: str, axis: str, body_mass_kg: float) -> Force:
    """Return the ground force of one impact by the jump-landing regression.

    Below 4 g a straight line joins standing to the regression; that part is our convention.
    Args:
        a_g: peak acceleration with gravity, 1 to 16 g.
        placement: ``hip`` or ``lower_back``.
        axis: ``resultant`` or ``vertical``.
        body_mass_kg: 25 to 250 kg.
    Source:
        Veras et al. 2023, Sensors 23:2246, doi 10.3390/s23042246; 78 adults.
    """
    row, table = REGRESSIONS[placement, axis], ACCELERATION
    weight_n = body_mass_kg * table.gravity_m_s2.value

    def landing_bw(a: float) -> float:
        newtons = row.b0 + row.b1 * a + row.b2 * body_mass_kg + row.b3 * a * body_mass_kg
        return newtons / weight_n

    if a_g >= JUMP_FROM_G:
        grf_bw, basis = landing_bw(a_g), "jump_regression"
    else:
        share = (a_g - LOWEST_G) / (JUMP_FROM_G - LOWEST_G)
        grf_bw, basis = 1 + share * (landing_bw(JUMP_FROM_G) - 1), "interpolated"
    low, high = table.studied_mass_low_kg.value, table.studied_mass_high_kg.value
    beyond = not low <= body_mass_kg <= high or a_g > table.studied_peak_high_g.value
    return Force(grf_bw, grf_bw * weight_n, basis, beyond)


def peak_of(one: ImpactBin) -> float:
    """Return the peak a bin stands for: its midpoint, or the lower edge of the open top bin."""
    return one.lower_g if one.upper_g is None else (one.lower_g + one.upper_g) / 2


def impact_score(bins: Iterable[ImpactBin], *, gravity_included: bool) -> ImpactScore:
    """Return the daily impact score of a histogram of peaks.

    A bin counts as a whole, see ``peak_of``. Comparable only between histograms of the same
    binning: narrower bins give a larger score.
    Source:
        Ahola et al. 2010, J Biomech 43:1960-4; Jämsä et al. 2011, doi 10.3389/fphys.2011.00073.
    """
    top, lowest = int(ACCELERATION.score_top_level.value), ACCELERATION.score_from_g.value
    levels: dict[int, list[float]] = {}
    for one in bins:
        net = peak_of(one) - (1 if gravity_included else 0)
        if net >= lowest:
            levels.setdefault(min(top, math.floor(net)), []).append(one.count)
    counts = {level: math.fsum(many) for level, many in levels.items()}
    target = ACCELERATION.target_peak_g.value
    peaks = math.fsum(count for level, count in counts.items() if level >= target)
    return ImpactScore(
        dis=math.fsum(level * math.log(count + 1) for level, count in counts.items()),
        peaks_ge_4g=int(peaks) if peaks.is_integer() else peaks,
        target_60_met=peaks >= ACCELERATION.target_peaks.value,
    )


def grf_from_acc(given: Inputs) -> Result:
    """Return the ``Force`` behind one peak; see ``ground_force``.

    What is missing comes before the placement, that before the mass, that before the peak.
    """
    given.need("peak_g", "gravity_included", "placement", "axis", "body_mass_kg")
    placement = given.text("placement")
    if placement not in MEASURED_PLACEMENTS:
        raise Stop.not_applicable("placement_not_supported")
    low, high = CONSTANTS.body_mass_low_kg.value, CONSTANTS.body_mass_high_kg.value
    mass = given.number("body_mass_kg", low=low, high=high)
    removed = 0 if given.flag("gravity_included") else 1
    a_g = given.number("peak_g") + removed
    if not LOWEST_G <= a_g <= HIGHEST_G:
        raise Stop.out_of_range("peak_g")
    axis = given.choice("axis", AXES)
    force = ground_force(a_g, placement=placement, axis=axis, body_mass_kg=mass)
    return ok(**msgspec.structs.asdict(force))


def dis(given: Inputs) -> Result:
    """Return the ``ImpactScore`` of ``bins`` [{lower_g, upper_g or null, count}]."""
    placement = given.text("placement") if "placement" in given else None
    if placement is not None and placement not in MEASURED_PLACEMENTS:
        raise Stop.not_applicable("placement_not_supported")
    given.need("bins", "gravity_included", "placement")
    bins = []
    for row in given.rows("bins", "lower_g", "count"):
        lower = row.number("lower_g", low=0)
        upper = row.optional_number("upper_g", low=lower)
        bins.append(ImpactBin(lower, upper, row.number("count", low=0)))
    score = impact_score(bins, gravity_included=given.flag("gravity_included"))
    return ok(**msgspec.structs.asdict(score))


MODELS = (
    Model(
        key="load.grf_from_acc",
        fn=grf_from_acc,
        inputs=("peak_g", "gravity_included", "placement", "axis", "body_mass_kg"),
        outputs=Force.__struct_fields__,
        grade="XS",
        citation="Veras et al. 2023, Sensors 23:2246, doi 10.3390/s23042246",
        section="1.3",
    ),
    Model(
        key="load.dis",
        fn=dis,
        inputs=("bins", "gravity_included", "placement"),
        outputs=ImpactScore.__struct_fields__,
        grade="RCT",
        citation="Ahola et al. 2010, J Biomech 43:1960-4; Jämsä et al. 2011",
        section="1.3",
    ),
)
