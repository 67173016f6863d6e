"""I4: whatever a reader does, from any cursor, no change is ever skipped.

Readers with pages of any size, scopes that come and go, and cursors from long ago run beside
writers; in the end each reader's copy is the server's, version for version.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.common.actor import acting_as
from apps.sync.purging import purge_feed
from tests.apps.sync.ops import changed, deleted, lab, op_id, workout
from tests.conftest import Person, make_person

Json = dict[str, Any]
TYPES = ("workout_session", "lab_result", "athlete_profile", "sync_issue")

scopes = st.sets(st.sampled_from(TYPES), min_size=1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.integers(1, 6), st.sampled_from(["workout", "lab"])),
        st.tuples(st.just("edit"), st.integers(0, 30)),
        st.tuples(st.just("delete"), st.integers(0, 30)),
        st.tuples(st.just("break"), st.just(0)),
        st.tuples(st.just("purge"), st.just(0)),
        st.tuples(st.just("pull"), st.integers(0, 1), st.integers(1, 9), st.integers(300, 3_000)),
        st.tuples(st.just("rescope"), st.integers(0, 1), scopes),
        st.tuples(st.just("rewind"), st.integers(0, 1), st.integers(0, 9)),
    ),
    max_size=40,
)


@dataclass
class Reader:
    """A phone that does what the contract says, and nothing clever."""

    person: Person
    types: set[str] = field(default_factory=lambda: set(TYPES))
    cursor: str | None = None
    copy: dict[str, Json] = field(default_factory=dict)
    fresh: set[str] | None = None  # ids seen since a reset began
    places: list[tuple[str | None, dict[str, Json]]] = field(default_factory=list)

    def pull(self, max_rows: int = 500, max_bytes: int = 1_000_000) -> bool:
        """Take in one page; return whether it was the last one."""
        answer = self.person.sync(
            [],
            cursor=self.cursor,
            types=dict.fromkeys(self.types, 9),
            page={"max_rows": max_rows, "max_bytes": max_bytes},
        )
        assert answer.status_code == 200, answer.content
        page = answer.json()["page"]
        assert page["rows"] or page["complete"] or page["cursor"] != self.cursor, "no progress"
        if self.cursor is None or page["reset"] is not None:
            self.fresh = set()
        for row in page["rows"]:
            if self.fresh is not None:
                self.fresh.add(row["id"])
            if row["seq"] > self.copy.get(row["id"], {"seq": 0})["seq"]:
                self.copy[row["id"]] = row
        if page["complete"] and self.fresh is not None:
            self.copy = {key: row for key, row in self.copy.items() if key in self.fresh}
            self.fresh = None
        self.cursor = page["cursor"]
        self.places.append((self.cursor, dict(self.copy)))
        return bool(page["complete"])

    def rescope(self, types: set[str]) -> None:
        """Ask for other types from now on; drop what is not wanted any more."""
        self.types = types
        self.copy = {key: row for key, row in self.copy.items() if row["type"] in types}

    def rewind(self, back: int) -> None:
        """Be restored from a backup of an earlier moment, if the app wanted the same then."""
        if self.fresh is None and back < len(self.places):
            cursor, copy = self.places[-1 - back]
            if all(row["type"] in self.types for row in copy.values()):
                self.cursor, self.copy = cursor, dict(copy)

    def holds(self) -> dict[str, tuple[str, int]]:
        """Return the live records of the copy: version and number by id."""
        return {key: (row["v"], row["seq"]) for key, row in self.copy.items() if not row["deleted"]}


class World:
    """One athlete, two readers, and everything that can happen between them."""

    def __init__(self) -> None:
        self.person = make_person()
        self.readers = [Reader(self.person), Reader(self.person)]
        self.versions: list[Json] = []  # newest op of each live record

    def create(self, count: int, kind: str) -> None:
        ops = [workout() if kind == "workout" else lab() for _ in range(count)]
        self.person.sync(ops)
        self.versions += ops

    def edit(self, which: int) -> None:
        if self.versions:
            number = which % len(self.versions)
            op = changed(self.versions[number], set={"title": op_id()})
            self.person.sync([op])
            self.versions[number] = op

    def delete(self, which: int) -> None:
        if self.versions:
            self.person.sync([deleted(self.versions.pop(which % len(self.versions)))])

    def break_(self, _: int) -> None:
        self.person.sync([workout(started_at="never")])

    def purge(self, _: int) -> None:
        devices = [self.person.device_id]
        purge_feed(athlete_id=self.person.id, devices=devices, now=timezone.now())

    def pull(self, who: int, max_rows: int, max_bytes: int) -> None:
        self.readers[who].pull(max_rows, max_bytes)

    def rescope(self, who: int, types: set[str]) -> None:
        self.readers[who].rescope(types)

    def rewind(self, who: int, back: int) -> None:
        self.readers[who].rewind(back)

    def server(self, types: set[str]) -> dict[str, tuple[str, int]]:
        """Return what the server holds of these types."""
        with acting_as(self.person.id), connection.cursor() as cursor:
            cursor.execute(
                "SELECT record_id::text, v::text, seq FROM sync_record WHERE NOT deleted"
                " AND type_id = ANY(%s)",
                [[{"athlete_profile": 1, "workout_session": 2, "lab_result": 3,
                   "sync_issue": 66}[name] for name in types]],
            )  # fmt: skip
            return {key: (v, seq) for key, v, seq in cursor.fetchall()}


class TestNoSkipping:
    @settings(max_examples=40)
    @given(steps)
    def test_every_reader_ends_with_what_the_server_holds(self, script: list[Any]) -> None:
        world = World()
        for name, *arguments in script:
            getattr(world, "break_" if name == "break" else name)(*arguments)
        for reader in world.readers:
            while not reader.pull(max_rows=3):
                pass
            assert reader.holds() == world.server(reader.types)
            assert reader.pull()

    def test_is_what_the_readers_above_would_notice(self) -> None:
        """The property can fail: a reader whose cursor jumped ahead is found out."""
        world = World()
        world.create(3, "workout")
        (reader, other) = world.readers
        reader.pull()
        other.pull()
        world.create(2, "lab")
        reader.pull()
        other.cursor = reader.cursor
        other.pull()
        assert other.holds() != world.server(other.types)
        assert reader.holds() == world.server(reader.types)
