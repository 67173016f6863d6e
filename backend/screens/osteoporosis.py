"""Who should be measured: simple rules for people without a scan, sensitive and unspecific."""

import math

from backend.contract import Model
from backend.inputs import SEXES, Inputs, Stop, if_readable
from backend.labs.analytes import ADULT_FROM_Y
from backend.labs.kidney import OLDEST_Y
from backend.results import Result, ok
from backend.screens.tables import POINTS

MENOPAUSE = ("pre", "transition", "post")
MOST_FRACTURE_TYPES = 100
YEARS_PER_DIGIT = 10


def ost_of(*, sex: str, age: float, body_mass_kg: float) -> tuple[int, bool]:
    """Return the osteoporosis self-assessment index and whether to refer.

    Source:
        Koh et al. 2001; the fraction is cut off, toward zero.
    """
    index = math.trunc((body_mass_kg - age) / POINTS.ost_divisor.value)
    women, men = POINTS.ost_women_below.value, POINTS.ost_men_below.value
    return index, index < (women if sex == "female" else men)


def orai_of(*, age: float, body_mass_kg: float, current_estrogen: bool) -> tuple[int, bool]:
    """Return the osteoporosis risk assessment index of a woman and whether to refer.

    Source:
        Cadarette et al. 2000.
    """
    by_age = next((row.points for row in POINTS.orai_age if age >= row.at_least), 0)
    by_mass = next((row.points for row in POINTS.orai_mass if body_mass_kg < row.below), 0)
    estrogen = 0 if current_estrogen else int(POINTS.orai_no_estrogen.value)
    index = by_age + by_mass + estrogen
    return index, index >= POINTS.orai_refer_from.value


def score_of(
    *,
    age: float,
    body_mass_kg: float,
    black: bool,
    rheumatoid_arthritis: bool,
    nontraumatic_fracture_types: int,
    ever_estrogen: bool,
) -> tuple[int, bool]:
    """Return the simple calculated risk estimate of a woman and whether to refer.

    It uses race as a variable of 1998, so only when the person states it. More than three
    types of fracture count as three.
    Source:
        Lydick et al. 1998.
    """
    types = min(nontraumatic_fracture_types, int(POINTS.score_fracture_types_most.value))
    pounds = body_mass_kg * POINTS.pounds_per_kg.value
    points = (
        (0 if black else POINTS.score_not_black.value)
        + (POINTS.score_rheumatoid_arthritis.value if rheumatoid_arthritis else 0)
        + POINTS.score_fracture_type.value * types
        + POINTS.score_age_decade.value * (age // YEARS_PER_DIGIT)
        + (0 if ever_estrogen else POINTS.score_never_estrogen.value)
        - math.trunc(pounds / POINTS.score_pounds_per_point.value)
    )
    return int(points), points >= POINTS.score_refer_from.value


def ost(given: Inputs) -> Result:
    """Return the index ``ost`` and ``refer``; see ``ost_of``.

    For women who are not premenopausal, whether asked or not, and for men from 50.
    """
    sex, age = _sex(given), _age(given)
    status = if_readable(lambda: given.text("menopausal_status"))
    if sex == "female" and status == "pre":
        raise Stop.not_applicable("premenopausal")
    if sex == "female" and age is not None and age < ADULT_FROM_Y:
        raise Stop.not_applicable("paediatric")
    if sex == "male" and age is not None and age < POINTS.ost_men_from_y.value:
        raise Stop.not_applicable("age_below_50")
    given.need("sex", "age", "body_mass_kg")
    if "menopausal_status" in given:
        given.choice("menopausal_status", MENOPAUSE)
    index, refer = ost_of(
        sex=given.choice("sex", SEXES),
        age=given.number("age", low=0, high=OLDEST_Y),
        body_mass_kg=_body_mass(given),
    )
    return ok(ost=index, refer=refer)


def orai(given: Inputs) -> Result:
    """Return the index ``orai`` and ``refer`` of a woman from 45; see ``orai_of``."""
    age = _woman_from_45(given, "body_mass_kg", "current_estrogen")
    index, refer = orai_of(
        age=age, body_mass_kg=_body_mass(given), current_estrogen=given.flag("current_estrogen")
    )
    return ok(orai=index, refer=refer)


def score(given: Inputs) -> Result:
    """Return ``score`` and ``refer`` of a woman from 45; see ``score_of``."""
    age = _woman_from_45(
        given,
        "body_mass_kg",
        "black",
        "rheumatoid_arthritis",
        "nontraumatic_fracture_types",
        "ever_estrogen",
    )
    points, refer = score_of(
        age=age,
        body_mass_kg=_body_mass(given),
        black=given.flag("black"),
        rheumatoid_arthritis=given.flag("rheumatoid_arthritis"),
        nontraumatic_fracture_types=given.whole(
            "nontraumatic_fracture_types", low=0, high=MOST_FRACTURE_TYPES
        ),
        ever_estrogen=given.flag("ever_estrogen"),
    )
    return ok(score=points, refer=refer)


def _sex(given: Inputs) -> str | None:
    return if_readable(lambda: given.choice("sex", SEXES))


def _age(given: Inputs) -> float | None:
    return if_readable(lambda: given.number("age", low=0, high=OLDEST_Y))


def _body_mass(given: Inputs) -> float:
    low, high = POINTS.body_mass_low_kg.value, POINTS.body_mass_high_kg.value
    return given.number("body_mass_kg", low=low, high=high)


def _woman_from_45(given: Inputs, *others: str) -> float:
    """Return the age of a woman of 45 or more; stop for anyone else, then for missing inputs."""
    age = _age(given)
    too_young = age is not None and age < POINTS.women_from_y.value
    if too_young or _sex(given) == "male":
        raise Stop.not_applicable("women_45_plus_only")
    given.need("sex", "age", *others)
    given.choice("sex", SEXES)
    return given.number("age", low=0, high=OLDEST_Y)


MODELS = (
    Model(
        key="screen.ost",
        fn=ost,
        inputs=("sex", "age", "body_mass_kg"),
        optional=("menopausal_status",),
        outputs=("ost", "refer"),
        grade="COH",
        citation="Koh et al. 2001",
        section="6.1",
    ),
    Model(
        key="screen.orai",
        fn=orai,
        inputs=("sex", "age", "body_mass_kg", "current_estrogen"),
        outputs=("orai", "refer"),
        grade="COH",
        citation="Cadarette et al. 2000",
        section="6.2",
    ),
    Model(
        key="screen.score",
        fn=score,
        inputs=(
            "sex",
            "age",
            "body_mass_kg",
            "black",
            "rheumatoid_arthritis",
            "nontraumatic_fracture_types",
            "ever_estrogen",
        ),
        outputs=("score", "refer"),
        grade="COH",
        citation="Lydick et al. 1998",
        section="6.3",
    ),
)
