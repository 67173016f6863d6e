"""The phone's side of the feed in one SQLite file.

Every public method is one transaction, so the process may die anywhere. Three things live
side by side and are never mixed: the *clean copy* (what the server said), the *outbox*
(own edits, as the bytes first written) and the *attention list* (edits that need a person).
"""

import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

import msgspec
from msgspec import UNSET, Raw

from phone import wire
from phone.errors import EpochChanged, OpTooLarge
from phone.folding import CleanRecord, Step, local_body, promote

STUB_LIFE = timedelta(days=400)
KEPT_RECEIPTS = 10_000
ENVELOPE_ROOM = 64 * 1024  # of a request's bytes, for everything that is not an op

# What a final outcome does to the outbox. Any other name keeps the op.
STORED = frozenset({"applied", "merged"})
NOTHING_TO_DO = frozenset({"noop", "superseded"})
NEEDS_A_PERSON = frozenset({"conflict", "rejected", "blocked"})

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


@dataclass(slots=True)
class Accepted:
    """What one accepted response did."""

    finished: list[UUID] = field(default_factory=list)
    attention: list[UUID] = field(default_factory=list)
    kept: list[UUID] = field(default_factory=list)
    rows: int = 0
    complete: bool = False
    moved: bool = False


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
                row["id"]: _clean(row)
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
            return _find(db, record_id)

    def clean_records(self) -> dict[UUID, CleanRecord]:
        """Return the server's version of every record, tombstones included."""
        with self._transaction() as db:
            return {
                UUID(row["id"]): _clean(row)
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
            intake = _Intake(db, answer, sent=sent, state=state, now=now)
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


class _Intake:
    """One response going into the store, inside the transaction that holds it."""

    def __init__(
        self,
        db: sqlite3.Connection,
        answer: wire.SyncResponse,
        *,
        sent: Sequence[UUID],
        state: sqlite3.Row,
        now: datetime,
    ) -> None:
        self.db = db
        self.answer = answer
        self.sent = frozenset(sent)
        self.now = now
        self.done = Accepted(kept=list(sent))
        self.own_seq: int = state["own_seq"]
        # A page without a cursor says nothing about the feed, so it can not start or end
        # a replacement of the clean copy.
        self.usable = answer.page.cursor is not None
        restarts = self.usable and (state["cursor"] is None or answer.page.reset is not None)
        self.generation: int = state["generation"] + restarts
        if restarts:  # every record is about to come whole
            db.execute("DELETE FROM want")
        self.done.moved = self.usable and state["cursor"] != answer.page.cursor

    def take_results(self) -> None:
        """File every result: drop the op, keep it, or put it before a person."""
        for raw in self.answer.results:
            try:
                result = msgspec.json.decode(raw, type=wire.Result)
            except msgspec.DecodeError:
                continue  # a shape this version can not read keeps the op, like a new status
            if result.op not in self.done.kept:
                continue
            self._remember(result, bytes(raw))
            if result.outcome in STORED | NOTHING_TO_DO:
                self._settle(result)
            elif result.outcome in NEEDS_A_PERSON:
                self._call_for_attention(result, bytes(raw))
            else:
                continue
            self.done.kept.remove(result.op)
            if result.record is not None:
                self._overwrite(result.record)

    def take_page(self) -> None:
        """Take the rows; a row is written only over an older one."""
        for row in self.answer.page.rows:
            self.done.rows += 1
            if row.deleted or wire.present(row.body) is not None:
                self._overwrite(row)
            else:
                self._take_echo(row)

    def finish(self) -> None:
        """Move the cursor and everything that hangs on it."""
        page, db = self.answer.page, self.db
        ended = self.usable and page.complete
        if ended:  # what a whole load did not bring is gone; after it all are of one generation
            db.execute(
                "DELETE FROM record WHERE generation < ? AND NOT deleted", (self.generation,)
            )
        if ended:
            db.execute(
                "DELETE FROM outbox WHERE outcome IS NOT NULL AND seq <= ?"
                " AND record NOT IN (SELECT id FROM want)",
                (self.answer.witness.seq,),
            )
        db.execute(
            "DELETE FROM outbox WHERE outcome IS NOT NULL AND (seq IS NULL OR seq <="
            " (SELECT seq FROM record WHERE record.id = outbox.record))"
        )
        db.execute(
            "DELETE FROM record WHERE deleted AND stored_at < ?",
            (int((self.now - STUB_LIFE).timestamp()),),
        )
        db.execute(
            "DELETE FROM receipt WHERE position <= (SELECT max(position) FROM receipt) - ?",
            (KEPT_RECEIPTS,),
        )
        db.execute(
            "UPDATE state SET latest_request = NULL, epoch = ?, witness_seq = ?,"
            " witness_mark = ?, cursor = coalesce(?, cursor), generation = ?,"
            " complete = ?, own_seq = ?",
            (
                str(self.answer.epoch),
                self.answer.witness.seq,
                self.answer.witness.mark,
                page.cursor,
                self.generation,
                ended,
                self.own_seq,
            ),
        )
        self.done.complete = ended

    def _remember(self, result: wire.Result, raw: bytes) -> None:
        self.db.execute(
            "INSERT OR REPLACE INTO receipt (op, status, result) VALUES (?, ?, ?)",
            (str(result.op), result.status, raw),
        )

    def _settle(self, result: wire.Result) -> None:
        """Stop sending the op; it stays on screen until the server's row has arrived."""
        stored = result.outcome in STORED
        if stored and result.seq is not None:
            self.own_seq = max(self.own_seq, result.seq)
        self.db.execute(
            "UPDATE outbox SET outcome = ?, seq = ? WHERE op = ?",
            (result.outcome, result.seq if stored else None, str(result.op)),
        )
        self.done.finished.append(result.op)

    def _call_for_attention(self, result: wire.Result, raw: bytes) -> None:
        self.db.execute(
            "INSERT OR IGNORE INTO attention (op, type, record, outcome, raw, result)"
            " SELECT op, type, record, ?, raw, ? FROM outbox WHERE op = ?",
            (result.outcome, raw, str(result.op)),
        )
        self.db.execute("DELETE FROM outbox WHERE op = ?", (str(result.op),))
        self.done.attention.append(result.op)

    def _overwrite(self, row: wire.Row) -> None:
        body = None if row.deleted else wire.present(row.body)
        if body is None and not row.deleted:
            return
        self._write(row, kind=row.type, body=body)
        self.db.execute("DELETE FROM want WHERE id = ? AND seq <= ?", (str(row.id), row.seq))

    def _take_echo(self, row: wire.Row) -> None:
        """Promote the own edit the echo stands for, or ask for the row."""
        clean = _find(self.db, row.id)
        if clean is not None and clean.seq >= row.seq:
            self._mark_seen(row.id)
            return
        steps = self._own_steps(row.id)
        known = row.v in self.sent
        promotion = promote(clean, steps, row) if known else None
        if promotion is None:
            self.db.execute(
                "INSERT INTO want (id, seq) VALUES (?1, ?2)"
                " ON CONFLICT (id) DO UPDATE SET seq = max(seq, excluded.seq)",
                (str(row.id), row.seq),
            )
            self._mark_seen(row.id)
            return
        op = next(step.op for step in steps if step.op.op == row.v)
        self._write(
            row,
            kind=op.type,
            body=promotion.body,
            deleted=promotion.deleted,
            schema=None if op.schema is UNSET else op.schema,
        )

    def _own_steps(self, record_id: UUID) -> list[Step]:
        return [
            Step(msgspec.json.decode(row["raw"], type=wire.Op), row["outcome"])
            for row in self.db.execute(
                "SELECT raw, outcome FROM outbox WHERE record = ? ORDER BY position",
                (str(record_id),),
            )
        ]

    def _mark_seen(self, record_id: UUID) -> None:
        self.db.execute(
            "UPDATE record SET generation = ? WHERE id = ?", (self.generation, str(record_id))
        )

    def _write(
        self,
        row: wire.Row,
        *,
        kind: str | None,
        body: bytes | None,
        deleted: bool | None = None,
        schema: int | None = None,
    ) -> None:
        known = _find(self.db, row.id)
        kind = kind or (known.type if known else "")
        self.db.execute(
            "INSERT INTO record (id, type, v, rev, seq, schema, deleted, body, made_by,"
            " generation, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET type = excluded.type, v = excluded.v,"
            " rev = excluded.rev, seq = excluded.seq, schema = excluded.schema,"
            " deleted = excluded.deleted, body = excluded.body, made_by = excluded.made_by,"
            " stored_at = excluded.stored_at WHERE excluded.seq > record.seq",
            (
                str(row.id),
                kind,
                str(row.v),
                row.rev,
                row.seq,
                row.schema if row.schema is not None else schema,
                row.deleted if deleted is None else deleted,
                body,
                wire.present(row.by),
                self.generation,
                int(self.now.timestamp()),
            ),
        )
        self._mark_seen(row.id)


_EPOCH_CHANGED = wire.Problem(
    status=409,
    code="epoch-changed",
    title="The feed was erased and began again",
    detail="The answer names another epoch than the one this phone knows.",
)


def _find(db: sqlite3.Connection, record_id: UUID) -> CleanRecord | None:
    row = db.execute("SELECT * FROM record WHERE id = ?", (str(record_id),)).fetchone()
    return _clean(row) if row else None


def _clean(row: sqlite3.Row) -> CleanRecord:
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


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
