"""Pull: head and page from one snapshot, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw

from apps.sync import sql
from apps.sync.before import mark_text, witness_params
from apps.sync.errors import EpochChanged, FeedForked
from apps.sync.writer import lock_feed
from backend.feed import cursor as cursors
from backend.feed.cursor import Cursor
from backend.feed.wire import Author, Derived, Page, PageRequest, Row, Witness
from backend.records import BY_ID, REGISTRY

ROW_OVERHEAD_BYTES = 250  # an envelope around a body, rounded up
_BEYOND = 2**62


@dataclass(frozen=True)
class Pulled:
    """One page, and the head of the snapshot it was cut from."""

    epoch: UUID
    witness: Witness
    page: Page
    derived: Derived
    next_poll_s: int


def pull_page(
    *,
    athlete_id: UUID,
    cursor: str | None,
    types: Sequence[str] | None,
    page: PageRequest,
    epoch: UUID | None = None,
    witness: Witness | None = None,
    echoes: frozenset[UUID] = frozenset(),
    want: frozenset[UUID] = frozenset(),
) -> Pulled:
    """Return what changed after ``cursor``, within the caller's transaction.

    One statement; a second only when the cursor turns out unusable. ``echoes`` are versions
    made verbatim by this very request: they come without a body unless wanted. Raises
    ``EpochChanged`` and ``FeedForked``.
    """
    type_ids = _type_ids(types)
    scope = cursors.scope_hash(type_ids)
    start = cursors.decode(cursor) if cursor else None
    reset = "cursor-unreadable" if cursor and start is None else None
    if start is not None and start.scope != scope:
        start, reset = None, "scope-changed"
    rows = _fetch(athlete_id, start, type_ids, page, witness)
    if not rows:  # a person who never pushed: their feed begins now
        lock_feed(athlete_id)
        rows = _fetch(athlete_id, start, type_ids, page, witness)
    if epoch is not None and epoch != rows[0][0]:
        raise EpochChanged
    if start is not None and start.epoch != rows[0][0]:
        start, reset = None, "cursor-unreadable"
        rows = _fetch(athlete_id, start, type_ids, page, witness)
    if not rows[0][6]:
        raise FeedForked
    pulled = _cut(rows, start, scope, page, reset, echoes, want)
    return _with_wanted(athlete_id, pulled, want) if want else pulled


def _with_wanted(athlete_id: UUID, pulled: Pulled, want: frozenset[UUID]) -> Pulled:
    """Return the page with the records a phone asked for by id, wherever they stand."""
    missing = want - {row.id for row in pulled.page.rows}
    stored = sql.run(sql.STATE, {"athlete": athlete_id, "records": sql.array(list(missing))})
    rows = [*pulled.page.rows, *(_row(columns[:8], frozenset()) for columns in stored)]
    return replace(pulled, page=msgspec.structs.replace(pulled.page, rows=tuple(rows)))


def _type_ids(types: Sequence[str] | None) -> list[int]:
    """Return the numbers of the types asked for; unknown names are a newer app's business."""
    if types is None:
        return sorted(BY_ID)
    return sorted(REGISTRY[name].type_id for name in types if name in REGISTRY)


def _fetch(
    athlete_id: UUID,
    start: Cursor | None,
    type_ids: list[int],
    page: PageRequest,
    witness: Witness | None,
) -> Sequence[tuple[Any, ...]]:
    params: dict[str, object] = {
        "athlete": athlete_id,
        "types": sql.array(type_ids),
        "rows": page.max_rows + 1,
        **witness_params(witness),
    }
    if start is not None and start.phase == "tail":
        return sql.run(sql.TAIL, {**params, "after": start.position})
    below = start.position if start else _BEYOND
    return sql.run(sql.BOOTSTRAP, {**params, "below": below})


def _cut(
    rows: Sequence[tuple[Any, ...]],
    start: Cursor | None,
    scope: bytes,
    page: PageRequest,
    reset: str | None,
    echoes: frozenset[UUID],
    want: frozenset[UUID],
) -> Pulled:
    """Cut a page by rows and bytes, at least one row, and say where the reader stands now."""
    epoch, head, mark, input_seq, derived_seq, is_quarantined = rows[0][:6]
    found = [row[7:] for row in rows if row[7] is not None]
    taken: list[Row] = []
    size = 0
    for columns in found[: page.max_rows]:
        size += len(columns[6] or "") + ROW_OVERHEAD_BYTES
        if taken and size > page.max_bytes:
            break
        taken.append(_row(columns, frozenset() if columns[0] in want else echoes))
    exhausted = len(taken) == len(found)
    place, complete = _place(epoch, scope, start, head, taken, exhausted=exhausted)
    current = derived_seq >= input_seq
    state = "current" if current else "failed" if is_quarantined else "pending"
    return Pulled(
        epoch=epoch,
        witness=Witness(head, mark_text(mark)),
        page=Page(
            phase=start.phase if start else "bootstrap",
            reset=reset,
            complete=complete,
            cursor=cursors.encode(place),
            rows=tuple(taken),
        ),
        derived=Derived(state, derived_seq, input_seq),
        next_poll_s=900 if complete and current else 3 if complete else 0,
    )


def _place(
    epoch: UUID,
    scope: bytes,
    start: Cursor | None,
    head: int,
    taken: list[Row],
    *,
    exhausted: bool,
) -> tuple[Cursor, bool]:
    """Return the next cursor and whether the reader now equals the server."""
    if start is not None and start.phase == "tail":
        position = max(head, start.position) if exhausted else taken[-1].seq
        return Cursor(epoch, scope, "tail", position, head), exhausted
    fixed = start.head if start else head
    if exhausted:
        # What changed above the fixed head meanwhile is met in the tail.
        return Cursor(epoch, scope, "tail", fixed, fixed), fixed == head
    return Cursor(epoch, scope, "bootstrap", taken[-1].seq, fixed), False


def _row(columns: tuple[Any, ...], echoes: frozenset[UUID]) -> Row:
    record_id, type_id, v, rev, seq, schema, body, flags = columns
    if v in echoes:
        return Row(id=record_id, v=v, rev=rev, seq=seq, echo=True)
    kind = BY_ID[type_id]
    return Row(
        id=record_id,
        v=v,
        rev=rev,
        seq=seq,
        type=kind.name,
        schema=schema,
        deleted=body is None,
        by=Author("server" if kind.owner == "server" else "athlete"),
        flags=tuple(flags),
        body=UNSET if body is None else Raw(body.encode()),
    )
