"""From a reminder in the feed to the person: inbox, deliveries, e-mail."""

from django.apps import AppConfig


class RemindersConfig(AppConfig):
    """Reads what insights published."""

    name = "apps.reminders"
