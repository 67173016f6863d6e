"""Laboratory results: what was measured, in which unit, and what it is compared with."""
