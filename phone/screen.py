"""What the person sees: the clean copy with their own edits on top."""

import sqlite3
from uuid import UUID

from phone import clean, outbox
from phone.folding import local_body
from phone.model import LocalRecord


def records(db: sqlite3.Connection, record_type: str | None = None) -> list[LocalRecord]:
    """Return the live records: those with edits on their way first, then newest change first."""
    known = clean.seen(db, record_type)
    pending = outbox.own_ops(db, record_type)
    shown: list[LocalRecord] = []
    for key in dict.fromkeys([*reversed(pending), *known]):
        record, ops = known.get(key), pending.get(key, [])
        body = local_body(record, ops)
        if body is None:
            continue
        shown.append(
            LocalRecord(
                type=record.type if record else ops[0].type,
                id=UUID(key),
                v=record.v if record else None,
                rev=record.rev if record else 0,
                seq=record.seq if record else 0,
                pending=bool(ops),
                raw_body=body,
            )
        )
    return shown
