"""Uploads' entry point: the message says "look", rows say what is due."""

from django.db import OperationalError
from django.utils import timezone

from apps.common.jobs import Job
from apps.uploads.services import sweep as service
from tasks.base import job


@job(Job.SWEEP_UPLOADS, retry_on=(OperationalError,))
def sweep(**_newer: object) -> None:
    """Finish, expire and remove what is due; safe to run twice, late or for nothing."""
    service.sweep(now=timezone.now())
