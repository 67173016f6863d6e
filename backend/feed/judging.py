"""What a whole body says once it is accepted, whatever stands in the feed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from backend.errors import CoreError
from backend.feed import bodies
from backend.feed.state import Before
from backend.feed.wire import Op
from backend.records import REGISTRY, RecordType
from backend.records.ids import check_id
from backend.records.reading import flags_of


class Refused(CoreError):
    """The op can not be applied; ``reason`` is its per-op code."""

    def __init__(self, reason: str, pointer: str = "") -> None:
        super().__init__(reason, pointer=pointer)
        self.reason = reason


class Judged(msgspec.Struct, frozen=True):
    """An acceptable body, when it happened, and why it must stay out of the models."""

    body: bytes
    occurred_at: datetime | None
    flags: tuple[str, ...]


def judge(
    kind: RecordType, athlete_id: UUID, record_id: UUID, body: bytes, *, now: datetime
) -> Judged:
    """Return what a body says. Raises ``Refused`` and what `bodies.accept` raises."""
    typed = bodies.accept(kind, body)
    if not check_id(kind, athlete_id, record_id, typed, body):
        raise Refused("id-mismatch", "/id")
    return Judged(body, kind.occurred_at(typed), flags_of(kind, typed, body, now=now))


def judge_new(
    athlete_id: UUID, ops: Sequence[Op], before: Before, *, now: datetime
) -> dict[UUID, Judged]:
    """Return what the bodies of new records say, by op, before any op is decided.

    Doing one thing after another for all of them takes a third less time than all things for
    one after another. What is missing here is judged, or refused, in its turn.
    """
    judged: dict[UUID, Judged] = {}
    if before.receipts or before.records:
        ops = [op for op in ops if op.op not in before.receipts and op.id not in before.records]
    for op in ops:
        kind = REGISTRY.get(op.type)
        if kind is None or op.base is not None or not is_verbatim(op, kind):
            continue
        try:
            judged[op.op] = judge(kind, athlete_id, op.id, bytes(op.set), now=now)
        except CoreError:
            continue
    return judged


def is_verbatim(op: Op, kind: RecordType) -> bool:
    """Return whether a put of a new record is its body as it stands."""
    return op.action == "put" and not op.unset and op.schema >= kind.schema
