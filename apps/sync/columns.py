"""Decided rows as the parameters of one statement: a column is one array, read side by side."""

from collections.abc import Sequence

import msgspec

from apps.common.binary import (
    BYTEA,
    INT2,
    INT4,
    INT8,
    JSON,
    TEXT,
    of_bytes,
    of_ids,
    of_instants,
    of_numbers,
    of_truths,
)
from backend.feed.state import LogRow


def columns_of(rows: Sequence[LogRow]) -> dict[str, object]:
    """Return one parameter per column; bodies verbatim."""
    return {
        "op_id": of_ids([row.op_id for row in rows]),
        "record_id": of_ids([row.record_id for row in rows]),
        "type_id": of_numbers(INT2, [row.type_id for row in rows]),
        "outcome": of_numbers(INT2, [row.outcome for row in rows]),
        "rev": of_numbers(INT4, [row.rev for row in rows]),
        "seq": of_numbers(INT8, [row.seq for row in rows]),
        "same_as": of_ids([row.same_as for row in rows]),
        "op_hash": of_bytes(BYTEA, [row.op_hash for row in rows]),
        "edited_at": of_instants([row.edited_at for row in rows]),
        "schema_ver": of_numbers(INT2, [row.schema for row in rows]),
        "occurred_at": of_instants([row.occurred_at for row in rows]),
        "fp": of_numbers(INT8, [row.fp for row in rows]),
        "flags": of_bytes(TEXT, [",".join(row.flags).encode() for row in rows]),
        "detail": of_bytes(TEXT, [_detail(row) for row in rows]),
        "final": of_truths([row.final for row in rows]),
        "body": of_bytes(JSON, [row.body for row in rows]),
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
        "detail": _text(_detail(row)),
        "final": row.final,
        "body": _text(row.body),
    }


def _detail(row: LogRow) -> bytes | None:
    """Return what stands beside an outcome."""
    if not row.code and not row.clashes:
        return None
    told: dict[str, object] = {"code": row.code, "pointers": row.pointers}
    if row.by:
        told["by"] = row.by
    if row.clashes:
        told["clashes"] = row.clashes
    return msgspec.json.encode(told)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
