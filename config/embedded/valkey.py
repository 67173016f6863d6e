"""One Valkey over a unix socket: broker, cache and limits."""

import contextlib
import logging
import os
import re
import shutil
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.embedded.errors import EmbeddedServerError, explain
from config.embedded.layout import Layout, Programs
from config.embedded.processes import end, processes_in, run_program, wait_until

_log = logging.getLogger(__name__)

_START_PATIENCE_S = 60
_UNREADABLE = r"Bad file format|Wrong signature|Unrecoverable error|[Ee]rror loading|[Ii]nvalid AOF"


def socket_path(layout: Layout) -> Path:
    """Return the socket Valkey listens on."""
    return layout.sockets / "valkey.sock"


def answers(path: Path) -> bool:
    """Return whether a Valkey on ``path`` has loaded its data and serves."""
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as probe:
        probe.settimeout(2.0)
        try:
            probe.connect(str(path))
            probe.sendall(b"PING\r\n")
            return probe.recv(64).startswith(b"+PONG")
        except OSError:
            return False


@dataclass(frozen=True)
class Valkey:
    """The Valkey of one home. All methods are called under the home's lock."""

    layout: Layout
    programs: Programs

    @property
    def folder(self) -> Path:
        """Everything of this server: data and log."""
        return self.layout.data / "valkey"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The server's log, begun anew with each start."""
        return self.folder / "valkey.log"

    def pid(self) -> int | None:
        """Return the server's process id, None when it does not run."""
        for process in self._processes():
            with contextlib.suppress(psutil.Error):
                if process.cwd() == str(self.data):
                    return process.pid
        return None

    def ensure(self) -> None:
        """Have the server run, with the messages it had."""
        if self.pid() is not None and self._serves(patience_s=5):
            return
        self.stop()
        if self._start():
            return
        # The stored row is the truth and a message only a hint: an unreadable broker is put
        # aside, and what it held is found again by the sweeps.
        aside = self._put_aside()
        _log.warning("Valkey could not read its data: it starts empty, the old is in %s.", aside)
        if not self._start():
            raise EmbeddedServerError(
                explain(self._said(), place=self.folder, sockets=self.layout.sockets, log=self.log)
            )

    def stop(self) -> None:
        """Write all out and end the server, or what is left of one."""
        end(self._processes(), sig=signal.SIGTERM, grace_s=20)

    def _processes(self) -> list[psutil.Process]:
        return processes_in(self.data, names=("valkey-server",))

    def _serves(self, *, patience_s: float) -> bool:
        path = socket_path(self.layout)
        wait_until(lambda: answers(path) or self.pid() is None, timeout_s=patience_s)
        return answers(path)

    def _start(self) -> bool:
        """Start; False when the server found its own data unreadable."""
        self.log.unlink(missing_ok=True)
        started = run_program(
            [
                self.programs.valkey_server,
                *("--daemonize", "yes"),
                *("--port", "0", "--protected-mode", "yes"),
                *("--unixsocket", socket_path(self.layout), "--unixsocketperm", "700"),
                *("--dir", self._data_folder(), "--logfile", self.log),
                *("--pidfile", self.folder / "valkey.pid"),
                *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
                *("--maxmemory-policy", "noeviction"),
            ],
            account=self.layout.account,
            cwd=self.folder,
            timeout_s=30,
        )
        # It goes to the background before it has loaded anything, so it can still fail there.
        if started.returncode == 0 and self._serves(patience_s=_START_PATIENCE_S):
            return True
        said = self._said() + started.stdout
        self.stop()
        if re.search(_UNREADABLE, said):
            return False
        raise EmbeddedServerError(
            explain(said, place=self.folder, sockets=self.layout.sockets, log=self.log)
        )

    def _said(self) -> str:
        try:
            return self.log.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def _data_folder(self) -> Path:
        self.data.mkdir(mode=0o700, exist_ok=True)
        if self.layout.account:
            os.chown(self.data, self.layout.account.uid, self.layout.account.gid)
        return self.data

    def _put_aside(self) -> Path:
        aside = self.folder / "data.unreadable"
        shutil.rmtree(aside, ignore_errors=True)
        return self.data.replace(aside)
