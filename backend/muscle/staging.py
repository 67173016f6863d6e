"""Staging of low muscle by two consensus definitions, which are never mixed.

A test that was not made is None and stays unknown; any low test makes its item low.
"""

import msgspec

from backend.contract import Model
from backend.errors import CoreError
from backend.inputs import SEXES, Inputs, Stop, require
from backend.muscle.tables import CONSTANTS, read_within
from backend.results import Result, ok

ADULT_FROM_Y = 18
FUNCTION_AWGS2019 = ("grip_kg", "chair_stand_5x_s", "gait_m_s", "sppb")
FUNCTION_LOW_STAGES = {None: "possible", True: "sarcopenia", False: "low_function_normal_mass"}
METHODS = tuple(CONSTANTS.awgs2019.almi_kg_m2)


class NotTested(CoreError):
    """The definition needs a test that was not made."""

    code = "muscle.not_tested"


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of one person; None where nothing was.

    ``chair_stand_unable`` says that five rises were tried and could not be done.
    """

    grip_kg: float | None = None
    chair_stand_5x_s: float | None = None
    chair_stand_unable: bool = False
    almi: float | None = None
    gait_m_s: float | None = None
    sppb: float | None = None
    tug_s: float | None = None


class Staging(msgspec.Struct, frozen=True):
    """The stage, and which items are low (None when untested)."""

    stage: str
    low_strength: bool | None
    low_mass: bool | None
    low_performance: bool | None


def low_mass(almi_kg_m2: float, *, sex: str) -> bool:
    """Return whether a lean mass index is below the European cut-off.

    Source:
        Cruz-Jentoft et al. 2019, doi 10.1093/ageing/afy169; made for older adults.
    """
    return almi_kg_m2 < CONSTANTS.ewgsop2.almi_kg_m2.of(sex)


def staged_ewgsop2(tested: Tested, *, sex: str) -> Staging:
    """Return the stage by the European consensus of 2019.

    Raises:
        NotTested: no test of strength.
    Source:
        Cruz-Jentoft et al. 2019, Age Ageing 48:16-31, doi 10.1093/ageing/afy169.
    """
    cuts, t = CONSTANTS.ewgsop2, tested
    strength = _any_low(
        None if t.grip_kg is None else t.grip_kg < cuts.grip_kg.of(sex),
        None if t.chair_stand_5x_s is None else t.chair_stand_5x_s > cuts.chair_stand_5x_s.value,
        True if t.chair_stand_unable else None,
    )
    mass = None if t.almi is None else low_mass(t.almi, sex=sex)
    performance = _any_low(
        None if t.gait_m_s is None else t.gait_m_s <= cuts.gait_m_s.value,
        None if t.sppb is None else t.sppb <= cuts.sppb.value,
        None if t.tug_s is None else t.tug_s >= cuts.tug_s.value,
    )
    if strength is None:
        raise NotTested
    if not strength:
        stage = "low_mass_only" if mass else "none"
    elif mass is None:
        stage = "probable_mass_unknown"
    elif not mass:
        stage = "probable"
    elif performance is None:
        stage = "confirmed_performance_unknown"
    else:
        stage = "severe" if performance else "confirmed"
    return Staging(stage, strength, mass, performance)


def staged_awgs2019(tested: Tested, *, sex: str, method: str = "dxa") -> Staging:
    """Return the stage by the Asian consensus of 2019; the chair stand is performance here.

    Args:
        tested: timed up and go, and being unable to rise, are no part of this definition.
        sex: ``female`` or ``male``.
        method: how lean mass was measured, ``dxa`` or ``bia``.
    Raises:
        NotTested: no test of strength or performance.
    Source:
        Chen et al. 2020, JAMDA 21:300-307.
    """
    cuts, t = CONSTANTS.awgs2019, tested
    strength = None if t.grip_kg is None else t.grip_kg < cuts.grip_kg.of(sex)
    performance = _any_low(
        None if t.gait_m_s is None else t.gait_m_s < cuts.gait_m_s.value,
        None if t.chair_stand_5x_s is None else t.chair_stand_5x_s >= cuts.chair_stand_5x_s.value,
        None if t.sppb is None else t.sppb <= cuts.sppb.value,
    )
    mass = None if t.almi is None else t.almi < cuts.almi_kg_m2[method].of(sex)
    if strength is None and performance is None:
        raise NotTested
    if strength and performance and mass:
        stage = "severe"
    elif strength or performance:
        stage = FUNCTION_LOW_STAGES[mass]
    else:
        stage = "low_mass_only" if mass else "none"
    return Staging(stage, strength, mass, performance)


def _any_low(*tests: bool | None) -> bool | None:
    made = [test for test in tests if test is not None]
    return any(made) if made else None


def _refuse_the_young(given: Inputs) -> None:
    """Stop below 60 y, before anything else is asked; an untrue age is left for later."""
    try:
        age = read_within(given, "age")
    except Stop:
        return
    if age < CONSTANTS.age_from.value:
        raise Stop.not_applicable("paediatric" if age < ADULT_FROM_Y else "age_below_60")


def _claims_unable(given: Inputs) -> bool:
    """Return whether a chair stand was tried in vain; a value of the wrong type says it was."""
    try:
        return given.flag("chair_stand_unable")
    except Stop:
        return True


def _need(given: Inputs, tested: bool, untested: str) -> str:
    """Return the sex, once nothing is missing and the age can be true."""
    absent = [name for name in ("sex", "age") if name not in given]
    require(absent if tested else [*absent, untested])
    sex = given.choice("sex", SEXES)
    read_within(given, "age")
    return sex


def _limited(given: Inputs, name: str) -> float | None:
    return read_within(given, name) if name in given else None


def _positive(given: Inputs, name: str) -> float | None:
    return given.optional_number(name, low=0, above=True)


def ewgsop2(given: Inputs) -> Result:
    """Return the ``Staging`` of one person from 60 y; see ``staged_ewgsop2``."""
    _refuse_the_young(given)
    tested = "grip_kg" in given or "chair_stand_5x_s" in given or _claims_unable(given)
    sex = _need(given, tested, "grip_kg_or_chair_stand_5x_s")
    tests = Tested(
        grip_kg=_limited(given, "grip_kg"),
        chair_stand_5x_s=_positive(given, "chair_stand_5x_s"),
        chair_stand_unable=given.flag("chair_stand_unable"),
        almi=_positive(given, "almi"),
        gait_m_s=_limited(given, "gait_m_s"),
        sppb=_limited(given, "sppb"),
        tug_s=_positive(given, "tug_s"),
    )
    return ok(**msgspec.structs.asdict(staged_ewgsop2(tests, sex=sex)))


def awgs2019(given: Inputs) -> Result:
    """Return the ``Staging`` of one person from 60 y; see ``staged_awgs2019``."""
    _refuse_the_young(given)
    tested = any(name in given for name in FUNCTION_AWGS2019)
    sex = _need(given, tested, "grip_kg_or_performance")
    tests = Tested(
        grip_kg=_limited(given, "grip_kg"),
        chair_stand_5x_s=_positive(given, "chair_stand_5x_s"),
        gait_m_s=_limited(given, "gait_m_s"),
        sppb=_limited(given, "sppb"),
        almi=_positive(given, "almi"),
    )
    method = given.choice("method", METHODS, default="dxa")
    return ok(**msgspec.structs.asdict(staged_awgs2019(tests, sex=sex, method=method)))


MODELS = (
    Model(
        key="muscle.ewgsop2",
        fn=ewgsop2,
        inputs=("sex", "age"),
        optional=(
            "grip_kg",
            "chair_stand_5x_s",
            "chair_stand_unable",
            "almi",
            "gait_m_s",
            "sppb",
            "tug_s",
        ),
        outputs=Staging.__struct_fields__,
        grade="GL",
        citation="Cruz-Jentoft et al. 2019, doi 10.1093/ageing/afy169",
        section="2.3",
    ),
    Model(
        key="muscle.awgs2019",
        fn=awgs2019,
        inputs=("sex", "age"),
        optional=("grip_kg", "chair_stand_5x_s", "gait_m_s", "sppb", "almi", "method"),
        outputs=Staging.__struct_fields__,
        grade="GL",
        citation="Chen et al. 2020, JAMDA 21:300-307",
        section="2.3",
    ),
)
