"""What every app shares: errors, jobs, the acting person, headers, logs."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Lowest of the apps."""

    name = "apps.common"
