"""One look at everything: what was published, and what is due."""

import logging
from datetime import datetime

from apps.common.jobs import Job, wake
from apps.reminders.services.collect import BATCH, collect
from apps.reminders.services.deliver import deliver_due

logger = logging.getLogger(__name__)


def sweep(*, now: datetime) -> None:
    """Collect and deliver; what did not fit into one run asks for another."""
    collected = collect(now=now)
    run = deliver_due(now=now)
    if run.is_cut_short or collected == BATCH:
        wake(Job.DELIVER_REMINDERS)
    if collected or run.outcomes:
        logger.info(
            "reminders_swept", extra={"collected": collected, "outcomes": dict(run.outcomes)}
        )
