"""Measured impacts: a session's histogram of acceleration peaks as blocks of force."""

from backend.loading.acceleration import HIGHEST_G, LOWEST_G, ground_force, peak_of
from backend.loading.tables import (
    ACCELERATION,
    AXES,
    CONSTANTS,
    MEASURED_PLACEMENTS,
)
from backend.readmodels import Block
from backend.records.workout_session import ImpactBin, Impacts

STANDING_G = 1.0


def impact_blocks(impacts: Impacts, *, body_mass_kg: float) -> tuple[Block, ...]:
    """Return a histogram as blocks, each bin by the force of the peak it stands for.

    Bins without peaks, and peaks below 1 g with gravity, which no ground force answers to,
    are left out.
    Args:
        impacts: one that ``why_unusable`` finds nothing against.
        body_mass_kg: 25 to 250 kg.
    Source:
        Veras et al. 2023, Sensors 23:2246, doi 10.3390/s23042246.
    """
    peaks = [(_with_gravity(impacts, one), one.count) for one in impacts.bins if one.count > 0]
    return tuple(
        Block(
            ground_force(
                a_g,
                placement=impacts.placement,
                axis=impacts.axis,
                body_mass_kg=body_mass_kg,
            ).grf_bw,
            count,
        )
        for a_g, count in peaks
        if a_g >= LOWEST_G
    )


def why_unusable(impacts: Impacts, body_mass_kg: float | None) -> tuple[str, ...]:
    """Return flags that say why a histogram can not be used; none when it can.

    One peak above 16 g spoils the whole: it tells of another unit, and the peaks beside it
    would read as landings that nobody made.
    """
    low, high = CONSTANTS.body_mass_low_kg.value, CONSTANTS.body_mass_high_kg.value
    counted = [one for one in impacts.bins if one.count > 0]
    checks = {
        "body_mass_kg_missing": body_mass_kg is None,
        "body_mass_kg_out_of_range": body_mass_kg is not None and not low <= body_mass_kg <= high,
        "impacts_placement_not_supported": impacts.placement not in MEASURED_PLACEMENTS,
        "impacts_axis_unknown": impacts.axis not in AXES,
        "impacts_sampling_too_slow": impacts.sampling_hz < ACCELERATION.sampling_low_hz.value,
        "impacts_coverage_too_low": impacts.coverage < CONSTANTS.measured_coverage.value,
        "impacts_bins_invalid": not impacts.bins or any(map(_is_upside_down, impacts.bins)),
        "impacts_out_of_range": any(_with_gravity(impacts, one) > HIGHEST_G for one in counted),
    }
    return tuple(flag for flag, holds in checks.items() if holds)


def _with_gravity(impacts: Impacts, one: ImpactBin) -> float:
    return peak_of(one) + (0 if impacts.gravity_included else STANDING_G)


def _is_upside_down(one: ImpactBin) -> bool:
    return one.upper_g is not None and one.upper_g <= one.lower_g
