"""The feed's entry point: go through everybody a few at a time, purging what may go."""

from django.db import OperationalError
from django.utils import timezone

from apps.common.jobs import Job
from apps.sync.purging import sweep_some
from tasks.base import job


@job(Job.PURGE_TOMBSTONES, retry_on=(OperationalError,))
def purge_tombstones(**_newer: object) -> None:
    """Purge the next few feeds; safe to run twice, late or for nothing."""
    sweep_some(now=timezone.now())
