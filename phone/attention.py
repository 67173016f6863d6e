"""The attention list: edits the server did not take, until a person decided.

An op id stands for one immutable op, so redoing an edit makes a new op, and new ops for
everything that was built on it or stood in its group.
"""

import dataclasses
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw

from phone import clean, outbox
from phone.model import Attention, Draft
from phone.wire import Op

_decode = msgspec.json.Decoder(Op).decode
_fields = msgspec.json.Decoder(dict[str, Raw]).decode


@dataclasses.dataclass(frozen=True, slots=True)
class Changes:
    """What a person wants written instead of what the edit said."""

    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    unset: Sequence[str] = ()


AS_IT_WAS = Changes()


def add(db: sqlite3.Connection, op: UUID, *, outcome: str, result: bytes) -> None:
    """Move an op from the outbox to the list, with the server's answer."""
    db.execute(
        "INSERT OR IGNORE INTO attention (op, type, record, outcome, raw, result)"
        " SELECT op, type, record, ?, raw, ? FROM outbox WHERE op = ?",
        (outcome, result, str(op)),
    )
    db.execute("DELETE FROM outbox WHERE op = ?", (str(op),))


def items(db: sqlite3.Connection) -> list[Attention]:
    """Return the edits that need a person, oldest first."""
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


def resolve(db: sqlite3.Connection, op: UUID) -> None:
    """Take an edit off the list: given up, or taken by the server after all. Nothing is sent."""
    db.execute("DELETE FROM attention WHERE op = ?", (str(op),))


def redo(
    db: sqlite3.Connection,
    ops: Collection[UUID],
    *,
    changes: Changes = AS_IT_WAS,
    new_draft: Callable[[str, UUID, str], Draft],
    new_group: Callable[[], UUID],
) -> list[UUID]:
    """Make edits on the list again, on top of what stands now, and all that depends on them.

    Args:
        db: the store, in a transaction.
        ops: the edits; what is not on the list is left alone.
        changes: what those edits should say instead.
        new_draft: makes a draft with a new op id, from type, record and action.
        new_group: makes the id of a new group.
    Returns:
        The ids of the new ops, in order.
    """
    failed = _with_dependants(db, ops)
    for op in failed:
        db.execute("DELETE FROM attention WHERE op = ?", (str(op.op),))
        db.execute("DELETE FROM outbox WHERE op = ?", (str(op.op),))
    groups: dict[UUID, UUID] = {}
    made: list[UUID] = []
    for op in failed:
        group = None
        if op.group is not UNSET:
            group = groups.get(op.group) or groups.setdefault(op.group, new_group())
        for action, said in _again(db, op, changes if op.op in ops else AS_IT_WAS):
            draft = dataclasses.replace(
                new_draft(op.type, op.id, action), fields=said.fields, unset=said.unset, group=group
            )
            made += [pending.op for pending in outbox.append(db, [draft])]
    return made


def _with_dependants(db: sqlite3.Connection, ops: Collection[UUID]) -> list[Op]:
    """Return these edits and whatever else can not stand without them, oldest first.

    Dependants still in the outbox may have been sent; they can not have been stored, since
    what they build on was not.
    """
    listed = [
        _decode(row["raw"]) for row in db.execute("SELECT raw FROM attention ORDER BY position")
    ]
    unsent = [
        _decode(row["raw"])
        for row in db.execute("SELECT raw FROM outbox WHERE outcome IS NULL ORDER BY position")
    ]
    chosen = {op.op for op in listed if op.op in ops}
    count = -1
    while count < len(chosen):
        count = len(chosen)
        groups = {op.group for op in (*listed, *unsent) if op.op in chosen} - {UNSET}
        chosen |= {op.op for op in (*listed, *unsent) if op.base in chosen or op.group in groups}
    return [op for op in (*listed, *unsent) if op.op in chosen]


def _again(db: sqlite3.Connection, op: Op, changes: Changes) -> Iterator[tuple[str, Changes]]:
    """Yield the actions that say the same as ``op`` did, on top of what stands now."""
    if op.action == "delete" or (op.action == "replay" and op.body is UNSET):
        yield "delete", AS_IT_WAS
        return
    said = _fields(op.body) if op.body is not UNSET else op.set or {}
    fields = {name: raw for name, raw in said.items() if name not in changes.unset}
    unset = [name for name in (*(op.unset or ()), *changes.unset) if name not in changes.fields]
    again = Changes({**fields, **changes.fields}, unset)
    if op.action == "restore":
        yield "restore", again
        return
    if _is_gone(db, op.id):
        yield "restore", AS_IT_WAS
    yield "put", again


def _is_gone(db: sqlite3.Connection, record_id: UUID) -> bool:
    """Return whether the record is deleted and nothing on its way brings it back."""
    known = clean.seen_one(db, record_id)
    if known is None or not known.deleted:
        return False
    return all(step.op.action != "restore" for step in outbox.steps(db, record_id))
