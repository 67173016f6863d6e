"""Where the measures run: servers, web processes and the client, all ended at the end."""

import os
import re
import secrets
import shutil
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from bench.load import Client
from config import embedded
from config.database import prepare_cluster
from config.embedded import Servers
from config.supervise import Supervisor, read_procfile

PROJECT = Path(__file__).resolve().parent.parent
DATABASE = "bench"
_READY_S = 60.0


@dataclass(frozen=True)
class Scale:
    """How much a round does; the figures are ratios and do not depend on it."""

    batch: int = 1000
    batches: int = 4
    pulls: int = 12
    seconds: float = 1.5
    connections: int = 16
    many_connections: int = 64
    one_op_pushes: int = 250
    recomputes: int = 30
    years: int = 10
    rebuilds: int = 4
    phones: int = 200
    pushes_per_s: float = 20.0
    latency_s: float = 6.0
    bootstrap: int = 20_000
    bulk_requests: int = 100
    streams: int = 300
    wake_ups: int = 200
    coaches: int = 100
    page_laps: int = 4
    waiting_nudges: int = 1_000_000
    due_nudges: int = 400
    panel_people: int = 100_000
    panel_looks: int = 40


QUICK = Scale(
    batches=2, pulls=6, seconds=0.7, recomputes=5, years=3, rebuilds=2, latency_s=3.0,
    phones=50, wake_ups=50, coaches=20, page_laps=2, bootstrap=4_000, bulk_requests=20, waiting_nudges=50_000, due_nudges=100,
    panel_people=5_000, panel_looks=10,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Stage:
    """What a measure needs."""

    scale: Scale
    servers: Servers
    home: Path
    database: str
    port: int
    hello_port: int
    web: Supervisor
    client: Client
    commands: dict[str, str]

    def admin(self) -> psycopg.Connection[tuple[object, ...]]:
        """Return a superuser's connection: row-level security does not apply to it."""
        url = embedded.postgres_url(self.servers, user="postgres", database=self.database)
        return psycopg.connect(url, autocommit=True)

    def server_cpu_s(self) -> float:
        """Return the processor time the web processes have used."""
        return cpu_s(self.web.pids["web"])

    def postgres_cpu_s(self) -> float:
        """Return the processor time all of PostgreSQL has used."""
        return cpu_s(int(str(embedded.status(self.home)["postgres_pid"])))


def cpu_s(pid: int) -> float:
    """Return the processor time of a process, its living children and those it outlived."""
    process = psutil.Process(pid)
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        try:
            used = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system
    ended = process.cpu_times()
    return float(total + ended.children_user + ended.children_system)


@contextmanager
def own_servers() -> Iterator[tuple[Servers, Path]]:
    """Start servers in a temporary home and set the environment; remove all at the end."""
    home = Path(tempfile.mkdtemp(prefix="ms-bench-"))
    try:
        servers = embedded.start(home)
        prepare_cluster(servers.admin_dsn, database=DATABASE)
        url = embedded.postgres_url
        os.environ.update(
            DJANGO_SETTINGS_MODULE="config.settings.test",  # cheap passwords for many accounts
            DATABASE_URL=url(servers, user="mechanostat_app", database=DATABASE),
            DATABASE_OWNER_URL=url(servers, user="mechanostat_owner", database=DATABASE),
            REDIS_URL=servers.redis_url,
            BROKER_URL=servers.broker_url,
            SECRET_KEY=secrets.token_urlsafe(50),
            LOG_LEVEL="WARNING",
        )
        _set_up_django()
        yield servers, home
    finally:
        embedded.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def _set_up_django() -> None:
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    import config.celery  # noqa: F401 (the app that `wake` publishes through)

    call_command("migrate", database="owner", verbosity=0)
    connections["owner"].close()


@contextmanager
def open_stage(
    *, scale: Scale, servers: Servers, home: Path, database: str, workers: int, threads: int
) -> Iterator[Stage]:
    """Start the web processes, the bare server and the client on given servers."""
    port, hello_port = free_port(), free_port()
    web = re.sub(
        r"--blocking-threads \d+",
        f"--blocking-threads {threads}",
        read_procfile(PROJECT / "Procfile")["web"],
    )
    hello = web.replace("config.wsgi:application", "bench.hello:application")
    commands = {
        "web": web.replace("${PORT:-8000}", str(port)),
        "hello": hello.replace("${PORT:-8000}", str(hello_port)),
    }
    log = (home / "bench.log").open("a", encoding="utf-8", buffering=1)
    with (
        log,
        Supervisor(
            commands,
            env=environment(workers),
            cwd=PROJECT,
            log=lambda line: print(line, file=log),
        ) as processes,
        Client() as client,
    ):
        wait_for(port, "/livez", home / "bench.log")
        wait_for(hello_port, "/livez", home / "bench.log")
        yield Stage(scale, servers, home, database, port, hello_port, processes, client, commands)


def environment(workers: int) -> dict[str, str]:
    """Return the environment of the service's processes."""
    programs = Path(sys.executable).parent
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOST": "127.0.0.1",
        "WEB_WORKERS": str(workers),
        # One device of the load asks more often than any phone; it is counted all the same.
        "SYNC_REQUESTS_PER_MINUTE": str(10**9),
    }


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, path: str, log: Path) -> None:
    """Return once a server answers there; its log tells why when it does not."""
    deadline = time.monotonic() + _READY_S
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                tail = log.read_text(encoding="utf-8")[-2000:]
                raise RuntimeError(f"A web process did not get ready:\n{tail}") from None
            time.sleep(0.1)
