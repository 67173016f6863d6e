"""Many feeds at once: the caller's own, and those of athletes who share records with them.

Rights, rows and the line the athlete reads are one transaction under the coach's wall. A
person's own feed is read as their own, in a transaction before: the two never mix.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from apps.coaching import access
from apps.coaching.access import FeedInView, Granted
from apps.coaching.categories import Category
from apps.coaching.services.looking import log_access
from apps.coaching.sharing import PROFILE, categories_of, for_a_team, types_opened
from apps.common.actor import Wall, acting_as, read_as_each
from apps.common.errors import AppError
from apps.common.statements import Call
from apps.sync.errors import WrongAthlete
from apps.sync.history import asking_heads, heads_among, heads_of
from apps.sync.pages import Pulled
from apps.sync.places import Ask, Scope, scope_of
from apps.sync.reader import pull_feeds, pull_page
from backend.feed.head import Head
from backend.feed.paging import IDLE_JITTER_S, poll_after_s
from backend.feed.reading import FeedHead, FeedPart, FeedPlace
from backend.feed.wire import PageRequest

HEADS_LINE_S = 24 * 3600  # an app asks for heads all day; that is one line
# Reader, athlete, team, what was shared, and which day.
HeadsLine = tuple[UUID, UUID, UUID, frozenset[Category], int]


class ConsentRevoked(AppError):
    """This athlete no longer shares with you; drop what you hold of theirs."""

    code: ClassVar[str] = "consent-revoked"
    status: ClassVar[int] = 403


class ConsentScopeMissing(AppError):
    """This athlete shares no records with you; drop those you hold of theirs."""

    code: ClassVar[str] = "consent-scope-missing"
    status: ClassVar[int] = 403


def pull_readable(
    *,
    reader_id: UUID,
    device_id: UUID,
    places: Sequence[FeedPlace],
    types: Mapping[str, int] | None,
    page: PageRequest,
    now: datetime,
) -> list[FeedPart]:
    """Return one part for each place, in order: a page, or why there is none.

    The number of statements does not depend on the number of feeds. Athletes whose records
    were among the rows can read that they were.
    """
    parts: dict[UUID, FeedPart] = {}
    asked = scope_of(types)
    for place in places:
        if place.athlete == reader_id:
            parts[reader_id] = _own(place, device_id=device_id, types=types, page=page)
    others = [place for place in places if place.athlete != reader_id]
    if others:
        with acting_as(reader_id, wall=Wall.COACH):
            view = access.feeds_in_view(reader_id, [place.athlete for place in others])
            parts |= _shared(others, view, asked=asked, page=page, reader_id=reader_id, now=now)
    return [parts[place.athlete] for place in places]


def readable_heads(*, reader_id: UUID, now: datetime) -> list[FeedHead]:
    """Return the heads of the caller's own feed and of all they may read records of."""
    with acting_as(reader_id):
        heads = heads_of([reader_id])
    with acting_as(reader_id, wall=Wall.COACH):
        shared = _feeds_of_records(reader_id)
        heads += heads_of([feed.athlete_id for feed in shared])
        seen = [granted for feed in shared for granted in feed.of_records]
        log_access(viewer_id=reader_id, what="heads", seen=seen, now=now, line_s=HEADS_LINE_S)
    return heads


def shared_heads(
    *, readers: Sequence[UUID], now: datetime, written: set[HeadsLine]
) -> dict[UUID, dict[UUID, Head]]:
    """Return the heads of others' feeds for streams, by reader; zero for one not yet used.

    ``written`` are lines of the access log that need not be written again; it grows. Readers
    whose lines all stand are read together, in two round trips; any other as by themselves.
    """
    found: dict[UUID, dict[UUID, Head]] = {}
    known: list[tuple[UUID, list[UUID]]] = []
    views = read_as_each(
        [(reader, Call(access.FEEDS, {"viewer": reader})) for reader in readers], wall=Wall.COACH
    )
    for reader, rows in zip(readers, views, strict=True):
        shared = _of_records(access.feeds_among(rows))
        if _lines(reader, shared, now=now).keys() <= written:
            known.append((reader, [feed.athlete_id for feed in shared]))
        else:
            found[reader] = _first_heads(reader, now=now, written=written)
    answers = read_as_each(
        [(reader, asking_heads(athletes)) for reader, athletes in known], wall=Wall.COACH
    )
    for (reader, athletes), rows in zip(known, answers, strict=True):
        found[reader] = _told(athletes, heads_among(rows, athletes))
    return found


def _first_heads(reader_id: UUID, *, now: datetime, written: set[HeadsLine]) -> dict[UUID, Head]:
    with acting_as(reader_id, wall=Wall.COACH):
        shared = _feeds_of_records(reader_id)
        athletes = [feed.athlete_id for feed in shared]
        heads = heads_of(athletes)
        lines = _lines(reader_id, shared, now=now)
        seen = [granted for line, granted in lines.items() if line not in written]
        log_access(viewer_id=reader_id, what="heads", seen=seen, now=now, line_s=HEADS_LINE_S)
    written.update(lines)
    return _told(athletes, heads)


def _lines(
    reader_id: UUID, shared: Sequence[FeedInView], *, now: datetime
) -> dict[HeadsLine, Granted]:
    slot = int(now.timestamp()) // HEADS_LINE_S
    return {
        (reader_id, granted.athlete_id, granted.team_id, granted.categories, slot): granted
        for feed in shared
        for granted in feed.of_records
    }


def _told(athletes: Sequence[UUID], heads: Sequence[FeedHead]) -> dict[UUID, Head]:
    moved = {feed.athlete: Head.parse(feed.head) for feed in heads}
    return {athlete_id: moved.get(athlete_id, Head()) for athlete_id in athletes}


def next_poll_s(parts: Sequence[FeedPart]) -> int:
    """Return when to ask again: at once while a page is not the last one."""
    is_complete = all(part.page.complete for part in parts if part.page)
    jitter_s = secrets.randbelow(2 * IDLE_JITTER_S + 1) - IDLE_JITTER_S
    return poll_after_s(is_complete=is_complete, pending_s=None, jitter_s=jitter_s)


def _feeds_of_records(reader_id: UUID) -> list[FeedInView]:
    return _of_records(access.feeds_in_view(reader_id))


def _of_records(view: Mapping[UUID, FeedInView]) -> list[FeedInView]:
    return [feed for feed in view.values() if types_opened(feed.categories)]


def _own(
    place: FeedPlace, *, device_id: UUID, types: Mapping[str, int] | None, page: PageRequest
) -> FeedPart:
    try:
        with acting_as(place.athlete):
            pulled = pull_page(
                athlete_id=place.athlete,
                cursor=place.cursor,
                types=types,
                page=page,
                witness=place.witness,
                device_id=device_id,
            )
    except AppError as error:
        return _refused(place, error)
    return _part(place, pulled, scope_of(types))


def _shared(
    places: Sequence[FeedPlace],
    view: Mapping[UUID, FeedInView],
    *,
    asked: Scope,
    page: PageRequest,
    reader_id: UUID,
    now: datetime,
) -> dict[UUID, FeedPart]:
    parts: dict[UUID, FeedPart] = {}
    open_to: list[tuple[FeedPlace, Scope]] = []
    for place in places:
        refusal = _refusal(view.get(place.athlete))
        if refusal is None:
            opened = types_opened(view[place.athlete].categories) & asked.types
            open_to.append((place, Scope(opened, asked.schemas, PROFILE, for_a_team)))
        else:
            parts[place.athlete] = _refused(place, refusal)
    pulled = pull_feeds(
        [Ask(place.athlete, scope, place.cursor, place.witness) for place, scope in open_to], page
    )
    seen: list[Granted] = []
    for (place, scope), one in zip(open_to, pulled, strict=True):
        if isinstance(one, AppError):
            parts[place.athlete] = _refused(place, one)
            continue
        parts[place.athlete] = _part(place, one, scope)
        if one.page.rows:
            seen += _looked(view[place.athlete], scope)
    log_access(viewer_id=reader_id, what="records", seen=seen, now=now)
    return parts


def _refusal(feed: FeedInView | None) -> AppError | None:
    """Return why nothing of this feed may be read, if so."""
    if feed is None:
        return WrongAthlete()
    if not feed.live:
        return ConsentRevoked()
    return None if types_opened(feed.categories) else ConsentScopeMissing()


def _looked(feed: FeedInView, scope: Scope) -> list[Granted]:
    """Return the grants the rows came by, each with the categories that were read."""
    read = categories_of(scope.types)
    return [
        replace(granted, categories=granted.categories & read)
        for granted in feed.of_records
        if granted.categories & read
    ]


def _part(place: FeedPlace, pulled: Pulled, scope: Scope) -> FeedPart:
    return FeedPart(
        athlete=place.athlete,
        status=200,
        epoch=pulled.epoch,
        witness=pulled.witness,
        types=scope.names,
        page=pulled.page,
    )


def _refused(place: FeedPlace, error: AppError) -> FeedPart:
    return FeedPart(athlete=place.athlete, status=error.status, code=error.code, retry=error.retry)
