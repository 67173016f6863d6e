"""`fusion_decision`: the athlete says whether two records are one workout."""

from typing import Annotated
from uuid import UUID

import msgspec

from backend.records.base import ClientBody, Instant, RecordType, never, no_flags, one_of
from backend.records.ids import record_id

SAME, SEPARATE = "same", "separate"


class FusionDecision(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """A choice about two records; it wins over the rule, and changing it undoes it.

    Fields:
        records: the two records it is about.
        decision: whether they are one workout.
        decided_at: when the person chose.
    """

    records: Annotated[tuple[UUID, ...], msgspec.Meta(min_length=2, max_length=2)]
    decision: Annotated[str, one_of(SAME, SEPARATE)]
    decided_at: Instant


def decision_id(athlete: UUID, one: UUID, other: UUID) -> UUID:
    """Return the id of the decision about two records, the same on every device."""
    pair = " ".join(sorted((str(one), str(other))))
    return record_id(athlete, "fusion_decision", "fusion", pair)


FUSION_DECISION = RecordType(
    name="fusion_decision",
    type_id=40,
    schema=1,
    owner="client",
    policy="auto",
    category="sessions",
    body=FusionDecision,
    occurred_at=never,
    plausibility=no_flags,
)
