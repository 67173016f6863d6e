"""Structs of reading a feed by other ways than a phone's round trip, as they travel."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw, UnsetType

from backend.feed.wire import Author, Derived, Page, PageRequest, RecordState, Witness

MAX_LOOKUP = 5_000
MAX_FEEDS = 200


class TypeDigest(msgspec.Struct, frozen=True):
    """Live records of one type: how many, and the fingerprints of their versions xored.

    ``xor`` is 64 bits as sixteen hexadecimal digits; of no record, all zero.
    """

    count: int
    xor: str


class DigestResponse(msgspec.Struct, frozen=True):
    """What a phone that stands at ``witness`` and is complete must hold."""

    epoch: UUID
    witness: Witness
    types: dict[str, TypeDigest]


class LookupRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Op ids, which are version ids too."""

    ops: tuple[UUID, ...]


class KnownOp(msgspec.Struct, frozen=True, omit_defaults=True):
    """An op the server has decided; ``status`` is its first outcome."""

    op: UUID
    status: str
    type: str | None
    id: UUID
    rev: int | None = None
    seq: int | None = None
    code: str | None = None


class LookupResponse(msgspec.Struct, frozen=True):
    """The known ones among the ops asked for, in the order asked; the others are not here."""

    epoch: UUID
    witness: Witness
    ops: tuple[KnownOp, ...]


class StoredRecord(msgspec.Struct, frozen=True):
    """A record as the feed holds it, and when it was made and changed."""

    record: RecordState
    by: Author
    occurred_at: datetime | None
    edited_at: datetime
    created_at: datetime
    updated_at: datetime


class HistoryEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One op on a record and what became of it.

    ``body`` is the state it left, or for an op that left none the edit that was not taken; it
    is missing once scrubbed, and for a deletion. ``detail`` says more: ``code``, ``pointers``,
    and the ``clashes`` with the values that lost.
    """

    op: UUID
    status: str
    by: Author
    received_at: datetime
    edited_at: datetime | None = None
    device: UUID | None = None
    rev: int | None = None
    seq: int | None = None
    same_as: UUID | None = None
    detail: Raw | UnsetType = UNSET
    body: Raw | UnsetType = UNSET


class HistoryResponse(msgspec.Struct, frozen=True):
    """History of one record, newest first; ``next_cursor`` is null on the last page."""

    id: UUID
    type: str
    versions: tuple[HistoryEntry, ...]
    next_cursor: str | None


class FeedHead(msgspec.Struct, frozen=True):
    """How far a feed has come, as ``seq:mark``; it tells that something changed, not what."""

    athlete: UUID
    epoch: UUID
    head: str


class HeadsResponse(msgspec.Struct, frozen=True):
    """The heads of every feed the caller may read, their own first."""

    feeds: tuple[FeedHead, ...]
    server_time: datetime
    next_poll_s: int


class FeedPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a reader stands in one feed."""

    athlete: UUID
    cursor: str | None = None
    witness: Witness | None = None


class FeedsRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Several feeds in one request; ``page`` limits the answer as a whole."""

    protocol: int
    request: UUID
    feeds: tuple[FeedPlace, ...]
    types: dict[str, int] | None = None
    page: PageRequest = PageRequest()


class FeedPart(msgspec.Struct, frozen=True, omit_defaults=True):
    """One feed's part of the answer: a page with status 200, else a refusal of this feed alone.

    ``types`` are those the reader may see now; rows held of any other must be dropped.
    """

    athlete: UUID
    status: int
    code: str | None = None
    retry: str | None = None
    epoch: UUID | UnsetType = UNSET
    witness: Witness | UnsetType = UNSET
    types: tuple[str, ...] | UnsetType = UNSET
    page: Page | UnsetType = UNSET


class FeedsResponse(msgspec.Struct, frozen=True):
    """One part for each feed asked for, in order."""

    request: UUID
    feeds: tuple[FeedPart, ...]
    server_time: datetime
    next_poll_s: int


class StreamHead(msgspec.Struct, frozen=True):
    """First line of a page sent line by line."""

    epoch: UUID
    witness: Witness
    phase: str
    reset: str | None


class StreamEnd(msgspec.Struct, frozen=True):
    """Last line of a page sent line by line; without it the page was cut off on its way."""

    complete: bool
    cursor: str | None
    derived: Derived
    server_time: datetime
    next_poll_s: int


class StreamLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line that is no row: ``head`` on the first, ``end`` on the last."""

    head: StreamHead | None = None
    end: StreamEnd | None = None


class SyncLimits(msgspec.Struct, frozen=True):
    """What one request or record may hold."""

    max_ops: int
    max_bytes: int
    max_wire_bytes: int
    max_body_bytes: int
    max_unknown_bytes: int
    max_depth: int
    max_rows: int
    max_page_bytes: int
    max_want: int
    max_lookup: int
    max_feeds: int
    requests_per_minute: int


class SyncedType(msgspec.Struct, frozen=True):
    """A record type: its newest schema version, who writes it, how edits meet."""

    schema: int
    owner: str
    policy: str
    keyed: tuple[str, ...]


class PollAdvice(msgspec.Struct, frozen=True):
    """Seconds between polls: while derived records are awaited, and when nothing is."""

    pending_s: tuple[int, ...]
    idle_s: int
    idle_jitter_s: int


class SyncConfig(msgspec.Struct, frozen=True):
    """What a client may want to know before it syncs; ``min_builds`` by ``app/platform``."""

    protocol: int
    limits: SyncLimits
    types: dict[str, SyncedType]
    poll: PollAdvice
    min_builds: dict[str, int]
