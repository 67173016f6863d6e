"""People, devices, sign-in and tokens."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and their devices."""

    name = "apps.accounts"

    def ready(self) -> None:
        """Listen for sign-ins."""
        from apps.accounts.pages import presence  # noqa: F401 (needs the models)
