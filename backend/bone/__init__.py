"""Bone: scores, class, change between scans, when to scan again, and trabecular score."""
