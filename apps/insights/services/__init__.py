"""Recompute and publish: from the feed to read models and derived records."""
