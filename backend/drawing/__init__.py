"""Pictures as SVG text: plain data in, markup out, everything escaped.

Colours and fonts come from the page's style sheet by class name, so that a picture follows
dark mode and print and needs no inline style.
"""

from backend.drawing.axes import short_date
from backend.drawing.points import Point, measured_points
from backend.drawing.sparkline import sparkline
from backend.drawing.svg import Svg
from backend.drawing.weeks import WeekBar, loading_weeks

__all__ = [
    "Point",
    "Svg",
    "WeekBar",
    "loading_weeks",
    "measured_points",
    "short_date",
    "sparkline",
]
