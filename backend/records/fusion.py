"""`fusion`: which records the server counts as one workout, or asks about; written by it alone."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from backend.records.base import Body, RecordType, never, no_flags, one_of
from backend.records.ids import server_id

REASONS = ("overlap", "near_start", "same_sets", "moment", "echo", "decision")


class Fusion(Body, frozen=True, kw_only=True):
    """Records that look like, or were said to be, the same workout.

    Fields:
        records: ids of the records, in order.
        primary: id of the record that stands for the workout.
        rule_version: versions of the tables that decided.
        score: likeness by the rule, 0 to 1, of the record least like the primary.
        reason: what decided.
        decided_by: who decided.
        state: counted once, counted apart until the athlete answers, or taken apart.
        fields: the record that each field of a fused workout comes from.
        decided_at: when the athlete chose, if they did.
    """

    records: tuple[UUID, ...]
    primary: UUID
    rule_version: str
    score: float
    reason: Annotated[str, one_of(*REASONS)]
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
