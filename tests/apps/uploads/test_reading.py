"""Files handed out: whole or in part, to their owner, and to no browser as a page."""

import http.client
from urllib.parse import unquote

import pytest

from tests.apps.uploads.conftest import WebProcess, until
from tests.apps.uploads.sending import PATIENCE_S, Answer, content, declaring, piece, sha256
from tests.apps.uploads.test_tus import blob, send
from tests.conftest import Person

pytestmark = pytest.mark.processes

DATA = content(1_000)
PATH = f"/v1/athletes/me/blobs/{sha256(DATA)}"


@pytest.fixture
def filed(web: WebProcess, athlete: Person) -> Person:
    """An athlete with a file of a thousand bytes."""
    send(web, athlete, DATA)
    return athlete


def upload(web: WebProcess, person: Person, data: bytes, **told: str) -> Answer:
    """Upload a file with a creation of its own and return it as handed out."""
    where = web.ask(person, "POST", "/v1/uploads", declaring(data, **told)).headers["location"]
    assert web.ask(person, "PATCH", where, piece(0), data).status == 204
    return blob(web, person, data)


class TestFile:
    def test_is_the_owners_alone(self, web: WebProcess, filed: Person, stranger: Person) -> None:
        assert web.ask(filed, "GET", PATH).body == DATA
        assert web.ask(filed, "GET", PATH.replace("me", str(filed.id))).status == 200
        missing = f"/v1/athletes/{filed.id}/blobs/{'0' * 64}"
        no_digest = "/v1/athletes/me/blobs/%00"  # nor text that the database could look for
        answers = [
            web.ask(stranger, "GET", path)
            for path in (PATH.replace("me", str(filed.id)), missing, PATH, PATH + "0", no_digest)
        ]
        assert answers[0].status == 404
        assert [answer.lasting for answer in answers] == [answers[0].lasting] * 5

    def test_has_no_pages_rights(self, web: WebProcess, filed: Person) -> None:
        answer = web.ask(filed, "GET", PATH)
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.parametrize(
        ("media_type", "data"),
        [
            ("text/html", b"<script>alert(1)</script>"),
            ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ],
    )
    def test_that_could_run_is_kept_and_never_run(
        self, web: WebProcess, athlete: Person, media_type: str, data: bytes
    ) -> None:
        answer = upload(web, athlete, data, media_type=media_type)
        assert answer.body == data
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]

    def test_is_described_without_being_sent(self, web: WebProcess, filed: Person) -> None:
        answer = web.ask(filed, "HEAD", PATH)
        assert (answer.status, answer.body) == (200, b"")
        assert answer.headers["content-length"] == "1000"
        assert answer.headers["etag"] == f'"{sha256(DATA)}"'

    def test_that_a_phone_has_is_not_sent_again(self, web: WebProcess, filed: Person) -> None:
        answer = web.ask(filed, "GET", PATH, {"If-None-Match": f'"{sha256(DATA)}"'})
        assert (answer.status, answer.body) == (304, b"")


class TestRange:
    @pytest.mark.parametrize(
        ("asked", "status", "first", "last"),
        [
            ("bytes=0-0", 206, 0, 0),
            ("bytes=100-199", 206, 100, 199),
            ("bytes=900-", 206, 900, 999),
            ("bytes=-1", 206, 999, 999),
            ("bytes=-5000", 206, 0, 999),
            ("bytes=0-99999999999", 206, 0, 999),
            ("bytes=1000-", 416, 0, 0),
            ("bytes=-0", 416, 0, 0),
            ("bytes=" + "9" * 19 + "-", 416, 0, 0),
            # Anything else is answered with the whole, which costs what the whole costs.
            ("bytes=5-2", 200, 0, 999),
            ("bytes=-", 200, 0, 999),
            ("bytes=" + "9" * 5_000 + "-", 200, 0, 999),
            ("bytes=0-1,2-3", 200, 0, 999),
            ("bytes=" + ",".join(f"{n}-{n}" for n in range(1_000)), 200, 0, 999),
            ("rows=0-1", 200, 0, 999),
            ("bytes=²-3", 200, 0, 999),
        ],
    )
    def test_is_one_or_the_whole(
        self, web: WebProcess, filed: Person, asked: str, status: int, first: int, last: int
    ) -> None:
        answer = web.ask(filed, "GET", PATH, {"Range": asked})
        assert answer.status == status
        if status == 416:
            assert answer.code == "range-not-satisfiable"
            assert answer.headers["content-range"] == "bytes */1000"
            return
        assert answer.body == DATA[first : last + 1]
        if status == 206:
            assert answer.headers["content-range"] == f"bytes {first}-{last}/1000"

    def test_goes_on_only_with_the_same_file(self, web: WebProcess, filed: Person) -> None:
        for etag, status in ((f'"{sha256(DATA)}"', 206), ('"another"', 200)):
            answer = web.ask(filed, "GET", PATH, {"Range": "bytes=5-", "If-Range": etag})
            assert answer.status == status


class TestFileName:
    @pytest.mark.parametrize(
        ("told", "kept"),
        [
            ("report.pdf", "report.pdf"),
            ("Bericht März.pdf", "Bericht März.pdf"),
            ('a"b\\c.pdf', "a_b_c.pdf"),
            ("a\r\nX-Evil: 1\r\n\r\nbody.pdf", "aX-Evil_ 1body.pdf"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("C:\\Windows\\x.exe", "C__Windows_x.exe"),
            ("..", None),
            ("", None),
            ("\0", None),
            ("invoice\u202efdp.exe", "invoicefdp.exe"),
            ("a\u200bb\ufeff.pdf", "ab.pdf"),
            ("x" * 4_000 + ".pdf", "x" * 116 + ".pdf"),
            ("100% ;filename=evil.exe", "100_ ;filename=evil.exe"),
        ],
    )
    def test_is_safe_in_a_header_and_a_folder(
        self, web: WebProcess, athlete: Person, told: str, kept: str | None
    ) -> None:
        data = content(100, seed=len(told))
        answer = upload(web, athlete, data, filename=told)
        assert set(answer.headers) & {"x-evil"} == set()
        disposition = answer.headers["content-disposition"]
        assert disposition.startswith("attachment; filename")
        name = unquote(disposition.partition("''")[2]) or disposition.split('"')[1]
        assert name == (kept or f"{sha256(data)[:16]}.bin")
        assert [path.name for path in web.files(athlete)] == ["content"]


class TestStorageThatIsAway:
    def test_costs_the_file_and_nothing_else(self, web: WebProcess, filed: Person) -> None:
        (stored,) = web.files(filed)
        stored.unlink()
        answer = web.ask(filed, "GET", PATH)
        assert (answer.status, answer.code) == (503, "storage-unavailable")
        assert web.ask(filed, "GET", "/v1/athletes/me/changes").status == 200

    def test_gives_its_slot_back(self, web: WebProcess, filed: Person) -> None:
        for _ in range(5):
            connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=PATIENCE_S)
            connection.request("GET", PATH, headers=filed.headers)
            answer = connection.getresponse()
            answer.read(10)
            connection.close()
        until(lambda: web.ask(filed, "GET", PATH).body == DATA, what="a free slot")
