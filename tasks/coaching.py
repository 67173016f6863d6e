"""Coaching's entry point: the message says "look", markers say whose lines are new."""

from django.db import OperationalError

from apps.coaching.services import telling_looks as service
from apps.common.jobs import Job
from apps.reminders.selectors import database_clock
from tasks.base import job


@job(Job.TELL_LOOKS, retry_on=(OperationalError,))
def tell_looks(**_newer: object) -> None:
    """Write into athletes' feeds who looked; safe to run twice, late or for nothing."""
    service.tell_looks(now=database_clock())
