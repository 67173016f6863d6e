"""The panel: a team's athletes ranked, filtered and paged in the database.

What is not granted is not joined, so no order, filter or count tells anything of it. A look costs
the same few statements whatever the size of the team, and the JSON of a part is read for the page
alone. A cursor holds the place behind the last row by value, so a row that is reviewed, renamed or
gone between two pages takes nobody along; it is sealed, since addresses are written to logs.
"""

import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from apps.accounts.models import User
from apps.coaching import panel_sql
from apps.coaching.access import Granted, TeamInView
from apps.coaching.categories import Category, known_among, not_granted
from apps.coaching.roster import (
    GROUPS,
    AthleteRow,
    Reviewed,
    athlete_row,
    granted_parts,
)
from apps.coaching.services.looking import log_access
from apps.common.actor import Wall, acting_as
from apps.common.errors import NotFound
from apps.common.paging import InvalidCursor
from apps.common.sealing import cipher_of

SORTS = ("attention", "name", "last_data", "due")
BANDS = ("review", "mixed", "supportive", "insufficient", "not_applied")
MAX_PAGE = 200
USUAL_PAGE = 50
# Names are sorted by so much of them, which a cursor has room for in any alphabet.
NAME_LENGTH = 120
MAX_CURSOR = 1_000
_KEY = struct.Struct(">Bhhd16s")


@dataclass(frozen=True)
class PanelQuery:
    """Which of a team's athletes, in which order, and which page of them.

    ``stale_days``: no data for so many days, or none ever. ``due_within_days``: the next reminder
    is due by then or overdue. ``q`` stands in the name, whatever its case and accents; it has no
    wildcards. ``cursor`` is the ``next_cursor`` of the page before.
    """

    group: str | None = None
    tag: str | None = None
    band: str | None = None
    stale_days: int | None = None
    due_within_days: int | None = None
    q: str | None = None
    sort: str = "attention"
    cursor: str | None = None
    limit: int = USUAL_PAGE


@dataclass(frozen=True)
class PanelPage:
    """A page of a team at one moment.

    ``counts`` are of all who pass the filters but ``group``; ``size``, ``tags`` and ``not_shared``
    are of everybody who shares with the team.
    """

    team: TeamInView
    teams: tuple[TeamInView, ...]
    rows: tuple[AthleteRow, ...]
    counts: dict[str, int]
    size: int
    tags: tuple[str, ...]
    not_shared: dict[Category, int]
    next_cursor: str | None
    as_of: datetime


class _Row(msgspec.Struct):
    athlete_id: UUID
    name: str
    categories: list[str]
    ends_at: datetime
    shared_since: datetime
    text_version: str
    key: tuple[int, int, float, str]
    tags: tuple[str, ...]
    standing: Reviewed | None


class _Found(msgspec.Struct):
    teams: tuple[TeamInView, ...]
    size: int
    shared: list[tuple[list[str], int]]
    tags: tuple[str, ...]
    places: list[tuple[int, int]]
    rows: list[_Row]


def look_at_panel(
    *, viewer: User, team_id: UUID, query: PanelQuery, now: datetime, what: str = "roster"
) -> PanelPage:
    """Return a page of a team's athletes and tell those on it.

    Raises ``NotFound`` and ``InvalidCursor``.
    """
    params = _params(viewer.id, team_id, query, now)
    with acting_as(viewer.id, wall=Wall.COACH):
        found = msgspec.json.decode(panel_sql.fetch(panel_sql.PANEL, **params), type=_Found)
        team = next((one for one in found.teams if one.id == team_id), None)
        if team is None:
            raise NotFound
        shown = found.rows[: query.limit]
        seen = {row.athlete_id: _granted(row, team_id) for row in shown}
        parts = granted_parts(seen)
        log_access(viewer_id=viewer.id, what=what, seen=seen.values(), now=now)
    rows = tuple(
        athlete_row(
            seen[row.athlete_id],
            parts.get(row.athlete_id, []),
            now=now,
            tags=row.tags,
            reviewed=row.standing,
        )
        for row in shown
    )
    has_more = len(found.rows) > len(shown)
    places = dict(found.places)
    return PanelPage(
        team=team,
        teams=found.teams,
        rows=rows,
        counts={group: places.get(place, 0) for place, group in enumerate(GROUPS)},
        size=found.size,
        tags=found.tags,
        not_shared=_not_shared(found.shared),
        next_cursor=_cursor_after(shown[-1], query.sort) if has_more else None,
        as_of=now,
    )


def _params(viewer_id: UUID, team_id: UUID, query: PanelQuery, now: datetime) -> dict[str, object]:
    first, second, third, fourth, after = _place_of(query.cursor, query.sort)
    stale = None if query.stale_days is None else now - timedelta(days=query.stale_days)
    within = query.due_within_days
    due = None if within is None else now.astimezone(UTC).date() + timedelta(days=within)
    return {
        "viewer": viewer_id,
        "team": team_id,
        "now": now,
        "tag": query.tag,
        "band": query.band,
        "stale": stale,
        "due": due,
        "q": query.q or None,
        "sort": query.sort,
        "place": None if query.group is None else GROUPS.index(query.group),
        "first": first,
        "second": second,
        "third": third,
        "fourth": fourth,
        "name_length": NAME_LENGTH,
        "after": after,
        "limit": query.limit + 1,
    }


def _granted(row: _Row, team_id: UUID) -> Granted:
    known = known_among(row.categories)
    return Granted(
        row.athlete_id, row.name, team_id, known, row.ends_at, row.shared_since, row.text_version
    )


def _not_shared(shared: list[tuple[list[str], int]]) -> dict[Category, int]:
    counts = dict.fromkeys(Category, 0)
    for categories, athletes in shared:
        for category in not_granted(categories):
            counts[category] += athletes
    return counts


def _cursor_after(row: _Row, sort: str) -> str:
    first, second, third, name = row.key
    packed = _KEY.pack(SORTS.index(sort), first, second, third, row.athlete_id.bytes)
    return _seal().encrypt(packed + name.encode()).decode()


def _place_of(
    cursor: str | None, sort: str
) -> tuple[int | None, int | None, float | None, str | None, UUID | None]:
    """Return the key and the athlete a cursor stands for. Raises ``InvalidCursor``."""
    if cursor is None:
        return None, None, None, None, None
    try:
        packed = _seal().decrypt(cursor.encode())
        ordered_by, first, second, third, athlete = _KEY.unpack_from(packed)
        name = packed[_KEY.size :].decode()
    except (InvalidToken, struct.error, binascii.Error, ValueError) as error:
        raise InvalidCursor from error
    if SORTS[ordered_by] != sort:
        raise InvalidCursor("The cursor belongs to another order.")
    return first, second, third, name, UUID(bytes=athlete)


def _seal() -> Fernet:
    return cipher_of(f"panel cursor 2 {settings.SECRET_KEY}".encode())
