import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from config import embedded, supervise
from config.embedded.processes import wait_until
from config.supervise import ProcfileError, Supervisor, read_procfile

pytestmark = pytest.mark.processes
PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_S = 300.0
ENV = {"PATH": os.environ["PATH"]}


class Lines:
    """What a supervisor wrote, as its threads write it."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def __call__(self, line: str) -> None:
        self.written.append(line)

    def come_to_hold(self, part: str, *, times: int = 1) -> bool:
        return wait_until(
            lambda: sum(part in line for line in list(self.written)) >= times,
            timeout_s=PATIENCE_S,
        )


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


def ends(pid: int) -> bool:
    """Return whether the process ends, or is only waiting for its parent to look."""

    def gone() -> bool:
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    return wait_until(gone, timeout_s=PATIENCE_S)


class TestSupervisor:
    def test_prefixes_each_line_with_the_name(self, lines: Lines) -> None:
        commands = {"web": "sh -c 'echo up; echo bad >&2; sleep 600'", "worker": "sleep 600"}
        with Supervisor(commands, env=ENV, log=lines):
            assert lines.come_to_hold("web        | up")
            assert lines.come_to_hold("web        | bad")

    def test_reads_commands_with_their_own_environment(self, lines: Lines) -> None:
        commands = {"a": "sh -c 'echo ${GIVEN:-none} ${HOME:-none}; sleep 600'"}
        with Supervisor(commands, env={**ENV, "GIVEN": "port"}, log=lines):
            assert lines.come_to_hold("| port none")

    def test_restarts_a_child_that_died_after_growing_pauses(self, lines: Lines) -> None:
        with Supervisor({"a": "sh -c 'exit 3'"}, env=ENV, log=lines):
            assert lines.come_to_hold("a ended with 3; again in 0.5 s")
            assert lines.come_to_hold("a ended with 3; again in 1 s")
            assert lines.come_to_hold("a ended with 3; again in 2 s")

    def test_restarts_a_child_that_was_killed(self, lines: Lines) -> None:
        with Supervisor({"a": "sleep 600"}, env=ENV, log=lines) as supervisor:
            first = supervisor.pids["a"]
            os.kill(first, signal.SIGKILL)

            assert lines.come_to_hold("a died of SIGKILL")
            assert wait_until(
                lambda: supervisor.pids.get("a", first) != first, timeout_s=PATIENCE_S
            )

    def test_a_healthy_time_forgives_earlier_deaths(
        self, lines: Lines, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(supervise, "_HEALTHY_AFTER_S", 0.0)
        with Supervisor({"a": "false"}, env=ENV, log=lines):
            assert lines.come_to_hold("again in 0.5 s", times=3)

    def test_ends_what_a_dead_child_had_started_before_it_comes_back(self, lines: Lines) -> None:
        commands = {"a": "sh -c 'sleep 600 & echo pid $!; wait'"}
        with Supervisor(commands, env=ENV, log=lines) as supervisor:
            assert lines.come_to_hold("pid ")
            orphan = int(lines.written[0].rpartition(" ")[2])
            os.kill(supervisor.pids["a"], signal.SIGKILL)

            assert ends(orphan)
            assert lines.come_to_hold("pid ", times=2)

    def test_stop_leaves_no_orphan(self, lines: Lines) -> None:
        commands = {"a": "sh -c 'sleep 600 & echo pid $!; wait'", "b": "sleep 600"}
        with Supervisor(commands, env=ENV, log=lines) as supervisor:
            assert lines.come_to_hold("pid ")
            pids = [*supervisor.pids.values(), int(lines.written[0].rpartition(" ")[2])]

        assert all(map(ends, pids))
        assert supervisor.pids == {}

    def test_stop_kills_a_child_that_will_not_end(
        self, lines: Lines, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(supervise, "_GRACE_S", 0.2)
        stubborn = "sh -c 'trap \"\" TERM; echo ready; while :; do sleep 600; done'"
        with Supervisor({"a": stubborn}, env=ENV, log=lines) as supervisor:
            assert lines.come_to_hold("ready")
            pid = supervisor.pids["a"]

        assert ends(pid)

    def test_an_error_in_the_block_stops_the_children_too(self, lines: Lines) -> None:
        pids: list[int] = []

        def fail() -> None:
            with Supervisor({"a": "sleep 600"}, env=ENV, log=lines) as supervisor:
                pids.extend(supervisor.pids.values())
                raise RuntimeError("the story failed")

        with pytest.raises(RuntimeError, match="the story failed"):
            fail()
        assert len(pids) == 1
        assert all(map(ends, pids))

    def test_calls_back_while_it_runs_and_wait_ends_when_stopped(self, lines: Lines) -> None:
        ticked = threading.Event()
        with Supervisor({"a": "sleep 600"}, env=ENV, log=lines, on_tick=ticked.set) as supervisor:
            assert ticked.wait(PATIENCE_S)
            threading.Thread(target=supervisor.stop).start()
            supervisor.wait()

    def test_gives_signal_handlers_back(self, lines: Lines) -> None:
        wanted = (signal.SIGINT, signal.SIGTERM)
        before = [signal.getsignal(each) for each in wanted]
        with Supervisor({}, env=ENV, log=lines):
            pass

        assert [signal.getsignal(each) for each in wanted] == before

    @pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_ends_everything(self, sent: signal.Signals) -> None:
        code = """
            import faulthandler, os, sys
            from config.supervise import Supervisor
            faulthandler.dump_traceback_later(300, exit=True)  # a hang must show where
            commands = {"a": "sh -c 'sleep 600 & echo pid $!; wait'"}
            with Supervisor(commands, env=dict(os.environ)) as supervisor:
                # One write: print would make two, with the child's line between them at times.
                sys.stdout.write("ready\\n")
                sys.stdout.flush()
                supervisor.wait()
            print("stopped in order" if supervisor.interrupted else "stopped by itself")
        """
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            # The child may write before the block begins or after.
            seen = sorted(process.stdout.readline().strip() for _ in range(2))
            assert seen[1] == "ready"
            orphan = int(seen[0].rpartition(" ")[2])
            process.send_signal(sent)
            process.send_signal(sent)  # impatience changes nothing
            assert process.stdout.read().endswith("stopped in order\n")

        assert process.returncode == 0
        assert ends(orphan)

    def test_restarts_embedded_servers_that_died(self, lines: Lines, folder: Path) -> None:
        home = folder / "home"
        embedded.start(home)
        try:
            with Supervisor({"a": "sleep 600"}, env=ENV, embedded_home=home, log=lines):
                for deaths, server in enumerate(("valkey_pid", "postgres_pid"), start=1):
                    pid = embedded.status(home)[server]
                    assert isinstance(pid, int)
                    os.kill(pid, signal.SIGKILL)
                    assert lines.come_to_hold("an embedded server died", times=deaths)
                    assert wait_until(partial(_serves_anew, home, pid), timeout_s=PATIENCE_S)
        finally:
            embedded.stop(home)


def _serves_anew(home: Path, killed: int) -> bool:
    found = embedded.status(home)
    return bool(found["answering"]) and killed not in (found["postgres_pid"], found["valkey_pid"])


class TestReadProcfile:
    def test_keeps_names_and_commands_in_order(self, tmp_path: Path) -> None:
        path = tmp_path / "Procfile"
        path.write_text("# what runs\n\nweb: serve --port ${PORT:-8000}\nworker:  work: hard \n")

        assert list(read_procfile(path).items()) == [
            ("web", "serve --port ${PORT:-8000}"),
            ("worker", "work: hard"),
        ]

    @pytest.mark.parametrize("text", ["web serve\n", "web:\n", "web: a\nweb: b\n", "a b: c\n"])
    def test_names_the_line_it_cannot_read(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "Procfile"
        path.write_text(text)

        with pytest.raises(ProcfileError, match=r"Procfile:\d"):
            read_procfile(path)


def test_output_closed_early_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make run | head` closes our standard output while children still write."""
    reading, writing = os.pipe()
    os.close(reading)
    with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "w") as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        with Supervisor({"a": "sh -c 'echo up; sleep 600'"}, env=ENV) as supervisor:
            assert wait_until(lambda: "a" in supervisor.pids, timeout_s=PATIENCE_S)
        monkeypatch.undo()
