"""Pages: rows cut by number and size, and where the reader stands after them."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import replace

from apps.sync.before import mark_text
from apps.sync.places import Reading, Scope, Snapshot, size_of
from backend.feed import cursor as cursors
from backend.feed.bodies import fields_of
from backend.feed.cursor import Cursor
from backend.feed.paging import (
    IDLE_JITTER_S,
    Share,
    advanced,
    is_complete,
    poll_after_s,
    shares,
)
from backend.feed.wire import (
    Author,
    Derived,
    Op,
    Page,
    PageRequest,
    RecordState,
    Result,
    Row,
    Witness,
)
from backend.records import BY_ID, REGISTRY, RecordType
from backend.records.converting import down_convert

ROW_OVERHEAD_BYTES = 250  # an envelope around a body, rounded up
_AUTHORS = {"server": Author("server"), "client": Author("athlete")}  # by a type's owner


class Pulled(msgspec.Struct, frozen=True):
    """One page, and the state of the snapshot it was cut from."""

    epoch: UUID
    witness: Witness
    page: Page
    derived: Derived
    next_poll_s: int


def cut_pages(
    readings: Sequence[Reading],
    page: PageRequest,
    *,
    echoes: frozenset[UUID] = frozenset(),
    want: frozenset[UUID] = frozenset(),
) -> list[Page]:
    """Cut one page for each reading, together within the limits of one."""
    sizes = [
        [size_of(columns[6]) + ROW_OVERHEAD_BYTES for columns in rows]
        for reading in readings
        for rows in reading.rows
    ]
    counts = iter(shares(sizes, max_rows=page.max_rows, max_bytes=page.max_bytes))
    pages = []
    for reading in readings:
        taken = [rows[: next(counts)] for rows in reading.rows]
        rows = tuple(
            row_of(columns, reading.ask.scope, frozenset() if columns[0] in want else echoes)
            for part in taken
            for columns in part
        )
        pages.append(_page(reading, taken, rows))
    return pages


def _page(
    reading: Reading, taken: Sequence[Sequence[tuple[Any, ...]]], rows: tuple[Row, ...]
) -> Page:
    """Return the page of these rows, and where its reader stands after it."""
    place, scope = reading.place, reading.ask.scope
    moved = [
        advanced(
            group,
            Share(part[-1][4] if part else None, is_all=reading.is_all(number, len(part))),
            head=place.head,
        )
        for number, (group, part) in enumerate(zip(reading.groups, taken, strict=False))
    ]
    groups = cursors.bounded(moved)
    stays = reading.start is not None and groups == reading.start.groups
    loading = any(group.phase == "bootstrap" for group in reading.groups)
    return Page(
        phase="bootstrap" if loading else "tail",
        reset=reading.reset,
        complete=is_complete(groups, head=place.head),
        cursor=(
            reading.ask.cursor
            if stays
            else cursors.encode(Cursor(place.epoch, scope.profile, groups))
        ),
        rows=rows,
    )


def pulled_from(place: Snapshot, page: Page) -> Pulled:
    is_current = place.derived_seq >= place.input_seq
    has_failed = not is_current and place.queue_state == "quarantined"
    pending_s = None if is_current or has_failed else place.pending_s or 0.0
    return Pulled(
        epoch=place.epoch,
        witness=Witness(place.head, mark_text(place.mark)),
        page=page,
        derived=Derived(
            "current" if is_current else "failed" if has_failed else "pending",
            place.derived_seq,
            place.input_seq,
        ),
        next_poll_s=poll_after_s(
            is_complete=page.complete,
            pending_s=pending_s,
            jitter_s=secrets.randbelow(2 * IDLE_JITTER_S + 1) - IDLE_JITTER_S,
        ),
    )


def row_of(columns: tuple[Any, ...], scope: Scope, echoes: frozenset[UUID]) -> Row:
    """Return a stored row as this reader gets it."""
    record_id, type_id, v, rev, seq, schema, text, flags = columns
    if v in echoes:
        return Row(id=record_id, v=v, rev=rev, seq=seq, echo=True)
    kind = BY_ID[type_id]
    body = None if text is None else text.encode()
    if body is not None and scope.redact is not None:
        body = scope.redact(kind, body)
    if body is not None:
        schema, body = _spelled(kind, schema, body, asked=scope.schemas.get(type_id))
    return Row(
        id=record_id,
        v=v,
        rev=rev,
        seq=seq,
        type=kind.name,
        schema=schema,
        deleted=body is None,
        by=_AUTHORS[kind.owner],
        flags=tuple(flags),
        body=UNSET if body is None else Raw(body),
    )


def results_of(
    results: Sequence[Result], ops: Sequence[Op], types: Mapping[str, int] | None
) -> tuple[Result, ...]:
    """Return results with the records they show as this reader's pages would spell them.

    ``types`` are the schemas a reader announced. Without a word of them each op's own counts.
    """
    return tuple(
        result if result.record is None else _told(result, result.record, op, types)
        for result, op in zip(results, ops, strict=True)
    )


def _told(result: Result, record: RecordState, op: Op, types: Mapping[str, int] | None) -> Result:
    if isinstance(record.body, UnsetType):
        return result
    own = op.schema if op.type == record.type else None
    asked = own if types is None else types.get(record.type)
    schema, body = _spelled(REGISTRY[record.type], record.schema, bytes(record.body), asked=asked)
    return replace(result, record=replace(record, schema=schema, body=Raw(body)))


def _spelled(kind: RecordType, schema: int, body: bytes, *, asked: int | None) -> tuple[int, bytes]:
    """Return a body in the schema its reader announced, where the type can be so told.

    A reader who announced nothing, or a schema newer than ours, gets what is stored.
    """
    if asked is None or asked >= kind.schema:
        return schema, body
    spoken = max(asked, 1)
    if not any(version in kind.down for version in range(kind.schema, spoken, -1)):
        return schema, body
    return spoken, msgspec.json.encode(down_convert(kind, fields_of(body), spoken))
