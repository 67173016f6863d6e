"""Bone density over years, a panel per site: bars of chance, and breaks between machines."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import msgspec

from backend.drawing.axes import CHARACTER_PX, Labels, short_date
from backend.drawing.stacked import Row, stacked
from backend.drawing.svg import NOTHING, Svg, element, line, plain, words
from backend.summary.wording import fixed

RADIUS, CAP = 5.0, 5.0


class ScanPoint(msgspec.Struct, frozen=True):
    """One scan of a site.

    ``chance`` is the least significant change around it in g/cm2, None when unknown;
    ``machine`` what must stay the same to compare; ``within`` says that the step from the
    scan before lies inside chance.
    """

    day: date
    bmd_g_cm2: float
    chance: float | None
    machine: tuple[str, ...]
    label: str
    within: bool = False


class SitePanel(msgspec.Struct, frozen=True):
    """A site by its name, and its scans, oldest first, at least one."""

    name: str
    points: tuple[ScanPoint, ...]


def density_sites(
    sites: Sequence[SitePanel], *, ident: str, width: float, title: str, desc: str
) -> Svg:
    """Return the picture of sites in the given order; nothing for none."""
    if not sites:
        return NOTHING
    days = [point.day for site in sites for point in site.points]
    stack = stacked(
        [f"{site.name}, g/cm²" for site in sites],
        [_span(site.points) for site in sites],
        first=min(days),
        last=max(days),
        width=width,
    )
    drawn = [_site(site.points, row) for site, row in zip(sites, stack.rows, strict=True)]
    return stack.picture(drawn, ident=ident, width=width, title=title, desc=desc)


def _span(points: Sequence[ScanPoint]) -> tuple[float, float]:
    lows = [point.bmd_g_cm2 - (point.chance or 0.01) for point in points]
    highs = [point.bmd_g_cm2 + (point.chance or 0.01) for point in points]
    return min(lows), max(highs)


def _site(points: Sequence[ScanPoint], row: Row) -> list[Svg]:
    drawn = []
    for before, after in pairwise(points):
        ends = (*_at(before, row), *_at(after, row))
        if before.machine != after.machine:
            drawn.append(_zigzag((ends[0] + ends[2]) / 2, row))
        else:
            kind = "point-line point-line-within" if after.within else "point-line"
            drawn.append(line(*ends, kind))
    for point in points:
        drawn += _bar(point, row)
    labels = Labels()
    for point in reversed(points):
        x, y = _at(point, row)
        text = fixed(point.bmd_g_cm2, places=3)
        wide = len(text) * CHARACTER_PX + 8
        is_last = x + wide > row.panel.right
        start, anchor, shift = (x - wide, "end", -9) if is_last else (x, "start", 9)
        if labels.take(start, start + wide, y):
            drawn.append(words(text, x=x + shift, y=y - 6, class_="chart-value", anchor=anchor))
    return drawn


def _at(point: ScanPoint, row: Row) -> tuple[float, float]:
    return row.x.day(point.day), row.y(point.bmd_g_cm2)


def _bar(point: ScanPoint, row: Row) -> list[Svg]:
    x, y = _at(point, row)
    drawn = []
    if point.chance is not None:
        low, high = row.y(point.bmd_g_cm2 - point.chance), row.y(point.bmd_g_cm2 + point.chance)
        drawn.append(line(x, low, x, high, "chance-bar"))
        drawn += [line(x - CAP, at, x + CAP, at, "chance-bar") for at in (low, high)]
    tip = element("title", plain(f"{short_date(point.day)}: {point.label}"))
    kind = "point point-within" if point.within else "point"
    drawn.append(element("circle", tip, cx=x, cy=y, r=RADIUS, class_=kind))
    return drawn


def _zigzag(x: float, row: Row) -> Svg:
    steps = int((row.panel.bottom - row.panel.top) // 12)
    path = f"M{x:.1f} {row.panel.top:.1f}" + "l4 6-4 6" * steps
    return element("path", d=path, class_="chart-break")
