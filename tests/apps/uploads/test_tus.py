"""The tus protocol over a real server: create, look, send, check, end."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.common.actor import acting_as
from apps.uploads.models import Upload
from tests.apps.uploads.conftest import WebProcess, sweep_all
from tests.apps.uploads.sending import (
    PIECE,
    Answer,
    Wire,
    checksum,
    content,
    declaring,
    piece,
    sha256,
)
from tests.conftest import Person, make_person

pytestmark = pytest.mark.processes


def create(web: WebProcess, person: Person, data: bytes, **values: str) -> str:
    """Return the address of a new upload."""
    answer = web.ask(person, "POST", "/v1/uploads", declaring(data, **values))
    assert answer.status == 201, answer.body
    return answer.headers["location"]


def send(web: WebProcess, person: Person, data: bytes) -> str:
    """Upload a file in one piece; return the upload's address."""
    where = create(web, person, data)
    answer = web.ask(person, "PATCH", where, piece(0), data)
    assert (answer.status, answer.offset) == (204, len(data))
    return where


def blob(web: WebProcess, person: Person, data: bytes) -> Answer:
    """Ask for a file."""
    return web.ask(person, "GET", path_of(data))


def path_of(data: bytes) -> str:
    """Return where a file is read."""
    return f"/v1/athletes/me/blobs/{sha256(data)}"


def expire(person: Person) -> None:
    """Let a day pass for a person's uploads."""
    with acting_as(person.id):
        Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


class TestUpload:
    def test_goes_in_pieces_and_becomes_a_file(self, web: WebProcess, athlete: Person) -> None:
        data = content(300_000)
        where = create(web, athlete, data, filename="report.pdf")
        first = web.ask(athlete, "PATCH", where, piece(0), data[:100_000])
        assert (first.status, first.offset) == (204, 100_000)
        place = web.ask(athlete, "HEAD", where)
        assert (place.status, place.offset) == (200, 100_000)
        assert place.headers["upload-length"] == "300000"
        last = web.ask(athlete, "PATCH", where, piece(100_000), data[100_000:])
        assert (last.status, last.offset) == (204, 300_000)
        found = blob(web, athlete, data)
        assert (found.status, found.body) == (200, data)
        assert found.headers["content-type"] == "application/pdf"
        assert found.headers["content-disposition"] == 'attachment; filename="report.pdf"'

    def test_keeps_one_file_in_the_end(self, web: WebProcess, athlete: Person) -> None:
        data = content(3_000_000)
        where = create(web, athlete, data)
        for offset in range(0, len(data), 250_000):
            answer = web.ask(athlete, "PATCH", where, piece(offset), data[offset:][:250_000])
            assert answer.status == 204
            # Small pieces are stored together: there are never many.
            assert len(web.files(athlete)) <= 4
        assert [path.name for path in web.files(athlete)] == ["content"]

    def test_may_come_with_its_creation(self, web: WebProcess, athlete: Person) -> None:
        data = content(5_000)
        headers = {**declaring(data), "Content-Type": PIECE}
        answer = web.ask(athlete, "POST", "/v1/uploads", headers, data)
        assert (answer.status, answer.offset) == (201, 5_000)
        assert blob(web, athlete, data).body == data

    def test_may_come_in_chunks_of_unknown_length(self, web: WebProcess, athlete: Person) -> None:
        data = content(5_000)
        where = create(web, athlete, data)
        with Wire(web.port, athlete) as wire:
            wire.begin("PATCH", where, piece(0, **{"Transfer-Encoding": "chunked"}))
            wire.send(b"1388\r\n" + data + b"\r\n0\r\n\r\n")
            assert wire.answer().status == 204
        assert blob(web, athlete, data).body == data

    def test_tells_what_it_was_declared_as(self, web: WebProcess, athlete: Person) -> None:
        data = content(10)
        told = declaring(data, filename="Bericht März.pdf")
        where = web.ask(athlete, "POST", "/v1/uploads", told).headers["location"]
        place = web.ask(athlete, "HEAD", where)
        assert place.headers["upload-metadata"] == told["Upload-Metadata"]
        assert place.headers["cache-control"] == "no-store"
        assert place.headers["upload-expires"].endswith("GMT")

    def test_says_what_it_can(self, web: WebProcess, athlete: Person) -> None:
        where = create(web, athlete, content(10))
        for path in ("/v1/uploads", where):
            answer = web.ask(athlete, "OPTIONS", path, {"Tus-Resumable": "0.2.2"})
            assert answer.status == 204
            assert answer.headers["tus-version"] == "1.0.0"
            assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256"
            assert answer.headers["tus-max-size"] == str(96 * 2**20)
            assert set(answer.headers["tus-extension"].split(",")) == {
                "creation",
                "creation-with-upload",
                "checksum",
                "expiration",
                "termination",
            }


class TestTheSameFile:
    def test_finds_its_upload_when_the_first_answer_was_lost(
        self, web: WebProcess, athlete: Person
    ) -> None:
        data = content(2_000)
        with Wire(web.port, athlete) as wire:
            wire.begin("POST", "/v1/uploads", {**declaring(data), "Content-Length": "0"})
            wire.answer("POST")  # read by nobody
        where = create(web, athlete, data)
        web.ask(athlete, "PATCH", where, piece(0), data[:500])
        again = web.ask(athlete, "POST", "/v1/uploads", declaring(data))
        assert (again.status, again.headers["location"], again.offset) == (201, where, 500)

    def test_is_one_upload_for_all_who_create_it_at_once(
        self, web: WebProcess, athlete: Person
    ) -> None:
        data = content(2_000)
        found: list[str] = []
        creators = [
            threading.Thread(target=lambda: found.append(create(web, athlete, data)))
            for _ in range(6)
        ]
        for creator in creators:
            creator.start()
        for creator in creators:
            creator.join()
        assert len(found) == 6
        assert len(set(found)) == 1

    def test_costs_nothing_twice(self, web: WebProcess, athlete: Person) -> None:
        data = content(2_000)
        where = send(web, athlete, data)
        again = web.ask(athlete, "POST", "/v1/uploads", declaring(data))
        assert (again.status, again.headers["location"], again.offset) == (201, where, 2_000)
        expire(athlete)
        sweep_all(timezone.now() + timedelta(days=2))
        later = web.ask(athlete, "POST", "/v1/uploads", declaring(data))
        assert (later.status, later.offset) == (201, 2_000)
        assert later.headers["location"] != where
        assert len(web.files(athlete)) == 1
        assert blob(web, athlete, data).body == data

    def test_of_two_people_is_two_files(
        self, web: WebProcess, athlete: Person, stranger: Person
    ) -> None:
        data = content(2_000)
        send(web, athlete, data)
        theirs = web.ask(stranger, "POST", "/v1/uploads", declaring(data))
        assert (theirs.status, theirs.offset) == (201, 0)
        assert blob(web, stranger, data).status == 404

    def test_declared_with_another_size_is_refused(self, web: WebProcess, athlete: Person) -> None:
        data = content(2_000)
        create(web, athlete, data)
        for _ in range(2):
            answer = web.ask(
                athlete, "POST", "/v1/uploads", {**declaring(data), "Upload-Length": "2001"}
            )
            assert (answer.status, answer.code) == (422, "upload-differs")
            web.ask(athlete, "PATCH", create(web, athlete, data), piece(0), data)


class TestPiece:
    @pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
    def test_that_was_damaged_is_thrown_away(
        self, web: WebProcess, athlete: Person, algorithm: str
    ) -> None:
        data = content(200_000)
        where = create(web, athlete, data)
        damaged = b"\0" + data[1:100_000]
        told = {"Upload-Checksum": checksum(data[:100_000], algorithm)}
        refused = web.ask(athlete, "PATCH", where, piece(0, **told), damaged)
        assert (refused.status, refused.code) == (460, "checksum-mismatch")
        assert web.ask(athlete, "HEAD", where).offset == 0
        assert web.files(athlete) == []
        taken = web.ask(athlete, "PATCH", where, piece(0, **told), data[:100_000])
        assert (taken.status, taken.offset) == (204, 100_000)

    def test_with_a_checksum_may_be_longer_than_what_is_stored_at_once(
        self, web: WebProcess, athlete: Person
    ) -> None:
        data = content(9_500_000)
        where = create(web, athlete, data)
        web.ask(athlete, "PATCH", where, piece(0), data[:1000])
        told = {"Upload-Checksum": checksum(data[1000:])}
        answer = web.ask(athlete, "PATCH", where, piece(1000, **told), data[1000:])
        assert (answer.status, answer.offset) == (204, len(data))
        assert blob(web, athlete, data).body == data

    def test_must_begin_where_the_upload_stands(self, web: WebProcess, athlete: Person) -> None:
        data = content(2_000)
        where = create(web, athlete, data)
        web.ask(athlete, "PATCH", where, piece(0), data[:1_000])
        for offset in (0, 999, 1_001, 2_000):
            answer = web.ask(athlete, "PATCH", where, piece(offset), data[offset:][:10])
            assert (answer.status, answer.code) == (409, "offset-conflict")
        assert web.ask(athlete, "HEAD", where).offset == 1_000

    @pytest.mark.parametrize("is_begun", [False, True])
    def test_of_two_senders_at_one_place_counts_once(
        self, web: WebProcess, athlete: Person, is_begun: bool
    ) -> None:
        data = content(400_000)
        where = create(web, athlete, data)
        start = 1_000 if is_begun else 0
        web.ask(athlete, "PATCH", where, piece(0), data[:start])
        rest = {"Content-Length": str(len(data) - start)}
        with Wire(web.port, athlete) as slow, Wire(web.port, athlete) as quick:
            slow.begin("PATCH", where, piece(start, **rest))
            slow.send(data[start:200_000])
            quick.begin("PATCH", where, piece(start, **rest))
            quick.send(data[start:])
            assert quick.answer().status == 204
            slow.send(data[200_000:])
            assert slow.answer().status in (404, 409)
        assert blob(web, athlete, data).body == data
        assert len(web.files(athlete)) == 1

    def test_of_nothing_at_the_end_tells_the_outcome_again(
        self, web: WebProcess, athlete: Person
    ) -> None:
        data = content(2_000)
        where = send(web, athlete, data)
        for _ in range(2):
            answer = web.ask(athlete, "PATCH", where, piece(2_000))
            assert (answer.status, answer.offset) == (204, 2_000)


class TestContent:
    def test_that_was_not_declared_is_discarded(self, web: WebProcess, athlete: Person) -> None:
        declared, sent = content(2_000), content(2_000, seed=2)
        where = create(web, athlete, declared)
        answer = web.ask(athlete, "PATCH", where, piece(0), sent)
        assert (answer.status, answer.code) == (422, "content-mismatch")
        assert web.ask(athlete, "HEAD", where).status == 404
        assert blob(web, athlete, declared).status == blob(web, athlete, sent).status == 404
        assert web.files(athlete) == []
        send(web, athlete, declared)
        assert blob(web, athlete, declared).body == declared


class TestEnd:
    def test_by_the_client_removes_the_bytes(self, web: WebProcess, athlete: Person) -> None:
        data = content(2_000)
        where = create(web, athlete, data)
        web.ask(athlete, "PATCH", where, piece(0), data[:1_000])
        assert len(web.files(athlete)) == 1
        assert web.ask(athlete, "DELETE", where).status == 204
        for method in ("HEAD", "DELETE"):
            assert web.ask(athlete, method, where).status == 404
        assert web.files(athlete) == []

    def test_of_a_finished_upload_leaves_the_file(self, web: WebProcess, athlete: Person) -> None:
        data = content(2_000)
        where = send(web, athlete, data)
        assert web.ask(athlete, "DELETE", where).status == 204
        sweep_all(timezone.now() + timedelta(days=1))
        assert blob(web, athlete, data).body == data

    def test_by_time_is_told_and_then_forgotten(self, web: WebProcess, athlete: Person) -> None:
        data = content(2_000)
        where = create(web, athlete, data)
        web.ask(athlete, "PATCH", where, piece(0), data[:1_000])
        expire(athlete)
        assert web.ask(athlete, "HEAD", where).status == 410
        refused = web.ask(athlete, "PATCH", where, piece(1_000), data[1_000:])
        assert (refused.status, refused.code) == (410, "upload-expired")
        sweep_all(timezone.now() + timedelta(hours=25))
        assert web.ask(athlete, "HEAD", where).status == 404
        assert web.files(athlete) == []

    def test_by_time_is_undone_by_creating_it_again(self, web: WebProcess, athlete: Person) -> None:
        data = content(2_000)
        where = create(web, athlete, data)
        web.ask(athlete, "PATCH", where, piece(0), data[:1_000])
        expire(athlete)
        again = web.ask(athlete, "POST", "/v1/uploads", declaring(data))
        assert (again.headers["location"], again.offset) == (where, 1_000)
        answer = web.ask(athlete, "PATCH", where, piece(1_000), data[1_000:])
        assert answer.status == 204


class TestSomebodyElse:
    @pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE"])
    def test_sees_an_upload_like_a_missing_one(
        self, web: WebProcess, athlete: Person, method: str
    ) -> None:
        other = make_person()
        data = content(2_000)
        where = create(web, athlete, data)
        missing = f"/v1/uploads/{other.id}"
        headers, body = (piece(0), data) if method == "PATCH" else ({}, b"")
        answers = [web.ask(other, method, path, headers, body) for path in (where, missing)]
        assert answers[0].lasting == answers[1].lasting
        assert answers[0].status == 404
        assert web.ask(athlete, "HEAD", where).offset == 0
