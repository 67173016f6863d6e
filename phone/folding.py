"""Pure rules of the phone's two copies: the clean one and the one with pending edits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw

from phone.wire import Op, Row, encode, present

_FOLDED = frozenset({"put", "delete"})  # a restored body is the server's to say
_fields = msgspec.json.Decoder(dict[str, Raw])


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanRecord:
    """A record as the server last said it is. `body` is None for a deleted one."""

    type: str
    id: UUID
    v: UUID
    rev: int
    seq: int
    schema: int | None
    deleted: bool
    body: bytes | None
    by: bytes | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """An own op on one record and, once known, what became of it."""

    op: Op
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Promotion:
    """The body an echo stands for."""

    body: bytes | None
    deleted: bool


def fold(body: bytes | None, op: Op) -> bytes | None:
    """Return the body after ``op``; None means deleted, or not known on this phone."""
    if op.action == "delete":
        return None
    if op.action == "replay":
        return present(op.body) if op.body is not UNSET else None
    if op.action == "restore":
        return encode(op.set) if op.set else body
    if op.action != "put":
        return body
    fields = {} if body is None else _fields.decode(body)
    if op.set:
        fields |= op.set
    for name in op.unset or ():
        fields.pop(name, None)
    return encode(fields)


def local_body(clean: CleanRecord | None, pending: Iterable[Op]) -> bytes | None:
    """Return what the person should see: the clean copy with their own edits on top."""
    body = clean.body if clean else None
    for op in pending:
        body = fold(body, op)
        if body is None and op.action == "restore":
            return None  # only the server still has the body that later edits build on
    return body


def promote(clean: CleanRecord | None, steps: Sequence[Step], row: Row) -> Promotion | None:
    """Return what the echo ``row`` stands for, or None if this phone can not tell.

    An echo says "the record is now what you sent as op ``row.v``". That is only usable if an
    unbroken chain of own, verbatim applied ops leads from the clean copy to it, or from a
    version this phone replayed. A merge on the way, a missing version or another count of
    revisions means the server's record has something this phone has not seen, and then the
    row must be asked for.
    """
    at: frozenset[UUID | None] = frozenset({clean.v if clean else None})
    rev = clean.rev if clean else 0
    body = clean.body if clean else None
    # The clean copy may itself be what an own op produced (a merge sent back whole).
    behind = next((i + 1 for i, step in enumerate(steps) if clean and step.op.op == clean.v), 0)
    for step in steps[behind:]:
        is_replay = step.op.action == "replay"
        if not is_replay and (step.op.base not in at or step.op.action not in _FOLDED):
            return None
        if step.outcome == "noop":
            at |= {step.op.op}
            continue
        if step.outcome != "applied":
            return None
        body, at = fold(body, step.op), frozenset({step.op.op})
        rev = step.op.rev if step.op.rev is not UNSET else rev + 1
        if step.op.op == row.v:
            return Promotion(body, deleted=body is None) if rev == row.rev else None
    return None
