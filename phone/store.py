"""The phone's side of the feed in one SQLite file.

Every public method is one transaction, so the process may die anywhere. Three things live
side by side and are never mixed: the *clean copy* (what the server said), the *outbox*
(own edits, as the bytes first written) and the *attention list* (edits that need a person).
"""

import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

import msgspec
from msgspec import UNSET, Raw

from phone import wire
from phone.errors import EpochChanged, OpTooLarge
from phone.folding import CleanRecord, local_body
from phone.intake import Accepted, Intake, as_clean, find_record

ENVELOPE_ROOM = 64 * 1024  # of a request's bytes, for everything that is not an op

_SCHEMA = """
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
PRAGMA user_version = 1;
"""


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
    """Where this phone stands in the feed."""

    epoch: UUID | None
    witness: wire.Witness | None
    cursor: str | None
    complete: bool
    own_seq: int


@dataclass(frozen=True, slots=True)
class PendingOp:
    """An edit in the outbox, as the bytes that will be sent."""

    op: UUID
    type: str
    id: UUID
    raw: bytes


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
        """The server's whole answer to it: code, pointers, the server's record."""
        decoded: dict[str, Any] = msgspec.json.decode(self.raw_result)
        return decoded


class Store:
    """One athlete's feed on one phone; safe to use from several threads."""

    def __init__(self, path: Path | None = None) -> None:
        """Open or create the file at ``path``; without one, keep everything in memory."""
        if path is not None:
            path.touch(mode=0o600)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False
        )
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")  # an edit shown as saved survives a crash
        self._db.execute("PRAGMA secure_delete = ON")  # wiped health data are really gone
        if not self._db.execute("PRAGMA user_version").fetchone()[0]:
            self._db.executescript("BEGIN IMMEDIATE;" + _SCHEMA + "COMMIT;")
        with self._transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO state (one, installation) VALUES (1, ?)", (str(uuid4()),)
            )

    def close(self) -> None:
        """Close the file; the store is of no use afterwards."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    # The account

    def account(self) -> Account:
        """Return who this phone belongs to."""
        row = self._state()
        return Account(
            installation=UUID(row["installation"]),
            email=row["email"],
            athlete=_uuid(row["athlete"]),
            device=_uuid(row["device"]),
            token=row["token"],
        )

    def sign_in(self, *, email: str, athlete: UUID, device: UUID, token: str) -> None:
        """Remember a session."""
        with self._transaction() as db:
            db.execute(
                "UPDATE state SET email = ?, athlete = ?, device = ?, token = ?",
                (email, str(athlete), str(device), token),
            )

    def sign_out(self) -> None:
        """Forget the token; the data and the outbox stay for the next sign-in."""
        with self._transaction() as db:
            db.execute("UPDATE state SET token = NULL")

    def wipe(self) -> None:
        """Forget everything but the installation: account, copy, outbox, attention list."""
        with self._transaction() as db:
            for table in ("outbox", "record", "want", "attention", "receipt"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - the names stand one line up
            db.execute(
                "UPDATE state SET email = NULL, athlete = NULL, device = NULL, token = NULL,"
                " epoch = NULL, witness_seq = NULL, witness_mark = NULL, cursor = NULL,"
                " latest_request = NULL, complete = 0, own_seq = 0"
            )

    # Edits

    def edit(
        self,
        *,
        op: UUID,
        record_type: str,
        record_id: UUID,
        action: str,
        schema: int,
        edited_at: str,
        fields: Mapping[str, Any] | None = None,
        unset: Sequence[str] = (),
    ) -> PendingOp:
        """Put one edit into the outbox, based on what the person saw.

        The base is the newest own op still on its way, else the clean version, else none.
        """
        with self._transaction() as db:
            put = action == "put"
            raw = wire.encode(
                wire.Op(
                    op=op,
                    type=record_type,
                    id=record_id,
                    action=action,
                    base=self._newest_version(db, record_id),
                    schema=schema,
                    edited_at=edited_at,
                    set={k: Raw(wire.encode(v)) for k, v in (fields or {}).items()}
                    if put
                    else UNSET,
                    unset=list(unset) if put and unset else UNSET,
                )
            )
            limit = wire.MAX_INFLATED_BYTES - ENVELOPE_ROOM
            if len(raw) > limit:
                raise OpTooLarge(size=len(raw), limit=limit)
            db.execute(
                "INSERT INTO outbox (op, type, record, raw) VALUES (?, ?, ?, ?)",
                (str(op), record_type, str(record_id), raw),
            )
        return PendingOp(op, record_type, record_id, raw)

    def outbox(
        self,
        *,
        max_ops: int | None = None,
        max_bytes: int | None = None,
        without: Collection[UUID] = (),
    ) -> list[PendingOp]:
        """Return the oldest unanswered edits, in order, within the limits.

        ``without`` names records whose edits must wait; the order of the others is kept.
        """
        chosen: list[PendingOp] = []
        size = 0
        with self._transaction() as db:
            for row in db.execute("SELECT * FROM outbox WHERE outcome IS NULL ORDER BY position"):
                if max_ops is not None and len(chosen) >= max_ops:
                    break
                pending = PendingOp(
                    UUID(row["op"]), row["type"], UUID(row["record"]), bytes(row["raw"])
                )
                if pending.id in without:
                    continue
                size += len(pending.raw) + 1
                if max_bytes is not None and size > max_bytes and chosen:
                    break
                chosen.append(pending)
        return chosen

    # What the person sees

    def records(self, record_type: str | None = None) -> list[LocalRecord]:
        """Return the live records with own pending edits on top, newest change first."""
        with self._transaction() as db:
            clean = {
                row["id"]: as_clean(row)
                for row in db.execute(
                    "SELECT * FROM record WHERE ?1 IS NULL OR type = ?1 ORDER BY seq DESC",
                    (record_type,),
                )
            }
            pending: dict[str, list[wire.Op]] = {}
            for row in db.execute(
                "SELECT record, raw FROM outbox WHERE ?1 IS NULL OR type = ?1 ORDER BY position",
                (record_type,),
            ):
                op = msgspec.json.decode(row["raw"], type=wire.Op)
                pending.setdefault(row["record"], []).append(op)
        seen: list[LocalRecord] = []
        for key in dict.fromkeys([*reversed(pending), *clean]):
            known, ops = clean.get(key), pending.get(key, [])
            body = local_body(known, ops)
            if body is None:
                continue
            seen.append(
                LocalRecord(
                    type=known.type if known else ops[0].type,
                    id=UUID(key),
                    v=known.v if known else None,
                    rev=known.rev if known else 0,
                    seq=known.seq if known else 0,
                    pending=bool(ops),
                    raw_body=body,
                )
            )
        return seen

    def clean(self, record_id: UUID) -> CleanRecord | None:
        """Return the server's version of a record, tombstones included."""
        with self._transaction() as db:
            return find_record(db, record_id)

    def clean_records(self) -> dict[UUID, CleanRecord]:
        """Return the server's version of every record, tombstones included."""
        with self._transaction() as db:
            return {
                UUID(row["id"]): as_clean(row)
                for row in db.execute("SELECT * FROM record ORDER BY seq")
            }

    def attention(self) -> list[Attention]:
        """Return the edits that need a person, oldest first."""
        with self._transaction() as db:
            return [
                Attention(
                    op=UUID(row["op"]),
                    type=row["type"],
                    id=UUID(row["record"]),
                    outcome=row["outcome"],
                    raw=bytes(row["raw"]),
                    raw_result=bytes(row["result"]),
                )
                for row in db.execute("SELECT * FROM attention ORDER BY position")
            ]

    def resolve(self, op: UUID) -> None:
        """Take an edit off the attention list: the person redid it or gave it up."""
        with self._transaction() as db:
            db.execute("DELETE FROM attention WHERE op = ?", (str(op),))

    def receipt(self, op: UUID) -> dict[str, Any] | None:
        """Return the server's latest answer to an own op, if it is still remembered."""
        with self._transaction() as db:
            row = db.execute("SELECT result FROM receipt WHERE op = ?", (str(op),)).fetchone()
        return msgspec.json.decode(row["result"]) if row else None

    # The conversation

    def place(self) -> Place:
        """Return where this phone stands in the feed."""
        row = self._state()
        mark = row["witness_mark"]
        return Place(
            epoch=_uuid(row["epoch"]),
            witness=None if mark is None else wire.Witness(row["witness_seq"], mark),
            cursor=row["cursor"],
            complete=bool(row["complete"]),
            own_seq=row["own_seq"],
        )

    def wanted(self) -> list[UUID]:
        """Return the records whose echo did not match and must be sent whole."""
        with self._transaction() as db:
            return [UUID(row["id"]) for row in db.execute("SELECT id FROM want ORDER BY id")]

    def start_over(self) -> None:
        """Make the next request load everything again, beside the copy in use."""
        with self._transaction() as db:
            db.execute("UPDATE state SET cursor = NULL, complete = 0")

    def begin(self, request: UUID) -> None:
        """Note the latest request; the answer to any earlier one is dead from here on."""
        with self._transaction() as db:
            db.execute("UPDATE state SET latest_request = ?", (str(request),))

    def accept(
        self, answer: wire.SyncResponse, *, sent: Sequence[UUID], now: datetime
    ) -> Accepted | None:
        """Take in a whole response in one transaction, or nothing of it.

        Returns None, with nothing changed, if it is not the answer to the latest request.
        Raises ``EpochChanged`` if it speaks of another life of the feed.
        """
        with self._transaction() as db:
            state = db.execute("SELECT * FROM state").fetchone()
            if state["latest_request"] != str(answer.request):
                return None
            if state["epoch"] not in (None, str(answer.epoch)):
                raise EpochChanged(_EPOCH_CHANGED)
            intake = Intake(db, answer, sent=sent, state=state, now=now)
            intake.take_results()
            intake.take_page()
            intake.finish()
            return intake.done

    def _newest_version(self, db: sqlite3.Connection, record_id: UUID) -> UUID | None:
        row = (
            db.execute(
                "SELECT op AS v FROM outbox WHERE record = ?1 ORDER BY position DESC LIMIT 1",
                (str(record_id),),
            ).fetchone()
            or db.execute("SELECT v FROM record WHERE id = ?", (str(record_id),)).fetchone()
        )
        return UUID(row["v"]) if row else None

    def _state(self) -> sqlite3.Row:
        with self._transaction() as db:
            row: sqlite3.Row = db.execute("SELECT * FROM state").fetchone()
        return row

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


_EPOCH_CHANGED = wire.Problem(
    status=409,
    code="epoch-changed",
    title="The feed was erased and began again",
    detail="The answer names another epoch than the one this phone knows.",
)


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
