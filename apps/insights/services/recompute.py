"""Bring stale athletes up to date: claim, read, derive, publish; safe to run twice or late."""

import logging
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.common.actor import acting_as
from apps.insights import sql
from apps.insights.services.derive import derive
from apps.insights.services.listeners import tell_profile
from apps.insights.services.publish import publish
from apps.insights.services.snapshot import read_snapshot
from apps.sync.errors import FeedBusy
from apps.sync.services import ATTEMPTS, Claim, claim_stale, enter_queue, release_claim
from apps.uploads.services.references import note_references

logger = logging.getLogger(__name__)
DAY_BATCH = 500
TRIES = 10  # of a rebuild that others overtake


def drain(*, now: datetime, limit: int = 1000) -> int:
    """Recompute stale athletes until none is claimable; return how many were done."""
    done = 0
    while done < limit:
        with transaction.atomic():
            # One at a time: a claim counts an attempt, and one that kills its process must
            # not count against those who would have come after it.
            claims = claim_stale(limit=1)
        if not claims:
            break
        _run(claims[0], now=now)
        done += 1
    return done


def recompute_athlete(
    *, athlete_id: UUID, now: datetime, is_whole: bool = False, is_long: bool = False
) -> bool:
    """Derive one athlete's records from their inputs; return False when overtaken.

    Reads what changed since the last time, or with ``is_whole`` everything; where something has
    lasted for longer than the loading that was read, once more with all that is followed.
    """
    with acting_as(athlete_id, snapshot=True):
        snapshot = read_snapshot(athlete_id, now=now, is_whole=is_whole, is_long=is_long)
    if snapshot is None:
        return True
    derived = derive(athlete_id, snapshot)
    if derived.is_cut:
        return recompute_athlete(athlete_id=athlete_id, now=now, is_whole=is_whole, is_long=True)
    with acting_as(athlete_id):
        is_published = publish(athlete_id=athlete_id, snapshot=snapshot, derived=derived, now=now)
    if is_published:
        tell_profile(athlete_id, snapshot.profile, now=now)
    return is_published


def rebuild_athlete(*, athlete_id: UUID, now: datetime) -> bool:
    """Make an athlete's read models anew from the records alone, in place of those there are.

    What the models say does not change by it, and readers find all of them at any time. Safe
    beside workers; returns False when these were faster again and again.
    """
    for _ in range(TRIES):
        with suppress(FeedBusy):
            if recompute_athlete(athlete_id=athlete_id, now=now, is_whole=True):
                return True
    return False


def start_day(*, now: datetime) -> int:
    """Enter athletes whose local day has passed: time alone can make a reminder due."""
    with transaction.atomic():
        passed = [row[0] for row in sql.fetch(sql.DAY_PASSED, {"limit": DAY_BATCH})]
        if passed:
            enter_queue(passed)
    if passed:
        drain(now=now)
    return len(passed)


def _run(claim: Claim, *, now: datetime) -> None:
    """Read on for one claimed athlete: the files their records name, then what the models say.

    A failure is counted and never stops the others.
    """
    if claim.attempts > ATTEMPTS:  # earlier runs killed their process before they could say so
        _give_back(claim, code="killed")
        return
    try:
        note_references(athlete_id=claim.athlete_id, now=now)
        if not recompute_athlete(athlete_id=claim.athlete_id, now=now):
            _give_back(claim, code="overtaken")
    except Exception:  # one athlete's defect must not starve the others
        logger.exception("recompute_failed", extra={"athlete_id": str(claim.athlete_id)})
        _give_back(claim, code="failed")


def _give_back(claim: Claim, *, code: str) -> None:
    with transaction.atomic():
        if release_claim(claim, code=code):
            logger.error("recompute_quarantined", extra={"athlete_id": str(claim.athlete_id)})
