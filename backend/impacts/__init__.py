"""Impacts in raw accelerometry: low-pass, peaks, and the histogram a workout carries.

``from backend.impacts.histogram import measure``.
"""
