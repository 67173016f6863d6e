"""Calls to other servers, many at a time on one thread, over connections that are kept.

libcurl does the talking: it is the HTTP/2 client at hand that survives a server's GOAWAY with
every request answered. It is driven by its sockets (`socket_action`), so that neither the number
of descriptors nor a wait in `select` has a limit of its own.

Of a call that failed a `Reply` says whether the request may have reached the server. libcurl
sends a request again by itself when a connection it had kept turns out to be dead, or when the
server says it did not look at it; a request may therefore arrive twice, and whoever needs it
once puts an id into it.
"""

import heapq
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import msgspec
import pycurl
from django.conf import settings

from apps.common.outbound import Guard, RefusedAddress
from apps.common.outbound import guard as operators_guard

MAX_BODY_BYTES: Final = 64 * 1024
MAX_HEADER_BYTES: Final = 64 * 1024
CONNECT_TIMEOUT_S: Final = 5.0
# One connection carries a hundred streams; a few more help with servers that allow fewer.
CONNECTIONS_PER_HOST: Final = 4
KEPT_CONNECTIONS: Final = 64
KEPT_HANDLES: Final = 256
USER_AGENT: Final = "mechanostat"

TLS_ERRORS = frozenset(
    {
        pycurl.E_SSL_CONNECT_ERROR,
        pycurl.E_SSL_PEER_CERTIFICATE,
        pycurl.E_SSL_CACERT_BADFILE,
        pycurl.E_SSL_CIPHER,
        pycurl.E_SSL_ISSUER_ERROR,
        pycurl.E_SSL_INVALIDCERTSTATUS,
    }
)
URL_ERRORS = frozenset({pycurl.E_URL_MALFORMAT, pycurl.E_UNSUPPORTED_PROTOCOL})


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request.

    Fields:
        method: `GET` or `POST`.
        url: always https.
        headers: what is sent beside the few that libcurl adds.
        body: of a POST.
        timeout_s: for all of it, connecting included.
        is_guarded: whether the address came from somebody and must be public; see `outbound`.
        http2: whether to ask for HTTP/2; a server that has none is spoken to in 1.1.
    """

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes = b""
    timeout_s: float = 10.0
    is_guarded: bool = False
    http2: bool = True


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came back.

    Fields:
        status: 0 when no answer began.
        headers: names in lower case; the last one of equal names.
        body: at most 64 KB; a longer answer is cut there and given up, which is no error.
        error: empty, or one of `refused-url`, `refused-address`, `no-address` (of the name),
            `no-connection`, `tls-failed`, `timeout`, `connection-lost`.
        was_sent: whether the request may have reached the server.
        is_cut: whether the body went on.
    """

    status: int = 0
    headers: Mapping[str, str] = {}
    body: bytes = b""
    error: str = ""
    was_sent: bool = False
    is_cut: bool = False


Done = Callable[[Reply], None]


class Wire:
    """Calls in flight on one thread; a context manager.

    Args:
        ca_file: certificates to trust; None for the operator's choice, "" for libcurl's.
        guard: for guarded calls; None for the operator's.
        resolve: `host:port:address` lines that stand for name resolution.
    """

    def __init__(
        self, *, ca_file: str | None = None, guard: Guard | None = None, resolve: Sequence[str] = ()
    ) -> None:
        self._ca_file = settings.PUSH_CA_FILE if ca_file is None else ca_file
        self._guard = guard or operators_guard()
        self._resolve = list(resolve)
        self._sockets = _Sockets()
        self._flights: dict[pycurl.Curl, tuple[_Answer, Done]] = {}
        self._finished: deque[tuple[Reply, Done]] = deque()
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._idle: list[pycurl.Curl] = []
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, CONNECTIONS_PER_HOST)
        self._multi.setopt(pycurl.M_MAXCONNECTS, KEPT_CONNECTIONS)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._sockets.watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._sockets.set_timer)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up what is in flight, without calling back, and close all connections."""
        for curl, (answer, _) in self._flights.items():
            self._multi.remove_handle(curl)
            answer.close()
            curl.close()
        self._flights.clear()
        self._finished.clear()
        self._later.clear()
        for curl in self._idle:
            curl.close()
        self._idle.clear()
        self._multi.close()
        self._sockets.close()

    @property
    def in_flight(self) -> int:
        """How many calls, and waits of `after`, have not been called back yet."""
        return len(self._flights) + len(self._finished) + len(self._later)

    def start(self, call: Call, done: Done) -> None:
        """Begin a call; ``done`` is called in a later `turn`, never from here."""
        refusal = self._refusal(call)
        if refusal:
            self._finished.append((Reply(error=refusal), done))
            return
        curl = self._idle.pop() if self._idle else pycurl.Curl()
        answer = _Answer(self._guard if call.is_guarded else None)
        self._prepare(curl, call, answer)
        self._flights[curl] = (answer, done)
        self._multi.add_handle(curl)

    def after(self, delay_s: float, then: Callable[[], None]) -> None:
        """Have ``then`` called in the first `turn` that ends after so many seconds."""
        heapq.heappush(self._later, (time.monotonic() + delay_s, next(self._order), then))

    def turn(self, timeout_s: float) -> int:
        """Wait for news, at most ``timeout_s``; call back what is done; return `in_flight`."""
        wait_s = 0.0 if self._finished else timeout_s
        if self._later:
            wait_s = min(wait_s, self._later[0][0] - time.monotonic())
        for action in self._sockets.wait(max(0.0, wait_s)):
            self._multi.socket_action(*action)
        self._collect()
        while self._later and self._later[0][0] <= time.monotonic():
            heapq.heappop(self._later)[2]()
        # What the calls back begin is not waited for, or one turn might never end.
        for _ in range(len(self._finished)):
            reply, done = self._finished.popleft()
            done(reply)
        return self.in_flight

    def _refusal(self, call: Call) -> str:
        """Return why a call is not even begun; the wall itself stands at the socket."""
        if not _is_sound(call):
            return "refused-url"
        if call.is_guarded:
            try:
                self._guard.check_url(call.url)
            except RefusedAddress:
                return "refused-address"
        return ""

    def _collect(self) -> None:
        left = 1
        while left:
            left, fine, failed = self._multi.info_read()
            for curl in fine:
                self._land(curl, pycurl.E_OK)
            for curl, number, _ in failed:
                self._land(curl, number)

    def _land(self, curl: pycurl.Curl, number: int) -> None:
        answer, done = self._flights.pop(curl)
        self._multi.remove_handle(curl)
        self._finished.append((answer.reply(int(curl.getinfo(pycurl.RESPONSE_CODE)), number), done))
        answer.close()
        if len(self._idle) < KEPT_HANDLES:
            curl.reset()
            self._idle.append(curl)
        else:
            curl.close()

    def _prepare(self, curl: pycurl.Curl, call: Call, answer: "_Answer") -> None:
        headers = [f"{name}: {value}" for name, value in call.headers.items()]
        options: dict[int, Any] = {
            pycurl.URL: call.url,
            pycurl.HTTPHEADER: [*headers, "Expect:", "Accept:"],
            pycurl.USERAGENT: USER_AGENT,
            pycurl.HTTP_VERSION: (
                pycurl.CURL_HTTP_VERSION_2TLS if call.http2 else pycurl.CURL_HTTP_VERSION_1_1
            ),
            pycurl.PIPEWAIT: int(call.http2),
            pycurl.PROTOCOLS: pycurl.PROTO_HTTPS,
            pycurl.FOLLOWLOCATION: 0,
            pycurl.PROXY: "",  # the environment's is for the environment's own tools
            pycurl.NETRC: pycurl.NETRC_IGNORED,
            pycurl.SSL_VERIFYPEER: 1,
            pycurl.SSL_VERIFYHOST: 2,
            pycurl.NOSIGNAL: 1,
            pycurl.CONNECTTIMEOUT_MS: int(min(CONNECT_TIMEOUT_S, call.timeout_s) * 1_000),
            pycurl.TIMEOUT_MS: max(1, int(call.timeout_s * 1_000)),
            pycurl.WRITEFUNCTION: answer.take_body,
            pycurl.HEADERFUNCTION: answer.take_header,
            pycurl.OPENSOCKETFUNCTION: answer.open_socket,
            pycurl.PREREQFUNCTION: answer.begin,
        }
        if call.method == "POST":
            options |= {pycurl.POST: 1, pycurl.POSTFIELDS: call.body}
        if self._ca_file:
            options[pycurl.CAINFO] = self._ca_file
        if self._resolve:
            options[pycurl.RESOLVE] = self._resolve
        for option, value in options.items():
            curl.setopt(option, value)


def _is_sound(call: Call) -> bool:
    """Return whether nothing in the call could end a line of the request."""
    text = "".join((call.url, *call.headers, *call.headers.values()))
    return text.isascii() and text.isprintable()


class _Answer:
    """What libcurl hands over of one call. Knows no handle, so that nothing refers in circles."""

    def __init__(self, guard: Guard | None) -> None:
        self._guard = guard
        self._headers: dict[str, str] = {}
        self._header_bytes = 0
        self._body = bytearray()
        self._opened: list[socket.socket] = []
        self._is_refused = False
        self._has_begun = False
        self._is_cut = False

    def open_socket(self, purpose: int, address: tuple[Any, ...]) -> Any:
        """Open a socket, unless it would lead where the guard lets nobody."""
        try:
            family, kind, protocol, where = address
            if self._guard and not self._guard.admits(str(where[0]), int(where[1])):
                self._is_refused = True
                return pycurl.SOCKET_BAD
            opened = socket.socket(family, kind, protocol)
        except (OSError, TypeError, ValueError, IndexError):
            return pycurl.SOCKET_BAD
        # libcurl works on a copy of the descriptor; ours is closed when the call is over.
        self._opened.append(opened)
        return opened

    def begin(self, host: str, _local: str, port: int, _local_port: int) -> int:
        """Note that the request is about to be written; a kept connection is judged here, too."""
        if self._guard and not self._guard.admits(host, port):
            self._is_refused = True
            return int(pycurl.PREREQFUNC_ABORT)
        self._has_begun = True
        return int(pycurl.PREREQFUNC_OK)

    def take_header(self, line: bytes) -> int:
        """Keep a header; a line of status begins anew."""
        self._header_bytes += len(line)
        if self._header_bytes > MAX_HEADER_BYTES:
            return 0
        if line.startswith(b"HTTP/"):
            self._headers.clear()
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            self._headers[name.strip().lower()] = value.strip()
        return len(line)

    def take_body(self, piece: bytes) -> int:
        """Keep a piece of the body, up to the limit; past it the call ends."""
        room = MAX_BODY_BYTES - len(self._body)
        self._body += piece[:room]
        if len(piece) > room:
            self._is_cut = True
            return 0
        return len(piece)

    def reply(self, status: int, number: int) -> Reply:
        """Return what is known at the end."""
        return Reply(
            status=status,
            headers=self._headers,
            body=bytes(self._body),
            error="" if self._is_cut else self._error(number),
            was_sent=self._has_begun,
            is_cut=self._is_cut,
        )

    def _error(self, number: int) -> str:
        if number == pycurl.E_OK:
            return ""
        if self._is_refused and not self._has_begun:
            return "refused-address"
        if number == pycurl.E_OPERATION_TIMEDOUT:
            return "timeout"
        if self._has_begun:
            return "connection-lost"  # what is not HTTP, too
        if number in URL_ERRORS:
            return "refused-url"
        if number == pycurl.E_COULDNT_RESOLVE_HOST:
            return "no-address"
        return "tls-failed" if number in TLS_ERRORS else "no-connection"

    def close(self) -> None:
        """Close our copies of the descriptors."""
        for opened in self._opened:
            opened.close()
        self._opened.clear()


class _Action(NamedTuple):
    descriptor: int
    events: int


class _Sockets:
    """The descriptors and the timer that libcurl wants to be woken by."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._due_at: float | None = None

    def watch(self, what: int, descriptor: int, _multi: object, _data: object) -> None:
        """Begin, change or end watching a descriptor, as libcurl says."""
        known = descriptor in self._selector.get_map()
        if what == pycurl.POLL_REMOVE:
            if known:
                self._selector.unregister(descriptor)
            return
        events = 0
        if what in (pycurl.POLL_IN, pycurl.POLL_INOUT):
            events |= selectors.EVENT_READ
        if what in (pycurl.POLL_OUT, pycurl.POLL_INOUT):
            events |= selectors.EVENT_WRITE
        (self._selector.modify if known else self._selector.register)(descriptor, events)

    def set_timer(self, timeout_ms: int) -> None:
        """Note when libcurl wants to be woken although nothing came."""
        self._due_at = None if timeout_ms < 0 else time.monotonic() + timeout_ms / 1_000

    def wait(self, timeout_s: float) -> list[_Action]:
        """Return what libcurl is to be told, after at most so many seconds."""
        if self._due_at is not None:
            timeout_s = min(timeout_s, max(0.0, self._due_at - time.monotonic()))
        actions = []
        for key, events in self._selector.select(timeout_s):
            told = pycurl.CSELECT_IN if events & selectors.EVENT_READ else 0
            told |= pycurl.CSELECT_OUT if events & selectors.EVENT_WRITE else 0
            actions.append(_Action(key.fd, told))
        if self._due_at is not None and self._due_at <= time.monotonic():
            self._due_at = None
            actions.append(_Action(pycurl.SOCKET_TIMEOUT, 0))
        return actions

    def close(self) -> None:
        """Let go of the descriptors."""
        self._selector.close()
