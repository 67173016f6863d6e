"""The points and limits of the screens, read once while the package is imported."""

import msgspec

from backend.tables import Constant, read_table


class AgePoints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points from an age on, in completed years."""

    at_least: float
    points: int
    support: str
    source: str


class MassPoints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points below a body mass, in kg."""

    below: float
    points: int
    support: str
    source: str


class Points(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers of section 6."""

    version: str
    orai_age: tuple[AgePoints, ...]
    orai_mass: tuple[MassPoints, ...]
    body_mass_low_kg: Constant
    body_mass_high_kg: Constant
    ost_divisor: Constant
    ost_women_below: Constant
    ost_men_below: Constant
    ost_men_from_y: Constant
    women_from_y: Constant
    orai_no_estrogen: Constant
    orai_refer_from: Constant
    score_not_black: Constant
    score_rheumatoid_arthritis: Constant
    score_fracture_type: Constant
    score_fracture_types_most: Constant
    score_age_decade: Constant
    score_never_estrogen: Constant
    score_pounds_per_point: Constant
    pounds_per_kg: Constant
    score_refer_from: Constant
    frax_from_y: Constant
    frax_to_y: Constant


POINTS = read_table("backend.screens", "points.toml", Points)
VERSIONS: dict[str, str] = {"screen_points": POINTS.version}
