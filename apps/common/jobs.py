"""Names of background jobs, and how one is asked for: after commit, as a hint."""

import logging
from enum import StrEnum

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from apps.common.breaker import Breaker

logger = logging.getLogger(__name__)
_broker = Breaker(pause_s=5.0)


class Job(StrEnum):
    """Every job by the name that stands in messages; renaming one strands old messages."""

    RECOMPUTE = "insights.recompute"
    START_DAY = "insights.start_day"
    PURGE_TOMBSTONES = "sync.purge_tombstones"
    DELIVER_REMINDERS = "reminders.deliver"
    SWEEP_UPLOADS = "uploads.sweep"
    TELL_LOOKS = "coaching.tell_looks"
    TELL_CONSENTS = "coaching.tell_consents"


def wake(job: Job) -> None:
    """Tell a worker to look, once the surrounding transaction commits; never raises.

    The message carries nothing: a row says what is due, and beat finds it when this is lost.
    """
    transaction.on_commit(lambda: _publish(job), robust=True)


def _publish(job: Job) -> None:
    if not _broker.allows():
        return
    try:
        current_app.send_task(job.value, retry=False, ignore_result=True)
    except (OperationalError, OSError):
        _broker.failed()
        logger.warning("wake_lost", extra={"job": job.value})
    else:
        _broker.worked()
