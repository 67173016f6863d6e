"""Fingerprints: which version of which record, and what an op said."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from backend.feed.wire import Op


def fingerprint(record_id: UUID, version: UUID) -> int:
    """Return 64 bits of SHA-256(record id, version) as a signed integer."""
    digest = hashlib.sha256(record_id.bytes + version.bytes).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def said_by(ops: Sequence[Op]) -> dict[UUID, bytes]:
    """Return what each op says, as a digest, by op.

    Empty for a replay: a version replayed and the op that once made it are the same thing.
    """
    return {op.op: b"" if op.action == "replay" else op_hash(op) for op in ops}


def op_hash(op: Op) -> bytes:
    """Return SHA-256 of what the op intends; ``age_ms`` differs between two sends of one op."""
    said = (
        op.id.bytes,
        op.base.bytes if op.base else b"-",
        f"{op.type}\x1f{op.action}\x1f{op.schema}\x1f{op.edited_at}".encode(),
        "\x1f".join(op.unset).encode(),
        b"\x1f",
        op.group.bytes if op.group is not None else b"",
        op.set,
    )
    return hashlib.sha256(b"".join(said)).digest()
