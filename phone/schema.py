"""The phone's tables, and how a file of an older version becomes a newer one."""

import sqlite3
from pathlib import Path

_FIRST = """
CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    installation TEXT NOT NULL,
    email TEXT, athlete TEXT, device TEXT, token TEXT,
    epoch TEXT, witness_seq INTEGER, witness_mark TEXT, cursor TEXT,
    latest_request TEXT,
    generation INTEGER NOT NULL DEFAULT 0,
    complete INTEGER NOT NULL DEFAULT 0,
    own_seq INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    op TEXT NOT NULL UNIQUE, type TEXT NOT NULL, record TEXT NOT NULL, raw BLOB NOT NULL,
    outcome TEXT, seq INTEGER  -- both set once the server answered; then it only awaits its row
) STRICT;
CREATE INDEX outbox_record ON outbox (record, position);
CREATE TABLE record (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, v TEXT NOT NULL,
    rev INTEGER NOT NULL, seq INTEGER NOT NULL, schema INTEGER,
    deleted INTEGER NOT NULL, body BLOB, made_by BLOB,
    generation INTEGER NOT NULL, stored_at INTEGER NOT NULL
) STRICT;
CREATE INDEX record_type ON record (type, seq);
CREATE TABLE want (id TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
CREATE TABLE attention (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    op TEXT NOT NULL UNIQUE, type TEXT NOT NULL, record TEXT NOT NULL,
    outcome TEXT NOT NULL, raw BLOB NOT NULL, result BLOB NOT NULL
) STRICT;
CREATE TABLE receipt (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    op TEXT NOT NULL UNIQUE, status TEXT NOT NULL, result BLOB NOT NULL
) STRICT;
"""

# Ages and groups of ops; versions set aside after a fork; when the copy was last compared.
_SECOND = """
ALTER TABLE outbox ADD COLUMN op_group TEXT;
ALTER TABLE outbox ADD COLUMN made_ms INTEGER;
ALTER TABLE outbox ADD COLUMN boot TEXT;
ALTER TABLE state ADD COLUMN forked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE state ADD COLUMN compared_at INTEGER;
ALTER TABLE state ADD COLUMN compared_by TEXT;
CREATE TABLE held (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, v TEXT NOT NULL,
    rev INTEGER NOT NULL, seq INTEGER NOT NULL, schema INTEGER,
    deleted INTEGER NOT NULL, body BLOB, made_by BLOB, stored_at INTEGER NOT NULL
) STRICT;
"""

_STEPS = (_FIRST, _SECOND)


def open_file(path: Path | None) -> sqlite3.Connection:
    """Open or create the file at ``path``, brought up to date; without one, keep it in memory."""
    if path is not None:
        path.touch(mode=0o600)
    db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")  # an edit shown as saved survives a crash
    db.execute("PRAGMA secure_delete = ON")  # wiped health data are really gone
    version = db.execute("PRAGMA user_version").fetchone()[0]
    for number, step in enumerate(_STEPS[version:], start=version + 1):
        db.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number}; COMMIT;")
    return db
