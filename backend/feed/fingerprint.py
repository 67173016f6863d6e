"""Fingerprints: which version of which record, and what an op said."""

import hashlib
from uuid import UUID

from backend.feed.wire import Op


def fingerprint(record_id: UUID, version: UUID) -> int:
    """Return 64 bits of SHA-256(record id, version) as a signed integer."""
    digest = hashlib.sha256(record_id.bytes + version.bytes).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def op_hash(op: Op) -> bytes:
    """Return SHA-256 of what the op intends; ``age_ms`` differs between two sends of one op."""
    digest = hashlib.sha256(op.id.bytes)
    digest.update(op.base.bytes if op.base else b"-")
    digest.update(f"{op.type}\x1f{op.action}\x1f{op.schema}\x1f{op.edited_at}".encode())
    digest.update("\x1f".join(op.unset).encode() + b"\x1f")
    if op.group is not None:
        digest.update(op.group.bytes)
    digest.update(op.set)
    return digest.digest()
