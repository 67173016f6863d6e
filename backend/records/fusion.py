"""`fusion`: which records the server counts as one workout, or asks about; written by it alone."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from backend.records.base import Body, RecordType, never, no_flags
from backend.records.ids import server_id


class Fusion(Body, frozen=True, kw_only=True):
    """Records that look like, or were said to be, the same workout.

    ``state`` is ``fused`` (counted once), ``asks`` (counted apart until the athlete decides)
    or ``separate`` (the athlete said so). ``score`` is the rule's, 0-1, of the member least
    like ``primary``; ``reason`` what decided. ``fields`` names the record each field of a
    fused workout comes from.
    """

    records: tuple[UUID, ...]
    primary: UUID
    rule_version: str
    score: float
    reason: str
    decided_by: str
    state: str
    fields: dict[str, UUID]
    decided_at: datetime | None


def fusion_id(athlete: UUID, records: Iterable[UUID]) -> UUID:
    """Return the id under which these records stand together, whatever is decided of them."""
    return server_id(athlete, "fusion/" + ",".join(sorted(map(str, records))))


FUSION = RecordType(
    name="fusion",
    type_id=72,
    schema=1,
    owner="server",
    policy="auto",
    body=Fusion,
    occurred_at=never,
    plausibility=no_flags,
    category="sessions",
)
