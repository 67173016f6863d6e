"""How much muscle: appendicular lean mass by height and by body mass index."""

from backend.contract import Model
from backend.inputs import SEXES, Inputs, as_printed
from backend.muscle.tables import CONSTANTS, read_within
from backend.results import Result, ok


def index_of(*, alm_kg: float, height_m: float) -> float:
    """Return the appendicular lean mass index in kg/m2; also called AMMI and ASMI.

    The nearest number to the quotient of what was printed: 14.08 kg at 1.60 m are 5.5, which
    is not below 5.5.
    """
    return float(as_printed(alm_kg) / as_printed(height_m) ** 2)


def lean_by_bmi(*, alm_kg: float, height_m: float, body_mass_kg: float) -> float:
    """Return appendicular lean mass (kg) by body mass index (kg/m2), in m2.

    As exact as ``index_of``.
    Source:
        FNIH, Studenski et al. 2014, J Gerontol A; made from 65 y.
    """
    return float(as_printed(alm_kg) * as_printed(height_m) ** 2 / as_printed(body_mass_kg))


def almi(given: Inputs) -> Result:
    """Return ``almi_kg_m2`` of ``alm_kg`` (3-60) and ``height_m`` (0.8-2.4)."""
    given.need("alm_kg", "height_m")
    height_m = read_within(given, "height_m")
    return ok(almi_kg_m2=index_of(alm_kg=read_within(given, "alm_kg"), height_m=height_m))


def alm_bmi(given: Inputs) -> Result:
    """Return ``alm_bmi`` and whether it is ``low`` for the sex; see ``lean_by_bmi``."""
    given.need("sex", "alm_kg", "height_m", "body_mass_kg")
    sex = given.choice("sex", SEXES)
    height_m, alm_kg = read_within(given, "height_m"), read_within(given, "alm_kg")
    body_mass_kg = read_within(given, "body_mass_kg")
    ratio = lean_by_bmi(alm_kg=alm_kg, height_m=height_m, body_mass_kg=body_mass_kg)
    return ok(alm_bmi=ratio, low=ratio < CONSTANTS.alm_bmi_low.of(sex))


MODELS = (
    Model(
        key="muscle.almi",
        fn=almi,
        inputs=("alm_kg", "height_m"),
        outputs=("almi_kg_m2",),
        grade="XS",
        citation="appendicular lean mass by height squared; Cruz-Jentoft et al. 2019",
        section="2.1",
    ),
    Model(
        key="muscle.alm_bmi",
        fn=alm_bmi,
        inputs=("sex", "alm_kg", "height_m", "body_mass_kg"),
        outputs=("alm_bmi", "low"),
        grade="GL",
        citation="FNIH, Studenski et al. 2014, J Gerontol A",
        section="2.1",
    ),
)
