"""Everybody's read models anew: marked first, then done one by one, whoever comes to it."""

import logging
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction

from apps.insights import sql
from apps.insights.services.recompute import rebuild_athlete

logger = logging.getLogger(__name__)
Outcome = Literal["rebuilt", "done_already", "overtaken", "failed"]


def ask_rebuild() -> None:
    """Mark everybody who has read models; those marked already stay so.

    The mark goes with the transaction that writes what was made anew, so that a run that was
    killed goes on where it was. A worker that recomputes somebody marked does the whole, too.
    """
    with transaction.atomic():
        sql.fetch(sql.ASK_REBUILD, {})


def athletes_to_rebuild() -> list[UUID]:
    """Return who is marked and not done."""
    return [row[0] for row in sql.fetch(sql.TO_REBUILD, {})]


def rebuild_marked(*, athlete_id: UUID, now: datetime) -> Outcome:
    """Rebuild one athlete unless somebody else did meanwhile; a failure keeps the mark."""
    if not any(row[0] for row in sql.fetch(sql.IS_TO_REBUILD, {"athlete": athlete_id})):
        return "done_already"
    try:
        return "rebuilt" if rebuild_athlete(athlete_id=athlete_id, now=now) else "overtaken"
    except Exception:  # one athlete's defect must not keep the others waiting
        logger.exception("rebuild_failed", extra={"athlete_id": str(athlete_id)})
        return "failed"
