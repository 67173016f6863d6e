"""The feed: records, receipts, and the lock that numbers them."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    """One feed per athlete."""

    name = "apps.sync"
