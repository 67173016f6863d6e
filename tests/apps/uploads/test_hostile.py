"""Requests that are wrong on purpose: each gets its exact answer and changes nothing."""

import json
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from django.test import Client, override_settings

from apps.common.actor import acting_as
from apps.uploads.models import Upload
from tests.apps.uploads.conftest import WebProcess, until
from tests.apps.uploads.sending import Wire, content, declaring, metadata, piece, sha256
from tests.apps.uploads.test_tus import blob, create
from tests.conftest import Person

pytestmark = pytest.mark.processes

DATA = content(2_000)
DECLARED = declaring(DATA)
HERE = "the upload"
MIB = 2**20


@dataclass(frozen=True)
class Case:
    """One request and its answer; a header set to nothing is left out."""

    name: str
    method: str
    status: int
    code: str
    path: str = HERE
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def create_with(name: str, status: int, code: str, **headers: str) -> Case:
    """Return a creation with some headers of its own."""
    told = DECLARED | {key.replace("_", "-"): text for key, text in headers.items()}
    return Case(name, "POST", status, code, path="/v1/uploads", headers=told)


def declared(**values: str) -> str:
    """Return metadata with some values of their own."""
    return metadata(**({"sha256": sha256(DATA), "media_type": "application/pdf"} | values))


def send_with(name: str, status: int, code: str, body: bytes = DATA, **headers: str) -> Case:
    """Return a piece with some headers of its own."""
    told = piece(0) | {key.replace("_", "-"): text for key, text in headers.items()}
    return Case(name, "PATCH", status, code, headers=told, body=body)


BAD = "malformed-request"
CASES = [
    create_with("creation without a version", 412, "unsupported-tus-version", Tus_Resumable=""),
    create_with("creation in an old version", 412, "unsupported-tus-version", Tus_Resumable="0.2.2"),
    create_with("creation without a length", 400, BAD, Upload_Length=""),
    create_with("length that comes later", 400, BAD, Upload_Length="", Upload_Defer_Length="1"),
    create_with("length in words", 400, BAD, Upload_Length="many"),
    create_with("length below nothing", 400, BAD, Upload_Length="-1"),
    create_with("length of other digits", 400, BAD, Upload_Length="²"),
    create_with("length of 5,000 digits", 400, BAD, Upload_Length="9" * 5_000),
    create_with("empty file", 400, BAD, Upload_Length="0"),
    create_with("file over the limit", 413, "request-too-large", Upload_Length=str(96 * MIB + 1)),
    create_with("file of 2^53 bytes", 413, "request-too-large", Upload_Length=str(2**53)),
    create_with("creation without metadata", 400, BAD, Upload_Metadata=""),
    create_with("metadata without a digest", 400, BAD, Upload_Metadata=declared(sha256="")),
    create_with("digest that is none", 400, BAD, Upload_Metadata=declared(sha256="z" * 64)),
    create_with("digest of other digits", 400, BAD, Upload_Metadata=declared(sha256="٣" * 64)),
    create_with("digest with a NUL", 400, BAD, Upload_Metadata=declared(sha256="\0" + "a" * 63)),
    create_with("media type with a line end", 400, BAD,
                Upload_Metadata=declared(media_type="text/plain\r\nX-Evil: 1")),
    create_with("media type with parameters", 400, BAD,
                Upload_Metadata=declared(media_type="text/html; charset=utf-7")),
    create_with("media type of 5,000 letters", 400, BAD,
                Upload_Metadata=declared(media_type="a/" + "b" * 5_000)),
    create_with("value that is not base64", 400, BAD, Upload_Metadata=declared() + ",x %%%"),
    create_with("value that is not text", 400, BAD, Upload_Metadata=declared() + ",x /w=="),
    create_with("key told twice", 400, BAD, Upload_Metadata=declared() + ",sha256 YQ=="),
    create_with("key that is empty", 400, BAD, Upload_Metadata=declared() + ",,"),
    create_with("metadata of 9 KB", 400, BAD, Upload_Metadata=declared(x="y" * 6_800)),
    send_with("piece without a version", 412, "unsupported-tus-version", Tus_Resumable=""),
    send_with("piece without an offset", 400, BAD, Upload_Offset=""),
    send_with("offset below nothing", 400, BAD, Upload_Offset="-1"),
    send_with("offset as a float", 400, BAD, Upload_Offset="1e3"),
    send_with("offset of 30 digits", 400, BAD, Upload_Offset="1" * 30),
    send_with("offset behind the end", 409, "offset-conflict", Upload_Offset="2001"),
    send_with("offset jump", 409, "offset-conflict", Upload_Offset="1000"),
    send_with("piece of another type", 415, "unsupported-encoding", Content_Type="application/json"),
    send_with("compressed piece", 415, "unsupported-encoding", Content_Encoding="gzip"),
    send_with("checksum of another kind", 400, BAD, Upload_Checksum="md5 1B2M2Y8AsgTpgAmY7PhCfg=="),
    send_with("checksum that is not base64", 400, BAD, Upload_Checksum="sha1 ***"),
    send_with("checksum of the wrong length", 400, BAD, Upload_Checksum="sha256 AAAA"),
    send_with("checksum without a value", 400, BAD, Upload_Checksum="sha1"),
    send_with("piece longer than declared", 413, "request-too-large", DATA + b"x"),
    Case("read of an upload", "GET", 405, "method-not-allowed"),
    Case("put of an upload", "PUT", 405, "method-not-allowed", body=DATA),
    Case("piece by another method's name", "POST", 405, "method-not-allowed",
         headers=piece(0) | {"X-HTTP-Method-Override": "PATCH"}, body=DATA),
    Case("id that is none", "PATCH", 404, "not-found", path="/v1/uploads/1", headers=piece(0)),
    Case("id with a NUL", "PATCH", 404, "not-found", path="/v1/uploads/%00", headers=piece(0)),
]  # fmt: skip


class TestRequest:
    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
    def test_that_is_wrong_is_refused_by_name(
        self, web: WebProcess, athlete: Person, case: Case
    ) -> None:
        where = create(web, athlete, DATA)
        path = where if case.path == HERE else case.path
        headers = {"Tus-Resumable": "1.0.0"} | case.headers
        with Wire(web.port, athlete) as wire:
            answer = wire.ask(case.method, path, headers, case.body)
        assert (answer.status, answer.code) == (case.status, case.code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert json.loads(answer.body)["status"] == case.status
        assert len(answer.body) < 1_000
        assert web.ask(athlete, "HEAD", where).offset == 0
        assert web.files(athlete) == []
        with acting_as(athlete.id):
            assert Upload.objects.count() == 1

    def test_with_a_key_of_its_own_is_known_by_its_content(
        self, web: WebProcess, athlete: Person
    ) -> None:
        where = create(web, athlete, DATA)
        for key in ("k", "k" * 10_000):
            answer = web.ask(athlete, "POST", "/v1/uploads", DECLARED | {"Idempotency-Key": key})
            assert (answer.status, answer.headers["location"]) == (201, where)


class TestBodyOverTheLimit:
    @pytest.mark.parametrize("is_honest", [True, False])
    def test_stops_being_read(self, web: WebProcess, athlete: Person, is_honest: bool) -> None:
        """An honest length is refused unread; without one reading ends with the limit."""
        where = create(web, athlete, DATA)
        length = (
            {"Content-Length": str(200 * MIB)} if is_honest else {"Transfer-Encoding": "chunked"}
        )
        chunk = content(MIB)
        sent = 0
        with Wire(web.port, athlete) as wire:
            wire.begin("PATCH", where, piece(0, **length))
            try:
                while sent < 200:
                    wire.send(chunk if is_honest else b"100000\r\n" + chunk + b"\r\n")
                    sent += 1
            except OSError:
                pass
            answer = wire.answer()
        assert (answer.status, answer.code) == (413, "request-too-large")
        assert sent < 200
        assert web.ask(athlete, "HEAD", where).offset == 0
        assert web.files(athlete) == []

    def test_is_cut_where_its_lie_ends(self, web: WebProcess, athlete: Person) -> None:
        """Told shorter than it is: the rest is no part of it, and no request either."""
        where = create(web, athlete, DATA)
        with Wire(web.port, athlete) as wire:
            wire.begin("PATCH", where, piece(0, **{"Content-Length": "1000"}))
            wire.send(DATA)
            assert wire.answer().offset == 1_000
        assert web.ask(athlete, "HEAD", where).offset == 1_000

    def test_may_be_large_without_taking_memory(self, web: WebProcess, athlete: Person) -> None:
        data = content(64 * MIB)
        where = create(web, athlete, data)
        before, highest = web.memory_bytes(), 0
        with Wire(web.port, athlete) as wire:
            wire.begin("PATCH", where, piece(0, **{"Content-Length": str(len(data))}))
            for start in range(0, len(data), 4 * MIB):
                wire.send(data[start : start + 4 * MIB])
                highest = max(highest, web.memory_bytes())
            assert wire.answer().status == 204
        assert blob(web, athlete, data).body == data
        highest = max(highest, web.memory_bytes())
        assert highest - before < 32 * MIB


class TestSlowClients:
    def test_leave_threads_to_phones(self, web: WebProcess, athlete: Person) -> None:
        slow = [content(300_000, seed=seed) for seed in (1, 2)]
        where = create(web, athlete, DATA)
        with ExitStack() as stuck:
            for data in slow:
                wire = stuck.enter_context(Wire(web.port, athlete))
                length = {"Content-Length": str(len(data))}
                wire.begin("PATCH", create(web, athlete, data), piece(0, **length))
                wire.send(data[:150_000])
            until(lambda: len(web.files(athlete)) == 2, what="both pieces being written")
            refused = web.ask(athlete, "PATCH", where, piece(0), DATA)
            assert (refused.status, refused.code) == (503, "overloaded")
            assert refused.headers["retry-after"] == "1"
            assert web.ask(athlete, "GET", "/v1/athletes/me/changes").status == 200
        until(
            lambda: web.ask(athlete, "PATCH", where, piece(0), DATA).status == 204,
            what="a free slot",
        )


class TestQuota:
    def test_counts_what_is_here_and_what_is_coming(self, athlete: Person) -> None:
        def ask(data: bytes) -> tuple[int, dict[str, object]]:
            headers = athlete.headers | {"Tus-Resumable": "1.0.0"} | declaring(data)
            answer = Client().post("/v1/uploads", headers=headers)
            return answer.status_code, json.loads(answer.content or b"{}")

        with override_settings(UPLOADS_QUOTA_BYTES=5_000):
            assert ask(content(3_000))[0] == 201
            status, body = ask(content(2_001, seed=2))
            assert (status, body["code"]) == (422, "quota")
            assert body["limits"] == {"quota_bytes": 5_000, "taken_bytes": 3_000}
            assert ask(content(2_000, seed=3))[0] == 201
            assert ask(content(3_000))[0] == 201
