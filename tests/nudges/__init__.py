"""Nudges through a year and through deaths of their sender: `python -m tests.nudges --help`."""
