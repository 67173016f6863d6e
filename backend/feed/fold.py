"""Fold a list of ops over the records they touch: one result each, in order.

Everything is decided in memory, under the feed's lock, before anything is written; several
ops on one record collapse to one feed row and as many history rows.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from uuid import UUID

import msgspec

from backend.errors import CoreError
from backend.feed import bodies
from backend.feed.authors import check_author
from backend.feed.clocks import corrected
from backend.feed.edit import Conflicting, Edit, Editor
from backend.feed.issues import issue_row, resolved_row
from backend.feed.judging import Judged, Refused, judge_new
from backend.feed.results import PARKED, answer_again, answer_new
from backend.feed.state import Before, LogRow, Outcome, Version
from backend.feed.wire import Op, Result
from backend.feed.work import Folded, Work
from backend.records import BY_ID, REGISTRY, RecordType
from backend.records.ids import is_servers, may_bear

_group_of = attrgetter("group")


class SplitGroup(CoreError):
    """A group's ops must stand together in one request, all of them, under an id of its own."""

    code = "invalid-envelope"


class Blocked(Exception):  # a decision, not an error
    """The op depends on one that failed."""

    def __init__(self, by: UUID) -> None:
        super().__init__()
        self.by = by


class Deferred(Exception):  # a decision, not an error
    """Not now: nothing is noted of the op, and the phone keeps it."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code


class Fold:
    """One request's fold.

    Args:
        athlete_id: whose feed it is.
        device_id: which device pushes, for the issues it may cause.
        before: the locked feed, and all that the ops touch.
        said: what each op says, as a digest, by op; see `said_by`.
        received_at: when the request arrived.
        sent_at: when the device thinks it sent it.
        by_other: somebody else writes, whom the athlete lets.
    """

    def __init__(
        self,
        *,
        athlete_id: UUID,
        device_id: UUID | None,
        before: Before,
        said: Mapping[UUID, bytes],
        received_at: datetime,
        sent_at: datetime | None,
        by_other: bool = False,
    ) -> None:
        self.athlete_id = athlete_id
        self.device_id = device_id
        self.before = before
        self.said = said
        self.received_at = received_at
        self.sent_at = sent_at
        self.by_other = by_other
        self.work = Work.starting(before)
        self.judged: dict[UUID, Judged] = {}

    def run(self, ops: Sequence[Op]) -> Folded:
        """Decide every op and return results and rows; call once.

        Raises ``SplitGroup`` when a group is not whole or not in one piece, or bears an op's id.
        """
        groups = [(group, list(members)) for group, members in groupby(ops, _group_of)]
        named = [group for group, _ in groups if group is not None]
        if len(named) != len(set(named)) or not self.said.keys().isdisjoint(named):
            raise SplitGroup(pointer="/ops")
        self.judged = judge_new(self.athlete_id, ops, self.before, now=self.received_at)
        for group, members in groups:
            if group is None:
                for op in members:
                    self.work.results.append(self._decide(op))
            else:
                self._decide_together(group, members)
        return self.work.finish(self.before)

    def _decide_together(self, group: UUID, members: list[Op]) -> None:
        """Decide a group on a copy; keep the copy only when every member got through."""
        is_known = self._is_known(group, members)
        outside, self.work = self.work, self.work.copy()
        results = [self._decide(op) for op in members]
        failed = next((result for result in results if not _got_through(result)), None)
        if failed is None or is_known:
            self.work.results.extend(results)
            if not is_known:
                self.work.rows.append(self._group_row(group))
            return
        tried = self.work
        self.work = outside
        if failed.status == "deferred":
            self.work.deferred.update(op.op for op in members)
            self.work.results.extend(
                Result(op=op.op, status="deferred", code=failed.code) for op in members
            )
        elif failed.op in tried.unnoted:
            self.work.unnoted.update(op.op for op in members)
            self.work.results.extend(
                failed
                if op.op == failed.op
                else Result(op=op.op, status="blocked", code="group-failed", by=failed.op)
                for op in members
            )
        else:
            self._fail_together(members, results, failed, tried)
            self.work.rows.append(self._group_row(group))

    def _is_known(self, group: UUID, members: list[Op]) -> bool:
        """Return whether a group was decided before. Raises ``SplitGroup`` when it is not whole."""
        receipt = self.before.receipts.get(group)
        if receipt is None or is_servers(group):
            return False
        is_whole = all(op.op in self.before.receipts or is_servers(op.op) for op in members)
        if receipt.outcome is not Outcome.GROUP or not is_whole:
            raise SplitGroup(pointer="/ops")
        return True

    def _fail_together(
        self, members: list[Op], results: list[Result], failed: Result, tried: Work
    ) -> None:
        """Note why each member of a group came to nothing; those decided before stay so."""
        rows = {row.op_id: row for row in tried.rows}
        for op, result in zip(members, results, strict=True):
            if op.op in self.work.receipts or is_servers(op.op):
                self.work.results.append(result)
            elif op.op == failed.op:
                self.work.results.append(self._fail(op, rows[op.op]))
            else:
                self.work.results.append(self._blocked(op, "group-failed", by=failed.op))
        self.work.unnoted |= tried.unnoted

    def _decide(self, op: Op) -> Result:
        # No receipt of the server's own ids: the number may yet be one it gives.
        if is_servers(op.op):
            return self._unnoted(op, "id-mismatch", ("/op",))
        if op.group is not None and is_servers(op.group):
            return self._unnoted(op, "id-mismatch", ("/group",))
        receipt = self.work.receipts.get(op.op)
        if receipt is not None:
            said = self.said[op.op]
            # A replayed version and the op that once made it are the same thing.
            is_other = receipt.op_hash != said and receipt.op_hash and said
            if is_other or receipt.outcome is Outcome.GROUP or receipt.record_id != op.id:
                return Result(op=op.op, status="rejected", code="op-reused")
            return answer_again(op, receipt, self.work.records.get(receipt.record_id))
        row = self._new_row(op)
        try:
            kind = self._kind_of(op)
            row.type_id = kind.type_id
            self._apply(op, kind, row)
        except (Refused, bodies.InvalidBody, bodies.BodyTooLarge) as refusal:
            row.code = refusal.reason if isinstance(refusal, Refused) else refusal.code
            row.pointers = (refusal.pointer,) if refusal.pointer else ()
            if row.code == "quota":  # no receipt: the same op may pass once there is room
                return self._unnoted(op, "quota", row.pointers)
            self._refuse(op, row)
        except Conflicting as conflict:
            row.outcome, row.code = Outcome.CONFLICT, conflict.kind
            row.clashes, row.body = conflict.clashes, msgspec.json.encode(op)
        except Blocked as blocked:
            return self._blocked(op, "base-failed", by=blocked.by, row=row)
        except Deferred as deferred:
            self.work.deferred.add(op.op)
            return Result(op=op.op, status="deferred", code=deferred.code)
        return self._note(op, row)

    def _apply(self, op: Op, kind: RecordType, row: LogRow) -> None:
        """Fill ``row`` with the version the op makes, or raise why it makes none."""
        if not may_bear(kind, self.athlete_id, op.id):
            raise Refused("id-mismatch", "/id")
        if op.op in self.before.tainted:
            raise bodies.InvalidBody(
                "A key is doubled or a value can not be read.", pointer=self.before.tainted[op.op]
            )
        current = self.work.records.get(op.id)
        if current is not None and current.type_id != kind.type_id:
            raise Refused("type-changed", "/type")
        check_author(op, kind, current, by_other=self.by_other)
        edit = Editor(
            athlete_id=self.athlete_id,
            op=op,
            kind=kind,
            current=current,
            based_on=self._based_on(op),
            is_fresh=op.action == "replay" or self._edits_newest(op, current),
            judged=self.judged.get(op.op),
            live=self.work.live,
            history=self.before.history,
            edited_at=row.edited_at,
            now=self.received_at,
        ).apply()
        row.outcome, row.clashes = edit.outcome, edit.clashes
        if edit.writes:
            self._write(row, edit, current)
        elif edit.outcome is Outcome.SUPERSEDED:
            row.rev, row.body = edit.rev, edit.body
            row.code = "superseded"
            self._raise_issue(op, row)
        else:
            row.same_as = current.v if current else None
            row.rev = current.rev if current else 0

    def _made_by(self, base: UUID) -> UUID:
        """Return the version a base stands for: itself, or the one it equalled."""
        receipt = self.work.receipts.get(base)
        return base if receipt is None else receipt.same_as or base

    def _based_on(self, op: Op) -> bytes | None:
        """Return the body the op's base made; None when nobody knows it any more."""
        if op.base is None:
            return None
        version = self._made_by(op.base)
        row = self.work.receipts.get(version)
        if isinstance(row, LogRow):
            return row.body
        current = self.before.records.get(op.id)
        if current is not None and current.v == version:
            return current.body
        return self.before.history.bases.get(op.base)

    def _edits_newest(self, op: Op, current: Version | None) -> bool:
        """Return whether the op is based on the record's newest version."""
        if op.base is None:
            return current is None
        if current is not None and current.v == op.base:
            return True
        if op.base in self.work.deferred:
            raise Deferred("base-deferred")
        if op.base in self.work.unnoted:
            raise Blocked(by=op.base)
        receipt = self.work.receipts.get(op.base)
        if receipt is None or receipt.record_id != op.id:
            raise Refused("unknown-base", "/base")
        if not receipt.outcome.can_be_edited:
            raise Blocked(by=op.base)
        return current is not None and current.v == self._made_by(op.base)

    def _write(self, row: LogRow, edit: Edit, current: Version | None) -> None:
        """Give the row the feed's next number and make it the record's newest version."""
        work, allowed = self.work, self.before.allowed
        is_new = current is None
        if work.head - self.before.head_seq >= allowed.versions:
            raise Refused("quota", "/op")
        if is_new and work.added >= allowed.records:
            raise Refused("quota", "/id")
        if current is not None and current.body is not None and edit.body is None:
            work.live[row.record_id] = current.body
        row.edited_at = edit.edited_at or row.edited_at
        row.body, row.rev = edit.body, edit.rev
        row.occurred_at, row.flags = edit.occurred_at, edit.flags
        row.schema = BY_ID[row.type_id].schema
        work.number(row)
        work.added += is_new
        work.feeds_models = True
        if not self.before.issues:
            return
        for issue_id, issue in self.before.issues.get(row.record_id, {}).items():
            if issue_id not in work.resolved:
                work.resolved.add(issue_id)
                self._number_issue(resolved_row(issue_id, issue, now=self.received_at))

    def _number_issue(self, row: LogRow) -> None:
        self.work.number(row)
        self.work.rows.append(row)

    def _fail(self, op: Op, row: LogRow) -> Result:
        """Note why a group's op failed when it was tried."""
        if row.outcome is Outcome.REJECTED:
            self._refuse(op, row)
        return self._note(op, row)

    def _refuse(self, op: Op, row: LogRow) -> None:
        row.outcome = Outcome.REJECTED
        row.body = msgspec.json.encode(op)
        if row.code in PARKED:
            self._raise_issue(op, row)

    def _raise_issue(self, op: Op, row: LogRow) -> None:
        """Put what was not taken into the feed, so that every device shows it."""
        self._number_issue(issue_row(op, row, device_id=self.device_id, now=self.received_at))

    def _blocked(self, op: Op, code: str, *, by: UUID, row: LogRow | None = None) -> Result:
        row = row or self._new_row(op)
        row.outcome, row.code, row.body, row.by = Outcome.BLOCKED, code, None, by
        return self._note(op, row)

    def _unnoted(self, op: Op, code: str, pointers: tuple[str, ...]) -> Result:
        """Refuse an op without a receipt; what builds on it in this request is blocked."""
        self.work.unnoted.add(op.op)
        return Result(op=op.op, status="rejected", code=code, pointers=pointers)

    def _note(self, op: Op, row: LogRow) -> Result:
        """Keep the receipt and return the result."""
        self.work.rows.append(row)
        self.work.receipts[op.op] = row
        return answer_new(op, row, self.work.records)

    def _new_row(self, op: Op) -> LogRow:
        return LogRow(
            op_id=op.op,
            record_id=op.id,
            type_id=0,
            outcome=Outcome.APPLIED,
            op_hash=self.said[op.op],
            edited_at=corrected(op, received_at=self.received_at, sent_at=self.sent_at),
            schema=op.schema,
        )

    def _group_row(self, group: UUID) -> LogRow:
        return LogRow(
            op_id=group,
            record_id=group,
            type_id=0,
            outcome=Outcome.GROUP,
            op_hash=b"group",
            edited_at=self.received_at,
        )

    def _kind_of(self, op: Op) -> RecordType:
        kind = REGISTRY.get(op.type)
        if kind is None:
            raise Refused("unknown-type", "/type")
        if kind.owner == "server":
            raise Refused("server-owned", "/type")
        if kind.name in self.before.allowed.paused:
            raise Deferred("busy-type")
        return kind


def _got_through(result: Result) -> bool:
    status = result.was if result.status == "duplicate" else result.status
    return status in ("applied", "merged", "noop")
