"""Two writers of one feed, a reader between them: what the feed's lock promises."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import DatabaseError, connection, transaction

from config.embedded.processes import wait_until
from tests.apps.sync.ops import feed, log, one, workout
from tests.conftest import Person
from tests.faults.held import PATIENCE_S, Thread, held, waits_for
from tests.faults.switch import limits_of_operation


def pushed(person: Person, op: dict[str, Any]) -> httpx2.Response:
    """Push as a phone does, through the app that web servers call.

    Unlike Django's test client it ends a request as a server does, and lets a lost connection go.
    """
    transport = httpx2.WSGITransport(WSGIHandler(), raise_app_exceptions=False)
    with httpx2.Client(transport=transport, base_url="http://testserver") as http:
        return http.post(
            "/v1/athletes/me/sync",
            json={"protocol": 1, "request": op["op"], "ops": [op]},
            headers=person.headers,
        )


class TestTwoWriters:
    def test_c06_the_second_waits_and_a_reader_sees_neither(self, athlete: Person) -> None:
        for _ in range(9):
            one(athlete, workout())
        tenth, eleventh = workout(), workout()
        with held(athlete, tenth) as first:
            second = Thread(lambda: pushed(athlete, eleventh))
            is_waiting = waits_for(first.backend)
            between = athlete.get("/v1/athletes/me/changes").json()
            first.end()
            answer = second.result()
        assert answer.status_code == 200, "the second took the first's number"
        assert is_waiting, "the second did not wait for the first"
        assert between["witness"]["seq"] == 9
        assert len(between["page"]["rows"]) == 9
        assert answer.json()["results"][0]["seq"] == 11
        assert [(seq, op) for seq, op, *_ in log(athlete)][9:] == [
            (10, tenth["op"]),
            (11, eleventh["op"]),
        ]

    def test_c06_a_reader_who_goes_on_from_between_misses_nothing(self, athlete: Person) -> None:
        one(athlete, workout())
        second, third = workout(), workout()
        with held(athlete, second) as first:
            waiting = Thread(lambda: pushed(athlete, third))
            waits_for(first.backend)
            cursor = athlete.get("/v1/athletes/me/changes").json()["page"]["cursor"]
            first.end()
            waiting.result()
        rows = athlete.get("/v1/athletes/me/changes", cursor=cursor).json()["page"]["rows"]
        assert [row["id"] for row in rows] == [second["id"], third["id"]]

    def test_c07_a_rolled_back_push_leaves_no_hole(self, athlete: Person) -> None:
        one(athlete, workout())
        with held(athlete, workout(), commits=False) as given_up:
            undone = given_up.end()
        answer = athlete.sync([workout()]).json()
        assert undone.results[0].seq == 2
        assert answer["results"][0]["seq"] == 2, "the number of a push that never was is gone"
        assert answer["witness"]["seq"] == undone.witness.seq
        assert answer["witness"]["mark"] != undone.witness.mark
        assert [seq for seq, *_ in log(athlete)] == [1, 2]

    def test_many_at_once_are_numbered_densely_each_once(self, athlete: Person) -> None:
        start = threading.Barrier(6)
        ops = [[workout() for _ in range(5)] for _ in range(6)]

        def push(own: list[dict[str, Any]]) -> list[int]:
            start.wait()
            return [pushed(athlete, op).status_code for op in own]

        threads = [Thread(lambda own=own: push(own)) for own in ops]  # type: ignore[misc]  # the loop's own
        assert [thread.result() for thread in threads] == [[200] * 5] * 6
        assert [seq for seq, *_ in log(athlete)] == list(range(1, 31))
        assert {row["v"] for row in feed(athlete)} == {op["op"] for own in ops for op in own}


class TestLongTransactions:
    def test_c08_elsewhere_hold_no_reader_back(self, athlete: Person, stranger: Person) -> None:
        inside, may_end = threading.Event(), threading.Event()

        def write_for_an_hour() -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("UPDATE accounts_device SET name = name")
                inside.set()
                assert may_end.wait(PATIENCE_S)

        other = Thread(write_for_an_hour)
        try:
            assert inside.wait(PATIENCE_S)
            for count in (1, 2, 3):
                for person in (athlete, stranger):
                    one(person, workout())
                    told = person.get("/v1/athletes/me/changes").json()
                    assert told["witness"]["seq"] == count
                    assert len(told["page"]["rows"]) == count
        finally:
            may_end.set()
            other.result()


@pytest.fixture
def limits() -> Iterator[None]:
    """The limits a server has in operation."""
    with limits_of_operation():
        yield


@contextmanager
def stuck_writer(person: Person, *, is_ended: bool) -> Iterator[Thread]:
    """Hold a person's feed in a transaction that does nothing more, until the end of the block.

    The database ends it after its idle limit if ``is_ended``, and otherwise never.
    """
    stuck, may_go_on = threading.Event(), threading.Event()

    def never_commits() -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                if not is_ended:
                    cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                actor = str(person.id)
                cursor.execute("SELECT set_config('mechanostat.actor', %s, true)", [actor])
                cursor.execute(
                    "SELECT 1 FROM sync_feed WHERE athlete_id = %s FOR NO KEY UPDATE", [actor]
                )
            stuck.set()
            may_go_on.wait(PATIENCE_S)

    writer = Thread(never_commits)
    assert stuck.wait(PATIENCE_S), writer.error
    try:
        yield writer
    finally:
        may_go_on.set()
        try:
            writer.result()
        except DatabaseError as error:
            assert is_ended, error  # noqa: PT017


@pytest.mark.usefixtures("limits")
class TestStuckWriter:
    def test_c62_is_told_as_busy(self, athlete: Person) -> None:
        one(athlete, workout())
        with stuck_writer(athlete, is_ended=False):
            busy = pushed(athlete, workout())
        assert (busy.status_code, busy.json()["code"]) == (503, "feed-busy")
        assert busy.headers["Retry-After"] == "1"
        assert busy.json()["retry"] == "after"
        assert [seq for seq, *_ in log(athlete)] == [1]

    def test_c62_is_freed_by_the_idle_limit(self, athlete: Person) -> None:
        one(athlete, workout())
        op = workout()

        def gets_through() -> bool:
            answer = pushed(athlete, op)
            assert answer.status_code in (200, 503), answer.content
            return bool(answer.status_code == 200)

        with stuck_writer(athlete, is_ended=True) as writer:
            assert wait_until(gets_through, timeout_s=PATIENCE_S)
            assert writer.is_alive(), "it was freed by the database, not by its own end"
        assert [seq for seq, *_ in log(athlete)] == [1, 2]
