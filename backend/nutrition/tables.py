"""The constants of the nutrition models, read once while the package is imported."""

import math

import msgspec

from backend.tables import Constant, read_table


class CalciumRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Recommended and highest intake of an age, in mg per day; ``to_y`` is included."""

    rda_female_mg: int
    rda_male_mg: int
    ul_mg: int
    support: str
    source: str
    to_y: float = math.inf


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points of a value that is at least, above or below a limit."""

    points: int
    at_least: float = -math.inf
    above: float = -math.inf
    below: float = math.inf

    def holds(self, value: float) -> bool:
        """Return whether ``value`` earns these points."""
        return value >= self.at_least and value > self.above and value < self.below


class TriadItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one item of the Triad screen is scored."""

    item: str
    steps: tuple[Step, ...]
    support: str
    source: str


class Constants(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers of section 5."""

    version: str
    calcium: tuple[CalciumRow, ...]
    triad: tuple[TriadItem, ...]
    gnri_albumin: Constant
    gnri_weight: Constant
    gnri_major_below: Constant
    gnri_moderate_below: Constant
    gnri_low_to: Constant
    lorentz_base_cm: Constant
    lorentz_from_cm: Constant
    lorentz_over_female: Constant
    lorentz_over_male: Constant
    ideal_bmi: Constant
    body_mass_low_kg: Constant
    body_mass_high_kg: Constant
    height_low_cm: Constant
    height_high_cm: Constant
    protein_high_g_day: Constant
    protein_training: Constant
    protein_older: Constant
    protein_adult: Constant
    protein_average: Constant
    protein_older_from_y: Constant
    calcium_from_y: Constant
    calcium_share: Constant
    calcium_high_mg_day: Constant
    ea_days_needed: Constant
    ea_low_kcal_kg: Constant
    ea_adequate_kcal_kg: Constant
    energy_high_kcal: Constant
    ffm_low_kg: Constant
    ffm_high_kg: Constant
    triad_moderate_from: Constant
    triad_high_from: Constant
    reds_severe_points: Constant
    reds_review_from: Constant


CONSTANTS = read_table("backend.nutrition", "constants.toml", Constants)
TRIAD: dict[str, tuple[Step, ...]] = {row.item: row.steps for row in CONSTANTS.triad}
VERSIONS: dict[str, str] = {"nutrition_constants": CONSTANTS.version}
