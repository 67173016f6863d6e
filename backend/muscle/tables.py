"""The cut-offs of the muscle models, read once while the package is imported."""

import msgspec

from backend.inputs import Inputs
from backend.tables import Constant, Limits, read_table


class BySex(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cut-off for each sex."""

    male: float
    female: float
    support: str
    source: str

    def of(self, sex: str) -> float:
        """Return the cut-off of ``female`` or ``male``."""
        return self.male if sex == "male" else self.female


class Steps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cut-offs from the best points to the least."""

    values: tuple[float, ...]
    support: str
    source: str


class Battery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cut-offs of the short physical performance battery."""

    stand_s: Constant
    tandem_short_s: Constant
    walk_4m_s: Steps
    walk_3m_s: Steps
    chair_s: Steps


class Ewgsop2(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cut-offs of the European consensus."""

    grip_kg: BySex
    chair_stand_5x_s: Constant
    almi_kg_m2: BySex
    gait_m_s: Constant
    sppb: Constant
    tug_s: Constant


class Awgs2019(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cut-offs of the Asian consensus; those of mass by method."""

    grip_kg: BySex
    chair_stand_5x_s: Constant
    almi_kg_m2: dict[str, BySex]
    gait_m_s: Constant
    sppb: Constant


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The smallest change taken for real."""

    grip_kg: Constant
    gait_m_s: Constant
    sppb: Constant
    alm_pct: Constant


class _Constants(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    alm_bmi_low: BySex
    limits: dict[str, Limits]
    sppb: Battery
    age_from: Constant
    ewgsop2: Ewgsop2
    awgs2019: Awgs2019
    change: Changes


CONSTANTS = read_table("backend.muscle", "constants.toml", _Constants)
VERSIONS: dict[str, str] = {"muscle_constants": CONSTANTS.version}


def read_within(given: Inputs, name: str, *, kind: str | None = None) -> float:
    """Return the number ``name`` within the limits of its ``kind`` (its own by default)."""
    limits = CONSTANTS.limits[kind or name]
    return given.number(name, low=limits.low, high=limits.high)
