"""How one answer goes into the phone's store: results first, then rows, then the place."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET

from phone import attention, clean, outbox, wire
from phone.folding import CleanRecord, promote

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
    over_quota: bool = False


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
                attention.add(self.db, result.op, outcome=result.outcome, result=bytes(raw))
                self.done.attention.append(result.op)
                self.done.over_quota |= result.code == "quota"
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
            clean.mark_seen(self.db, row.id, generation=self.generation)
            attention.resolve(self.db, row.v)  # refused once, taken later: a parked op, tried again

    def finish(self) -> None:
        """Move the cursor and everything that hangs on it."""
        page, db = self.answer.page, self.db
        ended = self.usable and page.complete
        if ended:  # what a whole load did not bring is gone; after it all are of one generation
            clean.drop_unseen(db, generation=self.generation)
        outbox.drop_arrived(db, complete_at=self.answer.witness.seq if ended else None)
        clean.drop_old_stubs(db, now=self.now)
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
        seq = result.seq if stored else None
        outbox.settle(self.db, result.op, outcome=result.outcome, seq=seq)
        self.done.finished.append(result.op)

    def _overwrite(self, row: wire.Row) -> None:
        body = None if row.deleted else wire.present(row.body)
        if body is None and not row.deleted:
            return
        self._write(row, kind=row.type, body=body, schema=row.schema)
        self.db.execute("DELETE FROM want WHERE id = ? AND seq <= ?", (str(row.id), row.seq))

    def _take_echo(self, row: wire.Row) -> None:
        """Promote the own edit the echo stands for, or ask for the row."""
        known = clean.find(self.db, row.id)
        if known is not None and known.seq >= row.seq:
            return
        steps = outbox.steps(self.db, row.id)
        promotion = promote(known, steps, row) if row.v in self.sent else None
        if promotion is None:
            self.db.execute(
                "INSERT INTO want (id, seq) VALUES (?1, ?2)"
                " ON CONFLICT (id) DO UPDATE SET seq = max(seq, excluded.seq)",
                (str(row.id), row.seq),
            )
            return
        op = next(step.op for step in steps if step.op.op == row.v)
        self._write(
            row,
            kind=op.type,
            body=promotion.body,
            schema=None if op.schema is UNSET else op.schema,
        )

    def _write(
        self, row: wire.Row, *, kind: str | None, body: bytes | None, schema: int | None
    ) -> None:
        if kind is None:
            known = clean.find(self.db, row.id)
            kind = known.type if known else ""
        record = CleanRecord(
            type=kind,
            id=row.id,
            v=row.v,
            rev=row.rev,
            seq=row.seq,
            schema=schema,
            deleted=body is None,
            body=body,
            by=wire.present(row.by),
        )
        # Only a page counts as having brought a record: a result may show a version that the
        # same request went on to delete, and a load brings no tombstones.
        clean.write(self.db, record, generation=self.generation - 1, stored_at=self.now)
