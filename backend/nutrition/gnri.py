"""The geriatric nutritional risk index, from albumin and body mass."""

import msgspec

from backend.contract import Model
from backend.inputs import SEXES, Inputs, Stop
from backend.labs.analytes import ADULT_FROM_Y, plausible_bounds
from backend.labs.kidney import OLDEST_Y
from backend.nutrition.tables import CONSTANTS
from backend.results import Result, ok

IDEALS = ("lorentz", "bmi22")
G_L_PER_G_DL = 10


class NutritionalRisk(msgspec.Struct, frozen=True):
    """The index, its class, and the ideal mass it rests on."""

    ideal_kg: float
    gnri: float
    cls: str


def ideal_mass_kg(*, sex: str, height_cm: float, formula: str = "lorentz") -> float:
    """Return the ideal body mass by Lorentz, or the mass of a BMI of 22 (``bmi22``)."""
    if formula == "bmi22":
        return CONSTANTS.ideal_bmi.value * (height_cm / 100) ** 2
    female, male = CONSTANTS.lorentz_over_female.value, CONSTANTS.lorentz_over_male.value
    over = female if sex == "female" else male
    taller = (height_cm - CONSTANTS.lorentz_from_cm.value) / over
    return height_cm - CONSTANTS.lorentz_base_cm.value - taller


def gnri_of(*, albumin_g_l: float, body_mass_kg: float, ideal_kg: float) -> NutritionalRisk:
    """Return the index of an adult; made for older inpatients, read in bands from 65 years.

    More mass than ideal adds nothing. ``ideal_kg`` is above 0.
    Source:
        Bouillanne et al. 2005, doi 10.1093/ajcn/82.4.777.
    """
    share = min(body_mass_kg / ideal_kg, 1.0)
    index = CONSTANTS.gnri_albumin.value * albumin_g_l + CONSTANTS.gnri_weight.value * share
    return NutritionalRisk(ideal_kg, index, gnri_class(index))


def gnri_class(index: float) -> str:
    """Return the class of an index; exactly 98 is still a low risk."""
    if index < CONSTANTS.gnri_major_below.value:
        return "major_risk"
    if index < CONSTANTS.gnri_moderate_below.value:
        return "moderate_risk"
    return "low_risk" if index <= CONSTANTS.gnri_low_to.value else "no_risk"


def gnri(given: Inputs) -> Result:
    """Return ``NutritionalRisk``; see ``gnri_of``. Missing is told before a child is."""
    given.need("sex", "age", "albumin_g_l", "body_mass_kg", "height_cm")
    if given.number("age", low=0, high=OLDEST_Y) < ADULT_FROM_Y:
        raise Stop.not_applicable("paediatric")
    sex = given.choice("sex", SEXES)
    low, high = (limit * G_L_PER_G_DL for limit in plausible_bounds("albumin"))
    albumin = given.number("albumin_g_l", low=low, high=high)
    mass = read_body_mass(given)
    height = given.number(
        "height_cm", low=CONSTANTS.height_low_cm.value, high=CONSTANTS.height_high_cm.value
    )
    formula = given.choice("ibw", IDEALS, default="lorentz")
    ideal = ideal_mass_kg(sex=sex, height_cm=height, formula=formula)
    if ideal <= 0:  # by Lorentz, men of 83 cm and less
        raise Stop.out_of_range("height_cm")
    risk = gnri_of(albumin_g_l=albumin, body_mass_kg=mass, ideal_kg=ideal)
    return ok(**msgspec.structs.asdict(risk))


def read_body_mass(given: Inputs) -> float:
    """Return ``body_mass_kg`` of an adult."""
    return given.number(
        "body_mass_kg",
        low=CONSTANTS.body_mass_low_kg.value,
        high=CONSTANTS.body_mass_high_kg.value,
    )


MODELS = (
    Model(
        key="nutr.gnri",
        fn=gnri,
        inputs=("sex", "age", "albumin_g_l", "body_mass_kg", "height_cm"),
        optional=("ibw",),
        outputs=NutritionalRisk.__struct_fields__,
        grade="COH",
        citation="Bouillanne et al. 2005, doi 10.1093/ajcn/82.4.777",
        section="5.1",
    ),
)
