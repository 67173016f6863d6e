"""Between the app and PostgreSQL: cuts the connection around a COMMIT, as a network would."""

import contextlib
import shutil
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Self

from config.embedded.postgres import PORT

_LENGTH = struct.Struct("!I")


class At(Enum):
    """What becomes of the next COMMIT."""

    BEFORE = auto()  # it never reaches the server
    AFTER = auto()  # the server commits, its answer is swallowed
    SENT = auto()  # it is passed on and nobody waits for what comes of it


@dataclass
class Proxy:
    """Listens like a PostgreSQL and passes everything on, until told to `cut`."""

    target: Path
    folder: Path
    commits_cut: int = 0
    _plan: tuple[At, Callable[[], None]] | None = None
    _lines: list["_Line"] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    @classmethod
    @contextlib.contextmanager
    def before(cls, target: Path) -> Iterator[Self]:
        """Listen in a folder of its own, before the server that listens at ``target``."""
        folder = Path(tempfile.mkdtemp(prefix="ms-"))
        proxy = cls(target, folder)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(str(folder / f".s.PGSQL.{PORT}"))
            listener.listen()
            proxy._start(proxy._accept, listener)
            yield proxy
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            for line in proxy._lines:
                line.hang_up()
            for thread in proxy._threads:
                thread.join()
            shutil.rmtree(folder, ignore_errors=True)

    def url(self, url: str) -> str:
        """Return the address that leads through here to the database at ``url``."""
        head, _, options = url.partition("?")
        port = dict(part.split("=") for part in options.split("&"))["port"]
        return f"{head}?host={self.folder}&port={port}"

    def cut(self, at: At, *, then: Callable[[], None] = lambda: None) -> None:
        """Cut the connection that next commits; ``then`` runs when a COMMIT was passed on."""
        self._plan = (at, then)

    def forget(self) -> None:
        """Take back a cut that nobody ran into."""
        self._plan = None

    def take_plan(self) -> tuple[At, Callable[[], None]] | None:
        """Return the cut that is due, once."""
        plan, self._plan = self._plan, None
        self.commits_cut += plan is not None
        return plan

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                server.connect(str(self.target))
            except OSError:
                client.close()
                continue
            line = _Line(self, client, server)
            self._lines.append(line)
            self._start(line.upstream)
            self._start(line.downstream)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()


@dataclass
class _Line:
    """One connection through the proxy."""

    proxy: Proxy
    client: socket.socket
    server: socket.socket
    is_muted: bool = False

    def upstream(self) -> None:
        """Pass on what the app says, message by message."""
        with contextlib.suppress(OSError, EOFError):
            (length,) = _LENGTH.unpack(head := _exactly(self.client, 4))
            self.server.sendall(head + _exactly(self.client, length - 4))
            while True:
                kind, message = _message(self.client)
                is_commit = kind == b"Q" and message[5:11].upper() == b"COMMIT"
                plan = self.proxy.take_plan() if is_commit else None
                if plan is None:
                    self.server.sendall(message)
                    continue
                at, then = plan
                if at is At.BEFORE:
                    break
                self.is_muted = True
                self.server.sendall(message)
                then()
                if at is At.SENT:
                    break
        self.hang_up()

    def downstream(self) -> None:
        """Pass on what the server says; once muted, wait until it is done and hang up."""
        with contextlib.suppress(OSError, EOFError):
            while True:
                kind, message = _message(self.server)
                if not self.is_muted:
                    self.client.sendall(message)
                elif kind == b"Z":
                    break
        self.hang_up()

    def hang_up(self) -> None:
        """End both halves."""
        for half in (self.client, self.server):
            with contextlib.suppress(OSError):
                half.shutdown(socket.SHUT_RDWR)
            half.close()


def _message(end: socket.socket) -> tuple[bytes, bytes]:
    head = _exactly(end, 5)
    (length,) = _LENGTH.unpack(head[1:])
    return head[:1], head + _exactly(end, length - 4)


def _exactly(end: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = end.recv(size - len(parts))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
