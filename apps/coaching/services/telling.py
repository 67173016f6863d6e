"""What an athlete's own feed says of consent: one `consent_grant` for each grant.

Written in the transaction that changes the grant, so a phone never shows another state than the
one that holds.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from apps.coaching.announcing import announce_consent
from apps.coaching.models import ConsentGrant, Team
from apps.sync.selectors import versions_of
from apps.sync.services import DerivedBody, publish_records
from backend.records.ids import server_id
from backend.records.server_owned import CONSENT_GRANT, ConsentGrantRecord


def grant_record_id(athlete_id: UUID, grant_id: UUID) -> UUID:
    """Return the id of the record that tells of a grant."""
    return server_id(athlete_id, f"consent_grant/{grant_id}")


def tell_grant(grant: ConsentGrant, *, now: datetime) -> None:
    """Write what became of a grant into its athlete's feed, and wake what the team has open.

    Inside ``acting_as`` the athlete, after the grant's row was saved. What happened follows from
    the row and from what was told before. Raises ``FeedBusy``.
    """
    record_id = grant_record_id(grant.athlete_id, grant.id)
    told = versions_of(grant.athlete_id, [record_id]).get(record_id)
    before = msgspec.json.decode(told.body, type=ConsentGrantRecord) if told and told.body else None
    body = ConsentGrantRecord(
        team_id=grant.team_id,
        team_name=Team.objects.values_list("name", flat=True).filter(pk=grant.team_id).first()
        or "",
        categories=tuple(str(category) for category in grant.categories),
        granted_at=grant.granted_at,
        ends_at=grant.ends_at,
        ended_at=grant.ended_at,
        text_version=grant.text_version,
        grant_id=grant.id,
        state=_state(grant, before),
        changed_at=now,
        paused_at=grant.paused_at,
        text_sha256=bytes(grant.text_digest).hex(),
    )
    publish_records(
        athlete_id=grant.athlete_id,
        records={record_id: DerivedBody(CONSENT_GRANT, msgspec.json.encode(body))},
        now=now,
    )
    announce_consent(grant.team_id)


def _state(grant: ConsentGrant, before: ConsentGrantRecord | None) -> str:
    """Return what happened, one of the record's ``GRANT_STATES``."""
    if grant.ended_at is not None:
        return "ended"
    if grant.paused_at is not None:
        return "paused"
    if before is None:
        return "renewed" if _follows_another(grant) else "given"
    if before.paused_at is not None:
        return "resumed"
    if set(grant.categories) != set(before.categories):  # to fewer, or to a lesser level
        return "narrowed"
    return before.state or "given"


def _follows_another(grant: ConsentGrant) -> bool:
    """Return whether a grant to the same team ended in the moment this one was given."""
    others = ConsentGrant.objects.filter(athlete_id=grant.athlete_id, team_id=grant.team_id)
    return others.filter(ended_at=grant.granted_at).exclude(id=grant.id).exists()
