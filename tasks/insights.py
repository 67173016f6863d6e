"""Insights' entry points: messages say "look", the queue says who is stale."""

from django.db import OperationalError
from django.utils import timezone

from apps.common.jobs import Job
from apps.insights.services import recompute as service
from tasks.base import job


@job(Job.RECOMPUTE, retry_on=(OperationalError,))
def recompute(**_newer: object) -> None:
    """Bring stale athletes up to date; safe to run twice, late or for nothing."""
    service.drain(now=timezone.now())


@job(Job.START_DAY, retry_on=(OperationalError,))
def start_day(**_newer: object) -> None:
    """Recompute athletes whose local day has passed: time alone makes reminders due."""
    service.start_day(now=timezone.now())
