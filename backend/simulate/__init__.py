"""Invented people and two years of what they train, eat and have measured, for the demo.

Everything is made up from a seed; the same seed gives the same bytes. No real person's data
is in here or behind it.
"""

from backend.simulate.athletes import demo_athletes
from backend.simulate.history import history
from backend.simulate.plans import DemoAthlete, SimulatedRecord
from backend.simulate.samples import sample_fit, sample_vitamin_d

__all__ = [
    "DemoAthlete",
    "SimulatedRecord",
    "demo_athletes",
    "history",
    "sample_fit",
    "sample_vitamin_d",
]
