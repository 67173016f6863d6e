"""What an athlete's own feed says of consent: one `consent_grant` for each grant.

The grant's row is the truth, and changes whatever the feed does: a consent that waited for a push
before it ended would be no consent. The change leaves a marker beside the row; the feed is told in
a transaction of its own right after, and by a sweep if it could not be.
"""

import logging
import time
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from apps.coaching.announcing import announce_consent
from apps.coaching.models import ConsentGrant, ConsentPlace
from apps.coaching.selectors import team_names
from apps.common.actor import acting_as
from apps.common.jobs import Job, wake
from apps.common.statements import run
from apps.sync.errors import FeedBusy
from apps.sync.selectors import versions_of
from apps.sync.services import DerivedBody, hold_feed, publish_records
from backend.records.ids import server_id
from backend.records.server_owned import CONSENT_GRANT, ConsentGrantRecord

logger = logging.getLogger(__name__)
BUDGET_S = 8.0  # well inside a job's soft limit
MOST_AT_ONCE = 500
# Whoever changed a consent waits this long for the feed, not more: the sweep has the time.
BRIEFLY = "SELECT set_config('lock_timeout', '250ms', true)"
# By the database's clock, so that no two changes look like one.
MARK = """
INSERT INTO coaching_consentplace (athlete_id, due_at) VALUES (%(athlete)s, clock_timestamp())
ON CONFLICT (athlete_id) DO UPDATE SET due_at = EXCLUDED.due_at
"""


def grant_record_id(athlete_id: UUID, grant_id: UUID) -> UUID:
    """Return the id of the record that tells of a grant."""
    return server_id(athlete_id, f"consent_grant/{grant_id}")


def tell_change(grant: ConsentGrant, *, now: datetime) -> None:
    """Let a grant's change be told once it is committed: to what the team has open, and the feed.

    Inside ``acting_as`` the athlete, in the transaction that changes the row.
    """
    run(MARK, {"athlete": grant.athlete_id})
    announce_consent(grant.team_id)
    transaction.on_commit(lambda: _tell_at_once(grant.athlete_id, now=now), robust=True)


def tell_consents(*, now: datetime, budget_s: float = BUDGET_S) -> int:
    """Tell the feeds that were not told yet, for a while; return how many were.

    ``now`` is the database's: so are the instants of the markers.
    """
    ends = time.monotonic() + budget_s
    due = ConsentPlace.objects.filter(due_at__lte=now).order_by("due_at")
    done = 0
    for athlete_id in list(due.values_list("athlete_id", flat=True)[:MOST_AT_ONCE]):
        try:
            with acting_as(athlete_id):
                _tell(athlete_id, now=now)
            done += 1
        except FeedBusy:  # its writer goes first; the next sweep comes by again
            continue
        except Exception:  # one athlete's defect must not keep the others from being told
            logger.exception("tell_consents_failed", extra={"athlete_id": str(athlete_id)})
        if time.monotonic() >= ends:
            break
    return done


def _tell_at_once(athlete_id: UUID, *, now: datetime) -> None:
    try:
        with acting_as(athlete_id):
            run(BRIEFLY, {})
            _tell(athlete_id, now=now)
    except FeedBusy:
        wake(Job.TELL_CONSENTS)


def _tell(athlete_id: UUID, *, now: datetime) -> None:
    """Write what the feed does not say yet, and take the marker away. Raises ``FeedBusy``.

    What happened follows from the rows and from what was told before, so again, late or for
    nothing changes nothing.
    """
    place = ConsentPlace.objects.filter(athlete_id=athlete_id).first()
    if place is None:
        return
    hold_feed(athlete_id)
    grants = {
        grant_record_id(athlete_id, grant.id): grant
        for grant in ConsentGrant.objects.filter(athlete_id=athlete_id)
    }
    told = {
        record_id: msgspec.json.decode(version.body, type=ConsentGrantRecord)
        for record_id, version in versions_of(athlete_id, list(grants)).items()
        if version.body
    }
    names = team_names({grant.team_id for grant in grants.values()})
    records = {
        record_id: DerivedBody(
            CONSENT_GRANT,
            msgspec.json.encode(
                _record(grant, told.get(record_id), names.get(grant.team_id, ""), now)
            ),
        )
        for record_id, grant in grants.items()
        if not _says(told.get(record_id), grant)
    }
    publish_records(athlete_id=athlete_id, records=records, now=now)
    # A change that came meanwhile has moved the marker, and is told next.
    ConsentPlace.objects.filter(athlete_id=athlete_id, due_at=place.due_at).delete()


def _says(told: ConsentGrantRecord | None, grant: ConsentGrant) -> bool:
    """Return whether a record tells how a grant stands."""
    if told is None:
        return False
    # The rest of a grant never changes.
    return (set(told.categories), told.ended_at, told.paused_at) == (
        set(grant.categories), grant.ended_at, grant.paused_at,
    )  # fmt: skip


def _record(
    grant: ConsentGrant, before: ConsentGrantRecord | None, team_name: str, now: datetime
) -> ConsentGrantRecord:
    return ConsentGrantRecord(
        team_id=grant.team_id,
        team_name=team_name,
        categories=tuple(str(category) for category in grant.categories),
        granted_at=grant.granted_at,
        ends_at=grant.ends_at,
        ended_at=grant.ended_at,
        text_version=grant.text_version,
        grant_id=grant.id,
        state=_state(grant, before),
        changed_at=grant.ended_at or grant.paused_at or (now if before else grant.granted_at),
        paused_at=grant.paused_at,
        text_sha256=bytes(grant.text_digest).hex(),
    )


def _state(grant: ConsentGrant, before: ConsentGrantRecord | None) -> str:
    """Return what happened, one of the record's ``GRANT_STATES``."""
    if grant.ended_at is not None:
        return "ended"
    if grant.paused_at is not None:
        return "paused"
    if before is None:
        return "renewed" if grant.shared_since < grant.granted_at else "given"
    return "resumed" if before.paused_at is not None else "narrowed"
