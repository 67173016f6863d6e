"""Records and log belong to a feed, whoever writes: no row without it, none that outlives it."""

import uuid
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import ForeignKeyViolation, LockNotAvailable

from tests.apps.sync.ops import lab, workout
from tests.apps.sync.test_erasing import counts
from tests.conftest import Person
from tests.phone.backup import connected

TABLES = ("sync_record", "sync_log")


def copy_to(db: psycopg.Connection, table: str, *, of: UUID, to: UUID) -> None:
    """Give the rows of one feed to another, with its guard open."""
    db.execute("SELECT set_config('mechanostat.feed', %s, true)", [str(to)])
    name = sql.Identifier(table)
    db.execute(
        sql.SQL("CREATE TEMP TABLE taken AS SELECT * FROM {} WHERE athlete_id = %s").format(name),
        [of],
    )
    db.execute("UPDATE taken SET athlete_id = %s", [to])
    db.execute(sql.SQL("INSERT INTO {} SELECT * FROM taken").format(name))


def move(db: psycopg.Connection, table: str, *, of: UUID, to: UUID) -> None:
    """Take the rows of one feed to another, with its guard open."""
    db.execute("SELECT set_config('mechanostat.feed', %s, true)", [str(to)])
    moved = sql.SQL("UPDATE {} SET athlete_id = %s WHERE athlete_id = %s")
    db.execute(moved.format(sql.Identifier(table)), [to, of])


class TestARow:
    @pytest.mark.parametrize("table", TABLES)
    def test_is_not_written_without_its_feed(self, athlete: Person, table: str) -> None:
        athlete.sync([workout()])
        with pytest.raises(ForeignKeyViolation, match=table), connected() as db:
            copy_to(db, table, of=athlete.id, to=uuid.uuid4())

    @pytest.mark.parametrize("table", TABLES)
    def test_is_not_moved_to_where_there_is_no_feed(self, athlete: Person, table: str) -> None:
        athlete.sync([workout()])
        with pytest.raises(ForeignKeyViolation, match=table), connected() as db:
            move(db, table, of=athlete.id, to=uuid.uuid4())

    @pytest.mark.parametrize("table", TABLES)
    def test_of_a_feed_that_is_there_is_written(
        self, athlete: Person, stranger: Person, table: str
    ) -> None:
        athlete.sync([workout()])
        stranger.sync([])
        with connected() as db:
            copy_to(db, table, of=athlete.id, to=stranger.id)
        assert counts(stranger, (table,)) == {table: 1}


class TestAFeed:
    def test_takes_its_rows_along_and_nobody_elses(self, athlete: Person, stranger: Person) -> None:
        for person in (athlete, stranger):
            person.sync([workout(), lab()])
        with connected() as db:
            db.execute("DELETE FROM sync_feed WHERE athlete_id = %s", [athlete.id])
        assert set(counts(athlete).values()) == {0}
        assert counts(stranger, TABLES) == dict.fromkeys(TABLES, 2)

    def test_keeps_its_athlete(self, athlete: Person) -> None:
        athlete.sync([workout()])
        with pytest.raises(ForeignKeyViolation), connected() as db:
            db.execute(
                "UPDATE sync_feed SET athlete_id = %s WHERE athlete_id = %s",
                [uuid.uuid4(), athlete.id],
            )

    @pytest.mark.parametrize("table", TABLES)
    def test_does_not_go_while_its_rows_are_being_written(
        self, athlete: Person, stranger: Person, table: str
    ) -> None:
        athlete.sync([workout()])
        stranger.sync([])
        with connected() as writer, connected() as other:
            copy_to(writer, table, of=athlete.id, to=stranger.id)
            with pytest.raises(LockNotAvailable):
                other.execute(
                    "SELECT 1 FROM sync_feed WHERE athlete_id = %s FOR UPDATE NOWAIT", [stranger.id]
                )
