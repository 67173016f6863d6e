"""Reminders' entry point: the message says "look", rows say what is due."""

from django.db import OperationalError

from apps.common.jobs import Job
from apps.reminders.selectors import database_clock
from apps.reminders.services.sweep import sweep
from tasks.base import job


@job(Job.DELIVER_REMINDERS, retry_on=(OperationalError,))
def deliver(**_newer: object) -> None:
    """Read on what recomputes published and send what is due; safe to run twice or late."""
    sweep(now=database_clock())
