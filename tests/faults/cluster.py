"""A PostgreSQL of a test's own: it can be killed, backed up, restored and stood by for.

The same real server as the embedded one, with a small memory. Backups are made by
`pg_basebackup`; a restore puts such a backup where the data were and lets the server replay the
write-ahead log up to a named point: everything after it is lost, as in any real restore.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg

from config import embedded
from config.database import prepare_cluster
from config.embedded.layout import (
    Layout,
    Programs,
    existing_layout,
    find_programs,
    prepared_layout,
)
from config.embedded.postgres import PORT, Postgres, socket_path
from config.embedded.processes import birth_mark, run_program, wait_until
from config.embedded.valkey import Valkey

PATIENCE_S = 300
DATABASE = "mechanostat"
APP, OWNER, ADMIN = "mechanostat_app", "mechanostat_owner", "postgres"

_PREFIX, _OWNER = "mechanostat-cluster-", "owner"
_MEMORY = Path("/dev/shm")  # noqa: S108 (a random name inside, private)
_SETTINGS = """\
shared_buffers = '16MB'
max_connections = '40'
wal_keep_size = '256MB'
max_wal_size = '1GB'
checkpoint_timeout = '30min'
hot_standby = 'on'
"""


class ClusterError(Exception):
    """One of PostgreSQL's own programs failed; the message is what it said."""


@dataclass(frozen=True)
class Backup:
    """A base backup, lying beside the data it was taken of."""

    folder: Path


@dataclass
class Cluster:
    """One server and its data. ``restores`` and ``backups`` count what was really done."""

    layout: Layout
    programs: Programs
    postgres: Postgres
    backups: int = 0
    restores: int = 0
    crashes: int = 0

    @classmethod
    @contextlib.contextmanager
    def made(cls) -> Iterator[Self]:
        """Make a server with the roles and an empty database; gone when the block ends."""
        with _home() as home:
            layout = prepared_layout(home)
            programs = find_programs(layout)
            cluster = cls(layout, programs, Postgres(layout, programs))
            cluster.postgres.ensure()
            cluster._set(_SETTINGS)
            cluster.postgres.stop()
            cluster.postgres.ensure()
            try:
                prepare_cluster(cluster.url(ADMIN, database="postgres"), database=DATABASE)
                yield cluster
            finally:
                cluster.postgres.stop()

    def url(self, user: str, *, database: str = DATABASE) -> str:
        """Return the address of a database here."""
        return _url(self.layout, user, database)

    @property
    def socket(self) -> Path:
        """The socket it listens on."""
        return socket_path(self.layout)

    def admin(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect as the superuser: sees every row, commits each statement."""
        return psycopg.connect(self.url(ADMIN), autocommit=True)

    # Deaths

    def kill_backend(self, pid: int) -> None:
        """Kill -9 one backend: the server takes all others down and recovers from its log."""
        os.kill(pid, signal.SIGKILL)
        self.crashes += 1
        # Until the server has seen that it is gone, it takes connections as if nothing had been.
        if not wait_until(lambda: not psutil.pid_exists(pid), timeout_s=PATIENCE_S):
            raise ClusterError("The backend did not end.")
        self.wait()

    def crash(self) -> None:
        """Kill -9 the whole server, as a power cut would, and start it on what it left."""
        pid = self.postgres.pid()
        if pid is None:
            raise ClusterError("The server does not run.")
        os.kill(pid, signal.SIGKILL)
        self.crashes += 1
        self.postgres.ensure()
        self.wait()

    def wait(self) -> None:
        """Wait until it takes connections again."""
        if not wait_until(self._takes_connections, timeout_s=PATIENCE_S):
            raise ClusterError("The server did not come back.")

    # Backups

    def back_up(self) -> Backup:
        """Take a base backup of the running server."""
        self.backups += 1
        backup = Backup(self.postgres.folder / f"backup-{self.backups}")
        self._base_backup(backup.folder)
        return backup

    def drop(self, backup: Backup) -> None:
        """Forget a backup."""
        shutil.rmtree(backup.folder, ignore_errors=True)

    def mark(self, name: str) -> None:
        """Name this very moment, so that a restore can end here."""
        with self.admin() as admin:
            # A transaction with a number of its own: its commit brings the mark to disk.
            admin.execute("SELECT pg_create_restore_point(%s), pg_current_xact_id()", [name])

    def restore(self, backup: Backup, *, until: str | None = None) -> None:
        """Put ``backup`` in the data's place, replay the log up to a mark, lose the rest.

        Without ``until`` the server stands as it stood when the backup ended.
        """
        lost = self.postgres.folder / "lost"
        shutil.rmtree(lost, ignore_errors=True)
        self.stop_at_once()
        self.postgres.cluster.rename(lost)
        subprocess.run(["cp", "-a", backup.folder, self.postgres.cluster], check=True)
        target = f"recovery_target_name = '{until}'" if until else "recovery_target = 'immediate'"
        self._set(
            f'{_SETTINGS}restore_command = \'cp "{lost}/pg_wal/%f" "%p"\'\n{target}\n'
            "recovery_target_action = 'promote'\n"
        )
        self._signal("recovery.signal")
        self.postgres.ensure()
        self.wait()
        self._set(_SETTINGS)
        self.restores += 1

    def stop_at_once(self) -> None:
        """Stop without writing anything out, as if the power failed."""
        self._run("pg_ctl", "-D", self.postgres.cluster, "-m", "immediate", "-w", "stop")

    # Standbys

    @contextlib.contextmanager
    def standby(self) -> Iterator["Cluster"]:
        """Make a hot standby that streams from this server; gone when the block ends."""
        with _home() as home:
            layout = prepared_layout(home)
            standby = Cluster(layout, self.programs, Postgres(layout, self.programs))
            self._base_backup(standby.postgres.cluster)
            host = str(self.layout.sockets)
            standby._set(f"{_SETTINGS}primary_conninfo = 'host={host} port={PORT} user={ADMIN}'\n")
            standby._signal("standby.signal")
            standby.postgres.ensure()
            try:
                yield standby
            finally:
                standby.postgres.stop()

    def catch_up(self, primary: "Cluster") -> None:
        """Wait, as a standby, until everything ``primary`` committed so far is here."""
        with primary.admin() as admin:
            row = admin.execute("SELECT pg_current_wal_lsn()::text").fetchone()
        lsn = row[0] if row else None

        def is_here() -> bool:
            with self.admin() as admin:
                there = admin.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [lsn])
                return bool((there.fetchone() or (False,))[0])

        if not wait_until(is_here, timeout_s=PATIENCE_S):
            raise ClusterError("The standby does not follow.")

    def hold_replay(self) -> None:
        """Stop taking over, as a standby, what the primary commits from now on."""
        with self.admin() as admin:
            admin.execute("SELECT pg_wal_replay_pause()")

    def promote(self) -> None:
        """Make a standby the server."""
        self._run("pg_ctl", "-D", self.postgres.cluster, "-w", "promote")
        self.wait()

    def _takes_connections(self) -> bool:
        try:
            with self.admin() as admin:
                row = admin.execute("SELECT pg_is_in_recovery()").fetchone()
        except psycopg.OperationalError:
            return False
        return row == (False,)

    def _base_backup(self, folder: Path) -> None:
        self._run(
            "pg_basebackup", "-h", self.layout.sockets, "-p", PORT, "-U", ADMIN, "-D", folder,
            "-c", "fast", "-X", "fetch", "--no-sync", "--no-manifest",
        )  # fmt: skip

    def _set(self, settings: str) -> None:
        """Write settings that hold from the next start on."""
        path = self.postgres.cluster / "postgresql.auto.conf"
        path.write_text(settings, encoding="utf-8")
        _give(path, like=self.postgres.folder)

    def _signal(self, name: str) -> None:
        path = self.postgres.cluster / name
        path.touch()
        _give(path, like=self.postgres.folder)

    def _run(self, program: str, *arguments: object) -> None:
        done = run_program(
            [self.programs.postgres_bin / program, *map(str, arguments)],
            account=self.layout.account,
            cwd=self.postgres.folder,
            timeout_s=PATIENCE_S,
        )
        if done.returncode != 0:
            raise ClusterError(done.stdout)


def _url(layout: Layout, user: str, database: str) -> str:
    servers = embedded.Servers(
        admin_dsn="", socket_dir=layout.sockets, pg_port=PORT, redis_url="", broker_url=""
    )
    return embedded.postgres_url(servers, user=user, database=database)


@contextlib.contextmanager
def _home() -> Iterator[Path]:
    """Make a private folder, in memory where the machine has such a place."""
    place = _MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    _sweep(place)
    home = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
    (home / _OWNER).write_text(f"{os.getpid()} {birth_mark(os.getpid())}", encoding="utf-8")
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _sweep(place: Path) -> None:
    """End the servers, and remove the data, of test runs that were killed."""
    for home in place.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError, ValueError):  # another run sweeps, too
            pid, _, mark = (home / _OWNER).read_text(encoding="utf-8").partition(" ")
            if birth_mark(int(pid)) != mark:
                layout = existing_layout(home)
                programs = find_programs(layout)
                Valkey(layout, programs).stop()
                Postgres(layout, programs).stop()
                shutil.rmtree(home, ignore_errors=True)


def _give(path: Path, *, like: Path) -> None:
    """Give a file to the owner of ``like`` when this process is root."""
    if os.geteuid() == 0:
        owner = like.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
