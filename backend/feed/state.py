"""What the fold reads and writes: receipts, working copies of records, log rows."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from msgspec import UNSET, Raw

from backend.feed.wire import RecordState
from backend.records import BY_ID


class Outcome(IntEnum):
    """What became of an op, as stored; never renumber."""

    APPLIED = 1
    MERGED = 2
    NOOP = 3
    SUPERSEDED = 4
    CONFLICT = 5
    REJECTED = 6
    BLOCKED = 7

    @property
    def word(self) -> str:
        """The outcome's name on the wire."""
        return self.name.lower()

    @property
    def left_a_version(self) -> bool:
        """Whether edits may be based on the op."""
        return self <= Outcome.NOOP


@dataclass(frozen=True, slots=True)
class Receipt:
    """An op the server has decided before."""

    record_id: UUID
    outcome: Outcome
    rev: int | None
    seq: int | None
    same_as: UUID | None
    op_hash: bytes
    code: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """The newest version of a record; ``body`` is None for a tombstone."""

    type_id: int
    v: UUID
    rev: int
    seq: int
    schema: int
    body: bytes | None
    flags: tuple[str, ...] = ()

    def as_wire(self, record_id: UUID) -> RecordState:
        """Return the version as it stands in results."""
        return RecordState(
            type=BY_ID[self.type_id].name,
            id=record_id,
            v=self.v,
            rev=self.rev,
            seq=self.seq,
            schema=self.schema,
            deleted=self.body is None,
            body=UNSET if self.body is None else Raw(self.body),
            flags=self.flags,
        )


@dataclass(slots=True)
class LogRow:
    """One decided op: a receipt, a piece of history, and perhaps the record's new version.

    ``final`` marks the row whose version the record keeps after this request. Rows with a
    ``seq`` moved the feed; ``body`` is the resulting state, or the edit that was refused.
    """

    op_id: UUID
    record_id: UUID
    type_id: int
    outcome: Outcome
    op_hash: bytes
    edited_at: datetime
    rev: int | None = None
    seq: int | None = None
    same_as: UUID | None = None
    body: bytes | None = None
    schema: int = 1
    occurred_at: datetime | None = None
    flags: tuple[str, ...] = ()
    code: str | None = None
    pointers: tuple[str, ...] = ()
    fp: int = 0
    final: bool = False
