"""Following the stream of heads: against a real server that ends, refuses, hangs up and lies."""

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from uuid import UUID, uuid4

import pytest

from phone import HeadStream, Phone, RequestRefused, SignedOut, Store, Unreachable, follow
from tests.apps.sync.test_push import workout
from tests.conftest import Person
from tests.live import Live, live_process

ME = uuid4()


def event(head: str, athlete: UUID = ME) -> str:
    """Return an event as it travels."""
    return f'data: {{"feeds":{{"{athlete}":"{head}"}}}}\n\n'


@dataclass(frozen=True)
class Say:
    """One answer: a status, headers, and a body; ``cut`` when it is not whole."""

    body: str = ""
    status: int = 200
    kind: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


class Server:
    """Gives the answers it was told to, one a request, and then none."""

    def __init__(self, *answers: Say) -> None:
        self.answers = deque(answers)
        self.tokens: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.tokens.append(self.headers["Authorization"].removeprefix("Bearer "))
                say = outer.answers.popleft()
                body = say.body.encode()
                self.send_response(say.status)
                self.send_header("Content-Type", say.kind)
                self.send_header("Content-Length", str(len(body) + say.cut))
                for name, value in say.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@dataclass
class Told:
    """What a stream told, and how long it rested in between."""

    heads: list[str] = field(default_factory=list)
    rests: list[float] = field(default_factory=list)


def told_by(server: Server, *, count: int, jitter: float = 0.5, attempts: int = 9) -> Told:
    """Follow a server's stream until it told so many heads."""
    told = Told()
    with HeadStream(
        server.url,
        lambda: f"token-{len(server.tokens)}",
        attempts=attempts,
        sleep=told.rests.append,
        jitter=lambda: jitter,
    ) as stream:
        for heads in stream.heads():
            told.heads.append(heads[ME])
            if len(told.heads) == count:
                break
    return told


class TestHeads:
    def test_come_again_after_each_end_when_the_server_advised(self) -> None:
        with Server(
            Say("retry: 4000\n\n" + event("1:a")), Say(event("2:b")), Say(event("3:c"))
        ) as server:
            told = told_by(server, count=3)
        assert told == Told(["1:a", "2:b", "3:c"], [4.0, 4.0])

    def test_come_with_a_fresh_token_at_each_connection(self) -> None:
        with Server(Say(event("1:a")), Say(event("2:b"))) as server:
            told_by(server, count=2)
            assert server.tokens == ["token-0", "token-1"]

    def test_come_after_growing_waits_when_the_server_fails(self) -> None:
        failing = Say("oh", status=500, kind="text/plain")
        with Server(*[failing] * 5, Say(event("1:a"))) as server:
            told = told_by(server, count=1, jitter=0.999)
        assert [round(rest) for rest in told.rests] == [3, 4, 8, 16, 32]

    def test_come_no_sooner_than_a_full_server_asked(self) -> None:
        full = Say("{}", 503, "application/problem+json", {"Retry-After": "45"})
        with Server(full, Say(event("1:a"))) as server:
            assert told_by(server, count=1).rests == [45.0]

    def test_before_a_cut_count_and_the_waits_begin_anew(self) -> None:
        failing = Say("oh", status=500, kind="text/plain")
        with Server(
            failing, failing, Say(event("1:a"), cut=True), failing, Say(event("2:b"))
        ) as server:
            told = told_by(server, count=2, jitter=0.999)
        assert told.heads == ["1:a", "2:b"]
        assert [round(rest) for rest in told.rests] == [3, 4, 3, 4]

    @pytest.mark.parametrize(
        "answer",
        [
            Say("<html>sign in to this network</html>", kind="text/html"),
            Say("data: not json\n\n"),
            Say('data: {"feeds": {"somebody": 7}}\n\n'),
            Say(": nothing ever\n\n"),
            Say(""),
        ],
    )
    def test_of_something_else_are_no_answer(self, answer: Say) -> None:
        with Server(answer, Say(event("1:a"))) as server:
            told = told_by(server, count=1)
        assert told.heads == ["1:a"]
        assert len(told.rests) == 1

    def test_come_past_events_of_a_newer_server(self) -> None:
        with Server(Say("event: party\ndata: {}\n\n" + event("1:a"))) as server:
            assert told_by(server, count=1).heads == ["1:a"]


class TestGivingUp:
    def test_comes_after_so_many_failures_in_a_row(self) -> None:
        with (
            Server(*[Say("", status=502, kind="text/plain")] * 3) as server,
            pytest.raises(Unreachable),
        ):
            told_by(server, count=1, attempts=3)

    def test_comes_at_once_when_signed_out(self) -> None:
        with Server(Say("{}", 401, "application/problem+json")) as server:
            with pytest.raises(SignedOut):
                told_by(server, count=1)
            assert len(server.tokens) == 1

    def test_comes_at_once_when_there_is_no_stream(self) -> None:
        with Server(Say('{"code": "not-found"}', 404, "application/problem+json")) as server:
            with pytest.raises(RequestRefused) as refused:
                told_by(server, count=1)
            assert refused.value.problem.code == "not-found"

    def test_comes_when_the_server_is_gone(self) -> None:
        with Server() as server:
            pass
        with pytest.raises(Unreachable):
            told_by(server, count=1, attempts=2)


@pytest.mark.processes
class TestFollow:
    @pytest.fixture
    def service(self) -> Iterator[Live]:
        """Web and live process."""
        with live_process(with_web=True) as running:
            yield running

    @pytest.fixture
    def phone(self, tmp_path: Path, athlete: Person, service: Live) -> Iterator[Phone]:
        """The athlete's phone that listens."""
        with Store(tmp_path / "phone.sqlite") as store, Phone(service.web_url, store) as phone:
            store.sign_in(
                email=athlete.user.email,
                athlete=athlete.id,
                device=athlete.device_id,
                token=athlete.token,
            )
            yield phone

    def test_syncs_when_another_phone_pushed_and_not_when_it_did_itself(
        self, service: Live, phone: Phone, athlete: Person
    ) -> None:
        phone.sync()
        asked: list[int] = []
        with HeadStream(service.url, lambda: athlete.token) as stream:
            reports = follow(phone, stream)
            op = workout()
            athlete.sync([op])
            asked.append(next(reports).rows)
            phone.put("workout_session", uuid4(), set=workout()["set"])
            phone.sync()
            athlete.sync([workout()])
            asked.append(next(reports).rows)
        assert asked == [1, 1]
        assert len(phone.records("workout_session")) == 3
