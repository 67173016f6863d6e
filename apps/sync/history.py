"""Reads of one feed beside its changes: digest, receipts, single records and their history.

Call inside `acting_as` the owner. Nothing here moves a feed or opens one.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw

from apps.common.errors import NotFound
from apps.common.queries import InvalidParameter
from apps.common.statements import Call, Rows
from apps.sync import reading_sql, sql
from apps.sync.before import mark_text, version_of
from apps.sync.errors import FeedUnknown
from backend.feed.head import Head
from backend.feed.reading import (
    DigestResponse,
    FeedHead,
    HistoryEntry,
    HistoryResponse,
    KnownOp,
    LookupResponse,
    StoredRecord,
    TypeDigest,
)
from backend.feed.state import Outcome
from backend.feed.wire import Author, Witness
from backend.records import BY_ID


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """The entry a page of history ended with; numbers within what the table holds."""

    at: datetime
    rev: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
    seq: Annotated[int, msgspec.Meta(ge=0, le=2**62)]
    op: UUID


FIRST = _Place(datetime(9999, 1, 1, tzinfo=UTC), 0, 0, UUID(int=0))


def digest_of(athlete_id: UUID) -> DigestResponse:
    """Return per type how many live records there are and their xored fingerprints.

    Raises ``FeedUnknown``.
    """
    rows = sql.run(reading_sql.DIGEST, {"athlete": athlete_id})
    if not rows:
        raise FeedUnknown
    epoch, head, mark = rows[0][:3]
    types = {
        BY_ID[type_id].name: TypeDigest(live, f"{fingerprints & (2**64 - 1):016x}")
        for _, _, _, type_id, live, fingerprints in rows
        if type_id is not None
    }
    return DigestResponse(epoch, Witness(head, mark_text(mark)), types)


def known_ops(athlete_id: UUID, ops: Sequence[UUID]) -> LookupResponse:
    """Return those of the ops that were decided in this feed, in the order asked.

    Raises ``FeedUnknown``.
    """
    asked = list(dict.fromkeys(ops))
    rows = sql.run(
        reading_sql.LOOKUP, {"athlete": athlete_id, "ops": sql.array(asked), "group": Outcome.GROUP}
    )
    if not rows:
        raise FeedUnknown
    epoch, head, mark = rows[0][:3]
    known = {
        op_id: KnownOp(
            op=op_id,
            status=Outcome(outcome).word,
            type=BY_ID[type_id].name if type_id in BY_ID else None,
            id=record_id,
            rev=rev,
            seq=seq,
            code=code,
        )
        for _, _, _, op_id, record_id, type_id, outcome, rev, seq, code in rows
        if op_id is not None
    }
    found = tuple(known[op] for op in asked if op in known)
    return LookupResponse(epoch, Witness(head, mark_text(mark)), found)


def stored_record(athlete_id: UUID, record_id: UUID) -> StoredRecord:
    """Return a record, a deleted one as its tombstone. Raises ``NotFound``."""
    rows = sql.run(reading_sql.RECORD, {"athlete": athlete_id, "record": record_id})
    if not rows:
        raise NotFound
    version = version_of(rows[0][:9])
    occurred_at, created_at, updated_at, actor = rows[0][9:]
    return StoredRecord(
        record=version.as_wire(record_id),
        by=_author(version.type_id, actor, athlete_id),
        occurred_at=occurred_at,
        edited_at=version.edited_at,
        created_at=created_at,
        updated_at=updated_at,
    )


def history_of(
    athlete_id: UUID, record_id: UUID, *, cursor: str | None, limit: int
) -> HistoryResponse:
    """Return what was ever done to a record, newest first, refused edits included.

    Raises ``NotFound`` for a record nothing was ever done to, ``InvalidParameter`` for a
    cursor that is none.
    """
    place = _place(cursor) if cursor else FIRST
    rows = sql.run(
        reading_sql.HISTORY,
        {
            "athlete": athlete_id,
            "record": record_id,
            **msgspec.structs.asdict(place),
            "rows": limit + 1,
        },
    )
    known = [row for row in rows if row[1] in BY_ID]
    if not known and not cursor:
        raise NotFound
    shown = rows[:limit]
    is_last = len(rows) <= limit
    return HistoryResponse(
        id=record_id,
        type=BY_ID[known[0][1]].name if known else "",
        versions=tuple(_entry(row, athlete_id) for row in shown),
        next_cursor=None if is_last else _text(_place_of(shown[-1])),
    )


def heads_of(athlete_ids: Sequence[UUID]) -> list[FeedHead]:
    """Return the heads of feeds the transaction's actor may read, in the order given."""
    call = asking_heads(athlete_ids)
    return heads_among(sql.run(call.statement, call.params), athlete_ids)


def asking_heads(athlete_ids: Sequence[UUID]) -> Call:
    """Return the question of `heads_of`, for whoever asks several at once."""
    return Call(reading_sql.HEADS, {"athletes": sql.array(athlete_ids)})


def heads_among(rows: Rows, athlete_ids: Sequence[UUID]) -> list[FeedHead]:
    """Return what the rows of an answer say, in the order given."""
    found = {
        owner: FeedHead(owner, epoch, Head(seq, mark).text) for owner, epoch, seq, mark in rows
    }
    return [found[athlete_id] for athlete_id in athlete_ids if athlete_id in found]


def _entry(row: tuple[Any, ...], athlete_id: UUID) -> HistoryEntry:
    op, kind, outcome, rev, seq, same_as, body, detail, device, actor, edited_at, received_at = row
    return HistoryEntry(
        op=op,
        status=Outcome(outcome).word,
        by=_author(kind, actor, athlete_id),
        received_at=received_at,
        edited_at=edited_at,
        device=device,
        rev=rev,
        seq=seq,
        same_as=same_as,
        detail=Raw(detail.encode()) if isinstance(detail, str) else UNSET,
        body=Raw(body.encode()) if isinstance(body, str) else UNSET,
    )


def _author(type_id: int, actor: UUID | None, athlete_id: UUID) -> Author:
    is_servers = actor is None or (type_id in BY_ID and BY_ID[type_id].owner == "server")
    return Author("server" if is_servers else "athlete" if actor == athlete_id else "coach")


def _place_of(row: tuple[Any, ...]) -> _Place:
    seq = reading_sql.NO_NUMBER if row[4] is None else row[4]
    return _Place(row[11], row[3] or 0, seq, row[0])


def _text(place: _Place) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).rstrip(b"=").decode()


def _place(text: str) -> _Place:
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        place = msgspec.msgpack.decode(packed, type=_Place)
        return msgspec.structs.replace(place, at=place.at.astimezone(UTC))
    except (ValueError, OverflowError, binascii.Error, msgspec.DecodeError) as error:
        raise InvalidParameter("The cursor is not one of ours.", parameter="cursor") from error
