"""`manage.py rebuild`: everything anew, beside workers, and after a kill nothing twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psutil
import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from apps.common.actor import acting_as, snapshot_as
from apps.insights.models import LoadDay, Observation, SessionLoad
from apps.insights.services import publish as publishing
from apps.insights.services import rebuild as rebuilding
from apps.insights.services.derive import derive
from apps.insights.services.publish import publish
from apps.insights.services.rebuild import ask_rebuild, athletes_to_rebuild
from apps.insights.services.recompute import drain, rebuild_athlete, recompute_athlete
from apps.insights.services.snapshot import read_snapshot
from tests.apps.insights.test_order import ago
from tests.apps.insights.test_recompute import vitamin_d
from tests.conftest import ROOT, Person, make_person
from tests.rebuild.histories import said

PATIENCE_S = 300


@pytest.fixture
def trained() -> list[Person]:
    """Six people with read models, and no others."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM recompute_queue")
        cursor.execute("DELETE FROM insights_published")
    found = [make_person() for _ in range(6)]
    for person in found:
        person.sync([ago(20), ago(2), vitamin_d()])
    drain(now=timezone.now())
    return sorted(found, key=lambda person: person.id)


def damage(person: Person) -> None:
    """Lose some rows, falsify others, and add one that nothing stands behind."""
    with acting_as(person.id):
        Observation.objects.filter(athlete_id=person.id).delete()
        SessionLoad.objects.filter(athlete_id=person.id).update(blu=1.0)
        day = LoadDay.objects.filter(athlete_id=person.id).values().first()
        assert day is not None
        LoadDay.objects.create(**{**day, "local_date": "2020-02-02"})


def versions(person: Person) -> list[tuple[Any, ...]]:
    """Return which transaction wrote each row."""
    with acting_as(person.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT record_id, xmin::text FROM insights_sessionload WHERE athlete_id = %s "
            "ORDER BY record_id",
            [person.id],
        )
        return list(cursor.fetchall())


def rebuild(**options: Any) -> None:
    """Run the command within this process."""
    call_command("rebuild", **options)


class TestRebuild:
    def test_makes_good_whatever_happened_to_the_rows(self, trained: list[Person]) -> None:
        before = [said(person.id) for person in trained]
        for person in trained:
            damage(person)
        rebuild()
        assert [said(person.id) for person in trained] == before
        assert athletes_to_rebuild() == []

    def test_shares_the_work_among_processes(self, trained: list[Person]) -> None:
        before = [said(person.id) for person in trained]
        for person in trained:
            damage(person)
        done = manage("--processes", "2")
        assert done.returncode == 0, done.stderr
        assert "6 athletes rebuilt" in done.stdout
        assert [said(person.id) for person in trained] == before

    def test_of_one_athlete_leaves_the_others(self, trained: list[Person]) -> None:
        first, second, *_ = trained
        before, rows = said(first.id), versions(second)
        damage(first)
        rebuild(athlete=first.user.email)
        assert said(first.id) == before
        assert versions(second) == rows
        with pytest.raises(CommandError, match="No athlete"):
            rebuild(athlete="nobody@example.org")

    def test_of_somebody_who_never_synced_does_nothing(self, athlete: Person) -> None:
        rebuild(athlete=athlete.user.email)

    def test_goes_on_behind_one_that_fails(
        self, trained: list[Person], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def poisoned(*, athlete_id: UUID, now: Any) -> bool:
            if athlete_id == trained[0].id:
                raise ValueError
            return rebuild_athlete(athlete_id=athlete_id, now=now)

        monkeypatch.setattr(rebuilding, "rebuild_athlete", poisoned)
        with pytest.raises(CommandError, match="1 athletes could not"):
            rebuild()
        assert athletes_to_rebuild() == [trained[0].id]


class TestBesideWorkers:
    def test_a_worker_that_read_before_takes_no_mark_away(self, trained: list[Person]) -> None:
        person, now = trained[0], timezone.now()
        person.sync([vitamin_d(55)])
        with snapshot_as(person.id):
            seen = read_snapshot(person.id, now=now)
        assert seen is not None
        ask_rebuild()
        damage(person)
        with acting_as(person.id):
            assert publish(
                athlete_id=person.id, snapshot=seen, derived=derive(person.id, seen), now=now
            )
        assert person.id in athletes_to_rebuild()
        assert rebuild_athlete(athlete_id=person.id, now=now)
        with acting_as(person.id):
            assert Observation.objects.filter(athlete_id=person.id).count() == 2

    def test_a_worker_that_reads_later_does_the_whole_and_nobody_again(
        self, trained: list[Person]
    ) -> None:
        person = trained[0]
        before = said(person.id)
        damage(person)
        ask_rebuild()
        recompute_athlete(athlete_id=person.id, now=timezone.now())
        assert said(person.id) == before
        rows = versions(person)
        rebuild()
        assert versions(person) == rows

    def test_readers_find_the_old_until_there_is_the_new(
        self, trained: list[Person], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        person = trained[0]
        before = said(person.id)

        def dies(**_: object) -> int:
            raise KeyboardInterrupt

        monkeypatch.setattr(publishing, "publish_derived", dies)
        with pytest.raises(KeyboardInterrupt):
            rebuild_athlete(athlete_id=person.id, now=timezone.now())
        assert said(person.id) == before


class TestKilledRebuild:
    @pytest.mark.parametrize("processes", [1, 2])
    def test_goes_on_where_it_was(self, trained: list[Person], processes: int) -> None:
        before = [said(person.id) for person in trained]
        for person in trained:
            damage(person)
        done, held = trained[:2], trained[2:4]  # of two processes each one comes to a held one
        with held_feeds(held):
            run = subprocess.Popen(
                [sys.executable, "manage.py", "rebuild", "--processes", str(processes)],
                cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            wait_for(lambda: done_of(done, athletes_to_rebuild()))
            children = psutil.Process(run.pid).children(recursive=True)
            os.kill(run.pid, signal.SIGKILL)
            run.wait()
            left = athletes_to_rebuild()
            assert {person.id for person in held} <= {*left}
        _, alive = psutil.wait_procs(children, timeout=PATIENCE_S)
        assert alive == [], "a process outlived the command"

        finished = [person for person in trained if person.id not in athletes_to_rebuild()]
        assert {person.id for person in done} <= {person.id for person in finished}
        rows = [versions(person) for person in finished]
        again = manage()
        assert again.returncode == 0, again.stderr
        assert "Going on with an earlier run" in again.stdout
        assert [said(person.id) for person in trained] == before
        assert [versions(person) for person in finished] == rows, "work was done twice"


def manage(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command as operators do."""
    return subprocess.run(
        [sys.executable, "manage.py", "rebuild", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@contextmanager
def held_feeds(people: list[Person]) -> Iterator[None]:
    """Keep feeds locked, so that whoever publishes there waits."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as other, other.transaction():
        other.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        for person in people:
            other.execute("SELECT set_config('mechanostat.actor', %s, true)", [str(person.id)])
            other.execute(
                "SELECT FROM sync_feed WHERE athlete_id = %s FOR NO KEY UPDATE", [person.id]
            )
        yield


def done_of(people: list[Person], left: list[UUID]) -> bool:
    """Return whether a run has begun and is through with these people."""
    return bool(left) and not {person.id for person in people} & {*left}


def wait_for(condition: Any) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it never was so"
        time.sleep(0.05)
