"""Muscle and bone together: the lean mass index beside the lowest score, and the way there."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import msgspec

from backend.bone.tables import CONSTANTS as BONE
from backend.charts.chart import Cell, Chart, Column, Key
from backend.days import completed_years
from backend.drawing import Standing, Svg, muscle_bone, short_date
from backend.models import run
from backend.muscle.tables import CONSTANTS as MUSCLE
from backend.records.athlete_profile import AthleteProfile
from backend.records.dxa_scan import DxaScan
from backend.summary.bone import scores
from backend.summary.facts import Fact, Facts
from backend.summary.measures import Reading, composition, machine
from backend.summary.situation import ADULT_FROM_Y
from backend.summary.wording import fixed, to_places

NAME = "muscle_bone"
PAIRED_WITHIN_DAYS = 180  # our convention: lean mass and bone both move slowly
COLUMNS = (
    Column("scanned_on", "Bone scanned"),
    Column("score", "Lowest score", is_number=True),
    Column("scale", "Scale"),
    Column("measured_on", "Lean mass measured"),
    Column("almi_kg_m2", "Lean mass index", "kg/m2", is_number=True),
    Column("method", "Method"),
    Column("days_apart", "Days apart", "d", is_number=True),
)


class _Pair(msgspec.Struct, frozen=True):
    """One scan with the nearest measurement of lean mass."""

    scan: Fact[DxaScan]
    score: float
    lean: Reading
    almi: float

    @property
    def apart_d(self) -> int:
        """Days between both."""
        return abs((self.scan.day - self.lean.day).days)


def muscle_bone_chart(facts: Facts, *, profile: AthleteProfile, as_of: date) -> Chart:
    """Return the picture of all pairs of a scan and a measurement near it, oldest first."""
    scale = _scale(facts, profile, as_of)
    pairs = _pairs(facts, profile, scale) if scale else []
    trail = [_standing(pair, scale or "") for pair in pairs]
    classes = BONE.classes
    bone_cut = (classes.normal_from_t if scale == "T" else classes.low_to_z).value
    muscle_cut = _muscle_cut(profile, pairs, as_of)
    desc = _describe(pairs, scale or "")

    def draw(ident: str, width: float) -> Svg:
        return muscle_bone(
            trail, scale=scale or "", muscle_cut=muscle_cut, bone_cut=bone_cut, ident=ident,
            width=width, title="Muscle beside bone over time", desc=desc,
        )  # fmt: skip

    return Chart(
        name=NAME, title="Muscle and bone together", columns=COLUMNS, draw=draw,
        rows=tuple(_row(pair, scale or "") for pair in reversed(pairs)),
        note="To the right more muscle on arms and legs, upwards denser bone. What matters is "
        "the way, not the place.",
        caption="Newest pair first", legend=_legend(trail),
        foot=_foot(scale or "", bone_cut, muscle_cut, profile),
        empty="No pair yet. It takes a bone scan with a score and, within half a year of it, a "
        "measurement of lean mass of arms and legs; your height must be known.",
    )  # fmt: skip


def _scale(facts: Facts, profile: AthleteProfile, as_of: date) -> str | None:
    """Return on which scale the newest scored scan is read; None when no scan has a score."""
    born = profile.born_date
    is_minor = born is not None and completed_years(born=born, on=as_of) < ADULT_FROM_Y
    for scan in facts.scans:
        t_lowest, z_lowest = scores(scan)
        result = run(
            "bone.classify",
            {
                "age": completed_years(born=born, on=scan.day) if born else None,
                "sex": profile.sex,
                "menopausal_status": profile.menopausal_status,
                "t_lowest": t_lowest,
                "z_lowest": z_lowest,
            },
        )
        scale = result.get("scale")
        if isinstance(scale, str) and (scale == "Z" or not is_minor):
            return scale
        if z_lowest is not None:
            return "Z"
        if t_lowest is not None and not is_minor:
            return "T"
    return None


def _pairs(facts: Facts, profile: AthleteProfile, scale: str) -> list[_Pair]:
    heights = composition(facts, "height_cm")
    height_cm = profile.height_cm or (heights[0].value if heights else None)
    lean = composition(facts, "alm_kg")
    found = []
    for scan in reversed(facts.scans):
        score = scores(scan)[0 if scale == "T" else 1]
        near = _nearest(lean, scan.day)
        if score is None or near is None or height_cm is None:
            continue
        index = run("muscle.almi", {"alm_kg": near.value, "height_m": height_cm / 100})
        almi = index.get("almi_kg_m2")
        if isinstance(almi, float):
            found.append(_Pair(scan, score, near, almi))
    return found


def _nearest(lean: Sequence[Reading], day: date) -> Reading | None:
    near = min(lean, key=lambda one: (abs((one.day - day).days), one.day), default=None)
    if near is None or abs((near.day - day).days) > PAIRED_WITHIN_DAYS:
        return None
    return near


def _standing(pair: _Pair, scale: str) -> Standing:
    label = f"{fixed(pair.almi, places=2)} kg/m², {scale} {pair.score:g}"
    setting = (*machine(pair.scan.body), *pair.lean.setting)
    return Standing(pair.scan.day, pair.almi, pair.score, setting, label)


def _muscle_cut(profile: AthleteProfile, pairs: Sequence[_Pair], as_of: date) -> float | None:
    """Return below which index lean mass is called low, where it is called so at all."""
    born, sex = profile.born_date, profile.sex
    is_minor = born is not None and completed_years(born=born, on=as_of) < ADULT_FROM_Y
    if sex is None or is_minor or profile.pregnant or not pairs:
        return None
    if profile.sarcopenia_definition == "awgs2019":
        by_method = MUSCLE.awgs2019.almi_kg_m2
        method = pairs[-1].lean.setting[0]
        return by_method[method].of(sex) if method in by_method else None
    return MUSCLE.ewgsop2.almi_kg_m2.of(sex)


def _row(pair: _Pair, scale: str) -> tuple[Cell, ...]:
    method = " ".join(part for part in pair.lean.setting if part)
    score, almi = to_places(pair.score, places=2), to_places(pair.almi, places=2)
    return (pair.scan.day, score, scale, pair.lean.day, almi, method, pair.apart_d)


def _legend(trail: Sequence[Standing]) -> tuple[Key, ...]:
    settings = [one.setting for one in trail]
    keys = [
        (True, "point", "newest pair"),
        (len(trail) > 1, "earlier", "earlier pairs"),
        (any(a != b for a, b in pairwise(settings)), "apart",
         "another machine or method between"),
        (True, "reference", "published cut-offs"),
    ]  # fmt: skip
    return tuple(Key(mark, text) for present, mark, text in keys if present)


def _foot(scale: str, bone_cut: float, muscle_cut: float | None, profile: AthleteProfile) -> str:
    definition = (profile.sarcopenia_definition or "ewgsop2").upper()
    muscle = (
        f"the upright one {muscle_cut:g} kg/m² ({definition}, made for older people)"
        if muscle_cut is not None
        else "no upright one, since no cut-off for lean mass applies or your sex is not known"
    )
    return (
        f"The lying dashed line is a {scale}-score of {bone_cut:g}, {muscle}. Each scan is paired "
        f"with the nearest lean mass within {PAIRED_WITHIN_DAYS} days. Source: scans and body "
        "composition in your feed."
    )


def _describe(pairs: Sequence[_Pair], scale: str) -> str:
    if not pairs:
        return ""
    first, last = pairs[0], pairs[-1]
    said = (
        f"On {short_date(last.scan.day)} a lean mass index of {fixed(last.almi, places=2)} kg/m² "
        f"and a lowest {scale}-score of {last.score:g}."
    )
    if len(pairs) > 1:
        said += (
            f" The trail of {len(pairs)} pairs began on {short_date(first.scan.day)} with "
            f"{fixed(first.almi, places=2)} kg/m² and {first.score:g}."
        )
    return f"{said} Every number is in the table below."
