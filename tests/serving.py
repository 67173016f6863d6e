"""The web process as operators run it, on this test run's database, at a real address."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT
from tests.ports import free_port

PATIENCE_S = 300


@dataclass
class WebProcess:
    """A granian that can be killed and started again at the same address."""

    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
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
            env={**os.environ, **self.settings},
        )
        deadline = time.monotonic() + PATIENCE_S
        while not self._listens():
            assert self.process.poll() is None, "the web process ended"
            assert time.monotonic() < deadline, "the web process never listened"
            time.sleep(0.05)

    def kill(self) -> None:
        """End it and its workers at once, as a power cut would."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        deadline = time.monotonic() + PATIENCE_S
        while self._listens():
            assert time.monotonic() < deadline, "the port never became free"
            time.sleep(0.02)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def serving(**settings: str) -> Iterator[WebProcess]:
    """Run a web process for a while."""
    web = WebProcess(settings=settings)
    web.start()
    try:
        yield web
    finally:
        web.kill()
