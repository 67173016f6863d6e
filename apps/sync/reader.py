"""Pull: heads and pages from one snapshot, in one statement for one feed or two hundred."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.conf import settings
from msgspec.structs import replace

from apps.common.errors import AppError
from apps.common.queries import InvalidParameter
from apps.sync import reading_sql, sql
from apps.sync.devices import to_note
from apps.sync.errors import CursorExpired, EpochChanged, FeedForked, FeedUnknown
from apps.sync.pages import ROW_OVERHEAD_BYTES, Pulled, cut_pages, pulled_from, row_of
from apps.sync.places import (
    SHORT_ROWS,
    Ask,
    Reading,
    Scope,
    fetch,
    fetch_head,
    fetch_short,
    judge,
    scope_of,
    size_of,
    stand,
)
from apps.sync.writer import lock_feed
from backend.feed import cursor as cursors
from backend.feed.paging import shares
from backend.feed.wire import Author, Page, PageRequest, Row, Witness
from backend.records import REGISTRY

_COACH = Author("coach")
_BY_OTHERS = frozenset(name for name, kind in REGISTRY.items() if kind.by_others)
_SEEN_PAGES = reading_sql.SEEN + reading_sql.OWN_PAGES


def pull_page(
    *,
    athlete_id: UUID,
    cursor: str | None,
    types: Mapping[str, int] | Sequence[str] | None,
    page: PageRequest,
    epoch: UUID | None = None,
    witness: Witness | None = None,
    device_id: UUID | None = None,
    echoes: frozenset[UUID] = frozenset(),
    want: frozenset[UUID] = frozenset(),
    restarts: bool = True,
) -> Pulled:
    """Return what changed in the caller's own feed, within the caller's transaction.

    One statement; a second only when the reader must start over, for what is wanted, and where
    others than the athlete may have written. ``echoes`` are versions made verbatim by this very
    request: they come without a body unless wanted. ``device_id`` has what it proved to hold
    noted. With ``restarts`` a cursor that is of no use begins a page with ``reset``; else it is
    refused with ``InvalidParameter`` or ``CursorExpired``. Raises ``EpochChanged`` and
    ``FeedForked``.
    """
    reading = stand(Ask(athlete_id, scope_of(types), cursor, witness))
    _fetch_own(reading, page, device_id)
    if reading.snapshot is None:  # a person who never pushed: their feed begins now
        lock_feed(athlete_id)
        _fetch_own(reading, page, device_id)
    if epoch is not None and epoch != reading.place.epoch:
        raise EpochChanged
    reset = judge(reading) or _advice(reading, page)
    if not restarts:
        _refuse_useless(reset or reading.reset)
    if reset:
        reading.start_over(reset)
        _fetch_own(reading, page, None)
    (cut,) = cut_pages([reading], page, echoes=echoes, want=want)
    pulled = pulled_from(reading.place, cut)
    if want:
        pulled = _with_wanted(athlete_id, pulled, want, reading.ask.scope, page)
    return _with_authors(athlete_id, pulled)


def pull_nothing(*, athlete_id: UUID, epoch: UUID | None, witness: Witness | None) -> Pulled:
    """Return the feed's state with a page that says nothing, for an app too old to read.

    Without a cursor its own stays; not complete, so that it takes nothing as gone. Raises as
    `pull_page`.
    """
    pulled = pull_page(
        athlete_id=athlete_id,
        cursor=None,
        types=(),
        page=PageRequest(),
        epoch=epoch,
        witness=witness,
    )
    page = Page(phase="tail", reset=None, complete=False, cursor=None, rows=())
    return replace(pulled, page=page)


def refuse_future(cursor: str | None, *, epoch: UUID, head: int) -> None:
    """Raise ``FeedForked`` for a cursor that has seen more of this feed than there is.

    Before a push commits, so that none of its ops is evaluated.
    """
    start = None if cursor is None else cursors.decode(cursor)
    if start is not None and start.epoch == epoch and start.furthest > head:
        raise FeedForked


def _refuse_useless(reset: str | None) -> None:
    if reset == "cursor-unreadable":
        raise InvalidParameter(
            "The cursor is not one of this feed; start again without.", parameter="cursor"
        )
    if reset == "cursor-expired":
        raise CursorExpired


def pull_feeds(asks: Sequence[Ask], page: PageRequest) -> list[Pulled | AppError]:
    """Return a page or a refusal for each feed asked for; ``page`` limits them together.

    Within the caller's transaction and under the wall whose policies show the feeds: one
    statement for any number of them, a second when some start over. What somebody may read is
    the caller's to decide, see ``Scope``.
    """
    readings = [stand(ask) for ask in asks]
    fetch(readings, _each(page, readings), statement=reading_sql.SHARED_PAGES)
    refused: dict[int, AppError] = {}
    again = []
    for number, reading in enumerate(readings):
        if reading.snapshot is None:
            refused[number] = FeedUnknown()
            continue
        try:
            reset = judge(reading)
        except FeedForked as error:
            refused[number] = error
            continue
        if reset:
            reading.start_over(reset)
            again.append(reading)
    if again:
        fetch(again, _each(page, readings), statement=reading_sql.SHARED_PAGES)
    shown = [number for number in range(len(readings)) if number not in refused]
    pages = dict(zip(shown, cut_pages([readings[number] for number in shown], page), strict=True))
    return [
        refused[number] if number in refused else pulled_from(reading.place, pages[number])
        for number, reading in enumerate(readings)
    ]


def _each(page: PageRequest, readings: Sequence[Reading]) -> PageRequest:
    """Return what is fetched of each feed, so that all together stay near one page."""
    share = max(1, len(readings))
    return PageRequest(max(1, page.max_rows // share), max(1, page.max_bytes // share))


def _fetch_own(reading: Reading, page: PageRequest, device_id: UUID | None) -> None:
    seen = to_note(reading, device_id)
    is_short = reading.is_at_end
    if is_short and seen is None and device_id is not None:
        # They ask again with the cursor of last time: most likely nothing is new.
        behind = fetch_head(reading)
        if not behind:
            return
        is_short = behind <= SHORT_ROWS or page.max_rows <= SHORT_ROWS
    if is_short:
        if fetch_short(reading, page, seen=seen):
            return
        seen = None  # noted
    if seen is not None:
        fetch([reading], page, statement=_SEEN_PAGES, **seen)
    else:
        fetch([reading], page, statement=reading_sql.OWN_PAGES)


def _advice(reading: Reading, page: PageRequest) -> str | None:
    """Return whether a fresh load is cheaper than the tail behind a very old cursor.

    Asked once: a tail half read goes on, and its end is near anyway when little has changed.
    """
    start = reading.start
    if start is None or len(reading.groups) != 1 or len(reading.rows[0]) <= page.max_rows:
        return None
    (group,) = reading.groups
    behind = reading.place.head - group.position
    if not group.is_at_end or behind < settings.SYNC_LONG_TAIL:
        return None
    params = {
        "athlete": reading.ask.athlete_id,
        "after": group.position,
        "types": sql.array(sorted(group.types)),
    }
    ((tail, live),) = sql.run(reading_sql.COSTS, params)
    return "server-advice" if tail > live else None


def _with_wanted(
    athlete_id: UUID, pulled: Pulled, want: frozenset[UUID], scope: Scope, page: PageRequest
) -> Pulled:
    """Return the page with the records a phone asked for by id, wherever they stand.

    They have a page's bytes of their own. With some left out the page is not complete: the
    phone asks for those again instead of believing that it has everything.
    """
    missing = want - {row.id for row in pulled.page.rows}
    if not missing:
        return pulled
    stored = sql.run(sql.STATE, {"athlete": athlete_id, "records": sql.array(list(missing))})
    sizes = [size_of(columns[6]) + ROW_OVERHEAD_BYTES for columns in stored]
    (count,) = shares([sizes], max_rows=len(stored), max_bytes=page.max_bytes)
    found = tuple(row_of(columns[:8], scope, frozenset()) for columns in stored[:count])
    rows, is_all = pulled.page.rows + found, count == len(stored)
    return replace(
        pulled,
        page=replace(pulled.page, rows=rows, complete=pulled.page.complete and is_all),
        next_poll_s=pulled.next_poll_s if is_all else 0,
    )


def _with_authors(athlete_id: UUID, pulled: Pulled) -> Pulled:
    """Return the page with who wrote what others may write, too."""
    versions = [row.v for row in pulled.page.rows if row.type in _BY_OTHERS]
    if not versions:
        return pulled
    told = {"athlete": athlete_id, "versions": sql.array(versions)}
    theirs = {version for (version,) in sql.run(reading_sql.BY_OTHERS, told)}

    def signed(row: Row) -> Row:
        return replace(row, by=_COACH) if row.v in theirs else row

    return replace(pulled, page=replace(pulled.page, rows=tuple(map(signed, pulled.page.rows))))
