"""Decided rows as the parameters of one statement: a column is one array, read side by side."""

from collections.abc import Sequence

import msgspec

from apps.common.statements import array, ids, numbers
from backend.feed.state import LogRow


def columns_of(rows: Sequence[LogRow]) -> dict[str, object]:
    """Return one parameter per column; bodies as one JSON array, verbatim."""
    return {
        "op_id": ids([row.op_id for row in rows]),
        "record_id": ids([row.record_id for row in rows]),
        "type_id": numbers([row.type_id for row in rows]),
        "outcome": numbers([int(row.outcome) for row in rows]),
        "rev": numbers([row.rev for row in rows]),
        "seq": numbers([row.seq for row in rows]),
        "same_as": array([row.same_as for row in rows]),
        "op_hash": array([f"\\\\x{row.op_hash.hex()}" for row in rows]),
        "edited_at": array([row.edited_at for row in rows]),
        "schema_ver": numbers([row.schema for row in rows]),
        "occurred_at": array([row.occurred_at for row in rows]),
        "fp": numbers([row.fp for row in rows]),
        "flags": array([",".join(row.flags) for row in rows]),
        "detail": _details(rows),
        "has_body": array([row.body is not None for row in rows]),
        "final": array([row.final for row in rows]),
        "bodies": (b"[" + b",".join([row.body or b"null" for row in rows]) + b"]").decode(),
    }


def values_of(row: LogRow) -> dict[str, object]:
    """Return one row's values, by the same names."""
    return {
        "op_id": row.op_id,
        "record_id": row.record_id,
        "type_id": row.type_id,
        "outcome": int(row.outcome),
        "rev": row.rev,
        "seq": row.seq,
        "same_as": row.same_as,
        "op_hash": row.op_hash,
        "edited_at": row.edited_at,
        "schema_ver": row.schema,
        "occurred_at": row.occurred_at,
        "fp": row.fp,
        "flags": ",".join(row.flags),
        "detail": _detail(row),
        "has_body": row.body is not None,
        "final": row.final,
        "body": (row.body or b"null").decode(),
    }


def _details(rows: Sequence[LogRow]) -> list[str | None] | str:
    """Return what stands beside outcomes; an empty column costs nothing when there is none."""
    if not any(row.code or row.clashes for row in rows):
        return array([None] * len(rows))
    return [_detail(row) for row in rows]


def _detail(row: LogRow) -> str | None:
    if not row.code and not row.clashes:
        return None
    told: dict[str, object] = {"code": row.code, "pointers": row.pointers}
    if row.clashes:
        told["clashes"] = row.clashes
    return msgspec.json.encode(told).decode()
