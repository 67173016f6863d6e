"""Structs of the sync contract, version 1, as they travel.

Record bodies stay `msgspec.Raw`: they are validated once and passed on verbatim.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw, UnsetType

NO_BODY = Raw(b"")
MAX_OPS = 2_000
MAX_PAGE_BYTES = 2 * 1024 * 1024
MAX_WANT = 500

Mark = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class Witness(msgspec.Struct, frozen=True):
    """A place in a feed and the random mark its commit drew."""

    seq: Seq
    mark: Mark


class Op(msgspec.Struct, frozen=True, omit_defaults=True):
    """One intended change of one record.

    ``base`` names the version that was edited; null means a new record. ``age_ms`` is the
    monotonic time between edit and send, if the phone knows it. ``rev``, ``body`` and
    ``deleted`` belong to a replay: a version the server lost, whose id is the op's.
    """

    op: UUID
    type: Annotated[str, msgspec.Meta(max_length=64)]
    id: UUID
    action: Annotated[str, msgspec.Meta(max_length=16)]
    base: UUID | None = None
    schema: Annotated[int, msgspec.Meta(ge=0, le=32767)] = 1
    edited_at: datetime | None = None
    age_ms: Annotated[int, msgspec.Meta(ge=0, le=2**53)] | None = None
    set: Raw = NO_BODY
    unset: tuple[Annotated[str, msgspec.Meta(max_length=100)], ...] = ()
    group: UUID | None = None
    rev: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None
    body: Raw = NO_BODY
    deleted: bool = False


class PageRequest(msgspec.Struct, frozen=True):
    """How much of the feed one answer may carry."""

    max_rows: Annotated[int, msgspec.Meta(ge=1, le=2_000)] = 500
    max_bytes: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE_BYTES)] = 1024 * 1024


class PushRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ops alone, for senders that keep no copy (laboratories)."""

    protocol: int
    request: UUID
    ops: tuple[Op, ...]
    sent_at: datetime | None = None
    epoch: UUID | None = None


class SyncRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phone's round trip: ops, where it stands, and how much it can take."""

    protocol: int
    request: UUID
    device: UUID | None = None
    sent_at: datetime | None = None
    epoch: UUID | None = None
    witness: Witness | None = None
    cursor: str | None = None
    types: dict[str, int] | None = None
    page: PageRequest = PageRequest()
    want: Annotated[tuple[UUID, ...], msgspec.Meta(max_length=MAX_WANT)] = ()
    ops: tuple[Op, ...] = ()


class RecordState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record as the feed holds it."""

    type: str
    id: UUID
    v: UUID
    rev: int
    seq: int
    schema: int
    deleted: bool = False
    body: Raw | UnsetType = UNSET
    flags: tuple[str, ...] = ()


Status = Literal[
    "applied",
    "merged",
    "noop",
    "duplicate",
    "superseded",
    "conflict",
    "rejected",
    "blocked",
    "deferred",
]


class Clash(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field that both sides changed differently; an absent value was removed.

    ``path`` is a JSON pointer into the body, in which an element of a keyed list stands by its
    uid. ``kept`` says which value stands now, ``stored`` or ``sent``.
    """

    path: str
    kept: str | None = None
    stored: Raw | UnsetType = UNSET
    sent: Raw | UnsetType = UNSET


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one op; exactly one for each, in order."""

    op: UUID
    status: str
    v: UUID | None = None
    rev: int | None = None
    seq: int | None = None
    was: str | None = None
    kind: str | None = None
    code: str | None = None
    pointers: tuple[str, ...] = ()
    parked: bool = False
    by: UUID | None = None
    flags: tuple[str, ...] = ()
    clashes: tuple[Clash, ...] = ()
    record: RecordState | None = None


class Author(msgspec.Struct, frozen=True):
    """Who wrote a version: the athlete, a coach, or the server."""

    actor: str


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One record in a page. An echo of this request's own op comes without its body."""

    id: UUID
    v: UUID
    rev: int
    seq: int
    type: str | UnsetType = UNSET
    schema: int | UnsetType = UNSET
    deleted: bool | UnsetType = UNSET
    by: Author | UnsetType = UNSET
    flags: tuple[str, ...] = ()
    echo: bool = False
    body: Raw | UnsetType = UNSET


class Page(msgspec.Struct, frozen=True):
    """A part of the feed; ``complete`` says the phone now equals the server.

    Without a ``cursor`` the page says nothing of the feed: the phone's own stays as it is.
    """

    phase: str
    reset: str | None
    complete: bool
    cursor: str | None
    rows: tuple[Row, ...]


class Derived(msgspec.Struct, frozen=True):
    """Whether the computed records already include the newest inputs."""

    state: str
    covers_seq: int
    inputs_seq: int


class Notice(msgspec.Struct, frozen=True):
    """Something the phone should know beside the results; an unknown ``code`` is ignored.

    ``client-too-old``: ops were taken and nothing was read; from ``min_build`` on it will be.
    """

    code: str
    retry: str
    min_build: int | None = None


class PushResponse(msgspec.Struct, frozen=True):
    """Results of ops alone."""

    request: UUID
    epoch: UUID
    witness: Witness
    results: tuple[Result, ...]
    server_time: datetime


class SyncResponse(msgspec.Struct, frozen=True):
    """The answer to a round trip."""

    request: UUID
    epoch: UUID
    witness: Witness
    results: tuple[Result, ...]
    page: Page
    derived: Derived
    server_time: datetime
    clock_offset_ms: int | None
    next_poll_s: int
    notices: tuple[Notice, ...] = ()


class ChangesResponse(msgspec.Struct, frozen=True):
    """One page of a feed, pulled alone."""

    epoch: UUID
    witness: Witness
    page: Page
    derived: Derived
    server_time: datetime
    next_poll_s: int


class StreamHeads(msgspec.Struct, frozen=True):
    """Where feeds stand, by athlete id: an event of the stream."""

    feeds: dict[UUID, Annotated[str, msgspec.Meta(pattern="^[0-9]+:[0-9a-f]{16}$")]]
