"""Bring stale athletes up to date: claim, read, derive, publish; safe to run twice or late."""

import logging
from contextlib import suppress
from datetime import datetime
from time import monotonic
from uuid import UUID

from django.db import transaction

from apps.common.actor import snapshot_as, writing_as
from apps.common.jobs import Job, wake
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
WAKE_EVERY_S = 1.0
TRIES = 10  # of a rebuild that others overtake


def drain(*, now: datetime, limit: int = 1000) -> int:
    """Recompute stale athletes until none is claimable; return how many were done.

    Whoever reads on what was published is woken, at most once a second: to say so takes as long
    as a tenth of a recompute.
    """
    done, published, woken_at = 0, False, -WAKE_EVERY_S
    while done < limit:
        # One at a time: a claim counts an attempt, and one that kills its process must
        # not count against those who would have come after it.
        claims = claim_stale(limit=1)
        if not claims:
            break
        if done == 1:
            wake(Job.RECOMPUTE)  # there is more than one: another worker can help
        published = _run(claims[0], now=now) or published
        done += 1
        if published and monotonic() - woken_at >= WAKE_EVERY_S:
            wake(Job.DELIVER_REMINDERS)
            published, woken_at = False, monotonic()
    if published:
        wake(Job.DELIVER_REMINDERS)
    return done


def recompute_athlete(
    *, athlete_id: UUID, now: datetime, is_whole: bool = False, is_long: bool = False
) -> bool:
    """Derive one athlete's records from their inputs; return False when overtaken.

    Reads what changed since the last time, or with ``is_whole`` everything; where something has
    lasted for longer than the loading that was read, once more with all that is followed.
    """
    with snapshot_as(athlete_id):
        snapshot = read_snapshot(athlete_id, now=now, is_whole=is_whole, is_long=is_long)
    if snapshot is None:
        return True
    derived = derive(athlete_id, snapshot)
    if derived.is_cut:
        return recompute_athlete(athlete_id=athlete_id, now=now, is_whole=is_whole, is_long=True)
    with writing_as(athlete_id):
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


def _run(claim: Claim, *, now: datetime) -> bool:
    """Read on for one claimed athlete: the files their records name, then what the models say.

    Returns whether it was published. A failure is counted and never stops the others.
    """
    if claim.attempts > ATTEMPTS:  # earlier runs killed their process before they could say so
        _give_back(claim, code="killed")
        return False
    try:
        note_references(athlete_id=claim.athlete_id, now=now)
        if recompute_athlete(athlete_id=claim.athlete_id, now=now):
            return True
        _give_back(claim, code="overtaken")
    except Exception:  # one athlete's defect must not starve the others
        logger.exception("recompute_failed", extra={"athlete_id": str(claim.athlete_id)})
        _give_back(claim, code="failed")
    return False


def _give_back(claim: Claim, *, code: str) -> None:
    with transaction.atomic():
        if release_claim(claim, code=code):
            logger.error("recompute_quarantined", extra={"athlete_id": str(claim.athlete_id)})
