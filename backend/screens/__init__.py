"""Screens that point to a bone scan, for people without one; never a diagnosis."""
