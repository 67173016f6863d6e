"""A hand-made tus client over a raw socket: it can stop, lie and hang up wherever a test wants."""

import base64
import hashlib
import io
import json
import random
import socket
from dataclasses import dataclass, field
from http.client import HTTPResponse
from typing import Any, Self

from django.utils import timezone

from apps.uploads.intake import Body
from apps.uploads.selectors import UploadState
from apps.uploads.services.create import create_upload
from apps.uploads.services.receive import receive_piece
from backend.blobs.tus import declared
from tests.conftest import Person

PATIENCE_S = 300
PIECE = "application/offset+octet-stream"


def content(size: int, *, seed: int = 1) -> bytes:
    """Return bytes that no compression or repetition could fake."""
    return random.Random(seed).randbytes(size)  # noqa: S311 (no secret)


def sha256(data: bytes) -> str:
    """Return the digest as it travels."""
    return hashlib.sha256(data).hexdigest()


def metadata(**values: str) -> str:
    """Return an ``Upload-Metadata`` header."""
    pairs = (f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in values.items())
    return ",".join(pairs)


def declaring(data: bytes, *, media_type: str = "application/pdf", **values: str) -> dict[str, str]:
    """Return the headers of a creation."""
    told = {"sha256": sha256(data), "media_type": media_type, **values}
    return {"Upload-Length": str(len(data)), "Upload-Metadata": metadata(**told)}


def checksum(data: bytes, algorithm: str = "sha256") -> str:
    """Return an ``Upload-Checksum`` header."""
    digest = hashlib.new(algorithm, data).digest()
    return f"{algorithm} {base64.b64encode(digest).decode()}"


@dataclass
class Answer:
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def lasting(self) -> tuple[int, dict[str, str], bytes]:
        """All of it that rests on what was asked, and not on the moment or the connection.

        The server keeps the connection or not by whether a body had come when it answered.
        """
        of_the_moment = ("date", "ratelimit", "connection")
        kept = {name: text for name, text in self.headers.items() if name not in of_the_moment}
        return self.status, kept, self.body

    @property
    def offset(self) -> int:
        """Where the upload stands."""
        return int(self.headers["upload-offset"])

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(json.loads(self.body)["code"])


@dataclass
class Wire:
    """One connection to a server."""

    port: int
    person: Person
    stream: socket.socket = field(init=False)

    def __enter__(self) -> Self:
        self.stream = socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)
        return self

    def __exit__(self, *_error: object) -> None:
        self.stream.close()

    def begin(self, method: str, path: str, headers: dict[str, str]) -> None:
        """Send the head of a request; a header without text is left out."""
        told = {
            "Host": f"127.0.0.1:{self.port}",
            "Tus-Resumable": "1.0.0",
            **self.person.headers,
            **headers,
        }
        lines = [f"{name}: {text}" for name, text in told.items() if text]
        self.stream.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode())

    def send(self, data: bytes) -> None:
        """Send some of the body."""
        self.stream.sendall(data)

    def answer(self, method: str = "PATCH") -> Answer:
        """Return the server's answer."""
        response = HTTPResponse(self.stream, method=method)
        response.begin()
        headers = {name.lower(): text for name, text in response.getheaders()}
        return Answer(response.status, headers, response.read())

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, data: bytes = b""
    ) -> Answer:
        """Make a whole request."""
        length = {"Content-Length": str(len(data))} if data or method in ("POST", "PATCH") else {}
        self.begin(method, path, {**length, **(headers or {})})
        self.send(data)
        return self.answer(method)


def ask(port: int, person: Person, method: str, path: str, *rest: Any) -> Answer:
    """Make a whole request over a connection of its own."""
    with Wire(port, person) as wire:
        return wire.ask(method, path, *rest)


def piece(offset: int, **headers: str) -> dict[str, str]:
    """Return the headers of a piece."""
    return {"Upload-Offset": str(offset), "Content-Type": PIECE, **headers}


def begin(person: Person, data: bytes) -> UploadState:
    """Create an upload without a server."""
    told = declaring(data)
    return create_upload(
        athlete_id=person.id,
        declared=declared(length=told["Upload-Length"], metadata=told["Upload-Metadata"]),
        now=timezone.now(),
    )


def store(person: Person, data: bytes) -> UploadState:
    """Upload a file without a server."""
    return receive_piece(
        athlete_id=person.id,
        upload_id=begin(person, data).id,
        offset=0,
        body=Body(io.BytesIO(data), length=len(data)),
        checksum=None,
        now=timezone.now(),
    )
