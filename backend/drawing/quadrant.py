"""Muscle against bone: where somebody stood, and the way they came."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import msgspec

from backend.drawing.axes import (
    CHARACTER_PX,
    MONTHS,
    Labels,
    Panel,
    Scale,
    short_date,
    ticks_between,
)
from backend.drawing.svg import NOTHING, Svg, element, line, picture, plain, rect, words

LEFT, RIGHT, TOP, AXIS = 44.0, 12.0, 40.0, 44.0
WIDEST, TALL = 560.0, 300.0


class Standing(msgspec.Struct, frozen=True):
    """One dated pair. ``setting`` is what must stay the same to compare."""

    day: date
    almi_kg_m2: float
    score: float
    setting: tuple[str, ...]
    label: str


def muscle_bone(
    trail: Sequence[Standing], *, scale: str, muscle_cut: float | None, bone_cut: float,
    ident: str, width: float, title: str, desc: str,
) -> Svg:  # fmt: skip
    """Return the quadrants and the trail, oldest first; nothing for none.

    Args:
        scale: T or Z, of every score.
        muscle_cut: lean mass index below which it is called low; None draws no line.
        bone_cut: score below which it is called low.
    """
    if not trail:
        return NOTHING
    cuts = [] if muscle_cut is None else [muscle_cut]
    across = ticks_between(*_around([s.almi_kg_m2 for s in trail] + cuts, 0.5), about=5)
    up = ticks_between(*_around([s.score for s in trail] + [bone_cut], 0.5), about=5)
    left = LEFT + max(0.0, (width - WIDEST) / 2)
    panel = Panel(left, min(width, left - LEFT + WIDEST) - RIGHT, TOP, TOP + TALL)
    x = Scale(across[0], across[-1], panel.left, panel.right)
    y = Scale(up[0], up[-1], panel.bottom, panel.top)
    parts = [
        *_fields(panel, x, y, muscle_cut, bone_cut),
        *_axes(panel, x, y, across, up, scale),
        *_trail(trail, x, y),
        *_names(trail, panel, x, y),
    ]
    return picture(
        parts, ident=ident, width=width, height=panel.bottom + AXIS, title=title, desc=desc,
        class_="chart-svg",
    )  # fmt: skip


def _around(values: Sequence[float], margin: float) -> tuple[float, float]:
    return min(values) - margin, max(values) + margin


def _fields(
    panel: Panel, x: Scale, y: Scale, muscle_cut: float | None, bone_cut: float
) -> list[Svg]:
    """Return the field where nothing is low, and the lines between the fields."""
    across = panel.left if muscle_cut is None else x(muscle_cut)
    up = y(bone_cut)
    drawn = [
        rect(across, panel.top, panel.right - across, up - panel.top, "chart-range"),
        line(panel.left, up, panel.right, up, "chart-reference"),
        words("higher density", x=panel.right - 6, y=panel.top + 15, anchor="end"),
        words("lower density", x=panel.right - 6, y=panel.bottom - 8, anchor="end"),
    ]
    if muscle_cut is not None:
        drawn.append(line(across, panel.top, across, panel.bottom, "chart-reference"))
    return drawn


def _axes(
    panel: Panel, x: Scale, y: Scale, across: Sequence[float], up: Sequence[float], scale: str
) -> list[Svg]:
    drawn = [
        words(f"Lowest {scale}-score", x=panel.left - LEFT, y=14, class_="chart-heading"),
        line(panel.left, panel.bottom, panel.right, panel.bottom, "chart-base"),
        line(panel.left, panel.top, panel.left, panel.bottom, "chart-base"),
        words("Lean mass of arms and legs, kg/m²", x=(panel.left + panel.right) / 2,
              y=panel.bottom + 38, class_="chart-heading", anchor="middle"),
    ]  # fmt: skip
    for value in across:
        drawn.append(line(x(value), panel.bottom, x(value), panel.bottom + 4, "chart-tick"))
        drawn.append(words(f"{value:g}", x=x(value), y=panel.bottom + 17, anchor="middle"))
    for value in up:
        drawn.append(line(panel.left - 4, y(value), panel.left, y(value), "chart-tick"))
        drawn.append(words(f"{value:g}", x=panel.left - 8, y=y(value) + 4, anchor="end"))
    return drawn


def _trail(trail: Sequence[Standing], x: Scale, y: Scale) -> list[Svg]:
    drawn = []
    for before, after in pairwise(trail):
        same = before.setting == after.setting
        kind = "point-line" if same else "point-line point-line-apart"
        ends = (x(before.almi_kg_m2), y(before.score), x(after.almi_kg_m2), y(after.score))
        drawn.append(line(*ends, kind))
    for index, one in enumerate(trail):
        newest = index == len(trail) - 1
        tip = element("title", plain(f"{short_date(one.day)}: {one.label}"))
        kind = "point" if newest else "point point-earlier"
        at = {"cx": x(one.almi_kg_m2), "cy": y(one.score)}
        drawn.append(element("circle", tip, **at, r=7 if newest else 5, class_=kind))
    return drawn


def _names(trail: Sequence[Standing], panel: Panel, x: Scale, y: Scale) -> list[Svg]:
    """Return month and year beside each point, the newest first where they would overlap."""
    drawn: list[Svg] = []
    labels = Labels()
    for one in reversed(trail):
        text = f"{MONTHS[one.day.month - 1]} {one.day.year}"
        wide = len(text) * CHARACTER_PX + 4
        px, py = x(one.almi_kg_m2), y(one.score)
        before = px + 11 + wide > panel.right
        start = px - 11 - wide if before else px + 11
        if not labels.take(start, start + wide, py):
            continue
        anchor, at = ("end", px - 11) if before else ("start", px + 11)
        drawn.append(words(text, x=at, y=py + 4, class_="chart-value", anchor=anchor))
    return drawn
