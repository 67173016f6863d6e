"""How hard: osteogenic index, recovery, the force of a lift, and how near to the maximum."""

import math

from backend.contract import Model
from backend.inputs import Inputs, Stop
from backend.loading.tables import CONSTANTS
from backend.results import Result, ok

KINDS = ("standing", "leg_press", "upper_limb")
TEMPO = {
    "controlled": CONSTANTS.tempo_controlled.value,
    "explosive": CONSTANTS.tempo_explosive.value,
}


def recovered_share(hours: float | None, tau_h: float = CONSTANTS.recovery_tau_h.value) -> float:
    """Return the regained share of bone's sensitivity after ``hours`` of rest, 0 to 1.

    No earlier loading (None) reads as fully recovered.
    Source:
        Turner & Robling 2003, Exerc Sport Sci Rev 31:45-50; from rat work.
    """
    return 1.0 if hours is None else 1.0 - math.exp(-hours / tau_h)


def oi_block(given: Inputs) -> Result:
    """Return the osteogenic index (BW) of ``cycles`` impacts of ``intensity_bw`` (0-20)."""
    given.need("intensity_bw", "cycles")
    intensity = given.number("intensity_bw", low=0, high=20)
    cycles = given.number("cycles", low=0)
    return ok(oi=intensity * math.log(cycles + 1))


def recovery_factor(given: Inputs) -> Result:
    """Return the recovery ``factor`` after ``hours_since_previous``; see ``recovered_share``."""
    hours = given.optional_number("hours_since_previous", low=0)
    tau = given.optional_number("tau_h", low=0, above=True)
    return ok(factor=recovered_share(hours) if tau is None else recovered_share(hours, tau))


def lift_intensity(given: Inputs) -> Result:
    """Return the peak ground force ``bw`` of one repetition, in body weights.

    Loads and masses in kg; missing inputs are reported before an unknown kind. Upper-limb
    lifts are 0 by rule: the index is about legs, hip and spine.
    """
    given.need("kind", "tempo", "load_kg", "body_mass_kg")
    kind = given.text("kind")
    if kind not in KINDS:
        raise Stop.not_applicable("unknown_kind")
    mass = given.number(
        "body_mass_kg",
        low=CONSTANTS.body_mass_low_kg.value,
        high=CONSTANTS.body_mass_high_kg.value,
    )
    load = given.number("load_kg", low=0, high=CONSTANTS.load_high_kg.value)
    tempo = TEMPO[given.choice("tempo", TEMPO)]
    if kind == "upper_limb":
        return ok(bw=0.0, upper_limb=True)
    moved = mass + load if kind == "standing" else CONSTANTS.leg_press_share.value * load
    return ok(bw=tempo * moved / mass)


def e1rm(given: Inputs) -> Result:
    """Return the estimated one-repetition maximum (kg) and whether the set was heavy.

    ``rir`` is repetitions in reserve; without it ``rpe`` (0-10) gives 10 - rpe. Without
    either, or with more than 12 repetitions to failure, numbers are null and a flag says why.
    Source:
        Epley; heavy means at or above 80 % (LIFTMOR, doi 10.1002/jbmr.3284).
    """
    given.need("load_kg", "reps")
    load = given.number("load_kg", low=0)
    reps = given.number("reps", low=1)
    reserve = given.optional_number("rir", low=0)
    rating = given.optional_number("rpe", low=0, high=10)
    if reserve is None and rating is not None:
        reserve = 10 - rating
    if reserve is None:
        return ok(e1rm_kg=None, pct_1rm=None, heavy=False, flag="effort_unknown")
    to_failure = reps + reserve
    if to_failure > CONSTANTS.estimate_reps_limit.value:
        return ok(e1rm_kg=None, pct_1rm=None, heavy=False, flag="reps_too_high_for_estimate")
    ratio = 1.0 if to_failure <= 1 else 1 + to_failure / 30
    heavy = to_failure <= CONSTANTS.heavy_reps_to_failure.value
    return ok(e1rm_kg=load * ratio, pct_1rm=1 / ratio, heavy=heavy)


MODELS = (
    Model(
        key="load.oi_block",
        fn=oi_block,
        inputs=("intensity_bw", "cycles"),
        outputs=("oi",),
        grade="MECH",
        citation="Turner & Robling 2003, Exerc Sport Sci Rev 31:45-50",
        section="1.2",
    ),
    Model(
        key="load.recovery_factor",
        fn=recovery_factor,
        inputs=("hours_since_previous",),
        optional=("tau_h",),
        outputs=("factor",),
        grade="MECH",
        citation="Turner & Robling 2003, Exerc Sport Sci Rev 31:45-50",
        section="1.2",
    ),
    Model(
        key="load.lift_intensity",
        fn=lift_intensity,
        inputs=("kind", "tempo", "load_kg", "body_mass_kg"),
        outputs=("bw", "upper_limb"),
        grade="ENG",
        citation="our convention: total weight times a dynamic factor",
        section="1.4",
    ),
    Model(
        key="load.e1rm",
        fn=e1rm,
        inputs=("load_kg", "reps"),
        optional=("rir", "rpe"),
        outputs=("e1rm_kg", "pct_1rm", "heavy", "flag"),
        grade="RCT",
        citation="Epley; Watson et al. 2018, J Bone Miner Res 33:211-220",
        section="1.4",
    ),
)
