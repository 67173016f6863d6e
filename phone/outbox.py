"""The outbox: own ops as the bytes first written, in order, until a final result is stored."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw

from phone import clean, wire
from phone.errors import OpTooLarge
from phone.folding import Step
from phone.model import Draft, PendingOp

ENVELOPE_ROOM = 64 * 1024  # of a request's bytes, for everything that is not an op
OP_ROOM = 32  # of a request's bytes, for an op's comma and age

_decode = msgspec.json.Decoder(wire.Op).decode


def append(db: sqlite3.Connection, drafts: Iterable[Draft]) -> list[PendingOp]:
    """Put edits into the outbox, each based on what stands before it.

    The base is the newest own op still on its way, else the version on screen, else none.
    Raises ``OpTooLarge`` when an edit, or a group as a whole, fits into no request.
    """
    written = [_append(db, draft) for draft in drafts]
    limit = wire.MAX_INFLATED_BYTES - ENVELOPE_ROOM
    for _, unit in groupby(written, lambda op: op.group or op.op):
        ops = list(unit)
        size = sum(len(op.raw) + OP_ROOM for op in ops)
        if size > limit or len(ops) > wire.MAX_OPS:
            raise OpTooLarge(size=size, limit=limit, ops=len(ops))
    return written


def _append(db: sqlite3.Connection, draft: Draft) -> PendingOp:
    fields = {name: Raw(wire.encode(value)) for name, value in draft.fields.items()}
    is_put = draft.action == "put"
    raw = wire.encode(
        wire.Op(
            op=draft.op,
            type=draft.type,
            id=draft.id,
            action=draft.action,
            base=newest_version(db, draft.id),
            schema=draft.schema,
            edited_at=draft.edited_at,
            set=fields if is_put or fields else UNSET,
            unset=list(draft.unset) if is_put and draft.unset else UNSET,
            group=draft.group or UNSET,
        )
    )
    made = PendingOp(draft.op, draft.type, draft.id, raw, draft.group, draft.made_ms, draft.boot)
    db.execute(
        "INSERT INTO outbox (op, type, record, raw, op_group, made_ms, boot)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            str(made.op),
            made.type,
            str(made.id),
            made.raw,
            str(made.group) if made.group else None,
            made.made_ms,
            made.boot,
        ),
    )
    return made


def newest_version(db: sqlite3.Connection, record_id: UUID) -> UUID | None:
    """Return what an edit of this record builds on."""
    row = db.execute(
        "SELECT op FROM outbox WHERE record = ? ORDER BY position DESC LIMIT 1", (str(record_id),)
    ).fetchone()
    if row:
        return UUID(row["op"])
    known = clean.seen_one(db, record_id)
    return known.v if known else None


def waiting(
    db: sqlite3.Connection,
    *,
    max_ops: int | None = None,
    max_bytes: int | None = None,
    without: Collection[UUID] = (),
) -> list[PendingOp]:
    """Return the oldest unanswered ops, in order, within the limits; a group is never cut.

    ``without`` names records whose ops must wait. A group that touches one of them waits too,
    and with it everything else that it touches. What is too large alone is returned alone.
    """
    chosen: list[PendingOp] = []
    waits, size = set(without), 0
    for unit in _units(db):
        touched = {op.id for op in unit}
        if touched & waits:
            waits |= touched
            continue
        size += sum(len(op.raw) + OP_ROOM for op in unit)
        is_too_many = max_ops is not None and len(chosen) + len(unit) > max_ops
        is_too_large = max_bytes is not None and size > max_bytes
        if is_too_many or is_too_large:
            return chosen or (unit if max_ops != 0 else [])
        chosen += unit
    return chosen


def _units(db: sqlite3.Connection) -> Iterator[list[PendingOp]]:
    """Yield what is sent together: a group's ops, or one op."""
    rows = db.execute("SELECT * FROM outbox WHERE outcome IS NULL ORDER BY position")
    for _, unit in groupby(map(_pending, rows), lambda op: op.group or op.op):
        yield list(unit)


def _pending(row: sqlite3.Row) -> PendingOp:
    return PendingOp(
        op=UUID(row["op"]),
        type=row["type"],
        id=UUID(row["record"]),
        raw=bytes(row["raw"]),
        group=UUID(row["op_group"]) if row["op_group"] else None,
        made_ms=row["made_ms"],
        boot=row["boot"],
    )


def own_ops(db: sqlite3.Connection, record_type: str | None = None) -> dict[str, list[wire.Op]]:
    """Return own ops by record, also answered ones whose row has not arrived."""
    ops: dict[str, list[wire.Op]] = {}
    for row in db.execute(
        "SELECT record, raw FROM outbox WHERE ?1 IS NULL OR type = ?1 ORDER BY position",
        (record_type,),
    ):
        ops.setdefault(row["record"], []).append(_decode(row["raw"]))
    return ops


def steps(db: sqlite3.Connection, record_id: UUID) -> list[Step]:
    """Return own ops on one record, in order, with what became of each."""
    rows = db.execute(
        "SELECT raw, outcome FROM outbox WHERE record = ? ORDER BY position", (str(record_id),)
    )
    return [Step(_decode(row["raw"]), row["outcome"]) for row in rows]


def settle(db: sqlite3.Connection, op: UUID, *, outcome: str, seq: int | None) -> None:
    """Stop sending an op; it stays on screen until its row has arrived."""
    db.execute("UPDATE outbox SET outcome = ?, seq = ? WHERE op = ?", (outcome, seq, str(op)))


def drop_arrived(db: sqlite3.Connection, *, complete_at: int | None) -> None:
    """Drop answered ops whose row is in the clean copy, or that have none.

    ``complete_at`` is the number up to which the copy is complete: by then each op's row has
    come, except one that was asked for.
    """
    if complete_at is not None:
        db.execute(
            "DELETE FROM outbox WHERE outcome IS NOT NULL AND seq <= ?"
            " AND record NOT IN (SELECT id FROM want)",
            (complete_at,),
        )
    db.execute(
        "DELETE FROM outbox WHERE outcome IS NOT NULL AND (seq IS NULL OR seq <="
        " (SELECT seq FROM record WHERE record.id = outbox.record))"
    )


def send_again(db: sqlite3.Connection) -> None:
    """Forget every answer: the server that gave it has lost what it answered."""
    db.execute("UPDATE outbox SET outcome = NULL, seq = NULL")


def put_first(db: sqlite3.Connection, ops: Iterable[wire.Op]) -> None:
    """Put ops in front of everything that waits, in the order given.

    An own op that one of them already contains is dropped.
    """
    batch = list(ops)
    first = db.execute("SELECT coalesce(min(position), 1) FROM outbox").fetchone()[0]
    for position, op in enumerate(batch, start=first - len(batch)):
        _drop_chain(db, op)
        db.execute(
            "INSERT INTO outbox (position, op, type, record, raw) VALUES (?, ?, ?, ?, ?)",
            (position, str(op.op), op.type, str(op.id), wire.encode(op)),
        )


def _drop_chain(db: sqlite3.Connection, op: wire.Op) -> None:
    """Drop the own op of this id and those it was built on: the version holds them all."""
    own = {str(step.op.op): step.op for step in steps(db, op.id)}
    link: UUID | None = op.op
    while link is not None and (known := own.pop(str(link), None)) is not None:
        db.execute("DELETE FROM outbox WHERE op = ?", (str(link),))
        link = known.base
