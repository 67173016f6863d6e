"""What the athlete decided about pairs of records, and which decision stands."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from backend.records.fusion_decision import SAME, SEPARATE, FusionDecision

Pair = tuple[UUID, UUID]


class Decision(msgspec.Struct, frozen=True):
    """One decision: ``one`` and ``other`` in order of their ids.

    ``decided_at`` is what the device's clock said and is shown; ``edited_at`` is corrected
    for its skew and decides which of two decisions is the later one.
    """

    record_id: UUID
    one: UUID
    other: UUID
    is_same: bool
    decided_at: datetime
    edited_at: datetime

    @property
    def pair(self) -> Pair:
        """The two records it is about."""
        return self.one, self.other

    @property
    def age(self) -> tuple[datetime, UUID]:
        """Sorts decisions, the oldest first; two of one instant by their ids."""
        return self.edited_at, self.record_id


def pair_of(one: UUID, other: UUID) -> Pair:
    """Return two ids in order."""
    return (one, other) if one < other else (other, one)


def decision_of(record_id: UUID, body: FusionDecision, *, edited_at: datetime) -> Decision | None:
    """Return what a decision record says, or None when it decides nothing."""
    first, second = body.records
    if first == second or body.decision not in (SAME, SEPARATE):
        return None
    one, other = pair_of(first, second)
    return Decision(record_id, one, other, body.decision == SAME, body.decided_at, edited_at)


def standing(decisions: Iterable[Decision]) -> dict[Pair, Decision]:
    """Return the decision that stands of each pair: the latest, whichever came in first."""
    found: dict[Pair, Decision] = {}
    for decision in sorted(decisions, key=lambda one: one.age):
        found[decision.pair] = decision
    return found
