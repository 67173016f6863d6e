"""Protein and calcium eaten per day, against what is recommended."""

from typing import TypedDict

from backend.contract import Model
from backend.inputs import SEXES, Inputs, Stop, as_printed
from backend.labs.analytes import ADULT_FROM_Y
from backend.labs.kidney import OLDEST_Y, read_advanced_ckd
from backend.nutrition.gnri import read_body_mass
from backend.nutrition.tables import CONSTANTS
from backend.results import Result, ok

RENAL_GUIDANCE = "renal_guidance"


class ProteinIntake(TypedDict):
    """Protein per body mass and day; no target where the kidneys fail."""

    g_per_kg: float
    target_min: float | None
    level: int | None
    flag: str | None


class CalciumIntake(TypedDict):
    """Calcium per day beside the recommended and the highest intake."""

    rda_mg: int
    ul_mg: int
    ratio: float
    level: int


def protein_of(
    *,
    protein_g_day: float,
    body_mass_kg: float,
    age: float,
    trains_3x_week: bool = False,
    advanced_ckd: bool = False,
) -> ProteinIntake:
    """Return an adult's protein intake with its level: 0 enough, 1 less, 2 below the average need.

    The caller gives the mean of at least three logged days.
    Source:
        Bauer et al. 2013 (PROT-AGE), from memory of the literature.
    """
    share = protein_g_day / body_mass_kg
    if advanced_ckd:
        return ProteinIntake(g_per_kg=share, target_min=None, level=None, flag=RENAL_GUIDANCE)
    if trains_3x_week:
        target = CONSTANTS.protein_training.value
    elif age >= CONSTANTS.protein_older_from_y.value:
        target = CONSTANTS.protein_older.value
    else:
        target = CONSTANTS.protein_adult.value

    def reaches(g_per_kg: float) -> bool:
        return as_printed(protein_g_day) >= as_printed(g_per_kg) * as_printed(body_mass_kg)

    level = 0 if reaches(target) else 1 if reaches(CONSTANTS.protein_average.value) else 2
    return ProteinIntake(g_per_kg=share, target_min=target, level=level, flag=None)


def calcium_of(*, age: float, sex: str, mg_day: float) -> CalciumIntake:
    """Return a calcium intake from 9 years on; level 1 is too little or too much.

    Source:
        IOM 2011, from memory of the literature.
    """
    row = next(row for row in CONSTANTS.calcium if age <= row.to_y)
    rda = row.rda_female_mg if sex == "female" else row.rda_male_mg
    least = as_printed(CONSTANTS.calcium_share.value) * rda
    enough = as_printed(mg_day) >= least and mg_day <= row.ul_mg
    return CalciumIntake(rda_mg=rda, ul_mg=row.ul_mg, ratio=mg_day / rda, level=0 if enough else 1)


def protein(given: Inputs) -> Result:
    """Return ``ProteinIntake``; see ``protein_of``. Targets are those of adults."""
    given.need("protein_g_day", "body_mass_kg", "age")
    age = given.number("age", low=0, high=OLDEST_Y)
    if age < ADULT_FROM_Y:
        raise Stop.not_applicable("paediatric")
    return ok(
        **protein_of(
            protein_g_day=given.number(
                "protein_g_day", low=0, high=CONSTANTS.protein_high_g_day.value
            ),
            body_mass_kg=read_body_mass(given),
            age=age,
            trains_3x_week=given.flag("trains_3x_week"),
            advanced_ckd=read_advanced_ckd(given),
        )
    )


def calcium(given: Inputs) -> Result:
    """Return ``CalciumIntake``; see ``calcium_of``."""
    given.need("age", "sex", "mg_day")
    age = given.number("age", low=0, high=OLDEST_Y)
    if age < CONSTANTS.calcium_from_y.value:
        raise Stop.not_applicable("age_below_9")
    sex = given.choice("sex", SEXES)
    mg_day = given.number("mg_day", low=0, high=CONSTANTS.calcium_high_mg_day.value)
    return ok(**calcium_of(age=age, sex=sex, mg_day=mg_day))


MODELS = (
    Model(
        key="nutr.protein",
        fn=protein,
        inputs=("protein_g_day", "body_mass_kg", "age"),
        optional=("trains_3x_week", "egfr", "dialysis"),
        outputs=tuple(ProteinIntake.__annotations__),
        grade="GL",
        citation="Bauer et al. 2013 (PROT-AGE)",
        section="5.2",
    ),
    Model(
        key="nutr.calcium",
        fn=calcium,
        inputs=("age", "sex", "mg_day"),
        outputs=tuple(CalciumIntake.__annotations__),
        grade="GL",
        citation="IOM 2011",
        section="5.3",
    ),
)
