"""One look at everything: what was published, what is due, what is too old to keep."""

import logging
from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings

from apps.common.jobs import Job, wake
from apps.reminders import sql
from apps.reminders.services.collect import BATCH, BUDGET_S, collect
from apps.reminders.services.deliver import BUDGET_S as BOTH_S
from apps.reminders.services.deliver import deliver_due

logger = logging.getLogger(__name__)

# How long it is known what came of each attempt.
ATTEMPTS_KEPT = timedelta(days=30)


def sweep(*, now: datetime) -> None:
    """Collect, deliver, forget what is too old; what did not fit into one run asks for another."""
    began = monotonic()
    collected = collect(now=now)
    spent_s = monotonic() - began
    # What both take together stays within the job's limit, and within a lease from ``now``.
    run = deliver_due(now=now, budget_s=max(BOTH_S - spent_s, 1.0))
    is_more = collected == BATCH or (collected and spent_s >= BUDGET_S)
    if run.is_cut_short or is_more:
        wake(Job.DELIVER_REMINDERS)
    if collected or run.outcomes:
        logger.info(
            "reminders_swept", extra={"collected": collected, "outcomes": dict(run.outcomes)}
        )
    sql.fetch(sql.FORGET_ATTEMPTS, {"before": now - ATTEMPTS_KEPT})
    kept = timedelta(days=settings.DELIVERIES_KEPT_DAYS)
    sql.fetch(sql.FORGET_DELIVERIES, {"before": now - kept})
