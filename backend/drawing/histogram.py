"""How often a session loaded bone how hard: contacts by peak force, on a tenfold scale."""

import math
from collections.abc import Sequence

import msgspec

from backend.drawing.axes import Panel, Scale
from backend.drawing.svg import NOTHING, Svg, line, picture, rect, words

LEFT, RIGHT, TOP, PLOT, AXIS = 44.0, 6.0, 40.0, 170.0, 42.0
LEAST_DECADES = 2
BAR_SHARE = 0.72


class ForceBin(msgspec.Struct, frozen=True):
    """Contacts whose peak lay in one range of force; ``counts`` is whether bone units do."""

    label: str
    contacts: float
    counts: bool


def force_histogram(
    bins: Sequence[ForceBin], *, ident: str, width: float, title: str, desc: str
) -> Svg:
    """Return the picture of ranges from the least to the greatest; nothing for none.

    Each hairline stands for ten times as many contacts as the one below, so that ten landings
    stay visible beside ten thousand steps; every bar has its number.
    """
    if not bins:
        return NOTHING
    panel = Panel(LEFT, width - RIGHT, TOP, TOP + PLOT)
    most = max(max(one.contacts for one in bins), 1.0)
    decades = max(LEAST_DECADES, math.ceil(math.log10(most) - 1e-9))
    # 1 contact stands one step above the base line, so that it has a height.
    place = Scale(-1, decades, panel.bottom, panel.top)
    parts = [words("Contacts", x=0, y=12, class_="chart-heading")]
    parts.append(line(panel.left, panel.bottom, panel.right, panel.bottom, "chart-base"))
    for power in range(decades + 1):
        y = place(power)
        parts.append(line(panel.left, y, panel.right, y, "chart-grid"))
        parts.append(words(f"{10**power:,}", x=panel.left - 6, y=y + 4, anchor="end"))
    step = (panel.right - panel.left) / len(bins)
    for index, one in enumerate(bins):
        parts += _bar(one, panel.left + index * step, step, place, panel.bottom)
    parts.append(
        words("Peak force, body weights", x=(panel.left + panel.right) / 2, y=panel.bottom + 36,
              anchor="middle")
    )  # fmt: skip
    return picture(
        parts, ident=ident, width=width, height=panel.bottom + AXIS, title=title, desc=desc,
        class_="chart-svg",
    )  # fmt: skip


def _bar(one: ForceBin, left: float, step: float, place: Scale, bottom: float) -> list[Svg]:
    centre = left + step / 2
    drawn = [words(one.label, x=centre, y=bottom + 17, anchor="middle")]
    if one.contacts <= 0:
        drawn.append(words("0", x=centre, y=bottom - 6, anchor="middle"))
        return drawn
    top = min(place(max(math.log10(one.contacts), -0.8)), bottom - 1)
    wide = step * BAR_SHARE
    kind = "bar-bone" if one.counts else "bar-volume"
    noun = "contact" if one.contacts == 1 else "contacts"
    tip = f"{one.label} body weights: {one.contacts:,.0f} {noun}"
    drawn.append(rect(centre - wide / 2, top, wide, bottom - top, kind, title=tip, rx=2))
    drawn.append(
        words(f"{one.contacts:,.0f}", x=centre, y=top - 6, class_="chart-value", anchor="middle")
    )
    return drawn
