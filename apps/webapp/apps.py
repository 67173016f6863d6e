"""The athlete's web app: a phone client that runs in a browser."""

from django.apps import AppConfig


class WebappConfig(AppConfig):
    """Serves files, the same for everybody; whose data it is the API decides."""

    name = "apps.webapp"
