"""Pictures as SVG text: plain data in, markup out, everything escaped.

Colours and fonts come from the page's style sheet by class name, so that a picture follows
dark mode and print and needs no inline style.
"""

from backend.drawing.axes import short_date
from backend.drawing.clock import ClockDay, loading_clock
from backend.drawing.days import DayCell, calendar_days
from backend.drawing.histogram import ForceBin, force_histogram
from backend.drawing.lifts import LiftPanel, WeekEstimate, lift_bands
from backend.drawing.points import Point, measured_points
from backend.drawing.quadrant import Standing, muscle_bone
from backend.drawing.sites import ScanPoint, SitePanel, density_sites
from backend.drawing.sparkline import sparkline
from backend.drawing.svg import Svg
from backend.drawing.weeks import WeekBar, loading_weeks

__all__ = [
    "ClockDay",
    "DayCell",
    "ForceBin",
    "LiftPanel",
    "Point",
    "ScanPoint",
    "SitePanel",
    "Standing",
    "Svg",
    "WeekBar",
    "WeekEstimate",
    "calendar_days",
    "density_sites",
    "force_histogram",
    "lift_bands",
    "loading_clock",
    "loading_weeks",
    "measured_points",
    "muscle_bone",
    "short_date",
    "sparkline",
]
