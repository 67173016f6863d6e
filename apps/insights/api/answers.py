"""What an athlete's own app gets beside the feed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from backend.fusion.candidates import Candidate
from backend.readmodels import FusionRow


class FusionSource(msgspec.Struct, frozen=True):
    """One record of a fusion and where it comes from.

    All but ``id`` is null for a record that is not there: the original of a copy of our own
    export. ``role`` is sensed, logger or other; ``is_copy`` marks such a copy, which is never
    counted.
    """

    id: UUID
    source: str | None
    role: str | None
    activity: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    sets: int | None
    is_copy: bool | None


class SessionFusion(msgspec.Struct, frozen=True):
    """Records that count as one workout, that are asked about, or that were taken apart.

    ``state`` is ``fused``, ``asks`` or ``separate``; ``decided_by`` ``rule`` or ``athlete``.
    ``score`` is 0-1 by the rule, of the record least like ``primary``. ``fields`` names the
    record each field of a fused workout comes from; ``undone_at`` is when the athlete took
    them apart.
    """

    id: UUID
    state: str
    records: tuple[FusionSource, ...]
    primary: UUID
    rule_version: str
    score: float
    reason: str
    decided_by: str
    decided_at: datetime | None
    undone_at: datetime | None
    fields: dict[str, UUID]


class FusionPage(msgspec.Struct, frozen=True):
    """Fusions by the start of their workout, newest first; ``next_cursor`` null on the last page."""

    athlete_id: UUID
    fusions: tuple[SessionFusion, ...]
    next_cursor: str | None


def fusion_answers(
    rows: Iterable[FusionRow], sources: Mapping[UUID, Candidate]
) -> tuple[SessionFusion, ...]:
    """Return fusions with what is known of their records."""
    return tuple(
        SessionFusion(
            id=row.fusion_id,
            state=row.state,
            records=tuple(_source(one, sources.get(one)) for one in row.records),
            primary=row.primary_id,
            rule_version=row.rule_version,
            score=row.score,
            reason=row.reason,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            undone_at=row.decided_at if row.state == "separate" else None,
            fields=row.fields,
        )
        for row in rows
    )


def _source(record_id: UUID, known: Candidate | None) -> FusionSource:
    if known is None:
        return FusionSource(record_id, None, None, None, None, None, None, None)
    return FusionSource(
        id=record_id,
        source=known.label or None,
        role=known.role,
        activity=known.activity,
        starts_at=known.starts_at,
        ends_at=known.ends_at,
        sets=known.sets,
        is_copy=known.echo_of is not None,
    )
