"""Energy availability, and the Triad and REDs screens that rest on more than a diet log."""

from decimal import ROUND_HALF_UP, Decimal

import msgspec

from backend.contract import Model
from backend.inputs import Inputs, Stop, as_printed, if_readable
from backend.labs.analytes import ADULT_FROM_Y
from backend.labs.kidney import OLDEST_Y
from backend.nutrition.tables import CONSTANTS, TRIAD
from backend.results import Result, ok

DIETARY = {"none": 0, "some_restriction_or_history": 1, "eating_disorder_criteria": 2}
MOST_POINTS = 2
ONE_DECIMAL = Decimal("0.1")
# Outer limits of what can be true; those of the record `energy_screen`.
LARGEST_AGE_OF_MENARCHE = 30
MOST_MENSES = 20
MOST_INJURIES = 100
BMI = (8, 100)
Z_SCORES = (-12, 12)
SEVERE = ("primary_or_12mo_amenorrhoea", "testosterone_below_range")
OTHER_INDICATORS = (
    "amenorrhoea_3_11",
    "testosterone_lowest_quartile",
    "t3_low",
    "bsi_history",
    "z_below_minus1",
    "growth_deviation",
    "ede_q_elevated_or_ed",
)


class TriadScore(msgspec.Struct, frozen=True):
    """The least and most points that the answers leave open, and their tier."""

    score_min: int
    score_max: int
    tier: str
    missing_items: list[str]


def availability_of(
    *, energy_intake_kcal: float, exercise_kcal: float, ffm_kg: float
) -> tuple[float, str]:
    """Return energy availability, kcal per kg of fat-free mass and day, and its zone.

    Zones describe; the 2023 IOC consensus dropped fixed cut-offs, and self-report errs much.
    """
    left = as_printed(energy_intake_kcal) - as_printed(exercise_kcal)
    mass = as_printed(ffm_kg)
    if left < as_printed(CONSTANTS.ea_low_kcal_kg.value) * mass:
        zone = "below_30"
    elif left < as_printed(CONSTANTS.ea_adequate_kcal_kg.value) * mass:
        zone = "30_to_45"
    else:
        zone = "at_least_45"
    return float(left / mass), zone


def triad_points(item: str, value: float) -> int:
    """Return the points of one item of the Triad screen."""
    return next((step.points for step in TRIAD[item] if step.holds(value)), MOST_POINTS)


def bone_points(z_lowest: float) -> int:
    """Return the points of the lowest Z-score, read at one decimal like every score."""
    shown = as_printed(z_lowest).quantize(ONE_DECIMAL, rounding=ROUND_HALF_UP)
    return triad_points("bmd", float(shown))


def triad_of(points: dict[str, int | None]) -> TriadScore:
    """Return the score of the six items; an item without points leaves a range open.

    Source:
        De Souza et al. 2014, Br J Sports Med 48:289.
    """
    missing = sorted(item for item, scored in points.items() if scored is None)
    low = sum(scored for scored in points.values() if scored is not None)
    high = low + MOST_POINTS * len(missing)
    tiers = {triad_tier(low), triad_tier(high)}
    tier = tiers.pop() if len(tiers) == 1 else "indeterminate"
    return TriadScore(low, high, tier, missing)


def triad_tier(score: int) -> str:
    """Return the tier of a full score."""
    if score >= CONSTANTS.triad_high_from.value:
        return "high"
    return "moderate" if score >= CONSTANTS.triad_moderate_from.value else "low"


def energy_availability(given: Inputs) -> Result:
    """Return ``ea`` and its ``zone``; see ``availability_of``. Fewer than 3 days say nothing."""
    days = if_readable(lambda: given.number("log_days", low=0))
    if days is not None and days < CONSTANTS.ea_days_needed.value:
        raise Stop.not_applicable("fewer_than_3_log_days")
    given.need("energy_intake_kcal", "exercise_kcal", "ffm_kg", "log_days")
    most = CONSTANTS.energy_high_kcal.value
    ea, zone = availability_of(
        energy_intake_kcal=given.number("energy_intake_kcal", low=0, high=most),
        exercise_kcal=given.number("exercise_kcal", low=0, high=most),
        ffm_kg=given.number(
            "ffm_kg", low=CONSTANTS.ffm_low_kg.value, high=CONSTANTS.ffm_high_kg.value
        ),
    )
    given.number("log_days", low=0)
    return ok(ea=ea, zone=zone)


def triad_cra(given: Inputs) -> Result:
    """Return ``TriadScore`` of the answers; see ``triad_of``. For women and girls.

    Body mass index is no item under 18 years, and the number of periods is none with
    hormonal contraception. An injury at a high-risk site scores whatever their number.
    """
    given.need("age")
    age = given.number("age", low=0, high=OLDEST_Y)
    bmi = given.optional_number("bmi", low=BMI[0], high=BMI[1])
    menarche = given.optional_number("menarche_age", low=0, high=LARGEST_AGE_OF_MENARCHE)
    menses = given.optional_number("menses_12mo", low=0, high=MOST_MENSES)
    z_lowest = given.optional_number("z_lowest", low=Z_SCORES[0], high=Z_SCORES[1])
    hormonal = given.flag("hormonal_contraception")
    eating = given.choice("dietary", DIETARY) if "dietary" in given else None
    points = {
        "dietary": None if eating is None else DIETARY[eating],
        "bmi": _points("bmi", None if age < ADULT_FROM_Y else bmi),
        "menarche": _points("menarche", menarche),
        "menses": _points("menses", None if hormonal else menses),
        "bmd": None if z_lowest is None else bone_points(z_lowest),
        "bsi": _injury_points(given),
    }
    return ok(**msgspec.structs.asdict(triad_of(points)))


def _points(item: str, value: float | None) -> int | None:
    return None if value is None else triad_points(item, value)


def _injury_points(given: Inputs) -> int | None:
    count = given.whole("bsi_count", low=0, high=MOST_INJURIES) if "bsi_count" in given else None
    return MOST_POINTS if given.flag("bsi_high_risk_site") else _points("bsi", count)


def reds_indicators(given: Inputs) -> Result:
    """Return ``primary_count`` of the indicators that are true, and its ``level``.

    The two severe ones count two each. No traffic light: its last step is a physician's.
    Source:
        IOC REDs CAT2: Stellingwerff et al. 2023, doi 10.1136/bjsports-2023-106914.
    """
    severe = sum(given.flag(name) for name in SEVERE)
    others = sum(given.flag(name) for name in OTHER_INDICATORS)
    count = int(CONSTANTS.reds_severe_points.value) * severe + others
    return ok(primary_count=count, level=2 if count >= CONSTANTS.reds_review_from.value else 0)


MODELS = (
    Model(
        key="nutr.energy_availability",
        fn=energy_availability,
        inputs=("energy_intake_kcal", "exercise_kcal", "ffm_kg", "log_days"),
        outputs=("ea", "zone"),
        grade="XS",
        citation="Mountjoy et al. 2023, doi 10.1136/bjsports-2023-106994; zones descriptive",
        section="5.5",
    ),
    Model(
        key="nutr.triad_cra",
        fn=triad_cra,
        inputs=("age",),
        optional=(
            "dietary",
            "bmi",
            "menarche_age",
            "menses_12mo",
            "hormonal_contraception",
            "z_lowest",
            "bsi_count",
            "bsi_high_risk_site",
        ),
        outputs=TriadScore.__struct_fields__,
        grade="GL",
        citation="De Souza et al. 2014, Br J Sports Med 48:289",
        section="5.6",
    ),
    Model(
        key="nutr.reds_indicators",
        fn=reds_indicators,
        inputs=(),
        optional=(*SEVERE, *OTHER_INDICATORS),
        outputs=("primary_count", "level"),
        grade="GL",
        citation="Stellingwerff et al. 2023, doi 10.1136/bjsports-2023-106914",
        section="5.6",
    ),
)
