"""Fingerprints of the copy, to compare with the server's: a fault detector, no defence."""

import hashlib
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from phone.folding import CleanRecord
from phone.wire import TypeDigest

EVERY = timedelta(days=7)
NOTHING = TypeDigest(0, f"{0:016x}")


def fingerprint(record_id: UUID, version: UUID) -> int:
    """Return the first 64 bits of SHA-256 over the 32 bytes of record id and version."""
    return int.from_bytes(hashlib.sha256(record_id.bytes + version.bytes).digest()[:8], "big")


def digest(records: Iterable[CleanRecord]) -> dict[str, TypeDigest]:
    """Return per type how many live records there are and their fingerprints xored."""
    counts: dict[str, int] = {}
    xors: dict[str, int] = {}
    for record in records:
        if not record.deleted:
            counts[record.type] = counts.get(record.type, 0) + 1
            xors[record.type] = xors.get(record.type, 0) ^ fingerprint(record.id, record.v)
    return {kind: TypeDigest(count, f"{xors[kind]:016x}") for kind, count in counts.items()}


def differing(
    ours: Mapping[str, TypeDigest], servers: Mapping[str, TypeDigest], types: Collection[str]
) -> list[str]:
    """Return the types among ``types`` in which the two copies differ, sorted."""
    return sorted(kind for kind in types if ours.get(kind, NOTHING) != servers.get(kind, NOTHING))


def is_due(db: sqlite3.Connection, *, now: datetime, client: str) -> bool:
    """Return whether the copy should be compared: weekly, and when the app was updated.

    A copy never compared was loaded just now, and is noted as compared.
    """
    state = db.execute("SELECT compared_at, compared_by FROM state").fetchone()
    if state["compared_at"] is None:
        note(db, now=now, client=client)
        return False
    passed_s = now.timestamp() - state["compared_at"]
    is_recent = 0 <= passed_s < EVERY.total_seconds()  # a clock set back is no reason to trust
    return state["compared_by"] != client or not is_recent


def note(db: sqlite3.Connection, *, now: datetime, client: str) -> None:
    """Remember that the copy was compared."""
    db.execute("UPDATE state SET compared_at = ?, compared_by = ?", (int(now.timestamp()), client))
