"""A row of small bars that fits into a line of text."""

from collections.abc import Sequence

from backend.drawing.svg import Svg, element, rect

BAR, GAP, HEIGHT = 7.0, 2.0, 24.0
LEAST = 1.5


def sparkline(values: Sequence[float | None], *, label: str) -> Svg:
    """Return bars of ``values``, oldest first, scaled to the largest.

    Args:
        values: finite and >= 0; None is no data and drawn as a dashed foot, 0 as a thin one.
        label: what a screen reader says instead of the picture.
    """
    highest = max((value for value in values if value is not None), default=0.0) or 1.0
    bars = []
    for index, value in enumerate(values):
        x = index * (BAR + GAP)
        tall = LEAST if value is None else max(LEAST, HEIGHT * value / highest)
        kind = "spark-none" if value is None else "spark-bar"
        if index == len(values) - 1 and value is not None:
            kind = "spark-bar spark-last"
        bars.append(rect(x, HEIGHT - tall, BAR, tall, kind, rx=1))
    width = max(len(values) * (BAR + GAP) - GAP, BAR)
    return element(
        "svg", *bars, viewBox=f"0 0 {width:g} {HEIGHT:g}", width=width, height=HEIGHT,
        class_="sparkline", role="img", aria_label=label, focusable="false",
    )  # fmt: skip
