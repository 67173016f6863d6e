"""What stood around measured values: the season they fell in, the dose taken at the time."""

from collections.abc import Sequence
from datetime import date

from backend.drawing.axes import CHARACTER_PX, Panel, Scale, short_date
from backend.drawing.svg import Svg, element, group, line, plain, rect, words

Season = tuple[date, date]  # the first and the last day
NARROWEST_WORD = 46.0
FLAG = 9.0


def season_bands(seasons: Sequence[Season], panel: Panel, place: Scale) -> list[Svg]:
    """Return a shaded band for each season, cut to the panel; wide ones say what they are."""
    drawn = []
    for first, last in seasons:
        left = max(place.day(first), panel.left)
        right = min(place.day(last), panel.right)
        if right <= left:
            continue
        drawn.append(rect(left, panel.top, right - left, panel.bottom - panel.top, "chart-season"))
        if right - left >= NARROWEST_WORD:
            x = (left + right) / 2
            drawn.append(words("low sun", x=x, y=panel.bottom - 6, anchor="middle"))
    return drawn


def dose_flags(
    doses: Sequence[tuple[date, str]], panel: Panel, place: Scale, *, y: float
) -> list[Svg]:
    """Return a flag below the axis wherever the stated dose is another than before.

    A flag without room for its words keeps them in its tooltip.
    """
    changes = [
        (day, dose)
        for index, (day, dose) in enumerate(doses)
        if index == 0 or doses[index - 1][1] != dose
    ]
    drawn = []
    for index, (day, dose) in enumerate(changes):
        x = place.day(day)
        last = index == len(changes) - 1
        free_until = panel.right + CHARACTER_PX if last else place.day(changes[index + 1][0])
        tip = element("title", plain(f"{dose}, first stated {short_date(day)}"))
        pole = line(x, y + 2, x, y + 20, "chart-dose-pole")
        cloth = element("path", tip, d=f"M{x:.1f} {y + 2:.1f}l{FLAG} 4.5-{FLAG} 4.5z",
                        class_="chart-dose")  # fmt: skip
        parts = [pole, cloth]
        start, width = x + FLAG + 4, len(dose) * CHARACTER_PX
        if start + width < free_until:
            parts.append(words(dose, x=start, y=y + 11))
        elif len(changes) == 1 and x - 5 - width > panel.left:
            parts.append(words(dose, x=x - 5, y=y + 11, anchor="end"))
        drawn.append(group(parts))
    return drawn
