"""A phone killed between any two steps of a sync loses nothing and doubles nothing."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.apps.sync.ops import log
from tests.conftest import ROOT, Person
from tests.phone import backup
from tests.phone.backup import Backup
from tests.phone.devices import LAB, WORKOUT, bodies_at_server, device, held_by_server
from tests.serving import WebProcess

pytestmark = pytest.mark.processes
MOST_STEPS = 400


@dataclass
class Mortal:
    """The process that syncs and dies; see `dying`."""

    process: subprocess.Popen[str]

    def sync(self, store: Path, *, kill_at: int | None = None) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"store": str(store), "kill_at": kill_at}) + "\n")
        self.process.stdin.flush()
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        return told


@pytest.fixture(scope="module")
def mortal(web: WebProcess) -> Iterator[Mortal]:
    command = [sys.executable, "-m", "tests.phone.dying", web.url]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield Mortal(process)
        assert process.stdin is not None
        process.stdin.close()


@dataclass
class Story:
    """A phone with something to sync, and the server it will meet."""

    store: Path
    saved: Backup
    edited: dict[UUID, dict[str, Any]]  # what the person wrote and the server takes
    gone: UUID


@pytest.fixture
def ordinary(web: WebProcess, athlete: Person, tmp_path: Path) -> Story:
    """Offline edits in chains, a merge, a deletion, a conflict and what builds on it."""
    path = tmp_path / "before.sqlite3"
    merged, gone, guarded, new = (uuid4() for _ in range(4))
    with device(web, athlete, path) as phone, device(web, athlete) as other:
        phone.put("workout_session", merged, set=WORKOUT)
        phone.put("workout_session", gone, set=WORKOUT)
        phone.put("lab_result", guarded, set=LAB)
        phone.sync()
        other.sync()
        other.put("workout_session", merged, set={"title": "Hills"})
        other.put("lab_result", guarded, set={"value": 50})
        for _ in range(3):
            other.put("workout_session", uuid4(), set=WORKOUT)
        other.sync()
        phone.put("workout_session", merged, set={"rpe": 9})
        phone.put("lab_result", guarded, set={"value": 60})
        phone.put("workout_session", new, set=WORKOUT)
        phone.put("workout_session", new, set={"rpe": 1})
        phone.put("lab_result", guarded, set={"note": "typed twice"})
        phone.delete("workout_session", gone)
    return Story(
        path, backup.take(athlete.id), {merged: {"rpe": 9}, new: {**WORKOUT, "rpe": 1}}, gone
    )


@pytest.fixture
def forked(web: WebProcess, athlete: Person, tmp_path: Path) -> Story:
    """A server that lost two versions and a deletion, and an edit made on one of them."""
    path = tmp_path / "before.sqlite3"
    changed, gone, new = (uuid4() for _ in range(3))
    with device(web, athlete, path) as phone:
        phone.put("workout_session", changed, set=WORKOUT)
        phone.put("workout_session", gone, set=WORKOUT)
        phone.sync()
        saved = backup.take(athlete.id)
        phone.put("workout_session", changed, set={"rpe": 9})
        phone.put("lab_result", new, set=LAB)
        phone.delete("workout_session", gone)
        phone.sync()
        phone.put("workout_session", changed, set={"title": "Hills"})
    edited = {changed: {**WORKOUT, "rpe": 9, "title": "Hills"}, new: LAB}
    return Story(path, saved, edited, gone)


class TestKilled:
    def test_between_any_two_steps_of_a_sync_it_ends_as_if_it_had_not_been(
        self, mortal: Mortal, athlete: Person, ordinary: Story
    ) -> None:
        steps = self.kill_at_each_step(mortal, athlete, ordinary)

        assert steps > 20

    def test_between_any_two_steps_of_giving_back_it_ends_as_if_it_had_not_been(
        self, mortal: Mortal, athlete: Person, forked: Story
    ) -> None:
        steps = self.kill_at_each_step(mortal, athlete, forked)

        assert steps > 20

    @staticmethod
    def kill_at_each_step(mortal: Mortal, athlete: Person, story: Story) -> int:
        store = story.store.with_name("phone.sqlite3")

        def put_back() -> None:
            for old in store.parent.glob("phone.sqlite3*"):
                old.unlink()
            shutil.copy(story.store, store)
            backup.restore(story.saved)

        put_back()
        unhurt = mortal.sync(store)
        history = {(op, record, outcome) for _, op, record, outcome in log(athlete)}
        assert (unhurt["outbox"], unhurt["pending"], unhurt["wanted"]) == (0, 0, 0)
        for step in range(1, MOST_STEPS):
            put_back()
            if "killed_by" not in (dying := mortal.sync(store, kill_at=step)):
                assert dying["versions"] == unhurt["versions"]
                return step - 1
            assert dying == {"killed_by": signal.SIGKILL}
            reborn = mortal.sync(store)
            # Nothing the person did leaves the screen, not even for a moment.
            for record, fields in story.edited.items():
                assert fields.items() <= reborn["woken"][str(record)].items(), step
            assert str(story.gone) not in reborn["woken"], step
            assert {**reborn, "woken": None} == {**unhurt, "woken": None}, step
            assert {UUID(key): tuple(v) for key, v in reborn["versions"].items()} == (
                held_by_server(athlete)
            )
            assert {UUID(key): body for key, body in reborn["seen"].items()} == (
                bodies_at_server(athlete)
            )
            assert {(op, record, outcome) for _, op, record, outcome in log(athlete)} == history
        pytest.fail(f"a sync of more than {MOST_STEPS} steps")
