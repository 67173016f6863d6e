"""What the fold reads and writes: receipts, working copies of records, log rows.

What there is one of for each op is a msgspec struct, several times as fast to make as a data class.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw

from backend.feed.wire import Clash, RecordState
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
    GROUP = 8  # the receipt of a whole group, under the group's id

    @property
    def word(self) -> str:
        """The outcome's name on the wire."""
        return _WORDS[self]

    @property
    def left_a_version(self) -> bool:
        """Whether the op names a version that stands, or stood, in the feed."""
        return self <= Outcome.NOOP

    @property
    def can_be_edited(self) -> bool:
        """Whether edits may be based on the op; what lost to a newer lineage still merges."""
        return self <= Outcome.SUPERSEDED


_WORDS = ("", *(outcome.name.lower() for outcome in Outcome))  # by number


class Receipt(msgspec.Struct, kw_only=True):
    """An op the server has decided; ``by`` is the op that it failed for."""

    record_id: UUID
    outcome: Outcome
    op_hash: bytes
    rev: int | None = None
    seq: int | None = None
    same_as: UUID | None = None
    code: str | None = None
    pointers: tuple[str, ...] = ()
    clashes: tuple[Clash, ...] = ()
    by: UUID | None = None


class Version(msgspec.Struct, frozen=True):
    """The newest version of a record; ``body`` is None for a tombstone."""

    type_id: int
    v: UUID
    rev: int
    seq: int
    schema: int
    body: bytes | None
    edited_at: datetime
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


@dataclass(frozen=True, slots=True)
class History:
    """What older versions a push needs, beyond receipts and what stands.

    ``bases`` maps stale bases to the state they made, ``live`` deleted records to their last
    body, ``imported`` records to the body their source's last version made. ``purged`` are
    records whose tombstones are gone. What is missing is not known any more.
    """

    bases: Mapping[UUID, bytes] = field(default_factory=dict)
    live: Mapping[UUID, bytes] = field(default_factory=dict)
    imported: Mapping[UUID, bytes] = field(default_factory=dict)
    purged: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Allowed:
    """How much more a feed may take: new records, versions today, and which types at all."""

    records: int
    versions: int
    paused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Before:
    """A locked feed before a push: its newest number, and all that the push's ops touch.

    ``receipts`` hold what earlier requests decided, by op id (ops, bases and groups);
    ``records`` the newest versions of touched records; ``issues`` the live sync issues, by
    the record they are about. ``tainted`` ops hold what no strict decoder would read, where the
    pointer says.
    """

    head_seq: int
    receipts: Mapping[UUID, Receipt]
    records: Mapping[UUID, Version]
    allowed: Allowed
    history: History = History()
    issues: Mapping[UUID, Mapping[UUID, Version]] = field(default_factory=dict)
    tainted: Mapping[UUID, str] = field(default_factory=dict)


class LogRow(Receipt, kw_only=True):
    """An op decided now: a receipt, a piece of history, and perhaps the record's new version.

    ``final`` marks the row whose version the record keeps after this request. Rows with a
    ``seq`` moved the feed; ``body`` is the resulting state, or the edit that was refused.
    """

    op_id: UUID
    type_id: int
    edited_at: datetime
    body: bytes | None = None
    schema: int = 1
    occurred_at: datetime | None = None
    flags: tuple[str, ...] = ()
    fp: int = 0
    final: bool = False
