"""The short physical performance battery: balance, gait and chair stand, 0 to 4 points each."""

from collections.abc import Sequence

import msgspec

from backend.contract import Model
from backend.inputs import Inputs, Stop
from backend.muscle.tables import CONSTANTS
from backend.results import Result, ok

STANCES = ("side_by_side_s", "semi_tandem_s", "tandem_s")
COURSES_S = {4.0: CONSTANTS.sppb.walk_4m_s.values, 3.0: CONSTANTS.sppb.walk_3m_s.values}


class Points(msgspec.Struct, frozen=True):
    """Points of the three parts and their sum, 0 to 12."""

    balance: int
    gait: int
    chair: int
    total: int


def balance_points(side_by_side_s: float, semi_tandem_s: float, tandem_s: float) -> int:
    """Return 0 to 4 points; each stance counts only when the easier one was held."""
    held_s, short_s = CONSTANTS.sppb.stand_s.value, CONSTANTS.sppb.tandem_short_s.value
    if side_by_side_s < held_s:
        return 0
    if semi_tandem_s < held_s:
        return 1
    if tandem_s < short_s:
        return 2
    return 3 if tandem_s < held_s else 4


def gait_points(walk_s: float | None, *, course_m: float) -> int:
    """Return 0 to 4 points of a walk of 4 or 3 m at the usual pace; None was unable.

    Published tables sometimes print the limits of 3 m under 4 m: the distance decides.
    """
    if walk_s is None:
        return 0
    best_s, *slower = COURSES_S[course_m]
    return 4 if walk_s < best_s else 3 - _passed(walk_s, slower)


def chair_points(chair_5x_s: float | None) -> int:
    """Return 0 to 4 points of five rises from a chair; None was unable."""
    return 0 if chair_5x_s is None else 4 - _passed(chair_5x_s, CONSTANTS.sppb.chair_s.values)


def points_of(
    stances_s: Sequence[float], *, walk_s: float | None, course_m: float, chair_5x_s: float | None
) -> Points:
    """Return the points of one battery.

    Args:
        stances_s: seconds held side by side, semi-tandem and tandem.
        walk_s: seconds for the course; None for unable.
        course_m: 4 or 3.
        chair_5x_s: seconds for five rises; None for unable.
    Source:
        Guralnik et al. 1994, J Gerontol.
    """
    balance = balance_points(*stances_s)
    gait, chair = gait_points(walk_s, course_m=course_m), chair_points(chair_5x_s)
    return Points(balance, gait, chair, balance + gait + chair)


def _passed(seconds: float, limits_s: Sequence[float]) -> int:
    return sum(seconds > limit for limit in limits_s)


def sppb(given: Inputs) -> Result:
    """Return ``Points`` of a battery; see ``points_of``. Times in seconds, above 0 if moved."""
    given.need(*STANCES, "walk_distance_m")
    stances_s = [given.number(name, low=0) for name in STANCES]
    walk_s = given.optional_number("walk_s", low=0, above=True)
    course_m = given.number("walk_distance_m")
    if course_m not in COURSES_S:
        raise Stop.out_of_range("walk_distance_m")
    chair_s = given.optional_number("chair_5x_s", low=0, above=True)
    points = points_of(stances_s, walk_s=walk_s, course_m=course_m, chair_5x_s=chair_s)
    return ok(**msgspec.structs.asdict(points))


MODELS = (
    Model(
        key="muscle.sppb",
        fn=sppb,
        inputs=(*STANCES, "walk_distance_m"),
        optional=("walk_s", "chair_5x_s"),
        outputs=Points.__struct_fields__,
        grade="COH",
        citation="Guralnik et al. 1994, J Gerontol",
        section="2.2",
    ),
)
