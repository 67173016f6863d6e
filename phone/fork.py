"""After a fork: the server came back from a backup and may lack versions this phone holds.

The clean copy is set aside, version by version, and a new one is loaded beside it. Then the
server is asked which of the versions set aside it knows; those it lost are put first in the
outbox, to be replayed under the ids they had.
"""

import sqlite3
from collections.abc import Collection, Mapping
from uuid import UUID

from msgspec import UNSET, Raw

from phone import clean, outbox
from phone.folding import CleanRecord
from phone.wire import Op

_SERVERS_VERSION = 8  # of a UUID that only the server gives: it makes those rows anew by itself
STANDS = frozenset({"applied", "merged", "noop", "superseded"})

_SET_ASIDE = """
INSERT INTO held (id, type, v, rev, seq, schema, deleted, body, made_by, stored_at)
SELECT id, type, v, rev, seq, schema, deleted, body, made_by, stored_at FROM record WHERE true
ON CONFLICT (id) DO UPDATE SET type = excluded.type, v = excluded.v, rev = excluded.rev,
  seq = excluded.seq, schema = excluded.schema, deleted = excluded.deleted, body = excluded.body,
  made_by = excluded.made_by, stored_at = excluded.stored_at
WHERE excluded.rev > held.rev
"""

_KEEP_STUB = """
INSERT OR IGNORE INTO record (id, type, v, rev, seq, schema, deleted, body, made_by, generation,
                              stored_at)
SELECT id, type, v, rev, ?, schema, 1, NULL, made_by,
       (SELECT generation FROM state), stored_at
FROM held WHERE v = ? AND deleted
"""


def set_aside(db: sqlite3.Connection) -> None:
    """Set the clean copy aside and begin again; a second fork keeps each higher revision."""
    db.execute(_SET_ASIDE)
    db.execute("DELETE FROM record")
    db.execute("DELETE FROM want")
    outbox.send_again(db)
    db.execute(
        "UPDATE state SET forked = 1, cursor = NULL, witness_seq = NULL, witness_mark = NULL,"
        " latest_request = NULL, complete = 0, own_seq = 0"
    )


def unknown_fate(db: sqlite3.Connection, *, limit: int) -> list[UUID]:
    """Return versions set aside that the new copy does not hold; none ends the fork."""
    db.execute(
        "DELETE FROM held WHERE EXISTS"
        " (SELECT 1 FROM record WHERE record.id = held.id AND record.v = held.v)"
    )
    versions = [UUID(row["v"]) for row in db.execute("SELECT v FROM held ORDER BY seq")]
    servers = [(str(v),) for v in versions if v.version == _SERVERS_VERSION]
    db.executemany("DELETE FROM held WHERE v = ?", servers)
    left = [v for v in versions if v.version != _SERVERS_VERSION]
    if not left:
        db.execute("UPDATE state SET forked = 0")
    return left[:limit]


def judge(
    db: sqlite3.Connection, asked: Collection[UUID], known: Mapping[UUID, int | None]
) -> list[UUID]:
    """Take in which of the versions asked about still stand; return those to be replayed.

    Args:
        db: the store, in a transaction.
        asked: versions from `unknown_fate`.
        known: those that stand, with the number each has now.
    """
    for v, seq in known.items():
        db.execute(_KEEP_STUB, (seq or 0, str(v)))
    lost = [
        clean.as_clean(row)
        for row in db.execute("SELECT * FROM held ORDER BY seq")
        if UUID(row["v"]) in asked and UUID(row["v"]) not in known
    ]
    outbox.put_first(db, [_replay(record) for record in lost])
    db.executemany("DELETE FROM held WHERE v = ?", [(str(v),) for v in asked])
    return [record.v for record in lost]


def _replay(record: CleanRecord) -> Op:
    return Op(
        op=record.v,
        type=record.type,
        id=record.id,
        action="replay",
        schema=UNSET if record.schema is None else record.schema,
        rev=record.rev,
        body=UNSET if record.body is None else Raw(record.body),
        deleted=True if record.body is None else UNSET,
    )
