"""Coaching's entry points: the message says "look", markers say whose feeds lag behind."""

from django.db import OperationalError

from apps.coaching.services import telling, telling_looks
from apps.common.jobs import Job
from apps.reminders.selectors import database_clock
from tasks.base import job


@job(Job.TELL_LOOKS, retry_on=(OperationalError,))
def tell_looks(**_newer: object) -> None:
    """Write into athletes' feeds who looked; safe to run twice, late or for nothing."""
    telling_looks.tell_looks(now=database_clock())


@job(Job.TELL_CONSENTS, retry_on=(OperationalError,))
def tell_consents(**_newer: object) -> None:
    """Write into athletes' feeds what became of their consents, where that could not be at once."""
    telling.tell_consents(now=database_clock())
