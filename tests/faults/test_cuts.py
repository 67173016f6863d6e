"""Lost connections and killed databases around a push: what was answered stands, retries are right."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.conf import settings
from django.db import connections

from config.embedded.postgres import PORT
from tests.apps.sync.ops import log, workout
from tests.conftest import Person, make_person
from tests.faults.cluster import APP, Cluster
from tests.faults.proxy import At, Proxy
from tests.faults.switch import let_go, served_by
from tests.faults.test_locks import pushed

STATEMENTS = 16  # more than any push sends
TIMES = 40


def told(answer: httpx2.Response) -> str:
    """Return an answer in one word."""
    return str(answer.json()["code"] if answer.status_code >= 400 else "answered")


def outcome(answer: httpx2.Response) -> str:
    """Return what became of the one op of a push."""
    assert answer.status_code == 200, answer.content
    (result,) = answer.json()["results"]
    return str(result.get("was", result["status"]))


def retried(person: Person, op: dict[str, Any]) -> str:
    """Send an op until it is answered, as a phone does, and return its outcome."""
    for _ in range(10):
        answer = pushed(person, op)
        if answer.status_code == 200:
            return outcome(answer)
        assert told(answer) in ("outcome-unknown", "feed-busy"), answer.content
    raise AssertionError("the server never comes back")


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy before the tests' own PostgreSQL."""
    default = settings.DATABASES["default"]
    host = Path(str(default["HOST"] or default["OPTIONS"]["host"]))
    with Proxy.before(host / f".s.PGSQL.{PORT}") as proxy:
        direct = f"postgresql://{default['USER']}@/{default['NAME']}?host={host}&port={PORT}"
        with served_by(proxy.url(direct)):
            yield proxy


class TestAConnectionLostBeforeAStatement:
    @pytest.mark.parametrize("statement", range(1, STATEMENTS + 1))
    def test_leaves_all_or_nothing_and_a_retry_is_right(
        self, athlete: Person, proxy: Proxy, statement: int
    ) -> None:
        assert outcome(pushed(athlete, workout())) == "applied"
        op = workout()
        proxy.cut_before(statement)
        answer = pushed(athlete, op)
        proxy.forget()
        assert told(answer) == ("outcome-unknown" if proxy.cuts > 0 else "answered")
        assert len(log(athlete)) in (1, 2)
        assert retried(athlete, op) == "applied"
        assert [(seq, found) for seq, found, *_ in log(athlete)][1:] == [(2, op["op"])]

    def test_is_tried_at_every_statement_there_is(self, athlete: Person, proxy: Proxy) -> None:
        proxy.cut_before(STATEMENTS)
        pushed(athlete, workout())
        proxy.forget()
        assert proxy.cuts == 0, "a push sends more statements than the cuts above reach"
        assert proxy.statements >= 6


class TestACommitOfUnknownFate:
    @pytest.mark.parametrize("at", At)
    def test_is_told_as_such_and_each_op_is_stored_once(
        self, athlete: Person, proxy: Proxy, at: At
    ) -> None:
        ops = [workout() for _ in range(TIMES)]
        for op in ops:
            proxy.cut(at)
            answer = pushed(athlete, op)
            assert (answer.status_code, told(answer)) == (503, "outcome-unknown")
            assert answer.json()["retry"] == "after"
            again = retried(athlete, op)
            assert again == "applied"
        assert proxy.cuts == TIMES
        assert [(seq, op) for seq, op, *_ in log(athlete)] == [
            (n, op["op"]) for n, op in enumerate(ops, start=1)
        ]

    def test_was_a_commit_when_only_its_answer_was_lost(
        self, athlete: Person, proxy: Proxy
    ) -> None:
        op = workout()
        proxy.cut(At.AFTER)
        assert told(pushed(athlete, op)) == "outcome-unknown"
        again = pushed(athlete, op).json()["results"][0]
        assert (again["status"], again["was"]) == ("duplicate", "applied")

    def test_was_none_when_it_never_arrived(self, athlete: Person, proxy: Proxy) -> None:
        op = workout()
        proxy.cut(At.BEFORE)
        assert told(pushed(athlete, op)) == "outcome-unknown"
        again = pushed(athlete, op).json()["results"][0]
        assert again["status"] == "applied"


@pytest.mark.usefixtures("on_cluster")
class TestAKilledDatabase:
    def test_just_after_a_commit_was_sent_loses_nothing_that_was_answered(
        self, cluster: Cluster
    ) -> None:
        person = make_person()
        answered: list[str] = []
        with (
            Proxy.before(cluster.socket) as proxy,
            served_by(proxy.url(cluster.url(APP))),
        ):
            for _ in range(8):
                quiet, op = workout(), workout()
                assert retried(person, quiet) == "applied"
                proxy.cut(At.SENT, then=_killer(cluster))
                assert told(pushed(person, op)) == "outcome-unknown"
                cluster.wait()
                assert retried(person, op) == "applied"
                answered += [quiet["op"], op["op"]]
        assert cluster.crashes >= 8
        assert [op for _, op, *_ in log(person)] == answered

    def test_as_a_power_cut_loses_nothing_that_was_answered(self, cluster: Cluster) -> None:
        person = make_person()
        ops = [workout() for _ in range(12)]
        for n, op in enumerate(ops):
            assert retried(person, op) == "applied"
            if n % 3 == 2:
                cluster.crash()
                let_go()
        assert [op for _, op, *_ in log(person)] == [op["op"] for op in ops]


def _killer(cluster: Cluster) -> Callable[[], None]:
    """Return what kills the backend this thread's connection has now."""
    connections["default"].ensure_connection()
    pid = connections["default"].connection.info.backend_pid
    return lambda: cluster.kill_backend(pid)
