"""What libcurl hands over of one call, within limits, and what it comes to."""

import socket
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import pycurl

from apps.common.outbound import Guard

MAX_BODY_BYTES: Final = 64 * 1024
MAX_HEADER_BYTES: Final = 64 * 1024

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


class CurlAnswer:
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
