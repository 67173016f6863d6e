"""The web process as operators run it, on this database, with a folder of its own for files."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil
import pytest
from django.core.files.storage import storages

from apps.uploads.services.sweep import sweep
from tests.apps.uploads.sending import PATIENCE_S, Answer, ask
from tests.conftest import ROOT, Person
from tests.ports import free_port


@dataclass
class WebProcess:
    """A granian that can be killed and started again at the same address."""

    port: int
    folder: Path
    settings: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Start and wait until it answers."""
        self.process = subprocess.Popen(
            [
                str(Path(sys.executable).parent / "granian"),
                *("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port)),
                *("--workers", "1", "--blocking-threads", "4", "--no-ws"),
                "config.wsgi:application",
            ],
            cwd=ROOT,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "UPLOADS_DIR": str(self.folder), **self.settings},
        )
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, "the web process ended"
                assert time.monotonic() < deadline, "the web process never listened"
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it and its workers at once, as a power cut would."""
        assert self.process is not None
        os.killpg(self.process.pid, how)
        self.process.wait()
        until(lambda: not self.is_listening(), what="the port being free again")

    def is_listening(self) -> bool:
        """Return whether anybody answers at the address."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def memory_bytes(self) -> int:
        """Return what its processes hold in memory."""
        assert self.process is not None
        top = psutil.Process(self.process.pid)
        each = [top, *top.children(recursive=True)]
        return sum(process.memory_info().rss for process in each)

    def ask(self, person: Person, method: str, path: str, *rest: object) -> Answer:
        """Make one request."""
        return ask(self.port, person, method, path, *rest)

    def files(self, person: Person) -> list[Path]:
        """Return every file it keeps of somebody."""
        return [path for path in (self.folder / str(person.id)).rglob("*") if path.is_file()]


@contextmanager
def web_process(folder: Path, **settings: str) -> Iterator[WebProcess]:
    """Run a web process for a while."""
    web = WebProcess(free_port(), folder, settings)
    web.start()
    try:
        yield web
    finally:
        if web.process is not None and web.process.poll() is None:
            web.stop()


def shared_folder() -> Path:
    """Return where this process keeps files too, so that tests can sweep what servers stored."""
    return Path(storages["uploads"].path(""))


@pytest.fixture(scope="session")
def web() -> Iterator[WebProcess]:
    """One web process for every test that does not hurt it."""
    with web_process(shared_folder(), UPLOADS_MAX_BYTES=str(96 * 2**20)) as running:
        yield running


@pytest.fixture
def frail_web() -> Iterator[WebProcess]:
    """A web process of the test's own, to be killed."""
    with web_process(shared_folder()) as running:
        yield running


@pytest.fixture(autouse=True)
def emptied(athlete: Person) -> Iterator[None]:
    """Leave no file behind; what is in tables stays, as everywhere in these tests."""
    yield
    shutil.rmtree(shared_folder() / str(athlete.id), ignore_errors=True)


def until(condition: Callable[[], bool], *, what: str) -> None:
    """Wait for a condition; fail with ``what`` when it never comes."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"never came: {what}")
        time.sleep(0.02)


def sweep_all(now: datetime) -> None:
    """Sweep until nothing is due, however much other tests left."""
    while sweep(now=now):
        pass
