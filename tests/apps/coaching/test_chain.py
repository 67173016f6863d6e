"""The access log as the database keeps it: a chain nobody writes around, and what finds it broken."""

import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections
from django.utils import timezone

from apps.coaching.access import Granted
from apps.coaching.categories import CONSENT_TEXT_VERSION, Category
from apps.coaching.models import AccessHead, AccessLine, AccessPlace
from apps.coaching.services.checking import check_log, line_of
from apps.coaching.services.looking import log_access
from apps.coaching.services.telling_looks import tell_looks
from apps.common.actor import Wall, acting_as
from apps.reminders.selectors import database_clock
from backend.access_chain import GENESIS, Break, Head, Line, verify
from tests.apps.coaching.conftest import Squad
from tests.conftest import Person, make_person
from tests.faults.held import PATIENCE_S, Thread, waits_for

pytestmark = pytest.mark.usefixtures("nobody_to_tell")
TABLES = ("coaching_accessline", "coaching_accesshead")


def forget_access(person: Person) -> int:
    """Delete a person's log, acting as whoever the caller acts as; return of how many lines."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coaching_forget_access(%s)", [person.id])
        return int(cursor.fetchone()[0])


def lines_of(athlete: Person) -> list[Line]:
    """Return an athlete's log, oldest first."""
    with acting_as(athlete.id):
        rows = AccessLine.objects.filter(athlete_id=athlete.id).order_by("seq")
        return [line_of(row) for row in rows]


def head_of(athlete: Person) -> Head | None:
    """Return where the service says the log ends."""
    with acting_as(athlete.id):
        head = AccessHead.objects.filter(athlete_id=athlete.id).first()
    return Head(head.seq, bytes(head.digest)) if head else None


def granted(athlete: Person, squad: Squad) -> Granted:
    """Return a grant as the log takes it."""
    now = timezone.now()
    chosen, ends_at = frozenset({Category.SESSIONS}), now + timedelta(days=1)
    return Granted(athlete.id, "", squad.team.id, chosen, ends_at, now, CONSENT_TEXT_VERSION)


def look(squad: Squad, athletes: Sequence[Person], *, what: str = "roster", slot: int = 0) -> None:
    """Write a look at these athletes, in the order given, in some ten minutes."""
    with acting_as(squad.coach.id, wall=Wall.COACH):
        log_access(
            viewer_id=squad.coach.id,
            what=what,
            seen=[granted(athlete, squad) for athlete in athletes],
            now=timezone.now() + timedelta(minutes=10 * slot),
        )


def tell(athlete: Person) -> None:
    """Let the job tell this athlete, whoever else waits."""
    tell_looks(now=database_clock())
    with acting_as(athlete.id):
        assert AccessPlace.objects.get(athlete_id=athlete.id).told_seq > 0


@pytest.fixture
def tamper(owner_sql: Callable[..., None]) -> Callable[..., None]:
    """Run a statement as somebody who owns the tables and takes their guards off."""

    def run(*statements: str) -> None:
        off = [
            f"ALTER TABLE {table} DISABLE TRIGGER USER; ALTER TABLE {table} NO FORCE ROW LEVEL "
            "SECURITY;"
            for table in TABLES
        ]
        on = [
            f"ALTER TABLE {table} ENABLE TRIGGER USER; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
            for table in TABLES
        ]
        owner_sql("".join([*off, *(f"{one};" for one in statements), *on]))

    return run


class TestPlaces:
    def test_are_given_by_the_database_whatever_a_writer_says(
        self, squad: Squad, athlete: Person
    ) -> None:
        squad.join(athlete)
        look(squad, [athlete])
        forged = AccessLine(
            athlete_id=athlete.id,
            id=uuid.uuid4(),
            viewer_id=squad.coach.id,
            team_id=squad.team.id,
            what="athlete",
            categories=["sessions", "labs"],
            at=timezone.now(),
            seq=700,
            prev=b"p" * 32,
            digest=b"d" * 32,
        )
        with acting_as(squad.coach.id, wall=Wall.COACH):
            AccessLine.objects.bulk_create([forged])
        lines = lines_of(athlete)
        assert [line.seq for line in lines] == [1, 2]
        assert lines[0].prev == GENESIS
        assert head_of(athlete) == Head(2, lines[1].digest)
        assert verify(lines, head_of(athlete)) is None

    def test_do_not_move_when_a_line_is_there_already(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete)
        now = timezone.now()
        for _ in range(3):
            with acting_as(squad.coach.id, wall=Wall.COACH):
                twice = [granted(athlete, squad)] * 2
                log_access(viewer_id=squad.coach.id, what="roster", seen=twice, now=now)
        assert [line.seq for line in lines_of(athlete)] == [1]
        assert head_of(athlete) == Head(1, lines_of(athlete)[0].digest)

    def test_are_not_taken_by_what_is_refused(
        self, squad: Squad, athlete: Person, stranger: Person
    ) -> None:
        squad.join(athlete)
        look(squad, [athlete])
        with pytest.raises(DatabaseError, match="row-level security"):
            look(squad, [athlete, stranger], what="athlete")
        assert head_of(athlete) == Head(1, lines_of(athlete)[0].digest)
        assert head_of(stranger) is None

    def test_of_any_text_and_instant_are_what_python_says(
        self, squad: Squad, athlete: Person
    ) -> None:
        squad.join(athlete)
        looks: list[tuple[str, frozenset[Category]]] = [
            ("roster", frozenset()),
            ("page:athlete.csv", frozenset(Category)),
            ("heads", frozenset({Category.LABS})),
        ]
        for number, (what, categories) in enumerate(looks):
            one = granted(athlete, squad)
            seen = [replace(one, categories=categories)]
            at = timezone.now().replace(microsecond=(0, 1, 999_999)[number])
            with acting_as(squad.coach.id, wall=Wall.COACH):
                log_access(viewer_id=squad.coach.id, what=what, seen=seen, now=at)
        assert len(lines_of(athlete)) == 3
        assert verify(lines_of(athlete), head_of(athlete)) is None

    @pytest.mark.parametrize("word", ["", "a\nb", "a,b", "Ä", "a b"])
    def test_are_not_given_to_words_that_could_be_read_in_two_ways(
        self, squad: Squad, athlete: Person, word: str
    ) -> None:
        squad.join(athlete)
        for changed in ({"what": word}, {"categories": [word]}):
            line: dict[str, Any] = {"what": "roster", "categories": [], **changed}
            with (
                pytest.raises(DatabaseError, match="read in two ways"),
                acting_as(squad.coach.id, wall=Wall.COACH),
            ):
                AccessLine.objects.bulk_create(
                    [
                        AccessLine(
                            athlete_id=athlete.id,
                            id=uuid.uuid4(),
                            viewer_id=squad.coach.id,
                            team_id=squad.team.id,
                            at=timezone.now(),
                            **line,
                        )
                    ]
                )
        assert lines_of(athlete) == []

    def test_of_two_coaches_who_look_at_the_same_moment_are_all_there(
        self, squad: Squad, other_squad: Squad
    ) -> None:
        """One writes in one order and the other in the opposite: nobody waits for the other."""
        athletes = [make_person() for _ in range(12)]
        for athlete in athletes:
            squad.join(athlete)
            other_squad.join(athlete)
        rounds, failures = 15, []
        gate = threading.Barrier(2, timeout=PATIENCE_S)

        def looks(team: Squad, order: Sequence[Person]) -> None:
            try:
                for slot in range(rounds):
                    gate.wait()
                    look(team, order, slot=slot)
            except Exception as error:
                failures.append(error)
                gate.abort()
            finally:
                connections["default"].close()

        threads = [
            threading.Thread(target=looks, args=(squad, athletes)),
            threading.Thread(target=looks, args=(other_squad, athletes[::-1])),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        for athlete in athletes:
            lines = lines_of(athlete)
            assert [line.seq for line in lines] == list(range(1, 2 * rounds + 1))
            assert verify(lines, head_of(athlete)) is None

    def test_wait_for_a_writer_who_has_not_committed(
        self, squad: Squad, other_squad: Squad, athlete: Person
    ) -> None:
        squad.join(athlete)
        other_squad.join(athlete)
        began, may_end = threading.Event(), threading.Event()
        backends: list[int] = []

        def first() -> None:
            with acting_as(squad.coach.id, wall=Wall.COACH):
                seen = [granted(athlete, squad)]
                log_access(viewer_id=squad.coach.id, what="roster", seen=seen, now=timezone.now())
                backends.append(connections["default"].connection.info.backend_pid)
                began.set()
                assert may_end.wait(PATIENCE_S)

        one = Thread(first)
        assert began.wait(PATIENCE_S), one.error
        other = Thread(lambda: look(other_squad, [athlete]))
        assert waits_for(backends[0]), "the second writer did not wait at the head"
        may_end.set()
        one.result()
        other.result()
        assert [line.viewer_id for line in lines_of(athlete)] == [
            squad.coach.id,
            other_squad.coach.id,
        ]
        assert verify(lines_of(athlete), head_of(athlete)) is None


class TestGuards:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE coaching_accessline SET what = 'nothing' WHERE athlete_id = '{id}'",
            "DELETE FROM coaching_accessline WHERE athlete_id = '{id}'",
            "UPDATE coaching_accesshead SET seq = 7 WHERE athlete_id = '{id}'",
            "DELETE FROM coaching_accesshead WHERE athlete_id = '{id}'",
            "TRUNCATE coaching_accessline",
            "TRUNCATE coaching_accesshead",
        ],
    )
    def test_refuse_even_the_owner_of_the_tables(
        self,
        squad: Squad,
        athlete: Person,
        owner_sql: Callable[..., None],
        statement: str,
    ) -> None:
        squad.join(athlete)
        look(squad, [athlete])
        before = lines_of(athlete)
        unwalled = "".join(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;" for table in TABLES)
        walled = "".join(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;" for table in TABLES)
        with pytest.raises(psycopg.Error, match="never changed"):
            owner_sql(unwalled + statement.format(id=athlete.id) + ";" + walled)
        assert lines_of(athlete) == before
        assert head_of(athlete) == Head(1, before[0].digest)

    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT count(*) FROM coaching_accesshead",
            "INSERT INTO coaching_accesshead VALUES (gen_random_uuid(), 1, '')",
            "UPDATE coaching_accesshead SET seq = 0",
            "DELETE FROM coaching_accesshead",
            "SELECT count(*) FROM coaching_accessplace",
            "SELECT coaching_forget_access(gen_random_uuid())",
        ],
    )
    def test_keep_heads_from_coaches(self, squad: Squad, statement: str) -> None:
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            acting_as(squad.coach.id, wall=Wall.COACH),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO coaching_accesshead VALUES (gen_random_uuid(), 1, '')",
            "UPDATE coaching_accesshead SET seq = 0",
            "DELETE FROM coaching_accesshead",
        ],
    )
    def test_keep_heads_from_being_written_by_athletes(
        self, athlete: Person, statement: str
    ) -> None:
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            acting_as(athlete.id),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)

    def test_show_a_head_to_its_athlete_alone(
        self, squad: Squad, athlete: Person, stranger: Person
    ) -> None:
        squad.join(athlete)
        look(squad, [athlete])
        with acting_as(stranger.id):
            assert list(AccessHead.objects.all()) == []
        assert list(AccessHead.objects.all()) == []
        with acting_as(athlete.id):
            assert [head.athlete_id for head in AccessHead.objects.all()] == [athlete.id]

    def test_show_the_owner_nothing_by_accident(
        self, squad: Squad, athlete: Person, owner_sql: Callable[..., None]
    ) -> None:
        squad.join(athlete)
        look(squad, [athlete])
        for table in TABLES:
            owner_sql(f"DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM {table}); END $$")

    def test_let_an_account_be_forgotten_whole(
        self, squad: Squad, athlete: Person, people: Callable[..., Person]
    ) -> None:
        other = people("Other Athlete")
        for person in (athlete, other):
            squad.join(person)
        look(squad, [athlete, other])
        look(squad, [athlete], what="athlete")
        with acting_as(athlete.id):
            assert forget_access(athlete) == 2
        assert lines_of(athlete) == []
        assert head_of(athlete) is None
        assert not AccessPlace.objects.filter(athlete_id=athlete.id).exists()
        assert len(lines_of(other)) == 1
        look(squad, [athlete], slot=1)
        assert [line.seq for line in lines_of(athlete)] == [1]

    def test_let_nobody_forget_another_persons(
        self, squad: Squad, athlete: Person, stranger: Person
    ) -> None:
        squad.join(athlete)
        look(squad, [athlete])
        with pytest.raises(DatabaseError, match="its athlete only"), acting_as(stranger.id):
            forget_access(athlete)
        assert len(lines_of(athlete)) == 1

    def test_are_back_after_an_account_was_forgotten(
        self, squad: Squad, athlete: Person, owner_sql: Callable[..., None]
    ) -> None:
        """Also within the transaction that forgot, for what is written after it."""
        with acting_as(athlete.id), connection.cursor() as cursor:
            forget_access(athlete)
            cursor.execute("SELECT coalesce(current_setting('mechanostat.forgetting', true), '')")
            assert cursor.fetchone() == ("",)


class TestBackfill:
    def test_makes_a_chain_of_lines_that_had_none(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete)
        for slot, what in enumerate(("roster", "athlete", "records")):
            look(squad, [athlete], what=what, slot=slot)
        made = lines_of(athlete), head_of(athlete)
        fill = import_module("apps.coaching.migrations.0006_chain").FILL
        config = connections["owner"].get_connection_params()
        config.pop("cursor_factory", None)
        config.pop("context", None)
        columns = "seq, athlete_id, id, viewer_id, team_id, what, categories, at, prev, digest"
        with psycopg.connect(**config) as owner:
            for table in TABLES:
                owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            owner.execute(
                "ALTER TABLE coaching_accessline ALTER seq DROP NOT NULL, ALTER prev DROP NOT NULL,"
                " ALTER digest DROP NOT NULL"
            )
            owner.execute("UPDATE coaching_accessline SET seq = NULL, prev = NULL, digest = NULL")
            owner.execute("DELETE FROM coaching_accesshead")
            owner.execute("DELETE FROM coaching_accessplace")
            owner.execute(fill)
            owner.execute("ALTER TABLE coaching_accessline NO FORCE ROW LEVEL SECURITY")
            rows = owner.execute(
                f"SELECT {columns} FROM coaching_accessline WHERE athlete_id = %s ORDER BY seq",
                [athlete.id],
            ).fetchall()
            head = owner.execute(
                "SELECT seq, digest FROM coaching_accesshead WHERE athlete_id = %s", [athlete.id]
            ).fetchone()
            place = owner.execute(
                "SELECT told_seq, due_at IS NULL FROM coaching_accessplace WHERE athlete_id = %s",
                [athlete.id],
            ).fetchone()
            owner.rollback()
        names = columns.split(", ")
        found = [
            Line(**{**dict(zip(names, row, strict=True)), "categories": tuple(row[6])})
            for row in rows
        ]
        assert (found, Head(*head) if head else None) == made
        assert place == (2, False)


class TestCheck:
    @pytest.fixture
    def looked_at(self, squad: Squad, athlete: Person) -> Person:
        squad.join(athlete)
        for slot in range(5):
            look(squad, [athlete], slot=slot)
        tell(athlete)
        return athlete

    def verified(self, athlete: Person) -> str:
        """Return what the command says of one athlete."""
        out = StringIO()
        call_command("verify_access_log", "--athlete", athlete.user.email, stdout=out)
        return out.getvalue()

    def test_finds_a_log_as_written(self, looked_at: Person) -> None:
        found = check_log(athlete_id=looked_at.id)
        assert (found.lines, found.breaks) == (5, ())
        assert found.told >= 1
        assert "1 logs, 5 lines: all as written." in self.verified(looked_at)

    @pytest.mark.parametrize(
        ("statements", "found"),
        [
            (
                ["UPDATE coaching_accessline SET what = 'heads' WHERE {it} AND seq = 2"],
                (2, "changed"),
            ),
            (
                [
                    "UPDATE coaching_accessline SET viewer_id = gen_random_uuid() WHERE {it} AND seq = 1"
                ],
                (1, "changed"),
            ),
            (
                ["UPDATE coaching_accessline SET at = at + interval '1 us' WHERE {it} AND seq = 5"],
                (5, "changed"),
            ),
            (["DELETE FROM coaching_accessline WHERE {it} AND seq = 3"], (4, "gap")),
            (
                [
                    "UPDATE coaching_accessline SET seq = -seq WHERE {it} AND seq IN (2, 3)",
                    "UPDATE coaching_accessline SET seq = 5 + seq WHERE {it} AND seq < 0",
                ],
                (2, "unlinked"),
            ),
            (["DELETE FROM coaching_accessline WHERE {it} AND seq = 5"], (4, "head")),
            (
                [
                    "DELETE FROM coaching_accessline WHERE {it} AND seq > 0",
                    "DELETE FROM coaching_accesshead WHERE {it}",
                ],
                (0, "cut"),
            ),
            (
                [
                    "DELETE FROM coaching_accessline WHERE {it} AND seq = 5",
                    "UPDATE coaching_accesshead h SET seq = 4, digest = l.digest "
                    "FROM coaching_accessline l WHERE h.{it} AND l.{it} AND l.seq = 4",
                ],
                (4, "cut"),
            ),
        ],
    )
    def test_finds_what_the_owner_of_the_tables_did(
        self,
        looked_at: Person,
        tamper: Callable[..., None],
        statements: list[str],
        found: tuple[int, str],
    ) -> None:
        it = f"athlete_id = '{looked_at.id}'"
        tamper(*(one.format(it=it) for one in statements))
        assert check_log(athlete_id=looked_at.id).breaks[0] == Break(*found)
        out = StringIO()
        with pytest.raises(CommandError, match="not what was written"):
            call_command(
                "verify_access_log", "--athlete", looked_at.user.email, stdout=out, stderr=out
            )
        assert f"{looked_at.id} line {found[0]} {found[1]}: " in out.getvalue()

    def test_says_when_nobody_has_that_address(self) -> None:
        with pytest.raises(CommandError, match="No athlete"):
            call_command("verify_access_log", "--athlete", "nobody@example.org")

    def test_says_nothing_of_somebody_nobody_looked_at(self, stranger: Person) -> None:
        assert "0 logs, 0 lines: all as written." in self.verified(stranger)
