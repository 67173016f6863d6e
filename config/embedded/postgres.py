"""One PostgreSQL over a unix socket."""

import contextlib
import logging
import os
import shutil
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.embedded.errors import EmbeddedServerError, explain
from config.embedded.layout import POSTGRES_MAJOR, Layout, Programs
from config.embedded.processes import end, living, processes_in, run_program, wait_until

_log = logging.getLogger(__name__)

PORT = 5432  # only part of the socket's name: nothing listens on TCP
SUPERUSER = "postgres"
_LOG_LIMIT_BYTES = 10_000_000
_START_PATIENCE_S = 120

# No statement and no row detail in the log, at any level: they can hold health values.
_SETTINGS = """\
listen_addresses = ''
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
fsync = on
synchronous_commit = on
full_page_writes = on
wal_level = replica
shared_buffers = 128MB
max_connections = 100
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_error_verbosity = terse
"""


def socket_answers(path: Path) -> bool:
    """Return whether something accepts connections on the unix socket ``path``."""
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as probe:
        probe.settimeout(2.0)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def socket_path(layout: Layout) -> Path:
    """Return the socket PostgreSQL listens on."""
    return layout.sockets / f".s.PGSQL.{PORT}"


@dataclass(frozen=True)
class Postgres:
    """The PostgreSQL of one home. All methods are called under the home's lock."""

    layout: Layout
    programs: Programs

    @property
    def folder(self) -> Path:
        """Everything of this server: data, log, a data folder in the making."""
        return self.layout.data / "postgres"

    @property
    def cluster(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The server's log; a single older one lies beside it."""
        return self.folder / "log" / "postgres.log"

    def pid(self) -> int | None:
        """Return the server's process id, None when it does not run."""
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError, psutil.Error):
            pid = int((self.cluster / "postmaster.pid").read_text().splitlines()[0])
            # The file may be left over and its number belong to anybody by now. A deleted
            # folder's server can't be meant: the file would be gone with it.
            # Only the server itself is asked where it works: of the others, which serve a
            # connection each, one may end meanwhile, and that says nothing about the server.
            if any(
                each.cwd() == str(self.cluster) for each in self._processes() if each.pid == pid
            ):
                return pid
        return None

    def ensure(self) -> None:
        """Make the data folder if there is none, and have the server run."""
        if self.pid() is not None:
            if wait_until(self._answers, timeout_s=_START_PATIENCE_S if self._starting() else 5):
                return
            _log.warning("PostgreSQL runs but its socket does not answer: it is restarted.")
            self.stop()
        self._end_leftovers()
        if not self.cluster.exists():
            self._make_cluster()
        self._check_version()
        self._clear_stale_files()
        self._start()

    def stop(self) -> None:
        """Disconnect everyone, write all out and end the server."""
        if self.pid() is not None:
            run_program(
                [self._bin("pg_ctl"), "-D", self.cluster, "-m", "fast", "-w", "-t", "60", "stop"],
                account=self.layout.account,
                cwd=self.folder,
                timeout_s=90,
            )
        self._end_leftovers()

    def _processes(self) -> list[psutil.Process]:
        return processes_in(self.cluster, names=("postgres",))

    def _answers(self) -> bool:
        return not self._starting() and socket_answers(socket_path(self.layout))

    def _starting(self) -> bool:
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) < 8 or lines[7].strip() != "ready"

    def _end_leftovers(self) -> None:
        """End processes that outlived their server, before anything else touches the data."""
        leftovers = self._processes()
        # Backends notice the death of the server by themselves, usually at once.
        if not wait_until(lambda: not living(leftovers), timeout_s=2):
            end(leftovers, sig=signal.SIGQUIT, grace_s=10)

    def _clear_stale_files(self) -> None:
        """Remove the marks of a dead server, once no process of this folder lives.

        PostgreSQL does so itself, unless the number in them is a zombie's, or by now some
        other process's of this user: it would take that for the living server.
        """
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        path = socket_path(self.layout)
        if not socket_answers(path):
            path.unlink(missing_ok=True)
            path.with_name(f"{path.name}.lock").unlink(missing_ok=True)

    def _make_cluster(self) -> None:
        """Run initdb under another name: a data folder is there in full or not at all."""
        unfinished = self.folder / "data.new"
        half_done = processes_in(unfinished, names=("postgres",))
        end(
            [*processes_in(self.folder, names=("initdb",)), *half_done],
            sig=signal.SIGKILL,
            grace_s=10,
        )
        shutil.rmtree(unfinished, ignore_errors=True)
        made = run_program(
            [
                self._bin("initdb"),
                f"--pgdata={unfinished}",
                f"--username={SUPERUSER}",
                "--auth=trust",  # whoever can enter the socket's folder; nobody else can
                "--encoding=UTF8",
                "--locale=C",
                # The same order of text on every machine, whatever locales it has.
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            ],
            account=self.layout.account,
            cwd=self.folder,
            timeout_s=300,
        )
        if made.returncode != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise EmbeddedServerError(explain(made.stdout, place=self.folder))
        with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\ninclude = 'mechanostat.conf'\n")
        unfinished.replace(self.cluster)

    def _check_version(self) -> None:
        try:
            version = (self.cluster / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise EmbeddedServerError(
                f"{self.cluster} is not a PostgreSQL data folder. Move it away and start again."
            ) from None
        if version != str(POSTGRES_MAJOR):
            raise EmbeddedServerError(
                f"The data in {self.cluster} was made by PostgreSQL {version} and this release "
                f"brings {POSTGRES_MAJOR}. Dump it with PostgreSQL {version} and load it into a "
                "new folder, or move it away to start empty."
            )

    def _start(self) -> None:
        self._write_settings()
        already = self._prepare_log()
        started = run_program(
            [
                *(self._bin("pg_ctl"), "-D", self.cluster, "-l", self.log),
                *("-w", "-t", str(_START_PATIENCE_S), "start"),
            ],
            account=self.layout.account,
            cwd=self.folder,
            timeout_s=_START_PATIENCE_S + 30,
        )
        if started.returncode != 0:
            said = self.log.read_bytes()[already:].decode(errors="replace") or started.stdout
            raise EmbeddedServerError(
                explain(said, place=self.folder, sockets=self.layout.sockets, log=self.log)
            )

    def _write_settings(self) -> None:
        """Write our settings anew: the socket's folder may have changed since the last start."""
        sockets = str(self.layout.sockets).replace("\\", "\\\\").replace("'", "''")
        path = self.cluster / "mechanostat.conf"
        path.write_text(_SETTINGS.format(port=PORT, sockets=sockets), encoding="utf-8")
        if self.layout.account:
            os.chown(path, self.layout.account.uid, self.layout.account.gid)

    def _prepare_log(self) -> int:
        """Put a log that has grown large aside; return the size of the current one."""
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.old"))
        self.log.touch(mode=0o600)
        if self.layout.account:
            for path in (self.log.parent, self.log):
                os.chown(path, self.layout.account.uid, self.layout.account.gid)
        return self.log.stat().st_size

    def _bin(self, name: str) -> Path:
        return self.programs.postgres_bin / name
