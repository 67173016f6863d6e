"""What nobody waits for any more is finished, given up, or erased."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from apps.common.actor import acting_as
from apps.sync.selectors import feed_state
from apps.uploads.bounds import FINISHED_BY_SWEEP
from apps.uploads.models import Blob, Look, Part, Place, Reference, Upload
from apps.uploads.services.erase import erase_blobs
from apps.uploads.services.sweep import sweep
from config.schedule import BEAT
from tasks import uploads as task
from tests.apps.uploads.conftest import WebProcess, shared_folder, sweep_all, until
from tests.apps.uploads.naming import told, with_report, work
from tests.apps.uploads.object_store import used
from tests.apps.uploads.sending import Wire, content, piece, sha256
from tests.apps.uploads.test_tus import blob, create, send
from tests.conftest import Person, make_person
from tests.ports import free_port

pytestmark = pytest.mark.processes

DATA = content(2_000)
OTHER = content(2_000, seed=2)
TABLES = (Blob, Upload, Part, Reference, Place)


def minutes_on(minutes: float) -> None:
    """Sweep so many minutes from now."""
    sweep_all(timezone.now() + timedelta(minutes=minutes))


def blocked(person: Person, where: str) -> Path:
    """Put a folder where an upload's content should go; return it."""
    folder = shared_folder() / str(person.id) / where.rsplit("/", 1)[1] / "content"
    (folder / "in the way").mkdir(parents=True)
    return folder


def unblock(folder: Path) -> None:
    """Take the folder away again."""
    (folder / "in the way").rmdir()
    folder.rmdir()


def looks(person: Person) -> int:
    """Return how many markers there are of somebody."""
    return Look.objects.filter(athlete_id=person.id).count()


class TestUploadWhoseEndFailed:
    @pytest.fixture
    def began(self) -> datetime:
        """When the test began, before anything of the upload came."""
        return timezone.now()

    @pytest.fixture
    def left(self, web: WebProcess, athlete: Person, began: datetime) -> str:
        """An upload with all its bytes, which could not be put together."""
        athlete.sync([with_report(DATA)])
        work()
        where = create(web, athlete, DATA)
        folder = blocked(athlete, where)
        answer = web.ask(athlete, "PATCH", where, piece(0), DATA)
        assert (answer.status, answer.code) == (503, "storage-unavailable")
        unblock(folder)
        place = web.ask(athlete, "HEAD", where)
        assert (place.status, place.offset) == (200, 2_000)
        assert told(athlete) == {sha256(DATA): "pending"}
        return where

    def test_is_finished_by_the_sweep(
        self, web: WebProcess, athlete: Person, began: datetime, left: str
    ) -> None:
        sweep_all(began + FINISHED_BY_SWEEP)
        assert told(athlete) == {sha256(DATA): "pending"}
        minutes_on(2)
        assert told(athlete) == {sha256(DATA): "available"}
        assert blob(web, athlete, DATA).body == DATA

    def test_is_finished_by_the_phone(self, web: WebProcess, athlete: Person, left: str) -> None:
        assert web.ask(athlete, "PATCH", left, piece(2_000)).status == 204
        assert told(athlete) == {sha256(DATA): "available"}

    def test_is_created_anew_without_being_put_off(
        self, web: WebProcess, athlete: Person, left: str
    ) -> None:
        assert create(web, athlete, DATA) == left
        minutes_on(2)
        assert told(athlete) == {sha256(DATA): "available"}

    def test_is_discarded_when_its_content_is_wrong(self, web: WebProcess, athlete: Person) -> None:
        athlete.sync([with_report(DATA)])
        work()
        where = create(web, athlete, DATA)
        folder = blocked(athlete, where)
        assert web.ask(athlete, "PATCH", where, piece(0), OTHER).status == 503
        unblock(folder)
        minutes_on(2)
        assert told(athlete) == {sha256(DATA): "failed"}
        assert web.ask(athlete, "HEAD", where).status == 404
        assert web.files(athlete) == []

    def test_does_not_keep_the_sweep_from_others(
        self, web: WebProcess, athlete: Person, stranger: Person, caplog: pytest.LogCaptureFixture
    ) -> None:
        stuck = create(web, athlete, DATA)
        blocked(athlete, stuck)
        waiting = create(web, stranger, DATA)
        folder = blocked(stranger, waiting)
        for person, where in ((athlete, stuck), (stranger, waiting)):
            assert web.ask(person, "PATCH", where, piece(0), DATA).status == 503
        unblock(folder)
        minutes_on(2)
        assert blob(web, stranger, DATA).body == DATA
        assert "look_failed" in caplog.messages
        unblock(shared_folder() / str(athlete.id) / stuck.rsplit("/", 1)[1] / "content")
        minutes_on(8)
        assert blob(web, athlete, DATA).body == DATA


class TestSweep:
    def test_is_what_beat_asks_for(self, web: WebProcess, athlete: Person) -> None:
        assert {entry["task"] for entry in BEAT.values()} >= {"uploads.sweep"}
        where = create(web, athlete, DATA)
        with acting_as(athlete.id):
            Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        longest_due = timezone.now() - timedelta(days=999)
        Look.objects.filter(athlete_id=athlete.id).update(due_at=longest_due)
        task.sweep()
        assert web.ask(athlete, "HEAD", where).status == 404

    def test_comes_back_to_what_has_not_ended(self, web: WebProcess, athlete: Person) -> None:
        where = create(web, athlete, DATA)
        web.ask(athlete, "PATCH", where, piece(0), DATA[:1_000])
        Look.objects.filter(athlete_id=athlete.id).update(due_at=timezone.now())
        minutes_on(0)
        assert web.ask(athlete, "HEAD", where).offset == 1_000
        assert looks(athlete) == 1
        minutes_on(24 * 60 + 1)
        assert web.ask(athlete, "HEAD", where).status == 404
        assert looks(athlete) == 0

    def test_leaves_no_marker_of_a_file_that_has_a_name(
        self, web: WebProcess, athlete: Person
    ) -> None:
        athlete.sync([with_report(DATA)])
        work()
        send(web, athlete, DATA)
        minutes_on(24 * 60 + 1)
        assert looks(athlete) == 0
        assert blob(web, athlete, DATA).body == DATA

    def test_hands_over_when_its_time_is_up(self, web: WebProcess, athlete: Person) -> None:
        for seed in range(3):
            create(web, athlete, content(100, seed=seed))
        later = timezone.now() + timedelta(days=2)
        assert sweep(now=later, budget_s=0) == 1
        sweep_all(later)
        assert looks(athlete) == 0


class TestErasure:
    @pytest.fixture
    def full(self, web: WebProcess, athlete: Person) -> Person:
        """An athlete with a file, one on its way, and a record that names both."""
        athlete.sync([with_report(DATA), with_report(OTHER)])
        work()
        send(web, athlete, DATA)
        web.ask(athlete, "PATCH", create(web, athlete, OTHER), piece(0), OTHER[:1_000])
        assert len(web.files(athlete)) == 2
        return athlete

    @pytest.fixture
    def rows(self) -> Callable[[Person], dict[str, int]]:
        """How many rows there are of somebody, by table."""

        def count(person: Person) -> dict[str, int]:
            with acting_as(person.id):
                return {table.__name__: table.objects.count() for table in TABLES}

        return count

    def test_leaves_no_row_and_no_byte(
        self, web: WebProcess, full: Person, rows: Callable[[Person], dict[str, int]]
    ) -> None:
        other = make_person()
        send(web, other, DATA)
        assert rows(full) == {"Blob": 2, "Upload": 2, "Part": 1, "Reference": 2, "Place": 1}
        assert erase_blobs(athlete_id=full.id, now=timezone.now()) == 2
        assert rows(full) == dict.fromkeys(rows(full), 0)
        assert web.files(full) == []
        assert blob(web, full, DATA).status == 404
        assert blob(web, other, DATA).body == DATA
        assert erase_blobs(athlete_id=full.id, now=timezone.now()) == 0
        minutes_on(1)
        assert looks(full) == 0

    def test_makes_no_feed_for_somebody_who_has_none(self, web: WebProcess) -> None:
        person = make_person()
        create(web, person, DATA)
        erase_blobs(athlete_id=person.id, now=timezone.now())
        minutes_on(1)
        with acting_as(person.id):
            assert feed_state(person.id) is None

    def test_is_ended_by_the_sweep_when_the_storage_is_away(
        self, web: WebProcess, full: Person, rows: Callable[[Person], dict[str, int]]
    ) -> None:
        with used(f"http://127.0.0.1:{free_port()}"):
            erase_blobs(athlete_id=full.id, now=timezone.now())
        assert rows(full) == dict.fromkeys(rows(full), 0)
        assert len(web.files(full)) == 2
        minutes_on(1)
        assert web.files(full) == []
        assert looks(full) == 0

    def test_stops_a_piece_that_is_on_its_way(self, web: WebProcess, athlete: Person) -> None:
        data = content(300_000)
        where = create(web, athlete, data)
        with Wire(web.port, athlete) as wire:
            wire.begin("PATCH", where, piece(0, **{"Content-Length": str(len(data))}))
            wire.send(data[:200_000])
            until(lambda: web.files(athlete) != [], what="the piece being written")
            erase_blobs(athlete_id=athlete.id, now=timezone.now())
            wire.send(data[200_000:])
            assert wire.answer().status in (404, 503)
        minutes_on(1)
        assert web.files(athlete) == []
