"""The feed's entry point: go through everybody a few at a time, taking away what is due."""

from django.db import OperationalError
from django.utils import timezone

from apps.common.jobs import Job
from apps.sync.purging import sweep_some
from tasks.base import job


@job(Job.TIDY_FEEDS, retry_on=(OperationalError,))
def tidy(**_newer: object) -> None:
    """Scrub what was deleted long ago, and purge its tombstones if the operator wants that."""
    sweep_some(now=timezone.now())
