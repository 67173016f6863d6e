"""The athlete decides at a browser: the same record, through the same push, as from a phone."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import combinations
from typing import ClassVar
from uuid import UUID, uuid4

import msgspec

from apps.common.actor import acting_as
from apps.common.errors import AppError, NotFound
from apps.insights.fusion_selectors import fusion_of, sources_by_id
from apps.sync.selectors import versions_of
from apps.sync.writer import lock_feed, write_own
from backend.feed.state import Version
from backend.feed.wire import Op
from backend.fusion.candidates import Candidate
from backend.fusion.decisions import Pair
from backend.readmodels import FusionRow
from backend.records.fusion_decision import (
    FUSION_DECISION,
    SAME,
    SEPARATE,
    FusionDecision,
    decision_id,
)


class DecisionNotTaken(AppError):
    """The decision could not be stored; nothing was changed."""

    code: ClassVar[str] = "insights.decision_not_taken"
    status: ClassVar[int] = 409


def decide_fusion(*, athlete_id: UUID, fusion_id: UUID, is_same: bool, now: datetime) -> None:
    """Say that the records of a fusion are one workout, or that they are not.

    Raises ``NotFound`` when nothing stands under the id, and ``DecisionNotTaken``.
    """
    with acting_as(athlete_id):
        lock_feed(athlete_id)
        row = fusion_of(owner=athlete_id, fusion_id=fusion_id)
        if row is None:
            raise NotFound
        known = sources_by_id(owner=athlete_id, records=row.records)
        pairs = _united(row) if is_same else _parted(row, known)
        keys = {pair: decision_id(athlete_id, *pair) for pair in pairs}
        standing = versions_of(athlete_id, list(keys.values()))
        ops = [
            _op(pair, key, standing.get(key), is_same=is_same, now=now)
            for pair, key in keys.items()
        ]
        if not write_own(athlete_id=athlete_id, ops=ops, now=now):
            raise DecisionNotTaken


def _united(row: FusionRow) -> list[Pair]:
    """Return the pairs that make all of them one: each with the primary."""
    return [(row.primary_id, one) for one in row.records if one != row.primary_id]


def _parted(row: FusionRow, known: Mapping[UUID, Candidate]) -> Iterable[Pair]:
    """Return the pairs that take them apart.

    A copy of our own export stays with its original, unless the two are all there is: then
    the athlete says that it is no copy.
    """
    own = [one for one in row.records if one in known and known[one].echo_of is None]
    return combinations(own if len(own) > 1 else row.records, 2)


def _op(
    pair: Pair, record_id: UUID, standing: Version | None, *, is_same: bool, now: datetime
) -> Op:
    if standing is not None and standing.body is None:  # deleted: an edit would be refused
        record_id, standing = uuid4(), None
    body = FusionDecision(records=pair, decision=SAME if is_same else SEPARATE, decided_at=now)
    return Op(
        op=uuid4(),
        type=FUSION_DECISION.name,
        id=record_id,
        action="put",
        base=standing.v if standing else None,
        schema=FUSION_DECISION.schema,
        edited_at=now,
        set=msgspec.Raw(msgspec.json.encode(body)),
    )
