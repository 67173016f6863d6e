"""A live process of the tests' own, a reader of its streams, and a Valkey that may be killed."""

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from django.test import override_settings

from config.embedded.layout import find_programs, prepared_layout, release_sockets
from config.embedded.processes import wait_until
from config.embedded.valkey import Valkey, socket_path
from config.supervise import Supervisor, read_procfile
from phone.errors import PhoneError
from phone.stream import HeadStream
from tests.conftest import ROOT, Person
from tests.ports import free_port

PATIENCE_S = 300.0
READY = {"status": "ready", "database": "ok", "redis": "ok"}


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition; fail with ``what`` when it never comes."""
    if not wait_until(condition, timeout_s=PATIENCE_S):
        pytest.fail(f"never came: {what}")


@dataclass
class Live:
    """A running live process; ``printed`` is its output so far."""

    url: str
    web_url: str
    supervisor: Supervisor
    printed: list[str] = field(default_factory=list)

    @property
    def server(self) -> psutil.Process:
        """The web server's own process; it ends those it started."""
        return psutil.Process(self.supervisor.pids["live"])

    def tell_to_stop(self) -> None:
        """Ask the process to end, as an operator or a deploy does."""
        os.kill(self.server.pid, signal.SIGTERM)

    def state(self) -> dict[str, str]:
        """Return what the process says of itself; empty when it does not answer."""
        return _state(self.url)


def _state(url: str) -> dict[str, str]:
    # Asked many times a second while a process starts: nothing here may cost much.
    asking = HTTPConnection(url.removeprefix("http://"), timeout=5)
    try:
        asking.request("GET", "/readyz")
        return dict(json.load(asking.getresponse()))
    except (OSError, HTTPException):
        return {}
    finally:
        asking.close()


@contextmanager
def live_process(*, with_web: bool = False, **environment: str) -> Iterator[Live]:
    """Run the Procfile's live process, if asked with the web process beside it."""
    port, web_port = free_port(), free_port()
    commands = read_procfile(ROOT / "Procfile")
    printed: list[str] = []
    programs = Path(sys.executable).parent
    url, web_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{web_port}"
    # Pages name the addresses; without a web process there are none.
    addresses = {"PUBLIC_URL": web_url, "LIVE_URL": url} if with_web else {}
    with Supervisor(
        {name: commands[name] for name in (("live", "web") if with_web else ("live",))},
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "LIVE_PORT": str(port),
            "PORT": str(web_port),
            "WEB_WORKERS": "1",
            "STREAM_PING": "0.5",
            **addresses,
            **environment,
        },
        cwd=ROOT,
        log=printed.append,
    ) as supervisor:
        live = Live(url, web_url, supervisor, printed)
        until(lambda: _state(live.url) == READY, "the live process getting ready")
        if with_web:
            until(lambda: _state(live.web_url) == READY, "the web process getting ready")
        yield live


@dataclass
class Reader:
    """What a phone's stream told so far, from a thread of its own."""

    athlete: UUID
    events: list[dict[UUID, str]] = field(default_factory=list)
    error: PhoneError | None = None
    connections: int = 0

    @property
    def heads(self) -> list[str]:
        """The heads of the reader's own feed, as they came."""
        return [event[self.athlete] for event in self.events if self.athlete in event]

    def comes_to(self, head: str) -> None:
        """Wait until the newest head told is this one."""
        until(lambda: self.heads[-1:] == [head], f"{head} after {self.heads[-3:]}")


def reading(live: Live, person: Person) -> AbstractContextManager[Reader]:
    """Follow a person's stream until the end of the block; its first event has come."""
    return following(live.url, person.id, person.token)


@contextmanager
def following(url: str, athlete: UUID, token: str) -> Iterator[Reader]:
    """Follow the stream at ``url`` until the end of the block; its first event has come."""
    reader = Reader(athlete)
    over = threading.Event()

    def next_token() -> str:
        reader.connections += 1
        return token

    def rest(seconds: float) -> None:
        over.wait(min(seconds, 0.2))

    def read() -> None:
        try:
            for heads in stream.heads():
                reader.events.append(heads)
        except PhoneError as error:
            reader.error = error
        except Exception:
            if not over.is_set():  # else the connection was closed while this waited for a ping
                raise

    with HeadStream(url, next_token, sleep=rest) as stream:
        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        try:
            until(lambda: bool(reader.events or reader.error), "the first event")
            yield reader
        finally:
            stream.stop()
            over.set()
            thread.join(2.0)  # it ends at the next ping


class OwnValkey:
    """A Valkey that no other test uses."""

    def __init__(self, home: Path) -> None:
        self._layout = prepared_layout(home)
        self._server = Valkey(self._layout, find_programs(self._layout))
        self.start()

    @property
    def url(self) -> str:
        """The address, for `REDIS_URL`."""
        return f"unix://{socket_path(self._layout)}?db=0"

    def start(self) -> None:
        """Have it run, with nothing it had been told before."""
        self._server.ensure()

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self._signal(signal.SIGKILL)
        until(lambda: self._server.pid() is None, "the end of Valkey")

    def freeze(self) -> None:
        """Keep it there, taking connections and answering nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it answer again."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it and remove its sockets."""
        if self._server.pid() is not None:
            self.thaw()
        self._server.stop()
        release_sockets(self._layout)

    def _signal(self, number: signal.Signals) -> None:
        pid = self._server.pid()
        assert pid is not None
        os.kill(pid, number)


@contextmanager
def own_valkey() -> Iterator[OwnValkey]:
    """Run a Valkey and have this process publish to it until the end of the block."""
    home = Path(tempfile.mkdtemp(prefix="ms-", dir="/tmp"))
    home.chmod(0o711)
    valkey = OwnValkey(home)
    try:
        with override_settings(REDIS_URL=valkey.url):
            yield valkey
    finally:
        valkey.stop()
        shutil.rmtree(home, ignore_errors=True)
