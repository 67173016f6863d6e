"""The phone on the command line, as the demonstration uses it."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from phone import record_id
from phone.__main__ import main
from tests.conftest import Person
from tests.phone.devices import WORKOUT as DEVICE_WORKOUT
from tests.phone.devices import bodies_at_server, device
from tests.phone.hand import LAB, WORKOUT
from tests.phone.peer import LoseRequest, Peer
from tests.serving import WebProcess


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as running:
        yield running


@pytest.fixture
def run(peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Runner":
    monkeypatch.setenv("COLUMNS", "160")
    return Runner(peer, tmp_path)


class Runner:
    def __init__(self, peer: Peer, folder: Path) -> None:
        self.peer = peer
        self.folder = folder

    def __call__(self, *words: str) -> int:
        store = self.folder / "phone.sqlite3"
        return main(["--server", self.peer.url, "--store", str(store), *words])

    def file(self, *ops: object) -> str:
        path = self.folder / "ops.json"
        path.write_text(json.dumps({"ops": ops}))
        return str(path)


class TestCommandLine:
    def test_goes_from_nothing_to_records_on_screen(
        self, run: Runner, capsys: pytest.CaptureFixture[str]
    ) -> None:
        source = {"system": "healthkit", "external_id": "A1", "version": 1}
        file = run.file(
            {"type": "athlete_profile", "set": {"sex": "female", "zone": "Europe/Berlin"}},
            {"type": "workout_session", "set": {**WORKOUT, "source": source, "title": None}},
            {"type": "lab_result", "set": LAB},
        )
        password = ["--password", "a good password"]
        assert run("sign-up", "a@example.org", "--zone", "Europe/Berlin", *password) == 0
        assert run("sign-in", "a@example.org", *password) == 0
        assert run("push-file", file) == 0
        (athlete, feed), *_ = run.peer.feeds.items()
        feed.server_writes(
            "risk_summary",
            {
                "as_of": "2026-03-02",
                "overall": "watch",
                "domains": {
                    "bone": {
                        "band": "watch",
                        "confidence": "low",
                        "completeness": 0.5,
                        "findings": [{"code": "bone.little_impact"}],
                        "missing": ["dxa_scan"],
                    }
                },
                "texts": {"en": {"summary": "Little [impact] this month."}},
            },
        )
        feed.server_writes("reminder", {"topic": "vitd_25oh", "due_date": "2026-05-21"})
        feed.server_writes("sync_issue", {"code": "invalid", "pointers": ["/set/rpe"]})
        assert run("sync", "--wait", "5") == 0
        capsys.readouterr()
        assert run("show") == 0

        shown = capsys.readouterr().out
        for words in (
            "a@example.org",
            "running",
            "vitd_25oh",
            "41.5",
            "2026-05-21",
            "bone.little_impact",
            "50%",
            "Little [impact] this month.",
            "/set/rpe",
            "Europe/Berlin",
        ):
            assert words in shown
        imported = record_id(UUID(athlete), "workout_session", "healthkit", "A1")
        assert {athlete, str(imported)} <= set(feed.records)
        assert "title" not in feed.records[str(imported)]["body"]

    def test_shows_what_waits_and_what_needs_the_person(
        self, run: Runner, capsys: pytest.CaptureFixture[str]
    ) -> None:
        password = ["--password", "a good password"]
        run("sign-up", "a@example.org", *password)
        run("sign-in", "a@example.org", *password)
        run("push-file", run.file({"type": "reminder", "set": {"state": "done"}}))
        run.peer.tokens.clear()

        assert run("push-file", run.file({"type": "lab_result", "set": LAB})) == 1
        assert "Signed out" in capsys.readouterr().err
        run("show")

        shown = capsys.readouterr().out
        assert "server-owned" in shown
        assert "not synced" in shown
        assert "1 edits wait" in shown

    def test_says_when_the_server_is_away(
        self, run: Runner, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run.peer.faults.append(LoseRequest())

        assert run("sync") == 1
        assert run("push-file", "no such file") == 1
        assert len(capsys.readouterr().err.splitlines()) == 2


@pytest.mark.processes
class TestAgainstTheServer:
    def test_an_edit_not_taken_is_made_again_or_dropped_and_the_copy_compared(
        self,
        web: WebProcess,
        athlete: Person,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("COLUMNS", "160")
        path = tmp_path / "phone.sqlite3"
        with device(web, athlete, path) as phone:
            first = phone.put("workout_session", uuid4(), set={**DEVICE_WORKOUT, "rpe": "very"})
            second = phone.put("workout_session", uuid4(), set={"rpe": "not at all"})

        def run(*words: str) -> str:
            assert main(["--server", web.url, "--store", str(path), *words]) == 0
            return capsys.readouterr().out

        assert "2 need you" in run("sync")
        shown = run("show")
        assert str(first) in shown
        assert "/set/rpe" in shown
        assert "1 sent" in run("redo", str(first), "--set", '{"rpe": 7}')
        run("drop", str(second))
        assert "Needs you" not in run("show")
        assert "equals the server's" in run("check")
        assert [body["rpe"] for body in bodies_at_server(athlete).values() if "rpe" in body] == [7]
