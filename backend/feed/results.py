"""The answer to one op: decided now, or decided before."""

from collections.abc import Mapping
from uuid import UUID

from backend.feed.state import LogRow, Outcome, Receipt, Version
from backend.feed.wire import Op, Result

PARKED = frozenset({"invalid", "unknown-type"})  # kept raw, and tried again by a later server


def answer_new(op: Op, row: LogRow, records: Mapping[UUID, Version]) -> Result:
    """Return the result of an op that was decided in this request; ``records`` as they stand."""
    if row.outcome is Outcome.APPLIED and row.seq is not None:  # nearly always
        return Result(
            op=op.op,
            status=row.outcome.word,
            v=op.op,
            rev=row.rev,
            seq=row.seq,
            flags=row.flags,
            clashes=row.clashes,
        )
    current = records.get(op.id)
    shows = row.outcome in (Outcome.CONFLICT, Outcome.MERGED, Outcome.SUPERSEDED)
    shows = shows or row.code == "deleted"
    left = row.outcome.left_a_version and row.outcome is not Outcome.SUPERSEDED
    return Result(
        op=op.op,
        status=row.outcome.word,
        v=(row.same_as or op.op) if left else None,
        rev=row.rev if left else None,
        seq=row.seq if row.seq is not None else current.seq if left and current else None,
        kind=row.code if row.outcome is Outcome.CONFLICT else None,
        code=row.code if row.outcome in (Outcome.REJECTED, Outcome.BLOCKED) else None,
        pointers=row.pointers,
        parked=row.outcome is Outcome.REJECTED and row.code in PARKED,
        by=row.by,
        flags=row.flags,
        clashes=row.clashes,
        record=current.as_wire(op.id) if shows and current else None,
    )


def answer_again(op: Op, receipt: Receipt, current: Version | None) -> Result:
    """Return the result of an op that an earlier request decided; all that was told of it then."""
    left = receipt.outcome.left_a_version
    version = (receipt.same_as or op.op) if left else None
    moved_on = current is not None and current.v != version
    refused = receipt.outcome in (Outcome.REJECTED, Outcome.BLOCKED)
    return Result(
        op=op.op,
        status="duplicate",
        was=receipt.outcome.word,
        v=version,
        rev=receipt.rev if left else None,
        seq=receipt.seq,
        kind=receipt.code if receipt.outcome is Outcome.CONFLICT else None,
        code=receipt.code if refused else None,
        pointers=receipt.pointers,
        by=receipt.by,
        clashes=receipt.clashes,
        parked=receipt.outcome is Outcome.REJECTED and receipt.code in PARKED,
        record=current.as_wire(receipt.record_id) if current and moved_on else None,
    )
