"""Read models, recompute, summaries: what is derived from the feed."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    """Reads the feed, writes read models, publishes derived records."""

    name = "apps.insights"
