"""Runs the processes of a Procfile together: what one machine needs in place of an orchestrator.

Each command is a child with its own process group, so that its own children end with it. A
child that died comes back after a pause that doubles while it keeps dying.
"""

import contextlib
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType

import psutil

from config import embedded
from config.embedded.processes import birth_mark, wait_until

_log = logging.getLogger(__name__)

_TICK_S = 0.2
_WATCH_S = 2.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 10.0
# A child that lived this long was healthy: its next death starts from the shortest pause.
_HEALTHY_AFTER_S = 30.0
_GRACE_S = 10.0

_LINE = re.compile(r"(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)")


class ProcfileError(Exception):
    """A Procfile line is not ``name: command``, or a name stands twice."""


def read_procfile(path: Path) -> dict[str, str]:
    """Return the commands of a Procfile by name, in the file's order.

    A command is one program with its arguments: it replaces the shell that reads it.
    """
    commands: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _LINE.fullmatch(text)
        if match is None or match["name"] in commands:
            raise ProcfileError(f"{path}:{number}: not `name: command`, or a name used twice.")
        commands[match["name"]] = match["command"]
    return commands


@dataclass
class _Child:
    name: str
    command: str
    process: subprocess.Popen[bytes] | None = None
    reader: threading.Thread | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    pause_s: float = field(default=_FIRST_PAUSE_S)


class Supervisor:
    """Keeps ``commands`` running from ``with`` to the end of the block.

    Commands are read by ``sh``, so ``${PORT:-8000}`` works, with ``env`` as their whole
    environment. Entered from the main thread, SIGINT and SIGTERM end the block wherever it
    is, without an error; `interrupted` tells.
    Args:
        embedded_home: home of the embedded servers to watch and restart, None when the
            operator's own are used. The caller has called `embedded.start` for it.
        on_tick: called about five times a second from the supervisor's thread.
        log: takes one line at a time, from several threads; standard output by default.
    """

    def __init__(
        self,
        commands: Mapping[str, str],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        embedded_home: Path | None = None,
        on_tick: Callable[[], None] | None = None,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self._children = [_Child(name, command) for name, command in commands.items()]
        self._env = dict(env)
        self._cwd = cwd
        self._embedded_home = embedded_home
        self._on_tick = on_tick
        self._write = log or _to_stdout
        self._width = max((len(name) for name in (*commands, "supervisor")), default=0)
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._previous: dict[signal.Signals, object] = {}
        self._watch_due_at = 0.0
        self._entered = False
        self._interrupted = False

    def __enter__(self) -> "Supervisor":
        self._take_signals()
        try:
            for child in self._children:
                self._spawn(child)
            self._thread.start()
            self._entered = True
            if self._interrupted:
                raise KeyboardInterrupt
        except BaseException:
            self.stop()
            self._give_signals_back()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        try:
            self.stop()
        finally:
            self._give_signals_back()
        return self._interrupted and kind is KeyboardInterrupt

    @property
    def interrupted(self) -> bool:
        """Whether SIGINT or SIGTERM ended the block."""
        return self._interrupted

    @property
    def pids(self) -> dict[str, int]:
        """The living children by name; one that is waiting to come back is missing."""
        with self._lock:
            return {
                child.name: child.process.pid
                for child in self._children
                if child.process is not None and child.process.poll() is None
            }

    def wait(self) -> None:
        """Return when SIGINT or SIGTERM came, or another thread called `stop`."""
        # Not `Event.wait`: the interrupt could hit it between taking and freeing its own lock,
        # and `stop` would then wait for that lock for ever.
        with contextlib.suppress(KeyboardInterrupt):
            while not self._stopping.is_set():
                time.sleep(_TICK_S)

    def stop(self) -> None:
        """End every child and all they started: TERM, and KILL after ten seconds."""
        if threading.current_thread() is threading.main_thread():
            for each in self._previous:
                signal.signal(each, signal.SIG_IGN)  # Ctrl-C while stopping leaves no orphans
        self._stopping.set()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join()
        with self._lock:
            groups = [child.process for child in self._children if child.process is not None]
            _end_groups([process.pid for process in groups], grace_s=_GRACE_S)
            for child in self._children:
                if child.process is not None:
                    child.process.wait()
                    self._finish_reading(child)
                    child.process = None

    def _watch(self) -> None:
        while not self._stopping.wait(_TICK_S):
            for child in self._children:
                if self._stopping.is_set():
                    return
                self._look_after(child)
            self._look_after_servers()
            if self._on_tick is not None:
                self._on_tick()

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.due_at:
                try:
                    self._spawn(child)
                except OSError as failure:  # out of processes or memory: may pass
                    self._pause(child, f"could not start: {failure.strerror}")
            return
        code = child.process.poll()
        if code is None:
            return
        if now - child.started_at >= _HEALTHY_AFTER_S:
            child.pause_s = _FIRST_PAUSE_S
        # What it had started may still hold the port or work on a job.
        _end_groups([child.process.pid], grace_s=2.0)
        with self._lock:
            self._finish_reading(child)
            child.process = None
        ended = f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        self._pause(child, ended)

    def _pause(self, child: _Child, what: str) -> None:
        self._say("supervisor", f"{child.name} {what}; again in {child.pause_s:g} s")
        child.due_at = time.monotonic() + child.pause_s
        child.pause_s = min(child.pause_s * 2, _LONGEST_PAUSE_S)

    def _look_after_servers(self) -> None:
        if self._embedded_home is None or time.monotonic() < self._watch_due_at:
            return
        self._watch_due_at = time.monotonic() + _WATCH_S
        if embedded.running(self._embedded_home):
            return
        self._say("supervisor", "an embedded server died; starting it again")
        try:
            embedded.start(self._embedded_home)
        except embedded.EmbeddedServerError as failure:
            self._watch_due_at = time.monotonic() + _LONGEST_PAUSE_S
            self._say("supervisor", str(failure))

    def _spawn(self, child: _Child) -> None:
        with self._lock:
            child.process = subprocess.Popen(  # noqa: S603 (the project's own Procfile)
                ["/bin/sh", "-c", f"exec {child.command}"],
                env=self._env,
                cwd=self._cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            child.started_at = time.monotonic()
            child.reader = threading.Thread(
                target=self._read, args=(child.name, child.process), daemon=True
            )
            child.reader.start()

    def _read(self, name: str, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None  # noqa: S101 (it was asked for as a pipe)
        for line in process.stdout:
            self._say(name, line.decode(errors="replace").rstrip("\r\n"))

    def _finish_reading(self, child: _Child) -> None:
        """Wait for the child's last lines; its whole group has ended, so there is an end."""
        if child.reader is None or child.process is None or child.process.stdout is None:
            return
        child.reader.join(timeout=5)
        # A daemon that left the group may keep the pipe open; closing under a reader would hang.
        if not child.reader.is_alive():
            child.process.stdout.close()

    def _say(self, name: str, line: str) -> None:
        self._write(f"{name:<{self._width}} | {line}")

    def _take_signals(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for each in (signal.SIGINT, signal.SIGTERM):
            # Set for SIGINT too: a shell starts background jobs with it ignored.
            self._previous[each] = signal.signal(each, self._interrupt)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        # Not between the start of a child and the note of its number, and once only: an
        # impatient second Ctrl-C must not cut the stopping short.
        first, self._interrupted = not self._interrupted, True
        if self._entered and first:
            raise KeyboardInterrupt

    def _give_signals_back(self) -> None:
        while self._previous:
            each, handler = self._previous.popitem()
            signal.signal(each, handler)  # type: ignore[arg-type] # as signal() gave it


_stdout_lock = threading.Lock()


def _to_stdout(line: str) -> None:
    with _stdout_lock, contextlib.suppress(BrokenPipeError, ValueError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _members(groups: set[int]) -> Iterator[int]:
    """Yield the living processes of ``groups``; zombies hold a group open and don't count."""
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) in groups and process.status() != psutil.STATUS_ZOMBIE:
                yield process.pid
        except (ProcessLookupError, PermissionError, psutil.Error):
            continue


def _end_groups(groups: list[int], *, grace_s: float) -> None:
    """Ask the leaders, which end their own children in good order; then everybody; then kill."""

    def leaders_gone() -> bool:
        return all(birth_mark(group) is None for group in groups)

    def all_gone() -> bool:
        return not any(_members(set(groups)))

    # Children whose leader is gone are waiting for nobody: the grace is the leaders' alone.
    steps = (
        (signal.SIGTERM, grace_s, os.kill, leaders_gone),
        (signal.SIGTERM, 2.0, os.killpg, all_gone),
        (signal.SIGKILL, 5.0, os.killpg, all_gone),
    )
    for wanted, patience_s, send, done in steps:
        if done():
            continue
        for group in groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                send(group, wanted)
        wait_until(done, timeout_s=patience_s)
