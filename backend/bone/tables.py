"""The references and cut-offs of the bone models, read once while the package is imported."""

import msgspec

from backend.inputs import Inputs
from backend.tables import Constant, Limits, read_table


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Young adults a T-score refers to."""

    mean_g_cm2: float
    sd_g_cm2: float
    support: str
    source: str


class Months(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A time until the next scan."""

    months: int
    support: str
    source: str


class MonthsByT(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Times until the next scan above the first score, above the second, and else."""

    above_t: tuple[float, float]
    months: tuple[int, int, int]
    support: str
    source: str

    def at(self, t_score: float) -> int:
        """Return the months at a score rounded as printed."""
        return self.months[sum(t_score <= limit for limit in self.above_t)]


class Classes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cut-offs of scores, and ages that choose the scale."""

    normal_from_t: Constant
    osteoporosis_range_to_t: Constant
    low_to_z: Constant
    adult_from_y: Constant
    men_t_from_y: Constant
    women_unknown_z_below_y: Constant
    women_unknown_t_from_y: Constant


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a change between two scans is held against."""

    lsc_factor: Constant
    annualised_from_y: Constant
    precision_pct: dict[str, Constant]


class Intervals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Times until the next scan."""

    drug_settled_after_months: Constant
    drug_new: Months
    drug_settled: Months
    glucocorticoid: Months
    clinician_directed: Months
    gourlay_2012: MonthsByT
    gourlay_2012_from_y: Constant
    convention: MonthsByT


class Trabecular(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cut-offs of the trabecular bone score."""

    normal_from: Constant
    degraded_to: Constant


class _Constants(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    references: dict[str, Reference]
    limits: dict[str, Limits]
    classes: Classes
    change: Changes
    interval: Intervals
    tbs: Trabecular


CONSTANTS = read_table("backend.bone", "constants.toml", _Constants)
VERSIONS: dict[str, str] = {"bone_constants": CONSTANTS.version}


def read_within(given: Inputs, name: str, kind: str, *, above: bool = False) -> float:
    """Return the number ``name`` within the limits of its ``kind``; ``above`` excludes low."""
    limits = CONSTANTS.limits[kind]
    return given.number(name, low=limits.low, high=limits.high, above=above)
