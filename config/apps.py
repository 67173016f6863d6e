"""The top floor as an app, so that its commands are found."""

from importlib import import_module

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Holds the commands that know every part."""

    name = "config"
    label = "project"

    def ready(self) -> None:
        """Make the Celery app the one that `wake` publishes through, in every process."""
        import_module("config.celery")
