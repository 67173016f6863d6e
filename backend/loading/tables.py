"""The tables of the loading models, read once while the package is imported."""

import msgspec

from backend.readmodels import Block
from backend.tables import Constant, read_table

PACKAGE = "backend.loading"
# Lower edge (body weights) and weight of each bin; below 1.5 BW bone sees nothing unusual.
BINS: tuple[tuple[float, float], ...] = (
    (1.5, 1.75),
    (2.0, 2.5),
    (3.0, 3.5),
    (4.0, 4.5),
    (5.0, 5.5),
    (6.0, 7.0),
    (8.0, 9.0),
)
EDGE_SLACK = 1e-9


class Constants(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The constants of section 1; units are part of the names."""

    version: str
    recovery_tau_h: Constant
    group_gap_min: Constant
    tempo_controlled: Constant
    tempo_explosive: Constant
    leg_press_share: Constant
    heavy_reps_to_failure: Constant
    estimate_reps_limit: Constant
    body_mass_low_kg: Constant
    body_mass_high_kg: Constant
    load_high_kg: Constant
    measured_coverage: Constant
    stress_exponent: Constant


class Regression(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Force (N) of a landing from its peak a (g) and mass m (kg): b0 + b1 a + b2 m + b3 a m."""

    placement: str
    axis: str
    b0: float
    b1: float
    b2: float
    b3: float
    support: str
    source: str


class Acceleration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How peaks of acceleration are read; units are part of the names."""

    version: str
    gravity_m_s2: Constant
    regression_from_g: Constant
    peak_low_g: Constant
    peak_high_g: Constant
    studied_mass_low_kg: Constant
    studied_mass_high_kg: Constant
    studied_peak_high_g: Constant
    sampling_low_hz: Constant
    score_from_g: Constant
    score_top_level: Constant
    target_peak_g: Constant
    target_peaks: Constant
    regressions: tuple[Regression, ...]


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cycles of one size per minute of session."""

    bw: float
    per_minute: float


class SportRates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a minute of the named activities holds; empty for no repeated impact."""

    activities: tuple[str, ...]
    blocks: tuple[Rate, ...]
    support: str
    source: str


class Jump(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The peak force of one landing."""

    exercise: str
    bw: float
    support: str
    source: str


class Lift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an exercise loads the legs: its kind and usual tempo."""

    key: str
    kind: str
    tempo: str
    multi_joint: bool
    support: str
    source: str


class _Sports(msgspec.Struct, frozen=True):
    version: str
    rates: tuple[SportRates, ...]


class _Jumps(msgspec.Struct, frozen=True):
    version: str
    jumps: tuple[Jump, ...]


class _Exercises(msgspec.Struct, frozen=True):
    version: str
    exercises: tuple[Lift, ...]


_SPORTS = read_table(PACKAGE, "sports.toml", _Sports)
_JUMPS = read_table(PACKAGE, "jumps.toml", _Jumps)
_EXERCISES = read_table(PACKAGE, "exercises.toml", _Exercises)

CONSTANTS = read_table(PACKAGE, "constants.toml", Constants)
ACCELERATION = read_table(PACKAGE, "acceleration.toml", Acceleration)
REGRESSIONS: dict[tuple[str, str], Regression] = {
    (row.placement, row.axis): row for row in ACCELERATION.regressions
}
MEASURED_PLACEMENTS = frozenset(placement for placement, _ in REGRESSIONS)
AXES = frozenset(axis for _, axis in REGRESSIONS)
SPORTS: dict[str, SportRates] = {
    activity: rates for rates in _SPORTS.rates for activity in rates.activities
}
JUMPS: dict[str, Jump] = {jump.exercise: jump for jump in _JUMPS.jumps}
LIFTS: dict[str, Lift] = {lift.key: lift for lift in _EXERCISES.exercises}
VERSIONS: dict[str, str] = {
    "loading_constants": CONSTANTS.version,
    "impact_forces": ACCELERATION.version,
    "sport_rates": _SPORTS.version,
    "jump_forces": _JUMPS.version,
    "exercises": _EXERCISES.version,
}


def sport_blocks(activity: str, minutes: float) -> tuple[Block, ...]:
    """Return the estimated blocks of ``minutes`` of a listed activity."""
    return tuple(Block(rate.bw, rate.per_minute * minutes) for rate in SPORTS[activity].blocks)
