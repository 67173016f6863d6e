"""What survives: cut connections, killed servers, and answers that never came."""

import signal
from pathlib import Path

import httpx2
import pytest

from phone.errors import RequestRefused, SignedOut, Unreachable
from phone.uploads import LocalFile, Uploader
from tests.apps.uploads.conftest import WebProcess, until
from tests.apps.uploads.naming import told, with_report, work
from tests.apps.uploads.relay import BreakingRelay
from tests.apps.uploads.sending import PATIENCE_S, Wire, content, piece
from tests.apps.uploads.test_tus import blob, create
from tests.conftest import Person

pytestmark = pytest.mark.processes


@pytest.fixture
def report(tmp_path: Path) -> LocalFile:
    """A report on the phone."""
    path = tmp_path / "report.pdf"
    path.write_bytes(content(2_500_000))
    return LocalFile.of(path, media_type="application/pdf")


def uploader(server: str, person: Person, http: httpx2.Client, **options: int) -> Uploader:
    """Return a phone that waits for nobody."""
    told_options = {"piece_bytes": 400_000, "attempts": 4, **options}
    return Uploader(server, person.token, http, sleep=lambda _: None, **told_options)  # type: ignore[arg-type]  # numbers


class TestRecordBeforeItsFile:
    def test_c58_is_there_at_once_and_its_upload_survives_two_cuts(
        self, web: WebProcess, athlete: Person, report: LocalFile
    ) -> None:
        data = report.path.read_bytes()
        op = with_report(data)
        assert op["set"]["report"] == report.reference()
        (result,) = athlete.sync([op]).json()["results"]
        assert result["status"] == "applied"
        work()
        assert told(athlete) == {report.sha256: "pending"}
        assert blob(web, athlete, data).status == 404

        with (
            BreakingRelay(web.port, cuts_after=[900_000, 700_000]) as network,
            httpx2.Client(timeout=PATIENCE_S) as http,
        ):
            uploader(network.url, athlete, http).upload(report)
            assert network.cuts == 2
        assert told(athlete) == {report.sha256: "available"}
        assert blob(web, athlete, data).body == data


class TestCutConnection:
    @pytest.mark.parametrize("tenth", range(1, 10))
    def test_keeps_what_arrived(self, web: WebProcess, athlete: Person, tenth: int) -> None:
        data = content(600_000)
        arrived = len(data) * tenth // 10
        where = create(web, athlete, data)
        with Wire(web.port, athlete) as wire:
            wire.begin("PATCH", where, piece(0, **{"Content-Length": str(len(data))}))
            wire.send(data[:arrived])
        until(lambda: web.ask(athlete, "HEAD", where).offset == arrived, what="the piece kept")
        answer = web.ask(athlete, "PATCH", where, piece(arrived), data[arrived:])
        assert answer.status == 204
        assert blob(web, athlete, data).body == data

    def test_is_told_to_a_client_that_can_still_hear(
        self, web: WebProcess, athlete: Person
    ) -> None:
        data = content(2_000)
        where = create(web, athlete, data)
        with Wire(web.port, athlete) as wire:
            wire.begin("PATCH", where, piece(0, **{"Content-Length": "2000"}))
            wire.send(data[:700])
            wire.stream.shutdown(1)
            answer = wire.answer()
        assert (answer.status, answer.code) == (400, "piece-cut-short")
        assert web.ask(athlete, "HEAD", where).offset == 700

    def test_keeps_nothing_of_a_piece_that_can_not_be_checked(
        self, web: WebProcess, athlete: Person
    ) -> None:
        data = content(2_000)
        where = create(web, athlete, data)
        told_headers = {"Content-Length": "2000", "Upload-Checksum": "sha1 " + "A" * 27 + "="}
        with Wire(web.port, athlete) as wire:
            wire.begin("PATCH", where, piece(0, **told_headers))
            wire.send(data[:700])
            wire.stream.shutdown(1)
            assert wire.answer().code == "piece-cut-short"
        assert web.ask(athlete, "HEAD", where).offset == 0
        assert web.files(athlete) == []


class TestKilledServer:
    def test_keeps_what_was_stored_and_goes_on(
        self, frail_web: WebProcess, athlete: Person, report: LocalFile
    ) -> None:
        data = content(12_000_000)
        where = create(frail_web, athlete, data)
        with Wire(frail_web.port, athlete) as wire:
            wire.begin("PATCH", where, piece(0, **{"Content-Length": str(len(data))}))
            wire.send(data[:9_000_000])
            until(
                lambda: frail_web.ask(athlete, "HEAD", where).offset >= 8_000_000,
                what="two stored pieces",
            )
            frail_web.stop(signal.SIGKILL)
        frail_web.start()
        kept = frail_web.ask(athlete, "HEAD", where).offset
        assert 8_000_000 <= kept < len(data)
        answer = frail_web.ask(athlete, "PATCH", where, piece(kept), data[kept:])
        assert answer.status == 204
        assert blob(frail_web, athlete, data).body == data
        assert len(frail_web.files(athlete)) == 1

    def test_is_no_more_to_a_phone_than_a_cut(
        self, frail_web: WebProcess, athlete: Person, report: LocalFile
    ) -> None:
        kills: list[int] = []

        def wait(_: float) -> None:
            if not frail_web.is_listening():
                frail_web.start()

        class Killing(httpx2.BaseTransport):
            """A network over which the third piece kills the server half way."""

            def __init__(self) -> None:
                self.real = httpx2.HTTPTransport()
                self.pieces = 0

            def handle_request(self, request: httpx2.Request) -> httpx2.Response:
                self.pieces += request.method == "PATCH"
                if self.pieces == 3 and not kills:
                    kills.append(frail_web.ask(athlete, "HEAD", str(request.url.path)).offset)
                    frail_web.stop()
                return self.real.handle_request(request)

            def close(self) -> None:
                self.real.close()

        with httpx2.Client(transport=Killing(), timeout=PATIENCE_S) as http:
            server = f"http://127.0.0.1:{frail_web.port}"
            Uploader(server, athlete.token, http, piece_bytes=400_000, sleep=wait).upload(report)
        assert kills == [800_000]
        assert blob(frail_web, athlete, report.path.read_bytes()).status == 200


class TestPhone:
    def test_learns_the_outcome_whose_answer_was_lost(
        self, web: WebProcess, athlete: Person, report: LocalFile
    ) -> None:
        lost: list[str] = []

        class Forgetful(httpx2.HTTPTransport):
            """A network that loses the answer to the last piece."""

            def handle_request(self, request: httpx2.Request) -> httpx2.Response:
                answer = super().handle_request(request)
                if answer.headers.get("Upload-Offset") == str(report.size) and not lost:
                    lost.append(request.method)
                    answer.close()
                    raise httpx2.ReadError("cut")
                return answer

        with httpx2.Client(transport=Forgetful(), timeout=PATIENCE_S) as http:
            uploader(f"http://127.0.0.1:{web.port}", athlete, http).upload(report)
        assert lost == ["PATCH"]
        assert blob(web, athlete, report.path.read_bytes()).status == 200

    def test_sends_nothing_of_a_file_that_is_there(
        self, web: WebProcess, athlete: Person, report: LocalFile
    ) -> None:
        server = f"http://127.0.0.1:{web.port}"
        sent: list[int] = []
        hooks = {"request": [lambda request: sent.append(len(request.content))]}
        with httpx2.Client(event_hooks=hooks, timeout=PATIENCE_S) as http:
            uploader(server, athlete, http).upload(report)
            assert sum(sent) == report.size
            sent.clear()
            uploader(server, athlete, http).upload(report)
        assert sum(sent) == 0

    def test_gives_up_for_now_on_a_dead_network(self, athlete: Person, report: LocalFile) -> None:
        naps: list[float] = []
        with httpx2.Client(timeout=PATIENCE_S) as http, pytest.raises(Unreachable):
            Uploader(
                "http://127.0.0.1:9", athlete.token, http, attempts=4, sleep=naps.append,
                jitter=lambda: 1.0,
            ).upload(report)  # fmt: skip
        assert naps == [2.0, 4.0, 8.0]

    def test_stops_when_the_file_is_not_what_it_said(
        self, web: WebProcess, athlete: Person, report: LocalFile
    ) -> None:
        report.path.write_bytes(content(report.size, seed=9))
        with httpx2.Client(timeout=PATIENCE_S) as http, pytest.raises(RequestRefused) as refusal:
            uploader(f"http://127.0.0.1:{web.port}", athlete, http).upload(report)
        assert refusal.value.problem.code == "content-mismatch"

    def test_stops_when_its_token_is_not_taken(self, web: WebProcess, report: LocalFile) -> None:
        with httpx2.Client(timeout=PATIENCE_S) as http, pytest.raises(SignedOut):
            Uploader(f"http://127.0.0.1:{web.port}", "nobody", http).upload(report)
