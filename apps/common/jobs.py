"""Names of background jobs, and how one is asked for: after commit, as a hint."""

import logging
from enum import StrEnum

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


class Job(StrEnum):
    """Every job by the name that stands in messages; renaming one strands old messages."""

    RECOMPUTE = "insights.recompute"
    START_DAY = "insights.start_day"
    PURGE_TOMBSTONES = "sync.purge_tombstones"
    DELIVER_REMINDERS = "reminders.deliver"


def wake(job: Job) -> None:
    """Tell a worker to look, once the surrounding transaction commits; never raises.

    The message carries nothing: a row says what is due, and beat finds it when this is lost.
    """
    transaction.on_commit(lambda: _publish(job), robust=True)


def _publish(job: Job) -> None:
    try:
        current_app.send_task(job.value, retry=False, ignore_result=True)
    except (OperationalError, OSError):
        logger.warning("wake_lost", extra={"job": job.value})
