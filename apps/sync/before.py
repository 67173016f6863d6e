"""What a push reads of its locked feed before it folds: receipts, records, a little history."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings

from apps.common.binary import of_ids
from apps.common.statements import Call, Rows
from apps.sync import sql
from backend.feed.imports import compare_imports, version_text
from backend.feed.issues import about
from backend.feed.state import Allowed, Before, History, Outcome, Receipt, Version
from backend.feed.wire import Clash, Op, Witness
from backend.records.server_owned import SYNC_ISSUE

MARK_BITS = 2**63 - 1


class _Detail(msgspec.Struct, frozen=True):
    """What the log has beside an outcome; see `columns`."""

    code: str | None = None
    pointers: tuple[str, ...] = ()
    clashes: tuple[Clash, ...] = ()
    by: UUID | None = None


_NO_DETAIL = _Detail()
_detail = msgspec.json.Decoder(_Detail)


@dataclass(frozen=True)
class Head:
    """A locked feed; ``is_lineage`` tells whether the sender's witness is of its history."""

    epoch: UUID
    seq: int
    mark: int
    input_seq: int
    derived_seq: int
    derived_as_of: datetime
    purge_floor: int
    record_count: int
    versions_today: int
    is_lineage: bool


def questions(athlete_id: UUID, ops: Sequence[Op]) -> list[Call]:
    """Return what is to be asked for `read_before`, under the lock and with it."""
    wanted = [op.op for op in ops]
    wanted += [op.base for op in ops if op.base is not None]
    wanted += [op.group for op in ops if op.group is not None]
    touched = [op.id for op in ops]
    return [
        Call(sql.RECEIPTS, {"athlete": athlete_id, "ops": of_ids(wanted)}),
        Call(sql.TOUCHED, {"athlete": athlete_id, "records": of_ids(touched)}),
    ]


def read_before(
    athlete_id: UUID,
    ops: Sequence[Op],
    found: Sequence[Rows],
    *,
    head: Head,
    tainted: Mapping[UUID, str],
    forget: Collection[UUID] = (),
) -> Before:
    """Return all that folding ``ops`` needs; one statement more when older states matter.

    ``found`` answers `questions`. Receipts of the ops in ``forget`` are left out, as if they had
    never been decided.
    """
    receipts = {row[0]: _receipt(row) for row in found[0] if row[0] not in forget}
    records, issues = _touched(found[1])
    return Before(
        head_seq=head.seq,
        receipts=receipts,
        records=records,
        issues=issues,
        history=_history(athlete_id, ops, receipts, records, was_purged=head.purge_floor > 0),
        allowed=Allowed(
            records=settings.SYNC_MAX_RECORDS - head.record_count,
            versions=settings.SYNC_MAX_VERSIONS_A_DAY - head.versions_today,
            paused=frozenset(settings.SYNC_PAUSED_TYPES),
        ),
        tainted=tainted,
    )


def version_of(row: Sequence[object]) -> Version:
    """Return a stored row, led by its record id, as a version."""
    _, type_id, v, rev, seq, schema, body, flags, edited_at = row
    text = body.encode() if isinstance(body, str) else None
    return Version(type_id, v, rev, seq, schema, text, edited_at, tuple(flags))  # type: ignore[arg-type]  # typed by the table


def mark_text(mark: int) -> str:
    """Return a mark as it travels: sixteen hexadecimal digits."""
    return f"{mark:016x}"


def witness_params(witness: Witness | None) -> dict[str, object]:
    """Return a witness as statement parameters; the start of the feed when there is none."""
    if witness is None:
        return {"wit_seq": 0, "wit_mark": 0}
    return {"wit_seq": witness.seq, "wit_mark": int(witness.mark, 16) & MARK_BITS}


def _receipt(row: Sequence[Any]) -> Receipt:
    _, record_id, outcome, rev, seq, same_as, op_hash, text = row
    detail = _NO_DETAIL if text is None else _detail.decode(text)
    return Receipt(
        record_id=record_id,
        outcome=Outcome(outcome),
        op_hash=op_hash,
        rev=rev,
        seq=seq,
        same_as=same_as,
        code=detail.code,
        pointers=detail.pointers,
        clashes=detail.clashes,
        by=detail.by,
    )


def _touched(rows: Rows) -> tuple[dict[UUID, Version], dict[UUID, dict[UUID, Version]]]:
    """Return the touched records, and the live issues by the record they are about."""
    records: dict[UUID, Version] = {}
    issues: dict[UUID, dict[UUID, Version]] = {}
    for row in rows:
        version = version_of(row)
        records[row[0]] = version
        if version.type_id == SYNC_ISSUE.type_id and (record := about(version)) is not None:
            issues.setdefault(record, {})[row[0]] = version
    return records, issues


def _history(
    athlete_id: UUID,
    ops: Sequence[Op],
    receipts: dict[UUID, Receipt],
    records: dict[UUID, Version],
    *,
    was_purged: bool,
) -> History:
    """Return the older states these ops need; most pushes need none and read none."""
    fresh = [op for op in ops if op.op not in receipts] if receipts else ops
    met = [op for op in fresh if op.id in records] if records else []
    bases = {op.base for op in met if op.base in receipts and _is_stale(op, records, receipts)}
    deleted = {op.id for op in fresh if op.action == "restore"}
    imported = {op.id: _imported_version(op, records) for op in met if op.base is None}
    versions = {record: version for record, version in imported.items() if version is not None}
    missing = {op.id for op in fresh if was_purged and op.id not in records}
    if not (bases or deleted or versions or missing):
        return History()
    found: dict[str, dict[UUID, bytes]] = {"base": {}, "live": {}, "imported": {}, "known": {}}
    params = {
        "athlete": athlete_id,
        "bases": sql.array(list(bases)),
        "deleted": sql.array(list(deleted)),
        "imported": sql.array(list(versions)),
        "versions": sql.array(list(versions.values())),
        "missing": sql.array(list(missing)),
    }
    for kind, key, body in sql.run(sql.HISTORY, params):
        if body is not None or kind == "known":
            found[kind][key] = (body or "").encode()
    return History(found["base"], found["live"], found["imported"], frozenset(found["known"]))


def _is_stale(op: Op, records: dict[UUID, Version], receipts: dict[UUID, Receipt]) -> bool:
    current = records.get(op.id)
    if current is None or op.base is None:
        return False
    return current.v not in (op.base, receipts[op.base].same_as)


def _imported_version(op: Op, records: dict[UUID, Version]) -> str | None:
    """Return the source's version that stands, when the op brings a newer one."""
    current = records.get(op.id)
    if current is None or current.body is None or not bytes(op.set):
        return None
    try:
        is_newer = compare_imports(current.body, op.set) == "newer"
    except msgspec.DecodeError:
        return None
    return version_text(current.body) if is_newer else None
