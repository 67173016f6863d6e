"""What every record type declares, and the parts many bodies share."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Raw

from backend.errors import CoreError

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
ShortText = Annotated[str, msgspec.Meta(max_length=200)]
LongText = Annotated[str, msgspec.Meta(max_length=10_000)]
Uid = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Rating = Annotated[float, msgspec.Meta(ge=0, le=10)]
NonNegative = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Measured = Annotated[float, msgspec.Meta(ge=-1e15, le=1e15)]
Count = Annotated[float, msgspec.Meta(ge=0, le=1e7)]
Whole = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]

Policy = Literal["auto", "guard", "append"]
Owner = Literal["client", "server"]
Fields: TypeAlias = dict[str, Raw]  # top-level fields of a body, each verbatim
Keyed: TypeAlias = "Mapping[str, Keyed]"  # list field -> the keyed lists inside its elements
Converter: TypeAlias = Callable[[Fields], Fields]

# What an athlete grants a team, one by one; a record of no category is granted by nothing.
Category = Literal[
    "sessions", "loading", "strength", "body_composition", "labs", "dxa", "injuries", "nutrition",
    "plans", "reminders", "energy", "cycle",
]  # fmt: skip
# Never part of a usual invitation: each needs a tick of its own.
GRANTED_SEPARATELY: frozenset[Category] = frozenset({"energy", "cycle"})


class InvalidRecord(CoreError):
    """The record says something no record of its type can say."""

    code = "invalid"


def one_of(*values: str) -> msgspec.Meta:
    """Return what an open enumeration documents: another value is stored and not modelled."""
    return msgspec.Meta(max_length=200, extra_json_schema={"x-extensible-enum": list(values)})


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a record came from.

    Fields:
        system: the store or format, such as `healthkit` or `fhir`.
        app: the app that wrote it there.
        device: the device that measured.
        external_id: its identity there; with `system` it decides the record's id.
        version: orders two imports of the same thing, higher is newer.
        method: how it was recorded.
        format: format of the file it was read from.
        file_sha256: SHA-256 of that file, hexadecimal.
    """

    system: ShortText | None = None
    app: ShortText | None = None
    device: ShortText | None = None
    external_id: ShortText | None = None
    version: Annotated[int, msgspec.Meta(ge=0, le=2**53)] | None = None
    method: Annotated[str, one_of("sensed", "auto", "typed")] | None = None
    format: ShortText | None = None
    file_sha256: ShortText | None = None


class BlobRef(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that belongs to a record, uploaded on its own.

    Fields:
        sha256: digest of the whole file, lower-case hexadecimal.
        size: bytes.
        media_type: such as `application/pdf`.
    """

    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    media_type: ShortText


class Body(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Base of every record body: unknown keys are kept beside it, absent equals null.

    Fields:
        source: where the record came from.
        note: a remark of the person, never read by a model.
    """

    source: Source | None = None
    note: LongText | None = None


class ClientBody(Body, frozen=True, omit_defaults=True, kw_only=True):
    """Base of every body a person's device writes.

    Fields:
        blobs: files that belong to the record.
    """

    blobs: Annotated[tuple[BlobRef, ...], msgspec.Meta(max_length=100)] = ()


def unchecked(body: Any) -> None:
    """Refuse nothing beyond what the struct says."""


class RecordType(msgspec.Struct, frozen=True):
    """One synced type: its number on disk, schema, merge policy, owner and rules.

    ``policy`` decides when two edits meet: ``auto`` takes the later one and reports the
    loser, ``guard`` asks a person, ``append`` never changes a record once it is there.
    ``guard_except`` names the fields of a guarded type that merge as in ``auto``. ``keyed``
    names the list fields that merge element by element on ``uid``, with the keyed lists
    inside their elements: ``{"exercises": {"sets": {}}, "laps": {}}``.

    ``occurred_at`` tells when the recorded thing happened. ``check`` raises ``InvalidRecord``
    for what contradicts itself, ``plausibility`` returns flags; a flagged record is stored,
    shown and kept out of the models, never refused.

    ``up`` leads from schema n to n + 1, ``down`` from n to n - 1, where spellings changed.
    ``category`` is what an athlete must have granted for another person to read the record;
    None is granted by nothing: the owner's alone.

    ``by_others`` tells whether somebody whom the athlete lets may write records of the type, too.
    ``answers`` names the fields the athlete writes of a record that others make in their feed;
    every other field is its maker's. None: the type is the athlete's own.
    """

    name: str
    type_id: int
    schema: int
    owner: Owner
    policy: Policy
    body: type[Body]
    occurred_at: Callable[[Any], datetime | None]
    plausibility: Callable[[Any, datetime], tuple[str, ...]]
    check: Callable[[Any], None] = unchecked
    guard_except: tuple[str, ...] = ()
    keyed: Keyed = {}
    up: Mapping[int, Converter] = {}
    down: Mapping[int, Converter] = {}
    category: Category | None = None
    by_others: bool = False
    answers: tuple[str, ...] | None = None


def no_flags(body: Body, now: datetime) -> tuple[str, ...]:
    """Return no flags: the type has nothing that could be implausible."""
    return ()


def never(body: Body) -> datetime | None:
    """Return no instant: the type describes a state, not an event."""
    return None
