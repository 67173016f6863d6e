"""The protocol's messages as the phone reads and writes them.

Structs name what the phone uses and ignore the rest, so a newer server can add fields.
Bodies stay raw JSON: a measured decimal is kept digit for digit.
"""

from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

PROTOCOL = 1
MAX_OPS = 2_000
MAX_INFLATED_BYTES = 4 * 1024 * 1024
MAX_WIRE_BYTES = 1024 * 1024
MAX_WANT = 500
MAX_LOOKUP = 5_000

# The record types this app can show, with the schema version of each that it speaks.
TYPES = {
    "access_note": 1,
    "athlete_profile": 1,
    "blob_status": 1,
    "body_composition": 1,
    "coach_note": 1,
    "consent_grant": 1,
    "cycle_log": 1,
    "dxa_scan": 1,
    "energy_screen": 1,
    "fusion": 1,
    "fusion_decision": 1,
    "goal": 1,
    "injury": 1,
    "intake_log": 1,
    "intervention": 1,
    "lab_result": 2,
    "medication": 1,
    "reminder": 1,
    "reminder_ack": 1,
    "reminder_wish": 1,
    "risk_result": 1,
    "risk_summary": 1,
    "strength_test": 1,
    "sync_issue": 1,
    "workout_session": 3,
}

# Decimals a person measured travel as JSON numbers, so "41.50" must not become "41.5".
encode = msgspec.json.Encoder(decimal_format="number").encode


class Op(Struct, frozen=True, kw_only=True):
    """One intended change. Encoded once, when the person makes it.

    ``rev``, ``body`` and ``deleted`` belong to a replay: a version the server lost, given back
    under the id it had.
    """

    op: UUID
    type: str
    id: UUID
    action: str
    base: UUID | None = None
    schema: int | UnsetType = UNSET
    edited_at: str | UnsetType = UNSET
    set: dict[str, Raw] | UnsetType = UNSET
    unset: list[str] | UnsetType = UNSET
    group: UUID | UnsetType = UNSET
    rev: int | UnsetType = UNSET
    body: Raw | UnsetType = UNSET
    deleted: bool | UnsetType = UNSET


class Witness(Struct, frozen=True):
    """A place in the feed and the random mark the server drew there."""

    seq: int
    mark: str

    @property
    def head(self) -> str:
        """The same place as the stream of heads writes it."""
        return f"{self.seq}:{self.mark}"


class PageLimits(Struct, frozen=True):
    """How much the phone wants in one page."""

    max_rows: int = 500
    max_bytes: int = 1_048_576


class SyncRequest(Struct, frozen=True, kw_only=True):
    """Everything one round trip sends; `ops` are the outbox's own bytes."""

    protocol: int
    request: UUID
    device: UUID
    sent_at: str
    epoch: UUID | None
    witness: Witness | None
    cursor: str | None
    types: dict[str, int]
    page: PageLimits
    want: list[UUID]
    ops: list[Raw]


class Row(Struct, frozen=True, kw_only=True):
    """One record's newest version; without a body it is a tombstone or an echo."""

    id: UUID
    v: UUID
    rev: int
    seq: int
    type: str | None = None
    schema: int | None = None
    deleted: bool = False
    echo: bool = False
    body: Raw = Raw(b"")
    by: Raw = Raw(b"")


class Result(Struct, frozen=True, kw_only=True):
    """What became of one op. `status` is open: a name unknown here keeps the op."""

    op: UUID
    status: str
    was: str | None = None
    v: UUID | None = None
    rev: int | None = None
    seq: int | None = None
    code: str | None = None
    record: Row | None = None

    @property
    def outcome(self) -> str:
        """The status that decides: a duplicate counts as what it was the first time."""
        return self.was or "" if self.status == "duplicate" else self.status


class Page(Struct, frozen=True, kw_only=True):
    """A piece of the feed and the cursor that goes with it."""

    cursor: str | None
    complete: bool
    rows: list[Row]
    phase: str = "tail"
    reset: str | None = None


class Derived(Struct, frozen=True, kw_only=True):
    """Whether the server's own rows already include what was pushed."""

    state: str
    covers_seq: int = 0
    inputs_seq: int = 0


class Notice(Struct, frozen=True, kw_only=True):
    """Something the app should know beside the results; an unknown code is shown to nobody."""

    code: str
    retry: str = "never"
    min_build: int | None = None


class SyncResponse(Struct, frozen=True, kw_only=True):
    """The answer to one round trip."""

    request: UUID
    epoch: UUID
    witness: Witness
    results: list[Raw]
    page: Page
    derived: Derived
    next_poll_s: float = 900.0
    clock_offset_ms: int | None = None
    notices: list[Notice] = []


class LookupRequest(Struct, frozen=True):
    """Which of these ops, which are versions too, does the server know?"""

    ops: list[UUID]


class KnownOp(Struct, frozen=True, kw_only=True):
    """One the server knows, and what became of it."""

    op: UUID
    status: str
    seq: int | None = None


class LookupResponse(Struct, frozen=True, kw_only=True):
    """The known ones among the ops asked for."""

    epoch: UUID
    witness: Witness
    ops: list[KnownOp]


class TypeDigest(Struct, frozen=True):
    """Live records of one type: how many, and their fingerprints xored, 16 hex digits."""

    count: int
    xor: str


class DigestResponse(Struct, frozen=True, kw_only=True):
    """What a complete copy at ``witness`` must hold."""

    epoch: UUID
    witness: Witness
    types: dict[str, TypeDigest]


class StreamHeads(Struct, frozen=True):
    """An event of the stream: where feeds stand, by athlete."""

    feeds: dict[UUID, str]


class SignedUp(Struct, frozen=True):
    """The answer to sign-up."""

    athlete_id: UUID


class SignedIn(Struct, frozen=True):
    """The answer to sign-in."""

    access_token: str
    device_id: UUID
    athlete_id: UUID


class Problem(Struct, frozen=True, kw_only=True):
    """`application/problem+json`, the shape of every refusal."""

    status: int = 0
    title: str = ""
    detail: str | None = None
    code: str | None = None
    retry: str | None = None
    request: str | None = None
    errors: Any = None


def present(raw: Raw) -> bytes | None:
    """Return the raw JSON as bytes of its own; absent and null are the same."""
    content = bytes(raw)
    return None if content in (b"", b"null") else content
