"""Where readers stand in feeds: from the cursors they sent to rows of one snapshot.

Every reader has a scope, decided before by whoever knows their rights: nothing a cursor says
widens it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from apps.sync import reading_sql, sql
from apps.sync.before import witness_params
from apps.sync.errors import FeedForked, Maintenance
from backend.feed import cursor as cursors
from backend.feed.cursor import BEYOND, Cursor, Group
from backend.feed.wire import PageRequest, Witness
from backend.records import BY_ID, REGISTRY, RecordType

# What becomes of a body on its way to a reader; None when they may read all of it.
Redaction = Callable[[RecordType, bytes], bytes]
SHORT_ROWS = 50
_SEEN_TAIL = reading_sql.SEEN + reading_sql.OWN_TAIL


class Scope(msgspec.Struct, frozen=True):
    """What somebody may read of a feed.

    ``schemas`` are the schema versions the reader announced, by type. ``profile`` names the
    redaction: when it changes, everything is read anew.
    """

    types: frozenset[int]
    schemas: Mapping[int, int] = {}
    profile: bytes = cursors.OWN
    redact: Redaction | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the types, sorted."""
        return tuple(sorted(BY_ID[type_id].name for type_id in self.types))


_EVERYTHING = Scope(frozenset(BY_ID))


class Ask(msgspec.Struct, frozen=True):
    """Somebody asks what is new in a feed since ``cursor``."""

    athlete_id: UUID
    scope: Scope
    cursor: str | None = None
    witness: Witness | None = None


class Snapshot(msgspec.Struct, frozen=True):
    """A feed's own state at the instant its rows were read.

    ``pending_s`` tells for how long a recompute has been due; both it and ``queue_state`` are
    None when none is, or when the reader is not the owner.
    """

    epoch: UUID
    head: int
    mark: int
    purge_floor: int
    is_our_lineage: bool
    input_seq: int
    derived_seq: int
    queue_state: str | None
    pending_s: float | None


class Reading(msgspec.Struct):
    """One reader's place in one feed and, once fetched, the rows that follow it.

    ``start`` is the cursor as sent, if it could be read; ``groups`` is where to read on, in
    the reader's scope of today; ``rows`` has a list for each of them. At most ``fetched`` were
    read of each, and none after those that fill ``room`` bytes, where that is a bound.
    """

    ask: Ask
    start: Cursor | None
    groups: tuple[Group, ...]
    reset: str | None
    snapshot: Snapshot | None = None
    rows: list[list[tuple[Any, ...]]] = []
    fetched: int = 0
    room: int | None = None

    def is_all(self, number: int, taken: int) -> bool:
        """Return whether so many rows of a group are all there are, not only all that were read."""
        rows = self.rows[number]
        return taken == len(rows) < self.fetched and not self._is_cut(rows)

    def _is_cut(self, rows: Sequence[tuple[Any, ...]]) -> bool:
        """Return whether the statement left out a row behind these for its bytes.

        By its own bound, which a page cut from several feeds does not share: a row is read unless
        those up to the last but one before it fill the room.
        """
        return self.room is not None and sum(size_of(row[6]) for row in rows[:-1]) >= self.room

    @property
    def place(self) -> Snapshot:
        """The snapshot, once there is one."""
        if self.snapshot is None:
            raise LookupError("not fetched")
        return self.snapshot

    @property
    def is_at_end(self) -> bool:
        """Whether all types stood at the end of the tail, as they do in nearly every request."""
        return len(self.groups) == 1 and self.groups[0].is_at_end

    def forget(self, *, fetched: int, room: int | None = None) -> None:
        """Make ready for up to ``fetched`` rows of each group, in ``room`` bytes."""
        self.snapshot, self.fetched, self.room = None, fetched, room
        self.rows = [[] for _ in self.groups or [None]]

    def take(self, number: int, columns: tuple[Any, ...]) -> None:
        """Take one fetched row: the snapshot, and a record of a group if there is one."""
        if self.snapshot is None:
            self.snapshot = Snapshot(*columns[1:10])
        if columns[10] is not None:
            self.rows[number].append(columns[10:])

    def start_over(self, reset: str) -> None:
        """Read everything anew, for this reason."""
        self.start, self.reset = None, reset
        self.groups = cursors.beginning(self.ask.scope.types)


def size_of(text: str | None) -> int:
    """Return how many bytes a body takes, on the wire as in PostgreSQL's count."""
    if text is None:
        return 0
    return len(text) if text.isascii() else len(text.encode())


def scope_of(types: Mapping[str, int] | Sequence[str] | None) -> Scope:
    """Return an owner's scope; unknown names are a newer app's business."""
    if types is None:
        return _EVERYTHING
    known = {REGISTRY[name].type_id: name for name in types if name in REGISTRY}
    if isinstance(types, Mapping):
        return Scope(frozenset(known), {number: types[name] for number, name in known.items()})
    return Scope(frozenset(known))


def stand(ask: Ask) -> Reading:
    """Return where a reader stands by the cursor they sent and their scope of today."""
    start = None if ask.cursor is None else cursors.decode(ask.cursor)
    if start is not None and start.profile == ask.scope.profile:
        return Reading(ask, start, cursors.fitted(start.groups, ask.scope.types), None)
    reset = "cursor-unreadable" if start is None else "scope-changed"
    beginning = cursors.beginning(ask.scope.types)
    return Reading(ask, None, beginning, None if ask.cursor is None else reset)


def fetch(
    readings: Sequence[Reading], page: PageRequest, *, statement: str, **params: object
) -> None:
    """Read heads and rows of all readings, at one instant, in one statement.

    A reading whose feed is not there, or not for this actor, stays without a snapshot.
    """
    places = [
        (reading, number, group)
        for reading in readings
        for number, group in enumerate(reading.groups or [_nothing()])
    ]
    witnesses = [witness_params(reading.ask.witness) for reading, _, _ in places]
    found = sql.run(
        statement,
        {
            **params,
            "athletes": sql.array([reading.ask.athlete_id for reading, _, _ in places]),
            "boot": sql.array([group.phase == "bootstrap" for _, _, group in places]),
            "position": sql.array([group.position for _, _, group in places]),
            "types": sql.array([_numbers(group.types) for _, _, group in places]),
            "wit_seq": sql.array([witness["wit_seq"] for witness in witnesses]),
            "wit_mark": sql.array([witness["wit_mark"] for witness in witnesses]),
            "rows": page.max_rows + 1,
            "bytes": page.max_bytes,
        },
    )
    for reading in readings:
        reading.forget(fetched=page.max_rows + 1, room=page.max_bytes)
    for columns in found:
        reading, number, _ = places[columns[0] - 1]
        reading.take(number, columns)


def fetch_head(reading: Reading) -> int:
    """Read the head of one's own feed; return by how much the reader is behind.

    What polling finds is nearly always nothing, and half of what `fetch_short` costs PostgreSQL
    is making ready to read rows, whether there are any or not.
    """
    (group,) = reading.groups
    own = {"athlete": reading.ask.athlete_id, **witness_params(reading.ask.witness)}
    reading.forget(fetched=1)
    for columns in sql.run(reading_sql.OWN_HEAD, own):
        reading.take(0, columns)
    return max(0, reading.snapshot.head - group.position) if reading.snapshot else 0


def fetch_short(reading: Reading, page: PageRequest, *, seen: Mapping[str, object] | None) -> bool:
    """Read the head and a short tail of one's own feed; return whether that is all of it.

    The statement is a fraction of `fetch`'s, which bounds what it reads by bytes too. ``seen``
    as parameters of `SEEN`.
    """
    (group,) = reading.groups
    limit = min(page.max_rows, SHORT_ROWS) + 1
    found = sql.run(
        reading_sql.OWN_TAIL if seen is None else _SEEN_TAIL,
        {
            **(seen or {}),
            "athlete": reading.ask.athlete_id,
            "position": group.position,
            "types": _numbers(group.types),
            **witness_params(reading.ask.witness),
            "rows": limit,
        },
    )
    reading.forget(fetched=limit)
    for columns in found:
        reading.take(0, columns)
    return len(reading.rows[0]) < limit or page.max_rows < limit


def judge(reading: Reading) -> str | None:
    """Return why a fetched reading must start over, or None.

    Raises ``FeedForked`` when the reader has seen a history this server does not know, and
    ``Maintenance`` when a standby, which may only be behind, does not know it.
    """
    place, start = reading.place, reading.start
    if start is not None and start.epoch != place.epoch:
        return "cursor-unreadable"
    if not place.is_our_lineage or (start is not None and start.furthest > place.head):
        ((is_standby,),) = sql.run(reading_sql.IS_STANDBY, {})
        raise Maintenance if is_standby else FeedForked
    if start is not None and any(group.confirmed < place.purge_floor for group in reading.groups):
        return "cursor-expired"
    return None


def _nothing() -> Group:
    """Return a place that reads no rows: the feed's head alone."""
    return Group(frozenset(), "tail", BEYOND, BEYOND)


@lru_cache(maxsize=256)  # few sets of types are read at all
def _numbers(types: frozenset[int]) -> str:
    """Return types as text the statement turns into an array."""
    return sql.numbers(sorted(types))
