"""Few round trips: what stands in one, what goes with it, and who is confirmed before."""

import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, InternalError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

from apps.accounts.models import User
from apps.common.actor import snapshot_as
from apps.common.statements import Call, Rows, array, ids, numbers, run, run_all, send_later
from apps.common.transactions import reading, send_ahead, writing
from tests.conftest import Person
from tests.faults.held import PATIENCE_S, Thread, waits_for

NAME = "SELECT display_name FROM accounts_user WHERE id = %(id)s"
RENAME = "UPDATE accounts_user SET display_name = %(name)s WHERE id = %(id)s"
DIVIDE = "SELECT 1 / %(by)s::int"


class Refused(Exception):
    """The test's own refusal."""


def _name(person: Person) -> str:
    return User.objects.get(pk=person.id).display_name


def _refuse(rows: Rows) -> None:
    raise Refused


def _rename(person: Person, name: str = "Changed") -> None:
    run(RENAME, {"name": name, "id": person.id})


def _rename_for_good(person: Person) -> None:
    with transaction.atomic():
        _rename(person)


def _rename_and_fail(person: Person) -> None:
    _rename(person)
    raise Refused


def _divide_unheard() -> None:
    with suppress(DataError):
        run(DIVIDE, {"by": 0})


class TestStatements:
    def test_take_and_return_values_of_their_types(self) -> None:
        person, texts = uuid.uuid4(), ["a", None, 'b"\\,']
        rows = run(
            "SELECT %(id)s::uuid, %(n)s::bigint, %(t)s::text, %(none)s::text, %(raw)s::bytea, "
            "%(list)s::text[], %(flag)s::boolean",
            {
                "id": person, "n": 2**40, "t": "é\U0001f3cb", "none": None, "raw": b"\x00\xff",
                "list": texts, "flag": True,
            },
        )  # fmt: skip
        assert rows == [(person, 2**40, "é\U0001f3cb", None, b"\x00\xff", texts, True)]

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            ("bigint", -(2**63)),
            ("boolean", False),
            ("bytea", b""),
            ("bytea", bytes(range(256))),
            ("uuid", uuid.UUID(int=7)),
            ("text", "\\x00 'quoted' {a,\"b\"}"),
            ("timestamptz", datetime(2026, 3, 1, 7, 14, 12, 4, tzinfo=UTC)),
            ("timestamptz", datetime(1, 2, 3, tzinfo=timezone(timedelta(hours=-9, minutes=-30)))),
            ("float8", 0.1),
            ("date", date(2026, 3, 1)),
            ("numeric", Decimal("-0.10")),
        ],
    )
    def test_take_every_value_as_it_is(self, kind: str, value: object) -> None:
        statement = f"SELECT %(value)s::{kind}, %(none)s::{kind}"
        assert run(statement, {"value": value, "none": None}) == [(value, None)]

    def test_take_no_text_that_would_end_early(self) -> None:
        with pytest.raises(DataError):
            run("SELECT %(text)s::text", {"text": "a\0b"})

    def test_write_arrays_as_postgresql_reads_them(self) -> None:
        some = [uuid.uuid4(), uuid.uuid4()]
        call = Call(
            "SELECT %(ids)s::uuid[], %(numbers)s::int[], %(texts)s::text[]",
            {"ids": ids(some), "numbers": numbers([1, None, -3]), "texts": array(["x", None])},
        )
        assert run(*call) == [(some, [1, None, -3], ["x", None])]

    def test_go_together_and_answer_in_order(self) -> None:
        large = "x" * 3_000_000  # more than a socket takes at once, both ways
        rows = run_all(
            [Call("SELECT 1"), Call("SELECT %(t)s::text", {"t": large}), Call("SELECT 3")]
        )
        assert rows == [[(1,)], [(large,)], [(3,)]]

    def test_are_one_transaction_together(self, athlete: Person) -> None:
        with pytest.raises(DataError):
            run_all([
                Call(RENAME, {"name": "Changed", "id": athlete.id}),
                Call(DIVIDE, {"by": 0}),
                Call(RENAME, {"name": "Changed again", "id": athlete.id}),
            ])  # fmt: skip
        assert _name(athlete) == "Aiko Ito"
        assert run("SELECT 1", {}) == [(1,)]

    def test_take_part_in_djangos_transaction(self, athlete: Person) -> None:
        with pytest.raises(Refused), transaction.atomic():
            _rename_and_fail(athlete)
        assert _name(athlete) == "Aiko Ito"

    def test_let_other_threads_run_while_they_wait(self, athlete: Person) -> None:
        """They wait for a row that other threads let go of only once these wait."""
        is_held, may_end = threading.Event(), threading.Event()
        backends: list[int] = []

        def hold() -> None:
            with transaction.atomic():
                _rename(athlete, "Held")
                backends.append(connection.connection.info.backend_pid)
                is_held.set()
                assert may_end.wait(PATIENCE_S)

        def let_go() -> None:
            assert waits_for(backends[0])
            may_end.set()

        holding = Thread(hold)
        assert is_held.wait(PATIENCE_S), holding.error
        letting_go = Thread(let_go)
        run_all([Call(RENAME, {"name": "Changed", "id": athlete.id}), Call("SELECT 2")])
        letting_go.result()
        holding.result()
        assert _name(athlete) == "Changed"

    def test_are_prepared_anew_after_somebody_forgot_them(self) -> None:
        run("SELECT 7", {})
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
        with pytest.raises(OperationalError):
            run("SELECT 7", {})
        assert run("SELECT 7", {}) == [(7,)]

    def test_say_that_a_connection_is_lost(self) -> None:
        with pytest.raises(OperationalError, match="connection"):
            run_all([Call("SELECT pg_terminate_backend(pg_backend_pid())"), Call("SELECT 1")])
        connection.close_if_unusable_or_obsolete()
        assert run("SELECT 1", {}) == [(1,)]


class TestReading:
    def test_shows_no_row_before_who_asks_is_confirmed(self, athlete: Person) -> None:
        shown = []

        def ask() -> None:
            send_ahead(Call("SELECT 1"), _refuse)
            shown.append(run(NAME, {"id": athlete.id}))

        with pytest.raises(Refused), reading():
            ask()
        assert shown == []

    def test_confirms_even_when_nothing_was_asked(self) -> None:
        with pytest.raises(Refused), reading():
            send_ahead(Call("SELECT 1"), _refuse)

    def test_lets_that_refusal_count_for_more_than_another(self) -> None:
        def fail() -> None:
            send_ahead(Call("SELECT 1"), _refuse)
            raise ValueError

        with pytest.raises(Refused), reading():
            fail()

    def test_sends_it_before_each_statement(self, sql_statements: Callable[[], Any]) -> None:
        with sql_statements() as statements, reading():
            send_ahead(Call("SELECT 'ahead'"), lambda rows: None)
            run("SELECT 1", {})
            run("SELECT 2", {})
        assert statements == ["SELECT 'ahead'", "SELECT 1", "SELECT 'ahead'", "SELECT 2"]

    def test_leaves_nothing_behind(self) -> None:
        setting = "SELECT set_config('mechanostat.actor', 'somebody', true)"
        with reading():
            send_ahead(Call(setting), lambda rows: None)
            told = "SELECT current_setting('mechanostat.actor', true)"
            assert run(told, {}) == [("somebody",)]
        assert run(told, {}) in ([("",)], [(None,)])
        assert not send_ahead(Call("SELECT 1"), _refuse)

    def test_is_outermost(self) -> None:
        with transaction.atomic(), pytest.raises(RuntimeError), reading():
            pass


class TestWriting:
    def test_commits_all_or_nothing(self, athlete: Person) -> None:
        with pytest.raises(Refused), reading(), writing():
            _rename_and_fail(athlete)
        assert _name(athlete) == "Aiko Ito"
        with reading(), writing():
            _rename(athlete)
        assert _name(athlete) == "Changed"

    def test_commits_nothing_before_who_asks_is_confirmed(self, athlete: Person) -> None:
        def change() -> None:
            send_ahead(Call("SELECT 1"), _refuse)
            with writing():
                _rename(athlete)

        with pytest.raises(Refused), reading():
            change()
        assert _name(athlete) == "Aiko Ito"

    def test_includes_the_statements_of_cursors(self, athlete: Person) -> None:
        def change() -> None:
            User.objects.filter(pk=athlete.id).update(display_name="Changed")
            raise Refused

        with pytest.raises(Refused), reading(), writing():
            change()
        assert _name(athlete) == "Aiko Ito"

    def test_holds_savepoints(self, athlete: Person) -> None:
        with reading(), writing():
            _rename(athlete, "Kept")
            with pytest.raises(Refused), transaction.atomic():
                _rename_and_fail(athlete)
        assert _name(athlete) == "Kept"

    def test_runs_hooks_after_the_commit_and_not_without(self, athlete: Person) -> None:
        seen: list[str] = []
        with reading(), writing():
            _rename(athlete)
            transaction.on_commit(lambda: seen.append(_name(athlete)))
            assert seen == []
        assert seen == ["Changed"]

        def fail() -> None:
            transaction.on_commit(lambda: seen.append("never"))
            raise Refused

        with pytest.raises(Refused), reading(), writing():
            fail()
        with transaction.atomic():
            run("SELECT 1", {})
        assert seen == ["Changed"]

    def test_never_passes_a_failed_transaction_for_a_commit(self, athlete: Person) -> None:
        def change() -> None:
            _rename(athlete)
            _divide_unheard()

        with pytest.raises(TransactionManagementError), reading(), writing():
            change()
        assert _name(athlete) == "Aiko Ito"

    def test_begins_anew_after_a_lost_connection(self, athlete: Person) -> None:
        def change() -> None:
            _rename(athlete)
            run("SELECT pg_terminate_backend(pg_backend_pid())", {})

        with pytest.raises(OperationalError), reading(), writing():
            change()
        connection.close_if_unusable_or_obsolete()
        with reading(), writing():
            _rename(athlete)
        assert _name(athlete) == "Changed"


class TestWhatWaits:
    def test_goes_before_the_next_statement_and_is_told_then(
        self, athlete: Person, sql_statements: Callable[[], Any]
    ) -> None:
        told: list[Any] = []
        with sql_statements() as statements, reading(), writing():
            send_later([_renaming(athlete), Call("SELECT 1")], told.extend)
            send_later([Call("SELECT 2")], told.extend)
            assert (statements, told) == ([], [])
            assert run("SELECT 3", {}) == [(3,)]
            assert told == [[], [(1,)], [(2,)]]
        assert statements == [RENAME, "SELECT 1", "SELECT 2", "SELECT 3"]
        assert _name(athlete) == "Changed"

    def test_goes_before_the_statement_of_a_cursor(self, athlete: Person) -> None:
        with reading(), writing():
            send_later([_renaming(athlete)], lambda told: None)
            assert _name(athlete) == "Changed"

    @pytest.mark.parametrize("begun", [True, False])
    def test_goes_with_the_commit_and_is_told_before_its_hooks(
        self, athlete: Person, *, begun: bool
    ) -> None:
        told: list[Any] = []

        def hook_on_hook(rows: Any) -> None:
            told.append(rows)
            transaction.on_commit(lambda: told.append(_name(athlete)))

        with reading(), writing():
            if begun:
                run("SELECT 1", {})
            send_later([_renaming(athlete)], hook_on_hook)
        assert told == [[[]], "Changed"]

    def test_commits_nothing_when_it_fails(self, athlete: Person) -> None:
        with pytest.raises(DataError), reading(), writing():
            send_later([_renaming(athlete), Call(DIVIDE, {"by": 0})], lambda told: None)
        assert _name(athlete) == "Aiko Ito"
        assert run("SELECT 1", {}) == [(1,)]

    def test_commits_nothing_before_who_asks_is_confirmed(self, athlete: Person) -> None:
        def change() -> None:
            send_ahead(Call("SELECT 1"), _refuse)
            with writing():
                send_later([_renaming(athlete)], lambda told: None)

        with pytest.raises(Refused), reading():
            change()
        assert _name(athlete) == "Aiko Ito"

    def test_is_forgotten_when_the_block_fails(self, athlete: Person) -> None:
        def change() -> None:
            run("SELECT 1", {})
            send_later([_renaming(athlete)], lambda told: None)
            raise Refused

        with pytest.raises(Refused), reading(), writing():
            change()
        with reading(), writing():
            run("SELECT 1", {})
        assert _name(athlete) == "Aiko Ito"

    def test_is_rolled_back_with_its_savepoint(self, athlete: Person) -> None:
        def change() -> None:
            send_later([_renaming(athlete)], lambda told: None)
            raise Refused

        with reading(), writing():
            send_later([_renaming(athlete, "Kept")], lambda told: None)
            with pytest.raises(Refused), transaction.atomic():
                change()
        assert _name(athlete) == "Kept"

    def test_waits_for_nothing_outside(self, athlete: Person) -> None:
        told: list[Any] = []
        with transaction.atomic():
            send_later([_renaming(athlete), Call("SELECT 1")], told.extend)
            assert told == [[], [(1,)]]
        assert _name(athlete) == "Changed"


def _renaming(person: Person, name: str = "Changed") -> Call:
    return Call(RENAME, {"name": name, "id": person.id})


class TestSnapshot:
    def test_shows_one_instant_however_often_it_is_asked(self, athlete: Person) -> None:
        with snapshot_as(athlete.id):
            assert run(NAME, {"id": athlete.id}) == [("Aiko Ito",)]
            Thread(lambda: _rename_for_good(athlete)).result()
            assert run(NAME, {"id": athlete.id}) == [("Aiko Ito",)]
            assert User.objects.get(pk=athlete.id).display_name == "Aiko Ito"
        assert _name(athlete) == "Changed"

    def test_writes_nothing(self, athlete: Person) -> None:
        with pytest.raises(InternalError, match="read-only"), snapshot_as(athlete.id):
            _rename(athlete)
        with reading(), writing():
            _rename(athlete)
        assert _name(athlete) == "Changed"

    def test_shows_what_its_actor_may_see(self, athlete: Person, stranger: Person) -> None:
        athlete.sync([])
        asked = "SELECT count(*) FROM sync_feed WHERE athlete_id = %(id)s", {"id": athlete.id}
        with snapshot_as(athlete.id):
            assert run(*asked) == [(1,)]
        with snapshot_as(stranger.id):
            assert run(*asked) == [(0,)]
