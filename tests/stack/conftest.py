"""The whole service as an operator runs it: `manage.py run`, its own servers, the demo."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import psutil
import pytest
from django.utils import timezone

from tests.conftest import ROOT
from tests.ports import free_port

PATIENCE_S = 240


@dataclass
class Stack:
    """A running service: its address, what it printed, and its processes."""

    url: str
    live_url: str
    home: Path
    process: subprocess.Popen[str]
    began_on: date = field(default_factory=lambda: timezone.now().date())
    lines: list[str] = field(default_factory=list)
    reader: threading.Thread | None = None

    @property
    def output(self) -> str:
        """Everything printed so far."""
        return "".join(self.lines)

    def pids(self, part: str) -> list[int]:
        """Return the processes below the service whose command line holds ``part``."""
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if part in " ".join(child.cmdline()):
                    found.append(child.pid)
            except psutil.NoSuchProcess:
                continue
        return found

    def kill(self, part: str) -> None:
        """Kill -9 every process whose command line holds ``part``; there will be one."""
        # What another test killed, or ended for want of that, may be on its way back.
        until(lambda: bool(self.pids(part)), what=f"{part} running")
        for pid in self.pids(part):
            with contextlib.suppress(ProcessLookupError):  # a child ends with its parent
                os.kill(pid, signal.SIGKILL)

    def server_pid(self, which: str) -> int | None:
        """Return the process of an embedded server, None while there is none."""
        told = subprocess.run(
            [sys.executable, "-m", "config.embedded", "status", "--home", str(self.home)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        pid: int | None = json.loads(told)[f"{which}_pid"]
        return pid


def start_stack(home: Path, *arguments: str) -> Stack:
    """Start `manage.py run` with a home of its own; return at once."""
    port, live_port = free_port(), free_port()
    environment = {
        name: value
        for name, value in os.environ.items()
        if name
        not in {
            "DATABASE_URL",
            "DATABASE_OWNER_URL",
            "REDIS_URL",
            "BROKER_URL",
            "DJANGO_SETTINGS_MODULE",
            "SECRET_KEY",
            "MECHANOSTAT_EMBEDDED",
        }
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run", "--port", str(port), *arguments],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={
            **environment,
            "MECHANOSTAT_HOME": str(home),
            "LIVE_PORT": str(live_port),
            "WEB_WORKERS": "1",
            "WORKER_CONCURRENCY": "1",
            "COLUMNS": "120",
        },
    )
    stack = Stack(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{live_port}", home, process)
    stack.reader = threading.Thread(target=_collect, args=(stack,), daemon=True)
    stack.reader.start()
    return stack


def stop(stack: Stack, *, asked: bool = True) -> int:
    """Wait for the service to end, as Ctrl-C does when ``asked``; return its status."""
    if asked:
        stack.process.send_signal(signal.SIGINT)
    status = stack.process.wait(timeout=PATIENCE_S)
    assert stack.reader is not None
    stack.reader.join()
    assert stack.process.stdout is not None
    stack.process.stdout.close()
    return status


def _collect(stack: Stack) -> None:
    assert stack.process.stdout is not None
    for line in stack.process.stdout:
        stack.lines.append(line)


def until(condition: Callable[[], bool], *, what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait for a condition; fail with ``what`` when it never comes."""
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"never came: {what}")
        time.sleep(0.2)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The service with its demo loaded and its phone's story told."""
    home = Path(tempfile.mkdtemp(prefix="ms-", dir="/tmp"))
    running = start_stack(home)
    try:
        until(
            lambda: "Ready." in running.output or running.process.poll() is not None,
            what="the service getting ready",
        )
        log = home / "run.log"
        assert running.process.poll() is None, running.output + (
            log.read_text()[-3000:] if log.exists() else ""
        )
        yield running
    finally:
        stop(running)
        shutil.rmtree(home, ignore_errors=True)
