"""How one answer goes into the phone's store: results first, then rows, then the place."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import UNSET

from phone import wire
from phone.folding import CleanRecord, Step, promote

STUB_LIFE = timedelta(days=400)
KEPT_RECEIPTS = 10_000

# What a final outcome does to the outbox. Any other name keeps the op.
STORED = frozenset({"applied", "merged"})
NOTHING_TO_DO = frozenset({"noop", "superseded"})
NEEDS_A_PERSON = frozenset({"conflict", "rejected", "blocked"})


@dataclass(slots=True)
class Accepted:
    """What one accepted response did."""

    finished: list[UUID] = field(default_factory=list)
    attention: list[UUID] = field(default_factory=list)
    kept: list[UUID] = field(default_factory=list)
    rows: int = 0
    complete: bool = False
    moved: bool = False


class Intake:
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
        clean = find_record(self.db, row.id)
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
        known = find_record(self.db, row.id)
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


def find_record(db: sqlite3.Connection, record_id: UUID) -> CleanRecord | None:
    """Return the server's version of a record, tombstones included."""
    row = db.execute("SELECT * FROM record WHERE id = ?", (str(record_id),)).fetchone()
    return as_clean(row) if row else None


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
