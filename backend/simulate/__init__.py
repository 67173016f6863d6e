"""Invented people and their two years of training and laboratory results, for the demo.

Everything is made up from a seed; the same seed gives the same bytes. No real person's data
is in here or behind it.
"""

from backend.simulate.athletes import demo_athletes
from backend.simulate.history import SimulatedRecord, history
from backend.simulate.plans import DemoAthlete
from backend.simulate.samples import sample_fit, sample_vitamin_d

__all__ = [
    "DemoAthlete",
    "SimulatedRecord",
    "demo_athletes",
    "history",
    "sample_fit",
    "sample_vitamin_d",
]
