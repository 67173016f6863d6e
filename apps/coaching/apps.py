"""Teams, consent and what a coach may see of an athlete who consented."""

from django.apps import AppConfig


class CoachingConfig(AppConfig):
    """Knows who may see whom; reads insights, never the feed."""

    name = "apps.coaching"
