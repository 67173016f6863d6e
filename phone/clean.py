"""The clean copy: what the server last said of each record, deleted ones as stubs."""

import sqlite3
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from phone.folding import CleanRecord

STUB_LIFE = timedelta(days=400)

# What the person sees as the server's: after a fork a version the server lost still counts.
SEEN = """
SELECT id, type, v, rev, seq, schema, deleted, body, made_by FROM record
WHERE NOT EXISTS (SELECT 1 FROM held WHERE held.id = record.id AND held.rev > record.rev)
UNION ALL
SELECT id, type, v, rev, seq, schema, deleted, body, made_by FROM held
WHERE NOT EXISTS (SELECT 1 FROM record WHERE record.id = held.id AND record.rev >= held.rev)
"""

_WRITE = """
INSERT INTO record (id, type, v, rev, seq, schema, deleted, body, made_by, generation, stored_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET type = excluded.type, v = excluded.v, rev = excluded.rev,
  seq = excluded.seq, schema = excluded.schema, deleted = excluded.deleted, body = excluded.body,
  made_by = excluded.made_by, stored_at = excluded.stored_at
WHERE excluded.seq > record.seq
"""


def find(db: sqlite3.Connection, record_id: UUID) -> CleanRecord | None:
    """Return the server's version of a record, tombstones included."""
    row = db.execute("SELECT * FROM record WHERE id = ?", (str(record_id),)).fetchone()
    return as_clean(row) if row else None


def everything(db: sqlite3.Connection) -> dict[UUID, CleanRecord]:
    """Return the server's version of every record, tombstones included, oldest change first."""
    return {
        UUID(row["id"]): as_clean(row) for row in db.execute("SELECT * FROM record ORDER BY seq")
    }


def seen(db: sqlite3.Connection, record_type: str | None = None) -> dict[str, CleanRecord]:
    """Return what counts as the server's version on screen, newest change first."""
    rows = db.execute(
        f"SELECT * FROM ({SEEN}) WHERE ?1 IS NULL OR type = ?1 ORDER BY seq DESC",  # noqa: S608 - a constant
        (record_type,),
    )
    return {row["id"]: as_clean(row) for row in rows}


def seen_one(db: sqlite3.Connection, record_id: UUID) -> CleanRecord | None:
    """Return what counts as the server's version of one record on screen."""
    row = db.execute(
        f"SELECT * FROM ({SEEN}) WHERE id = ?",  # noqa: S608 - a constant
        (str(record_id),),
    ).fetchone()
    return as_clean(row) if row else None


def write(
    db: sqlite3.Connection, record: CleanRecord, *, generation: int, stored_at: datetime
) -> None:
    """Write a version over an older one, never over a newer; `mark_seen` is another matter.

    A record not known before is of the generation given.
    """
    db.execute(
        _WRITE,
        (
            str(record.id),
            record.type,
            str(record.v),
            record.rev,
            record.seq,
            record.schema,
            record.deleted,
            record.body,
            record.by,
            generation,
            int(stored_at.timestamp()),
        ),
    )


def mark_seen(db: sqlite3.Connection, record_id: UUID, *, generation: int) -> None:
    """Note that the load under way has met this record."""
    db.execute("UPDATE record SET generation = ? WHERE id = ?", (generation, str(record_id)))


def drop_unseen(db: sqlite3.Connection, *, generation: int) -> None:
    """Drop what a whole load, now at its end, did not bring; stubs stay."""
    db.execute("DELETE FROM record WHERE generation < ? AND NOT deleted", (generation,))


def drop_old_stubs(db: sqlite3.Connection, *, now: datetime) -> None:
    """Drop stubs of records that were seen deleted long ago."""
    limit = int((now - STUB_LIFE).timestamp())
    db.execute("DELETE FROM record WHERE deleted AND stored_at < ?", (limit,))


def drop_other_types(db: sqlite3.Connection, types: Collection[str]) -> None:
    """Drop records of types this app no longer asks for: nobody would keep them fresh."""
    asked = ",".join("?" * len(types))
    db.execute(
        f"DELETE FROM record WHERE type NOT IN ({asked})",  # noqa: S608 - only question marks
        tuple(types),
    )


def distrust(db: sqlite3.Connection) -> None:
    """Let the next whole load overwrite every record, whatever its number."""
    db.execute("UPDATE record SET seq = 0")


def as_clean(row: sqlite3.Row) -> CleanRecord:
    """Return a row of the record table as a record."""
    return CleanRecord(
        type=row["type"],
        id=UUID(row["id"]),
        v=UUID(row["v"]),
        rev=row["rev"],
        seq=row["seq"],
        schema=row["schema"],
        deleted=bool(row["deleted"]),
        body=row["body"],
        by=row["made_by"],
    )
