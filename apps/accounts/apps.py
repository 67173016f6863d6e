"""People, devices, sign-in and tokens."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and their devices."""

    name = "apps.accounts"
