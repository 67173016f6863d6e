"""Muscle: mass, function, staging, and whether a change is real."""
