"""Third parties: their clients, tokens and scopes, and what they may read."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """Highest of the apps: reads insights for whoever an athlete let in."""

    name = "apps.integrations"
