"""The opaque place of a reader in a feed: no authority, no secret, self-checking.

A cursor that can not be read is treated as none, so a reader never loops on an error.
"""

import base64
import binascii
import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

VERSION = 1
_FORM = struct.Struct(">B16s8scqq")
_PHASES: dict[bytes, Literal["tail", "bootstrap"]] = {b"t": "tail", b"b": "bootstrap"}


@dataclass(frozen=True)
class Cursor:
    """Where a reader stands.

    In ``tail``, rows up to ``position`` have been read. In ``bootstrap``, rows at or above
    ``position`` have been read and rows above ``head`` are left to the tail that follows.
    """

    epoch: UUID
    scope: bytes
    phase: Literal["tail", "bootstrap"]
    position: int
    head: int


def scope_hash(type_ids: Iterable[int]) -> bytes:
    """Return eight bytes that stand for the set of types a reader asked for."""
    text = ",".join(str(number) for number in sorted(type_ids))
    return hashlib.sha256(text.encode()).digest()[:8]


def encode(cursor: Cursor) -> str:
    """Return the cursor as base64url text."""
    packed = _FORM.pack(
        VERSION,
        cursor.epoch.bytes,
        cursor.scope,
        cursor.phase[0].encode(),
        cursor.position,
        cursor.head,
    )
    checked = packed + struct.pack(">I", binascii.crc32(packed))
    return base64.urlsafe_b64encode(checked).rstrip(b"=").decode()


def decode(text: str) -> Cursor | None:
    """Return the cursor, or None when the text is not one of ours."""
    try:
        checked = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    packed, crc = checked[:-4], checked[-4:]
    if len(packed) != _FORM.size or crc != struct.pack(">I", binascii.crc32(packed)):
        return None
    version, epoch, scope, phase, position, head = _FORM.unpack(packed)
    if version != VERSION or phase not in _PHASES or min(position, head) < 0:
        return None
    return Cursor(UUID(bytes=epoch), scope, _PHASES[phase], position, head)
