"""Kinto 26.5, the nearest other sync service, on the same PostgreSQL: `make bench PEERS=1`.

It lives in an environment of its own and is no dependency of ours. One process per core as
ours, its storage and permissions in PostgreSQL, batches as large as our pushes.
"""

import json
import shutil
import subprocess
import sys
import urllib.request
import uuid
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from psycopg import sql

from bench.people import workout_body
from bench.stage import PROJECT, Stage, environment, free_port, wait_for
from config import embedded
from config.supervise import Supervisor

VERSION = "26.5.0"
HOME = PROJECT / ".mechanostat" / "kinto"
DATABASE = "kinto"
_WHO = b64encode(b"bench:bench").decode()
SETTINGS = """
[app:main]
use = egg:kinto
kinto.userid_hmac_secret = bench
multiauth.policies = basicauth
kinto.bucket_create_principals = system.Authenticated
kinto.batch_max_requests = 1000
kinto.paginate_by = 1000
kinto.storage_backend = kinto.core.storage.postgresql
kinto.storage_url = {url}
kinto.permission_backend = kinto.core.permission.postgresql
kinto.permission_url = {url}
kinto.cache_backend = kinto.core.cache.memory

[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = %(http_port)s
"""


@dataclass(frozen=True)
class Kinto:
    """A running Kinto: a port, and its requests as bytes."""

    ports: tuple[int, ...]
    records: str  # path of the records of the collection that pushes of many go to

    def batch(self, count: int) -> bytes:
        """Return a push of so many new records."""
        requests = [
            {"method": "PUT", "path": f"{self.records}/{uuid.uuid4()}", "body": _record(number)}
            for number in range(count)
        ]
        return _request("POST", "/v1/batch", {"requests": requests})

    def one(self, number: int, *, person: int) -> bytes:
        """Return a push of one new record; two writers of one collection would conflict."""
        return _request("PUT", f"{_records(person)}/{uuid.uuid4()}", _record(number))

    def pull(self, query: str = "") -> bytes:
        """Return a pull of up to 1,000 records."""
        return _request("GET", self.records + query)

    def nothing_new(self) -> bytes:
        """Return a pull of what changed since the newest record."""
        address = f"http://127.0.0.1:{self.ports[0]}{self.records}?_limit=1"
        asked = urllib.request.Request(address, headers={"Authorization": f"Basic {_WHO}"})
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            newest = answer.headers["ETag"]
        return self.pull(f"?_since={quote(newest)}")


def install() -> Path:
    """Return Kinto's Python, from PyPI in an environment of its own."""
    python = HOME / "bin" / "python"
    if not (HOME / ".installed").exists():
        shutil.rmtree(HOME, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)  # noqa: S603 (our own arguments)
        subprocess.run(  # noqa: S603
            [str(python), "-m", "pip", "-q", "install", f"kinto[postgresql]=={VERSION}"],
            check=True,
        )
        (HOME / ".installed").touch()
    return python


@contextmanager
def open_kinto(stage: Stage, *, processes: int) -> Iterator[Kinto]:
    """Start Kinto on a database of its own of the stage's PostgreSQL."""
    python = install()
    with stage.admin() as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    url = embedded.postgres_url(stage.servers, user="postgres", database=DATABASE)
    settings = stage.home / "kinto.ini"
    settings.write_text(SETTINGS.replace("{url}", url.replace("postgres://", "postgresql://")))
    program = python.parent / "kinto"
    subprocess.run(  # noqa: S603 (our own arguments)
        [str(program), "migrate", "--ini", str(settings)], check=True, capture_output=True
    )
    ports = tuple(free_port() for _ in range(processes))
    commands = {f"kinto{port}": f"{program} start --ini {settings} --port {port}" for port in ports}
    log = (stage.home / "kinto.log").open("a", encoding="utf-8")
    with (
        log,
        Supervisor(
            commands, env=environment(1), cwd=PROJECT, log=lambda line: print(line, file=log)
        ),
    ):
        for port in ports:
            wait_for(port, "/v1/__heartbeat__", stage.home / "kinto.log")
        _put(ports[0], "/v1/buckets/bench")
        for person in range(stage.scale.connections + 1):
            _put(ports[0], _records(person).removesuffix("/records"))
        yield Kinto(ports, _records(stage.scale.connections))


def _records(person: int) -> str:
    return f"/v1/buckets/bench/collections/p{person}/records"


def _put(port: int, path: str) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", method="PUT", headers={"Authorization": f"Basic {_WHO}"}
    )
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310
        pass


def _record(number: int) -> dict[str, object]:
    return {"data": json.loads(workout_body(number))}


def _request(method: str, path: str, body: object = None) -> bytes:
    sent = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {_WHO}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
    )
    return head.encode() + sent
