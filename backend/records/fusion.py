"""`fusion`: which records the server counts as one workout, or asks about; written by it alone."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from backend.records.base import Body, RecordType, never, no_flags, one_of
from backend.records.ids import server_id


class Fusion(Body, frozen=True, kw_only=True):
    """Records that look like, or were said to be, the same workout.

    Fields:
        records: the records, in the order of their ids.
        primary: record that counts as the workout itself.
        rule_version: versions of the rule and its tables.
        score: likeness by the rule, 0 to 1, of the member least like the primary.
        reason: what decided.
        decided_by: the rule, or the athlete.
        state: whether they count once, stand apart with a question, or were said to differ.
        fields: record that each field of the fused workout comes from.
        decided_at: when the athlete decided.
    """

    records: tuple[UUID, ...]
    primary: UUID
    rule_version: str
    score: float
    reason: str
    decided_by: Annotated[str, one_of("rule", "athlete")]
    state: Annotated[str, one_of("fused", "asks", "separate")]
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
