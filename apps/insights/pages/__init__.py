"""The athlete's own page."""
