"""What the kidney changes: filtration from creatinine, and calcium corrected for albumin."""

from decimal import ROUND_HALF_UP, Decimal

from backend.contract import Model
from backend.inputs import SEXES, Inputs, Stop, as_printed
from backend.labs.analytes import ADULT_FROM_Y, plausible_bounds
from backend.labs.tables import CONSTANTS
from backend.results import Result, ok

OLDEST_Y = 130
KAPPA = {"female": CONSTANTS.egfr_kappa_female.value, "male": CONSTANTS.egfr_kappa_male.value}
ALPHA = {"female": CONSTANTS.egfr_alpha_female.value, "male": CONSTANTS.egfr_alpha_male.value}
# KDIGO: lowest whole eGFR of each stage, from best to worst.
STAGES = ((90, "G1"), (60, "G2"), (45, "G3a"), (30, "G3b"), (15, "G4"))
LAST_STAGE = "G5"


def egfr_of(*, creatinine_mg_dl: float, age: float, sex: str) -> float:
    """Return the estimated glomerular filtration rate of an adult, mL/min/1.73 m2.

    Creatinine comes from muscle: very muscular people read low, people with little muscle
    falsely high.
    Source:
        CKD-EPI 2021 without race: Inker et al. 2021, doi 10.1056/NEJMoa2102953.
    """
    share = creatinine_mg_dl / KAPPA[sex]
    return (
        CONSTANTS.egfr_factor.value
        * float(min(share, 1.0) ** ALPHA[sex])
        * float(max(share, 1.0) ** CONSTANTS.egfr_above_kappa.value)
        * float(CONSTANTS.egfr_per_year.value**age)
        * (CONSTANTS.egfr_female.value if sex == "female" else 1.0)
    )


def stage_of(egfr: float) -> tuple[int, str]:
    """Return eGFR as a whole number, half up, and the stage that this number has."""
    reported = int(as_printed(egfr).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return reported, next((name for low, name in STAGES if reported >= low), LAST_STAGE)


def advanced_ckd(*, dialysis: bool, egfr: float | None) -> bool:
    """Return whether the kidney changes what PTH, calcium, bone and protein mean."""
    return dialysis or (egfr is not None and egfr < CONSTANTS.advanced_ckd_egfr.value)


def read_advanced_ckd(given: Inputs) -> bool:
    """Return ``advanced_ckd`` of the optional inputs ``dialysis`` and ``egfr``."""
    return advanced_ckd(dialysis=given.flag("dialysis"), egfr=given.optional_number("egfr", low=0))


def corrected_calcium_of(*, calcium_mg_dl: float, albumin_g_dl: float) -> float:
    """Return calcium as if albumin were 4.0 g/dL, in mg/dL.

    Poor in kidney disease and at extremes; ionised calcium replaces it. Summed in decimals:
    9.4 at an albumin of 3.0 is 10.2, not above it.
    Source:
        Payne-type formula, from memory of the literature.
    """
    usual = as_printed(CONSTANTS.albumin_usual_g_dl.value)
    slope = as_printed(CONSTANTS.calcium_per_albumin.value)
    return float(as_printed(calcium_mg_dl) + slope * (usual - as_printed(albumin_g_dl)))


def egfr_ckdepi2021(given: Inputs) -> Result:
    """Return ``egfr``, ``egfr_reported`` and ``stage``; see ``egfr_of``."""
    given.need("creatinine_mg_dl", "age", "sex")
    age = given.number("age", low=0, high=OLDEST_Y)
    if age < ADULT_FROM_Y:
        raise Stop.not_applicable("paediatric")
    sex = given.choice("sex", SEXES)
    low, high = plausible_bounds("creatinine")
    creatinine = given.number("creatinine_mg_dl", low=low, high=high)
    egfr = egfr_of(creatinine_mg_dl=creatinine, age=age, sex=sex)
    reported, stage = stage_of(egfr)
    return ok(egfr=egfr, egfr_reported=reported, stage=stage)


def corrected_calcium(given: Inputs) -> Result:
    """Return ``corrected_mg_dl`` of two values of one sample; see ``corrected_calcium_of``.

    Not where the kidneys fail, nor when the samples are more than a day apart.
    """
    given.need("calcium_mg_dl", "albumin_g_dl")
    if read_advanced_ckd(given):
        raise Stop.not_applicable("advanced_ckd")
    apart = given.optional_number("days_apart", low=0)
    if apart is not None and apart > CONSTANTS.same_sample_days.value:
        raise Stop.not_applicable("not_same_sample")
    low, high = plausible_bounds("calcium")
    calcium = given.number("calcium_mg_dl", low=low, high=high)
    low, high = plausible_bounds("albumin")
    albumin = given.number("albumin_g_dl", low=low, high=high)
    return ok(corrected_mg_dl=corrected_calcium_of(calcium_mg_dl=calcium, albumin_g_dl=albumin))


MODELS = (
    Model(
        key="lab.corrected_calcium",
        fn=corrected_calcium,
        inputs=("calcium_mg_dl", "albumin_g_dl"),
        optional=("dialysis", "egfr", "days_apart"),
        outputs=("corrected_mg_dl",),
        grade="XS",
        citation="Payne-type formula, from memory of the literature",
        section="4.4",
    ),
    Model(
        key="lab.egfr_ckdepi2021",
        fn=egfr_ckdepi2021,
        inputs=("creatinine_mg_dl", "age", "sex"),
        outputs=("egfr", "egfr_reported", "stage"),
        grade="GL",
        citation="Inker et al. 2021, doi 10.1056/NEJMoa2102953",
        section="4.5",
    ),
)
