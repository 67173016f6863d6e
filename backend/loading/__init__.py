"""Mechanical loading: sessions to blocks, blocks to bone loading units, days, weeks, bands."""
