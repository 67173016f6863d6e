"""One look at everything: what was published, what is due, what is too old to keep."""

import logging
from datetime import datetime, timedelta

from apps.common.jobs import Job, wake
from apps.reminders import sql
from apps.reminders.services.collect import BATCH, collect
from apps.reminders.services.deliver import deliver_due

logger = logging.getLogger(__name__)

ATTEMPTS_KEPT = timedelta(days=30)


def sweep(*, now: datetime) -> None:
    """Collect, deliver, forget old attempts; what did not fit into one run asks for another."""
    collected = collect(now=now)
    run = deliver_due(now=now)
    if run.is_cut_short or collected == BATCH:
        wake(Job.DELIVER_REMINDERS)
    if collected or run.outcomes:
        logger.info(
            "reminders_swept", extra={"collected": collected, "outcomes": dict(run.outcomes)}
        )
    sql.fetch(sql.FORGET_ATTEMPTS, {"before": now - ATTEMPTS_KEPT})
