"""What never becomes a request: the web process as it is run ends it, and goes on for others."""

import socket

import pytest

from tests.conftest import Person
from tests.serving import PATIENCE_S, WebProcess

PULL = "GET /v1/athletes/me/changes HTTP/1.1"
PUSH = "POST /v1/athletes/me/sync HTTP/1.1"
BODY = "2\r\n{}\r\n0\r\n\r\n"


def status_of(web: WebProcess, *lines: str, body: str = "") -> int:
    """Send a request as it is written and return the status of the first answer."""
    with socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE_S) as peer:
        peer.sendall("\r\n".join([*lines, "", body]).encode("latin-1"))
        head = b""
        while b"\r\n\r\n" not in head and (part := peer.recv(65_536)):
            head += part
    return int(head.split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("name", "lines", "body", "status"),
    [
        ("J39 two lengths", [PUSH, "Content-Length: 2", "Transfer-Encoding: chunked"], BODY, 400),
        ("P23 64 KiB of address", [PULL.replace("changes", f"changes?cursor={'A' * 70_000}")],
         "", 414),
        ("P24 64 KiB of a header", [PULL, f"X-Long: {'A' * 65_536}"], "", 431),
        ("P24 200 headers", [PULL, *(f"X-{number}: 1" for number in range(200))], "", 431),
        ("P25 NUL in a header", [PULL, "X-Odd: a\0b"], "", 400),
        ("P25 CR in a header", [PULL, "X-Odd: a\rb"], "", 400),
        ("P26 another host", [PULL, "Host: evil.example"], "", 400),
        ("P40 a forged host", [PULL, "X-Forwarded-Host: evil.example"], "", 200),
    ],
)  # fmt: skip
def test_bad_bytes_get_their_status(
    web: WebProcess, athlete: Person, name: str, lines: list[str], body: str, status: int
) -> None:
    first, *told = lines
    common = [f"Authorization: Bearer {athlete.token}", "Content-Type: application/json"]
    host = [] if any(line.startswith("Host:") for line in told) else [f"Host: 127.0.0.1:{web.port}"]
    assert status_of(web, first, *host, *common, *told, body=body) == status, name
    assert status_of(web, PULL, f"Host: 127.0.0.1:{web.port}", *common) == 200
