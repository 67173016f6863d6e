"""Fold a list of ops over the records they touch: one result each, in order.

Everything is decided in memory, under the feed's lock, before anything is written; several
ops on one record collapse to one feed row and as many history rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from backend.errors import CoreError
from backend.feed import bodies
from backend.feed.clocks import corrected
from backend.feed.fingerprint import fingerprint, op_hash
from backend.feed.imports import compare_imports
from backend.feed.state import LogRow, Outcome, Receipt, Version
from backend.feed.wire import Op, Result
from backend.records import BY_ID, REGISTRY, RecordType
from backend.records.athlete_profile import ATHLETE_PROFILE
from backend.records.ids import is_servers, server_id
from backend.records.server_owned import SYNC_ISSUE, SyncIssue


class Refused(CoreError):
    """The op can not be applied; ``reason`` is its per-op code."""

    def __init__(self, reason: str, pointer: str = "") -> None:
        super().__init__(reason, pointer=pointer)
        self.reason = reason


class Blocked(Exception):  # a decision, not an error
    """The op depends on one that failed."""

    def __init__(self, by: UUID) -> None:
        super().__init__()
        self.by = by


class Conflicting(Exception):  # a decision, not an error
    """The record was edited after the version this op is based on; a person decides."""


@dataclass(slots=True)
class Folded:
    """What a request comes to."""

    results: list[Result] = field(default_factory=list)
    rows: list[LogRow] = field(default_factory=list)
    moved: int = 0
    feeds_models: bool = False


class Fold:
    """One request's fold.

    Args:
        athlete_id: whose feed it is.
        device_id: which device pushes, for the issues it may cause.
        head_seq: the newest number given in the feed.
        receipts: what earlier requests decided, by op id (ops and their bases).
        records: newest versions of the touched records, by record id.
    """

    def __init__(
        self,
        *,
        athlete_id: UUID,
        device_id: UUID | None,
        head_seq: int,
        receipts: Mapping[UUID, Receipt],
        records: Mapping[UUID, Version],
        received_at: datetime,
        sent_at: datetime | None,
    ) -> None:
        self.athlete_id = athlete_id
        self.device_id = device_id
        self.head = head_seq
        self.receipts = dict(receipts)
        self.records = dict(records)
        self.received_at = received_at
        self.sent_at = sent_at
        self.out = Folded()
        self._first = head_seq

    def run(self, ops: Sequence[Op]) -> Folded:
        """Decide every op and return results and rows; call once."""
        for op in ops:
            self.out.results.append(self._decide(op))
        kept: set[UUID] = set()
        for row in reversed(self.out.rows):
            if row.seq is not None and row.record_id not in kept:
                kept.add(row.record_id)
                row.final = True
                row.fp = fingerprint(row.record_id, row.op_id)
        self.out.moved = self.head - self._first
        return self.out

    def _decide(self, op: Op) -> Result:
        if is_servers(op.op):
            # No receipt: the number may yet be one of the server's own.
            return Result(op=op.op, status="rejected", code="id-mismatch", pointers=("/op",))
        said = op_hash(op)
        receipt = self.receipts.get(op.op)
        if receipt is not None:
            return self._seen_before(op, receipt, said)
        row = LogRow(
            op_id=op.op,
            record_id=op.id,
            type_id=0,
            outcome=Outcome.APPLIED,
            op_hash=said,
            edited_at=corrected(op, received_at=self.received_at, sent_at=self.sent_at),
            schema=op.schema,
        )
        try:
            kind = _kind_of(op)
            row.type_id = kind.type_id
            self._apply(op, kind, row)
        except (Refused, bodies.InvalidBody, bodies.BodyTooLarge) as refusal:
            self._refuse(op, row, refusal)
        except Blocked as blocked:
            row.outcome = Outcome.BLOCKED
            row.code = "base-failed"
            return self._finish(op, row, by=blocked.by)
        except Conflicting:
            row.outcome = Outcome.CONFLICT
            row.code = "edited_after_base"
            row.body = bytes(op.set) or None
        return self._finish(op, row)

    def _apply(self, op: Op, kind: RecordType, row: LogRow) -> None:
        """Fill ``row`` with the version the op makes, or raise why it makes none."""
        if is_servers(op.id) or (op.id == self.athlete_id) != (kind is ATHLETE_PROFILE):
            raise Refused("id-mismatch", "/id")
        current = self.records.get(op.id)
        if current is not None and current.type_id != kind.type_id:
            raise Refused("type-changed", "/type")
        fresh = self._edits_newest(op, current)
        if op.action == "delete":
            self._delete(row, current, fresh=fresh)
        elif op.action == "put":
            self._put(op, kind, row, current, fresh=fresh)
        else:
            raise Refused("invalid", "/action")

    def _edits_newest(self, op: Op, current: Version | None) -> bool:
        """Return whether the op is based on the record's newest version."""
        if op.base is None:
            return current is None
        if current is not None and current.v == op.base:
            return True
        receipt = self.receipts.get(op.base)
        if receipt is None or receipt.record_id != op.id:
            raise Refused("unknown-base", "/base")
        if not receipt.outcome.left_a_version:
            raise Blocked(by=op.base)
        return current is not None and current.v == (receipt.same_as or op.base)

    def _delete(self, row: LogRow, current: Version | None, *, fresh: bool) -> None:
        if current is None or current.body is None:
            row.outcome = Outcome.NOOP
            row.same_as = current.v if current else None
            row.rev, row.schema = (current.rev, current.schema) if current else (0, row.schema)
            return
        if not fresh:
            raise Conflicting
        self._number(row, current, body=None)

    def _put(
        self, op: Op, kind: RecordType, row: LogRow, current: Version | None, *, fresh: bool
    ) -> None:
        if current is not None and current.body is None:
            raise Refused("deleted", "/id")
        if current is None:
            body = msgspec.json.encode(bodies.changes_of(op)) if op.unset else bytes(op.set)
        else:
            assert current.body is not None  # noqa: S101 (tombstones were refused above)
            changes = bodies.changes_of(op)
            imported = None if fresh or op.base else compare_imports(current.body, op.set)
            if imported == "known" or bodies.says_the_same(current.body, changes, op.unset):
                row.outcome, row.same_as, row.rev = Outcome.NOOP, current.v, current.rev
                return
            if not fresh:
                if imported != "newer":
                    raise Conflicting
                row.outcome = Outcome.MERGED  # what the person changed since stays
            body = bodies.patch(current.body, changes, op.unset)
        typed = bodies.accept(kind, body)
        row.flags = bodies.flags_of(kind, typed, now=self.received_at)
        row.occurred_at = kind.occurred_at(typed)
        self._number(row, current, body=body)

    def _number(self, row: LogRow, current: Version | None, *, body: bytes | None) -> None:
        """Give the row the feed's next number and make it the record's newest version."""
        self.head += 1
        row.seq, row.body = self.head, body
        row.rev = current.rev + 1 if current else 1
        self.records[row.record_id] = Version(
            type_id=row.type_id,
            v=row.op_id,
            rev=row.rev,
            seq=self.head,
            schema=row.schema,
            body=body,
            flags=row.flags,
        )
        if BY_ID[row.type_id].owner == "client":
            self.out.feeds_models = True

    def _refuse(self, op: Op, row: LogRow, refusal: CoreError) -> None:
        row.outcome = Outcome.REJECTED
        row.code = refusal.reason if isinstance(refusal, Refused) else refusal.code
        row.pointers = (refusal.pointer,) if refusal.pointer else ()
        row.body = bytes(op.set) or None
        if row.code == "invalid":
            self._raise_issue(op, row)

    def _raise_issue(self, op: Op, refused: LogRow) -> None:
        """Put the refusal into the feed, so that every device shows it."""
        issue = SyncIssue(
            op=op.op, code="invalid", pointers=refused.pointers, device=self.device_id
        )
        row = LogRow(
            op_id=server_id(op.op, "sync_issue/version"),
            record_id=server_id(op.op, "sync_issue"),
            type_id=SYNC_ISSUE.type_id,
            outcome=Outcome.APPLIED,
            op_hash=b"",
            edited_at=self.received_at,
            schema=SYNC_ISSUE.schema,
        )
        self._number(row, None, body=msgspec.json.encode(issue))
        self.out.rows.append(row)

    def _finish(self, op: Op, row: LogRow, *, by: UUID | None = None) -> Result:
        self.out.rows.append(row)
        self.receipts[op.op] = Receipt(
            record_id=row.record_id,
            outcome=row.outcome,
            rev=row.rev,
            seq=row.seq,
            same_as=row.same_as,
            op_hash=row.op_hash,
            code=row.code,
        )
        current = self.records.get(op.id)
        shows = row.outcome in (Outcome.CONFLICT, Outcome.MERGED) or row.code == "deleted"
        left = row.outcome.left_a_version
        return Result(
            op=op.op,
            status=row.outcome.word,
            v=(row.same_as or op.op) if left else None,
            rev=row.rev if left else None,
            seq=row.seq if row.seq is not None else current.seq if left and current else None,
            kind=row.code if row.outcome is Outcome.CONFLICT else None,
            code=row.code if row.outcome is not Outcome.CONFLICT else None,
            pointers=row.pointers,
            parked=row.code == "invalid",
            by=by,
            flags=row.flags,
            record=current.as_wire(op.id) if shows and current else None,
        )

    def _seen_before(self, op: Op, receipt: Receipt, said: bytes) -> Result:
        if receipt.op_hash != said:
            return Result(op=op.op, status="rejected", code="op-reused")
        current = self.records.get(receipt.record_id)
        left = receipt.outcome.left_a_version
        version = (receipt.same_as or op.op) if left else None
        moved_on = current is not None and current.v != version
        return Result(
            op=op.op,
            status="duplicate",
            was=receipt.outcome.word,
            v=version,
            rev=receipt.rev if left else None,
            seq=receipt.seq,
            code=receipt.code,
            parked=receipt.code == "invalid",
            record=current.as_wire(op.id) if current and moved_on else None,
        )


def _kind_of(op: Op) -> RecordType:
    kind = REGISTRY.get(op.type)
    if kind is None:
        raise Refused("unknown-type", "/type")
    if kind.owner == "server":
        raise Refused("server-owned", "/type")
    if op.group is not None:
        # Groups are all-or-nothing; until they are decided together none is applied alone.
        raise Refused("invalid", "/group")
    return kind
