"""The door before Django answers as Django does, refusals included."""

import io
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.utils import timezone

from apps.accounts.models import Device, DeviceToken, User
from apps.accounts.services.sign_in import digest, revoke_device
from apps.common.statements import run
from config.front import MAX_HOSTS, OF_PAGES, SAME_FOR_ALL, FrontDoor
from tests.apps.sync.ops import workout
from tests.conftest import Person, counted, make_person

Answer = tuple[str, dict[str, str], bytes]


class Signed:
    """Middleware that the door knows nothing of."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Sign every answer."""
        response = self.get_response(request)
        response["Signed"] = "here"
        return response


class _Doors:
    """The same request, through Django and through the front door."""

    def __init__(self) -> None:
        self.django = get_wsgi_application()
        self.front = FrontDoor(self.django)

    def ask(self, door: Any, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Return status line, headers and body."""
        address, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": address,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": "" if "transfer_encoding" in headers else str(len(body)),
            "HTTP_HOST": "127.0.0.1",
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        started: list[Any] = []
        chunks = door(environ, lambda *told: started.append(told))
        content = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        return started[0][0], dict(started[0][1]), content

    def both(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[Answer, ...]:
        """Return Django's answer and the front door's, less what time alone changes."""
        return tuple(
            _timeless(self.ask(door, method, path, body, **headers))
            for door in (self.django, self.front)
        )


def _timeless(answer: Answer) -> Answer:
    status, headers, content = answer
    told = {name: value for name, value in headers.items() if not name.startswith("RateLimit")}
    if "json" in told.get("Content-Type", "") and content.startswith(b"{") and b"\n" not in content:
        members = json.loads(content)
        for moving in ("server_time", "next_poll_s", "clock_offset_ms"):
            members.pop(moving, None)
        told.pop("Content-Length", None)  # of a number with more or fewer digits
        content = json.dumps(members, sort_keys=True).encode()
    elif "ndjson" in told.get("Content-Type", ""):
        content = b"\n".join(content.splitlines()[:-1])  # the last line tells the time
    return status, told, content


@pytest.fixture(scope="module")
def doors() -> Iterator[_Doors]:
    """Both ways in."""
    yield _Doors()
    connection.close()


def _bearer(person: Person) -> str:
    return f"Bearer {person.token}"


def _push(*ops: dict[str, Any], **members: object) -> bytes:
    body = {"protocol": 1, "request": str(uuid.uuid4()), "ops": list(ops), **members}
    return json.dumps(body).encode()


class TestPull:
    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("", "200 OK"),
            ("?max_rows=2", "200 OK"),
            ("?types=workout_session,unheard_of", "200 OK"),
            ("?max_rows=none", "400 Bad Request"),
            ("?cursor=AAAA", "400 Bad Request"),
            ("?surprise=1", "400 Bad Request"),
        ],
    )
    def test_is_the_same(self, doors: _Doors, athlete: Person, query: str, status: str) -> None:
        athlete.sync([workout() for _ in range(5)])
        path = f"/v1/athletes/me/changes{query}"
        django, front = doors.both("GET", path, authorization=_bearer(athlete))
        assert front == django
        assert front[0] == status

    def test_is_the_same_line_by_line(self, doors: _Doors, athlete: Person) -> None:
        athlete.sync([workout() for _ in range(5)])
        django, front = doors.both(
            "GET",
            f"/v1/athletes/{athlete.id}/changes",
            authorization=_bearer(athlete),
            accept="application/x-ndjson",
        )
        assert front == django
        assert len(front[2].splitlines()) == 6

    def test_is_the_same_when_nothing_changed(self, doors: _Doors, athlete: Person) -> None:
        cursor = athlete.sync([workout()]).json()["page"]["cursor"]
        path = f"/v1/athletes/me/changes?cursor={cursor}"
        django, front = doors.both("GET", path, authorization=_bearer(athlete))
        assert front == django
        assert json.loads(front[2])["page"]["rows"] == []
        tag = front[1]["ETag"]
        django, front = doors.both("GET", path, authorization=_bearer(athlete), if_none_match=tag)
        assert front == django
        assert front[0] == "304 Not Modified"


class TestPush:
    @pytest.mark.parametrize("name", ["ops", "sync"])
    def test_answers_a_retry_the_same(self, doors: _Doors, athlete: Person, name: str) -> None:
        body = _push(workout(), workout(), {**workout(), "set": {"rpe": "high"}})
        path = f"/v1/athletes/me/{name}"
        first = doors.ask(doors.front, "POST", path, body, authorization=_bearer(athlete))
        django, front = doors.both("POST", path, body, authorization=_bearer(athlete))
        statuses = [result["status"] for result in json.loads(first[2])["results"]]
        assert statuses == ["applied", "applied", "rejected"]
        assert front == django
        assert {result["status"] for result in json.loads(front[2])["results"]} == {"duplicate"}

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"{", "400 Bad Request"),
            (_push(protocol=2), "422 Unprocessable Entity"),
            (_push(surprise=1), "422 Unprocessable Entity"),
            (_push(epoch=str(uuid.uuid4())), "409 Conflict"),
        ],
        ids=["no JSON", "another protocol", "an unknown member", "another epoch"],
    )
    def test_is_refused_the_same(
        self, doors: _Doors, athlete: Person, body: bytes, status: str
    ) -> None:
        athlete.sync([workout()])
        django, front = doors.both(
            "POST", "/v1/athletes/me/sync", body, authorization=_bearer(athlete)
        )
        assert front == django
        assert front[0] == status

    def test_too_large_is_refused_the_same(self, doors: _Doors, athlete: Person) -> None:
        body = b" " * (4 * 1024 * 1024 + 1)
        django, front = doors.both(
            "POST", "/v1/athletes/me/ops", body, authorization=_bearer(athlete)
        )
        assert front == django
        assert front[0].startswith("413")


def _no_token(person: Person) -> str:
    return ""


def _unknown_token(person: Person) -> str:
    return "Bearer nobodys"


def _ended_token(person: Person) -> str:
    DeviceToken.objects.filter(digest=digest(person.token)).update(expires_at=timezone.now())
    return _bearer(person)


def _revoked_device(person: Person) -> str:
    revoke_device(user=person.user, device_id=person.device_id, now=timezone.now())
    return _bearer(person)


def _closed_account(person: Person) -> str:
    User.objects.filter(pk=person.id).update(is_active=False)
    return _bearer(person)


def _removed_device(person: Person) -> str:
    Device.objects.filter(pk=person.device_id).delete()
    return _bearer(person)


class TestRights:
    @pytest.mark.parametrize(
        ("spoil", "status"),
        [
            (_no_token, "401 Unauthorized"),
            (_unknown_token, "401 Unauthorized"),
            (_ended_token, "401 Unauthorized"),
            (_closed_account, "401 Unauthorized"),
            (_removed_device, "401 Unauthorized"),
            (_revoked_device, "403 Forbidden"),
        ],
    )
    @pytest.mark.parametrize("request_of", [("GET", "changes"), ("POST", "sync"), ("POST", "ops")])
    def test_end_at_once_for_who_was_let_in_before(
        self,
        doors: _Doors,
        athlete: Person,
        spoil: Callable[[Person], str],
        status: str,
        request_of: tuple[str, str],
    ) -> None:
        method, name = request_of
        path, body = f"/v1/athletes/me/{name}", _push(workout())
        assert doors.ask(doors.front, method, path, body, authorization=_bearer(athlete))[0] == (
            "200 OK"
        )
        token = spoil(athlete)
        django, front = doors.both(method, path, body, authorization=token)
        assert front == django
        assert front[0] == status

    def test_count_before_what_is_wrong_with_the_request(
        self, doors: _Doors, athlete: Person
    ) -> None:
        path = "/v1/athletes/me/sync"
        doors.ask(doors.front, "POST", path, _push(), authorization=_bearer(athlete))
        token = _revoked_device(athlete)
        assert doors.ask(doors.front, "POST", path, b"{", authorization=token)[0] == (
            "403 Forbidden"
        )

    def test_do_not_reach_another_feed(
        self, doors: _Doors, athlete: Person, stranger: Person
    ) -> None:
        for feed in (stranger.id, uuid.uuid4(), "nobody"):
            django, front = doors.both(
                "GET", f"/v1/athletes/{feed}/changes", authorization=_bearer(athlete)
            )
            assert front == django
            assert front[0] == "403 Forbidden"

    def test_are_those_of_each_request_on_a_connection_that_stays(self, doors: _Doors) -> None:
        people = [make_person() for _ in range(3)]
        for person in people:
            person.sync([workout()])
        for person in [*people, *reversed(people)]:
            _, _, content = doors.ask(
                doors.front, "GET", "/v1/athletes/me/changes", authorization=_bearer(person)
            )
            assert len(json.loads(content)["page"]["rows"]) == 1
        assert run("SELECT count(*) FROM sync_record", {}) == [(0,)]  # nobody acts between them


class TestDoor:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("PUT", "/v1/athletes/me/sync"),
            ("OPTIONS", "/v1/athletes/me/changes"),
            ("GET", "/v1/athletes/me/sync/"),
            ("GET", "/v1/athletes/me/nothing"),
            ("GET", "/livez"),
        ],
    )
    def test_leaves_to_django_what_is_not_a_phones(
        self, doors: _Doors, athlete: Person, method: str, path: str
    ) -> None:
        django, front = doors.both(method, path, authorization=_bearer(athlete))
        assert front == django

    def test_refuses_foreign_hosts_the_same(self, doors: _Doors, athlete: Person) -> None:
        django, front = doors.both(
            "GET", "/v1/athletes/me/changes", authorization=_bearer(athlete), host="evil.example"
        )
        assert front[0] == django[0] == "400 Bad Request"

    @override_settings(
        SECURE_SSL_REDIRECT=True,
        SECURE_HSTS_SECONDS=3600,
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
    )
    def test_sends_to_tls_the_same(self, athlete: Person) -> None:
        doors = _Doors()
        ask, token = ("GET", "/v1/athletes/me/changes"), _bearer(athlete)
        for scheme, status in (("https", "200"), ("http", "301"), ("https", "200")):
            django, front = doors.both(*ask, authorization=token, x_forwarded_proto=scheme)
            assert front == django
            assert front[0].startswith(status)
            assert ("Strict-Transport-Security" in front[1]) == (scheme == "https")

    @override_settings(ALLOWED_HOSTS=[".example.org"])
    def test_keeps_no_more_hosts_than_it_has_room_for(self, athlete: Person) -> None:
        doors = _Doors()
        for number in range(MAX_HOSTS + 5):
            answer = doors.ask(
                doors.front, "GET", "/v1/athletes/me/changes", host=f"h{number}.example.org"
            )
            assert answer[0].startswith("401")
        assert len(doors.front.added) <= MAX_HOSTS

    def test_names_only_middleware_that_exists(self) -> None:
        assert set(settings.MIDDLEWARE) == OF_PAGES | SAME_FOR_ALL

    def test_asks_two_statements_for_nothing_new(self, doors: _Doors, athlete: Person) -> None:
        cursor = athlete.sync([workout()]).json()["page"]["cursor"]
        path = f"/v1/athletes/me/changes?cursor={cursor}"
        doors.ask(doors.front, "GET", path, authorization=_bearer(athlete))  # noted as seen
        with counted() as statements:
            doors.ask(doors.front, "GET", path, authorization=_bearer(athlete))
        assert len(statements) == 2
        assert "devicetoken" in statements[0]

    def test_asks_the_rows_only_when_the_head_moved(self, doors: _Doors, athlete: Person) -> None:
        cursor = athlete.sync([workout()]).json()["page"]["cursor"]
        path = f"/v1/athletes/me/changes?cursor={cursor}"
        doors.ask(doors.front, "GET", path, authorization=_bearer(athlete))
        with counted() as nothing_new:
            doors.ask(doors.front, "GET", path, authorization=_bearer(athlete))
        late = workout()
        doors.ask(
            doors.front, "POST", "/v1/athletes/me/ops", _push(late), authorization=_bearer(athlete)
        )
        with counted() as news:
            _, _, content = doors.ask(doors.front, "GET", path, authorization=_bearer(athlete))
        assert [row["id"] for row in json.loads(content)["page"]["rows"]] == [late["id"]]
        assert not any("sync_record" in statement for statement in nothing_new)
        assert [statement for statement in news if "sync_record" in statement] == news[-1:]
        assert len(news) == len(nothing_new) + 2

    @override_settings(SYNC_MAX_RECORDS="many")
    def test_answers_a_defect_the_same(self, doors: _Doors, athlete: Person) -> None:
        ask = ("POST", "/v1/athletes/me/ops", _push(workout()))
        django, front = doors.both(*ask, authorization=_bearer(athlete))
        assert front == django
        assert front[0] == "500 Internal Server Error"

    def test_leaves_all_to_django_when_it_does_not_know_the_middleware(
        self, athlete: Person
    ) -> None:
        known = _Doors()
        added = [*settings.MIDDLEWARE, "tests.config.test_front.Signed"]
        with override_settings(MIDDLEWARE=added):
            doors = _Doors()
        for each, sign in ((known, None), (doors, "here")):
            path = "/v1/athletes/me/changes"
            status, headers, _ = each.ask(each.front, "GET", path, authorization=_bearer(athlete))
            assert (status, headers.get("Signed")) == ("200 OK", sign)

    def test_outlives_a_lost_connection(self, doors: _Doors, athlete: Person) -> None:
        path = "/v1/athletes/me/changes"
        ask = (doors.front, "GET", path)
        assert doors.ask(*ask, authorization=_bearer(athlete))[0] == "200 OK"
        connection.connection.pgconn.finish()
        first = doors.ask(*ask, authorization=_bearer(athlete))
        assert first[0] in ("200 OK", "503 Service Unavailable")
        assert doors.ask(*ask, authorization=_bearer(athlete))[0] == "200 OK"


class TestChunks:
    """A body without a length: who compresses while sending can not know it."""

    def ask(self, doors: _Doors, person: Person, path: str, body: bytes) -> Answer:
        return doors.ask(
            doors.front, "POST", path, body, transfer_encoding="chunked",
            authorization=f"Bearer {person.token}",
        )  # fmt: skip

    @pytest.mark.parametrize("name", ["sync", "ops", "ops/lookup"])
    def test_are_read_as_a_body_is(self, doors: _Doors, athlete: Person, name: str) -> None:
        op = workout()
        athlete.sync([op])
        asked: dict[str, Any] = {"ops": [op["op"]]}
        if name != "ops/lookup":
            asked = {"protocol": 1, "request": str(uuid.uuid4()), "ops": [op]}
        status, _, content = self.ask(
            doors, athlete, f"/v1/athletes/me/{name}", json.dumps(asked).encode()
        )
        assert status == "200 OK"
        (told,) = json.loads(content).get("results") or json.loads(content)["ops"]
        assert told["op"] == op["op"]

    def test_are_read_no_further_than_the_limit(self, doors: _Doors, athlete: Person) -> None:
        for size in (1024 * 1024 + 1, 6 * 1024 * 1024):
            body = b'{"protocol":1' + b" " * size
            status, _, content = self.ask(doors, athlete, "/v1/athletes/me/sync", body)
            assert (status[:3], json.loads(content)["code"]) == ("413", "request-too-large")


class TestTooMuch:
    """Of an address or of headers: refused at the door, whatever lies behind it."""

    @pytest.mark.parametrize(
        "path",
        [
            f"/v1/athletes/{'9' * 16_384}/changes",
            f"/v1/athletes/me/changes?cursor={'A' * 16_384}",
            f"/docs?{'A' * 16_384}",
        ],
    )
    def test_of_an_address_is_414(self, doors: _Doors, athlete: Person, path: str) -> None:
        status, headers, body = doors.ask(doors.front, "GET", path, authorization=_bearer(athlete))
        assert status.startswith("414 ")
        assert json.loads(body)["code"] == "uri-too-long"
        assert headers["Content-Type"] == "application/problem+json"

    def test_of_headers_is_431(self, doors: _Doors, athlete: Person) -> None:
        many: dict[str, Any] = {f"x_{number}": "A" * 1_024 for number in range(64)}
        long: dict[str, Any] = {"x_long": "A" * 65_536}
        for told in (long, many):
            status, headers, body = doors.ask(
                doors.front, "GET", "/v1/athletes/me/changes",
                authorization=_bearer(athlete), **told,
            )  # fmt: skip
            assert status == "431 Request Header Fields Too Large"
            assert json.loads(body)["code"] == "headers-too-large"
            assert headers["Content-Type"] == "application/problem+json"

    def test_is_more_than_anything_a_browser_sends(self, doors: _Doors, athlete: Person) -> None:
        told: dict[str, Any] = {"cookie": "A" * 16_384, "x_other": "A" * 8_192}
        status, _, _ = doors.ask(
            doors.front, "GET", "/v1/athletes/me/changes", authorization=_bearer(athlete), **told
        )
        assert status == "200 OK"


class TestHosts:
    @pytest.mark.parametrize("path", ["/v1/athletes/me/changes", "/v1/me", "/openapi.json"])
    def test_that_are_not_ours_are_told_as_problems(
        self, doors: _Doors, athlete: Person, path: str
    ) -> None:
        django, front = doors.both("GET", path, authorization=_bearer(athlete), host="evil.example")
        assert front == django
        assert front[0] == "400 Bad Request"
        assert json.loads(front[2])["code"] == "malformed-request"
        assert "evil" not in front[2].decode()
