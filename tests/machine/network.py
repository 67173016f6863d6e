"""The network between phones and the server: it loses, doubles, delays and cuts, as ordered.

The server is the real one, its WSGI application called in this process; what it answers is
what a web server would have sent. Everything that passes is told to an observer.
"""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import httpx2
import msgspec
import zstandard

# How a sender packs what it sends; None as the phone itself thinks best.
Encoding = Literal["identity", "gzip", "zstd"] | None
JSON, LINES = "application/json", "application/x-ndjson"
PUSHES = ("/sync", "/ops")  # requests that may arrive late or once more


@dataclass(frozen=True)
class LoseRequest:
    """It never arrives."""


@dataclass(frozen=True)
class LoseAnswer:
    """It is answered, and nobody hears the answer."""


@dataclass(frozen=True)
class Twice:
    """It arrives twice; the phone hears the second answer."""


@dataclass(frozen=True)
class Late:
    """The phone gives up; the request arrives when the network lets go of it."""


@dataclass(frozen=True)
class CutBefore:
    """The server's database connection dies before its nth statement."""

    statement: int


@dataclass(frozen=True)
class CommitUnheard:
    """The database commits, and the server never hears that it did."""


@dataclass(frozen=True)
class CommitUnsent:
    """The server's COMMIT never reaches the database."""


@dataclass(frozen=True)
class CrashAtCommit:
    """PostgreSQL is killed just after a COMMIT was sent to it."""


Fault = (
    LoseRequest | LoseAnswer | Twice | Late | CutBefore | CommitUnheard | CommitUnsent
    | CrashAtCommit
)  # fmt: skip
DatabaseFault = CutBefore | CommitUnheard | CommitUnsent | CrashAtCommit


@dataclass
class Exchange:
    """One request that reached the server, and its answer; ``heard`` by the phone or not."""

    sender: str
    path: str
    asked: dict[str, Any]
    status: int
    body: bytes
    heard: bool
    fault: Fault | None
    media: str = JSON

    @property
    def answer(self) -> dict[str, Any]:
        """The answer as plain data; empty when it is not one object."""
        if not self.body or self.media == LINES:
            return {}
        found = msgspec.json.decode(self.body)
        return found if isinstance(found, dict) else {}


def asked_in(request: httpx2.Request) -> dict[str, Any]:
    """Return what a request says, however it is packed: its body, or else its query."""
    told = _unpacked(request)
    asked: dict[str, Any] = msgspec.json.decode(told) if told else dict(request.url.params)
    return asked


def packed(request: httpx2.Request, encoding: Encoding) -> httpx2.Request:
    """Return a request packed another way."""
    content = _unpacked(request)
    if encoding is None or not content:
        return request
    headers = [
        (name, value)
        for name, value in request.headers.multi_items()
        if name.lower() not in ("content-encoding", "content-length", "transfer-encoding")
    ]
    if encoding != "identity":
        headers.append(("Content-Encoding", encoding))
    return httpx2.Request(
        request.method, request.url, headers=headers, content=_PACKERS[encoding](content)
    )


def _unpacked(request: httpx2.Request) -> bytes:
    content = request.read()
    match request.headers.get("Content-Encoding"):
        case "gzip":
            return gzip.decompress(content)
        case "zstd":
            return zstandard.ZstdDecompressor().decompress(content)
    return content


_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "zstd": lambda content: zstandard.ZstdCompressor().compress(content),
}


@dataclass
class Network(httpx2.BaseTransport):
    """Carries every phone's requests. ``breaks`` makes a database fault happen in its block."""

    app: Any
    observe: Callable[[Exchange], None]
    breaks: Callable[[DatabaseFault], Any]
    limbo: list[tuple[str, httpx2.Request]] = field(default_factory=list)
    sent: list[tuple[str, httpx2.Request]] = field(default_factory=list)
    faults: int = 0
    requests: int = 0
    _ordered: dict[str, list[Fault | None]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._server = httpx2.WSGITransport(self.app, raise_app_exceptions=True)

    def client(self, sender: str, encoding: Encoding = None) -> httpx2.Client:
        """Return the HTTP client of one phone or other sender."""
        ear = _Ear(self, sender, encoding)
        return httpx2.Client(transport=ear, headers={"X-Sender": sender})

    @contextmanager
    def ordered(self, sender: str, *faults: Fault | None) -> Iterator[None]:
        """Let faults befall what ``sender`` sends in the block, one request each."""
        self._ordered[sender] = list(faults)
        try:
            yield
        finally:
            self._ordered.pop(sender, None)

    def carry(self, sender: str, request: httpx2.Request) -> httpx2.Response:
        """Carry one request. Raises ``TransportError`` when the phone hears nothing."""
        ordered = self._ordered.get(sender)
        fault = ordered.pop(0) if ordered else None
        request.read()
        self.faults += fault is not None
        if request.url.path.endswith(PUSHES):
            self.sent.append((sender, request))
        match fault:
            case LoseRequest():
                raise httpx2.ConnectError("lost on the way")
            case Late():
                self.limbo.append((sender, request))
                raise httpx2.ReadTimeout("no answer")
            case LoseAnswer():
                self.deliver(sender, request, heard=False, fault=fault)
                raise httpx2.ReadTimeout("the answer was lost")
            case Twice():
                self.deliver(sender, request, heard=False, fault=fault)
                return self.deliver(sender, request, heard=True, fault=fault)
            case CutBefore() | CommitUnheard() | CommitUnsent() | CrashAtCommit():
                with self.breaks(fault):
                    return self.deliver(sender, request, heard=True, fault=fault)
        return self.deliver(sender, request, heard=True)

    def let_go(self, index: int) -> None:
        """Deliver a request that was held back; nobody hears the answer."""
        sender, request = self.limbo.pop(index % len(self.limbo))
        self.deliver(sender, request, heard=False, fault=Late())

    def repeat(self, index: int) -> None:
        """Deliver once more a request that some phone sent at some time."""
        sender, request = self.sent[index % len(self.sent)]
        self.faults += 1
        self.deliver(sender, request, heard=False, fault=Late())

    def ask_raw(self, athlete: UUID, token: str, payload: bytes) -> httpx2.Response:
        """Send a prepared request as it is and return the bare answer; nobody is told."""
        request = httpx2.Request(
            "POST",
            f"http://testserver/v1/athletes/{athlete}/sync",
            content=payload,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        answer = self._server.handle_request(request)
        answer.read()
        return answer

    def deliver(
        self, sender: str, request: httpx2.Request, *, heard: bool, fault: Fault | None = None
    ) -> httpx2.Response:
        """Have the server answer a request, and tell the observer."""
        answer = self._server.handle_request(request)
        answer.read()
        answer.close()
        asked = asked_in(request)
        with self._lock:
            self.requests += 1
            self.observe(
                Exchange(
                    sender, request.url.path, asked, answer.status_code, answer.content, heard,
                    fault, answer.headers.get("Content-Type", ""),
                )
            )  # fmt: skip
        return httpx2.Response(
            answer.status_code, headers=answer.headers, content=answer.content, request=request
        )


@dataclass
class _Ear(httpx2.BaseTransport):
    """One phone's end of the network."""

    network: Network
    sender: str
    encoding: Encoding

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self.network.carry(self.sender, packed(request, self.encoding))
