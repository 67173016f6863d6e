"""The top floor as an app, so that its commands are found."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Holds the commands that know every part."""

    name = "config"
    label = "project"
