"""What the store hands out and takes in: plain, frozen values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from phone import wire


@dataclass(frozen=True, slots=True)
class Account:
    """Who this phone belongs to; everything but the installation may be missing."""

    installation: UUID
    email: str | None
    athlete: UUID | None
    device: UUID | None
    token: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where this phone stands in the feed.

    ``forked``: the server lost history this phone has; nothing is pushed until it is known
    which versions must be given back.
    """

    epoch: UUID | None
    witness: wire.Witness | None
    cursor: str | None
    complete: bool
    own_seq: int
    forked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An edit on its way into the outbox; its base is found there."""

    op: UUID
    type: str
    id: UUID
    action: str
    schema: int
    edited_at: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    unset: Sequence[str] = ()
    group: UUID | None = None
    made_ms: int | None = None
    boot: str | None = None


@dataclass(frozen=True, slots=True)
class PendingOp:
    """An edit in the outbox, as the bytes that will be sent; and when it was made, if known."""

    op: UUID
    type: str
    id: UUID
    raw: bytes
    group: UUID | None = None
    made_ms: int | None = None
    boot: str | None = None


@dataclass(frozen=True, slots=True)
class LocalRecord:
    """A record as the person should see it, own unsent edits included."""

    type: str
    id: UUID
    v: UUID | None
    rev: int
    seq: int
    pending: bool
    raw_body: bytes

    @property
    def body(self) -> dict[str, Any]:
        """The body as plain Python; `raw_body` has every decimal digit for digit."""
        decoded: dict[str, Any] = msgspec.json.decode(self.raw_body)
        return decoded


@dataclass(frozen=True, slots=True)
class Attention:
    """An edit the server did not take, kept until the person decided."""

    op: UUID
    type: str
    id: UUID
    outcome: str
    raw: bytes
    raw_result: bytes

    @property
    def edit(self) -> wire.Op:
        """The edit as it was made."""
        return msgspec.json.decode(self.raw, type=wire.Op)

    @property
    def result(self) -> dict[str, Any]:
        """The server's whole answer to it: code, pointers, clashes, the server's record."""
        decoded: dict[str, Any] = msgspec.json.decode(self.raw_result)
        return decoded

    @property
    def reason(self) -> str:
        """The code or kind that says why, such as ``quota`` or ``fields_clash``."""
        result = self.result
        return str(result.get("code") or result.get("kind") or "")
