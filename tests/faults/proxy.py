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
_ENDS = (b"Q", b"S")  # a query, and the end of a round trip of prepared statements


class At(Enum):
    """Where the connection is cut."""

    BEFORE = auto()  # the COMMIT never reaches the server
    AFTER = auto()  # the server commits, its answer is swallowed
    SENT = auto()  # the COMMIT is passed on and nobody waits for what comes of it


@dataclass(frozen=True)
class Cut:
    """A cut to come: at a COMMIT, or before the nth statement; ``then`` runs in the middle."""

    at: At
    statement: int | None = None
    then: Callable[[], None] = lambda: None


@dataclass
class Proxy:
    """Listens like a PostgreSQL and passes everything on, until told to `cut`."""

    target: Path
    folder: Path
    cuts: int = 0
    statements: int = 0
    _cut: Cut | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
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
        """Cut the connection that next commits; ``then`` runs once a COMMIT was passed on."""
        self._start_counting(Cut(at, then=then))

    def cut_before(self, statement: int) -> None:
        """Cut the connection before the nth statement from now on reaches the server."""
        self._start_counting(Cut(At.BEFORE, statement))

    def forget(self) -> None:
        """Take back a cut that nobody ran into."""
        with self._lock:
            self._cut = None

    def due(self, *, is_commit: bool) -> Cut | None:
        """Count a statement that passes, and return the cut that is due with it, once."""
        with self._lock:
            self.statements += 1
            cut = self._cut
            if cut is None or not (
                is_commit if cut.statement is None else self.statements == cut.statement
            ):
                return None
            self._cut = None
            self.cuts += 1
            return cut

    def _start_counting(self, cut: Cut) -> None:
        with self._lock:
            self._cut, self.statements = cut, 0

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
    _commits: set[bytes] = field(default_factory=set)  # names of prepared COMMITs

    def upstream(self) -> None:
        """Pass on what the app says, message by message."""
        with contextlib.suppress(OSError, EOFError):
            (length,) = _LENGTH.unpack(head := _exactly(self.client, 4))
            self.server.sendall(head + _exactly(self.client, length - 4))
            cut: Cut | None = None
            while True:
                kind, message = _message(self.client)
                is_statement, is_commit = self._read(kind, message[5:])
                cut = (self.proxy.due(is_commit=is_commit) if is_statement else None) or cut
                if cut is not None and cut.at is At.BEFORE:
                    break
                self.is_muted = self.is_muted or cut is not None
                self.server.sendall(message)
                if cut is not None and kind in _ENDS:  # all of it is with the server now
                    cut.then()
                    if cut.at is At.SENT:
                        break
                    cut = None
        self.hang_up()

    def _read(self, kind: bytes, content: bytes) -> tuple[bool, bool]:
        """Return whether a message has a statement run, and whether that is a COMMIT."""
        if kind == b"Q":
            return True, content[:6].upper() == b"COMMIT"
        name, _, rest = content.partition(b"\0")
        if kind == b"P" and rest[:6].upper() == b"COMMIT":
            self._commits.add(name)
        if kind != b"B":
            return False, False
        return True, rest.partition(b"\0")[0] in self._commits

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
