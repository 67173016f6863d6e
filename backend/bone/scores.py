"""Scores as they are printed, from a raw density, and the class they fall into."""

from decimal import ROUND_HALF_UP, Decimal

import msgspec

from backend.bone.tables import CONSTANTS, Reference, read_within
from backend.contract import Model
from backend.inputs import SEXES, Inputs, Stop, require
from backend.results import Result, ok

REFERENCE_SITE = "femoral_neck"
REFERENCE_MANUFACTURER = "hologic"
STATUSES = ("pre", "transition", "post")
_NOISE, _TENTH = Decimal("1e-12"), Decimal("0.1")


class ScanClass(msgspec.Struct, frozen=True):
    """The scale used, ``T`` or ``Z``, and the category on it."""

    scale: str
    category: str


def as_printed(score: float) -> float:
    """Return a score at one decimal, halves away from zero: -2.45 is -2.5.

    Rounds the decimal a person would read, not the binary fraction behind it.
    """
    read = Decimal(repr(float(score))).quantize(_NOISE, ROUND_HALF_UP)
    return float(read.quantize(_TENTH, ROUND_HALF_UP)) + 0.0  # no negative zero


def t_score_of(bmd_g_cm2: float, reference: Reference) -> float:
    """Return how many standard deviations a density lies from the young adult mean."""
    return (bmd_g_cm2 - reference.mean_g_cm2) / reference.sd_g_cm2


def scale_of(*, sex: str, age: float, menopausal_status: str | None) -> str | None:
    """Return the scale of an adult, ``T`` or ``Z``; None when menopause must be known.

    Source:
        ISCD official positions: Z for premenopausal women and men below 50.
    """
    cuts = CONSTANTS.classes
    if sex == "male":
        return "T" if age >= cuts.men_t_from_y.value else "Z"
    if menopausal_status is not None:
        return "Z" if menopausal_status == "pre" else "T"
    if age >= cuts.women_unknown_t_from_y.value:
        return "T"
    return "Z" if age < cuts.women_unknown_z_below_y.value else None


def class_of_t(t_lowest: float) -> ScanClass:
    """Return the class of the lowest T of spine, total hip, femoral neck and 33 % radius.

    Source:
        WHO 1994, TRS 843; rounded to one decimal first.
    """
    printed, cuts = as_printed(t_lowest), CONSTANTS.classes
    if printed >= cuts.normal_from_t.value:
        return ScanClass("T", "normal")
    low = printed > cuts.osteoporosis_range_to_t.value
    return ScanClass("T", "low_bone_mass" if low else "osteoporosis_range")


def class_of_z(z_lowest: float, *, paediatric: bool = False) -> ScanClass:
    """Return the class of the lowest Z; below 20 y the words are those for children.

    Source:
        ISCD official positions; rounded to one decimal first.
    """
    if as_printed(z_lowest) > CONSTANTS.classes.low_to_z.value:
        return ScanClass("Z", "within_expected_for_age")
    return ScanClass("Z", "low_for_age" if paediatric else "below_expected_for_age")


def t_score_fn(given: Inputs) -> Result:
    """Return ``t_score`` and ``t_score_reported`` of a raw femoral-neck density.

    For a scan without a printed T. Site and manufacturer are refused before the density
    (0.2-2.0 g/cm2) is looked at: machines differ by 10 to 20 %.
    Source:
        Looker et al. 1998, doi 10.1007/s001980050093.
    """
    given.need("bmd_g_cm2", "site", "manufacturer", "reference")
    if given.text("site") != REFERENCE_SITE:
        raise Stop.not_applicable("no_reference_for_site")
    if given.text("manufacturer").casefold() != REFERENCE_MANUFACTURER:
        raise Stop.not_applicable("device_not_hologic")
    bmd = read_within(given, "bmd_g_cm2", "bmd_g_cm2")
    reference = CONSTANTS.references[given.choice("reference", CONSTANTS.references)]
    t_score = t_score_of(bmd, reference)
    return ok(t_score=t_score, t_score_reported=as_printed(t_score))


def classify(given: Inputs) -> Result:
    """Return the ``ScanClass`` of a person's lowest scores; ``paediatric`` below 20 y.

    Only the score of the scale that applies is asked for and read.
    """
    if _is_child(given):
        given.need("age", "sex", "z_lowest")
        given.choice("sex", SEXES)
        child = class_of_z(read_within(given, "z_lowest", "score"), paediatric=True)
        return ok(**msgspec.structs.asdict(child), paediatric=True)
    given.need("age", "sex")
    age, sex = read_within(given, "age", "age"), given.choice("sex", SEXES)
    status = None
    if sex == "female" and "menopausal_status" in given:
        status = given.choice("menopausal_status", STATUSES)
    scale = scale_of(sex=sex, age=age, menopausal_status=status)
    if scale is None:
        require(("menopausal_status",))
    if scale == "T":
        given.need("t_lowest")
        found = class_of_t(read_within(given, "t_lowest", "score"))
    else:
        given.need("z_lowest")
        found = class_of_z(read_within(given, "z_lowest", "score"))
    return ok(**msgspec.structs.asdict(found))


def _is_child(given: Inputs) -> bool:
    try:
        return read_within(given, "age", "age") < CONSTANTS.classes.adult_from_y.value
    except Stop:
        return False


MODELS = (
    Model(
        key="bone.t_score_fn",
        fn=t_score_fn,
        inputs=("bmd_g_cm2", "site", "manufacturer", "reference"),
        outputs=("t_score", "t_score_reported"),
        grade="GL",
        citation="Looker et al. 1998, doi 10.1007/s001980050093",
        section="3.1",
    ),
    Model(
        key="bone.classify",
        fn=classify,
        inputs=("age", "sex"),
        optional=("menopausal_status", "t_lowest", "z_lowest"),
        outputs=("scale", "category", "paediatric"),
        grade="GL",
        citation="WHO 1994, TRS 843; ISCD official positions, doi 10.1016/j.jocd.2006.05.004",
        section="3.2",
    ),
)
