"""Sending a file: in pieces, each checked, going on where a cut connection left off.

A record names its files by SHA-256, size and media type and may be synced first; the file
follows whenever there is a network. Everything here may be repeated: the server knows a
content by its SHA-256 and takes it once.
"""

import base64
import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx2
import msgspec

from phone.errors import NoAnswer, RequestRefused, SignedOut, Unreachable
from phone.wire import Problem

TUS = "1.0.0"
PIECE_BYTES = 1024 * 1024
SMALLEST_PIECE_BYTES = 64 * 1024
FIRST_BACK_OFF_S = 2.0
LONGEST_BACK_OFF_S = 900.0
# The upload stands elsewhere than thought, or a piece was damaged: look, then go on.
_LOOK_AGAIN = {400: "piece-cut-short", 409: "offset-conflict", 460: "checksum-mismatch"}
_GONE = (404, 410)


class Gone(Exception):
    """The server gave the upload up, or never knew it."""


@dataclass(frozen=True)
class LocalFile:
    """A file on this phone, as records name it; ``size`` in bytes."""

    path: Path
    sha256: str
    size: int
    media_type: str

    @classmethod
    def of(cls, path: Path, *, media_type: str) -> "LocalFile":
        """Measure a file without holding it in memory."""
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256")
            return cls(path, digest.hexdigest(), content.tell(), media_type)

    def reference(self) -> dict[str, str | int]:
        """Return what stands in a record's ``blobs`` or ``report``."""
        return {"sha256": self.sha256, "size": self.size, "media_type": self.media_type}


@dataclass
class _Journey:
    """One file on its way: where it goes, how much is there, how it went so far."""

    where: str | None = None
    offset: int = 0
    is_certain: bool = True  # nothing failed since the server last said the offset
    is_confirmed: bool = False  # the server checked the whole content
    failures: int = 0


class Uploader:
    """Sends files to one server under one token.

    ``attempts`` bounds failures in a row, each followed by a longer wait; None tries for ever.
    """

    def __init__(
        self,
        server: str,
        token: str,
        http: httpx2.Client,
        *,
        piece_bytes: int = PIECE_BYTES,
        attempts: int | None = 8,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._server = server.rstrip("/")
        self._token = token
        self._http = http
        self._longest = self._piece = piece_bytes
        self._attempts = attempts
        self._sleep = sleep
        self._jitter = jitter

    def upload(self, file: LocalFile) -> None:
        """Bring a file to the server, however often the connection is cut on the way.

        Returns when the server has checked the content. Raises ``RequestRefused`` when it
        does not want it (too large, no room, not the declared content), ``SignedOut``, and
        ``Unreachable`` after too many failures in a row; then the same call goes on later.
        """
        journey = _Journey()
        while not journey.is_confirmed:
            try:
                self._step(file, journey)
            except Gone:
                journey.where = None
                self._recover(journey, NoAnswer("the server knows no such upload"))
            except NoAnswer as error:
                self._recover(journey, error)

    def _step(self, file: LocalFile, journey: _Journey) -> None:
        """Do the next thing: create, look, or send a piece."""
        if journey.where is None:
            self._create(file, journey)
        elif not journey.is_certain:
            answer = self._ask("HEAD", journey.where)
            journey.offset = _offset(answer)
            journey.is_certain = True
        else:
            self._send(file, journey, journey.where)

    def _create(self, file: LocalFile, journey: _Journey) -> None:
        told = {"sha256": file.sha256, "media_type": file.media_type, "filename": file.path.name}
        pairs = (f"{key} {_base64(text.encode())}" for key, text in told.items())
        headers = {"Upload-Length": str(file.size), "Upload-Metadata": ",".join(pairs)}
        answer = self._ask("POST", f"{self._server}/v1/uploads", headers)
        where = str(httpx2.URL(self._server).join(answer.headers.get("Location", "")))
        if not where.startswith(f"{self._server}/"):  # the token goes nowhere else
            raise NoAnswer("the upload would be at another server")
        journey.where, journey.offset, journey.is_certain = where, _offset(answer), True

    def _send(self, file: LocalFile, journey: _Journey, where: str) -> None:
        """Send the next piece; an empty one at the end asks for the outcome."""
        with file.path.open("rb") as content:
            content.seek(journey.offset)
            piece = content.read(min(self._piece, file.size - journey.offset))
        headers = {
            "Upload-Offset": str(journey.offset),
            "Content-Type": "application/offset+octet-stream",
            "Upload-Checksum": f"sha256 {_base64(hashlib.sha256(piece).digest())}",
        }
        journey.offset = _offset(self._ask("PATCH", where, headers, piece))
        journey.failures = 0
        journey.is_confirmed = journey.offset == file.size
        self._piece = min(self._longest, self._piece * 2)

    def _recover(self, journey: _Journey, error: NoAnswer) -> None:
        """Wait, then look where things stand; smaller pieces survive a bad connection better."""
        journey.failures += 1
        if self._attempts is not None and journey.failures >= self._attempts:
            raise Unreachable(str(error)) from error
        journey.is_certain = False
        self._piece = max(min(SMALLEST_PIECE_BYTES, self._longest), self._piece // 2)
        ceiling = min(LONGEST_BACK_OFF_S, FIRST_BACK_OFF_S * 2.0 ** min(journey.failures - 1, 20))
        self._sleep(max(error.retry_after_s, self._jitter() * ceiling))

    def _ask(
        self, method: str, url: str, headers: dict[str, str] | None = None, content: bytes = b""
    ) -> httpx2.Response:
        told = {"Authorization": f"Bearer {self._token}", "Tus-Resumable": TUS, **(headers or {})}
        try:
            answer = self._http.request(method, url, content=content, headers=told)
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from error
        if not answer.is_success:
            raise _refusal(answer)
        return answer


def _refusal(answer: httpx2.Response) -> Exception:
    """Return what an answer other than success means."""
    status = answer.status_code
    try:
        problem = msgspec.json.decode(answer.content, type=Problem)
    except msgspec.DecodeError:  # a HEAD has none, a proxy's is its own
        problem = Problem(status=status, title=answer.reason_phrase)
    if status == 401:
        return SignedOut("the server no longer takes the token; the file is untouched")
    if status in _GONE:
        return Gone()
    if status == 429 or status >= 500 or _LOOK_AGAIN.get(status, "") == problem.code:
        waited = answer.headers.get("Retry-After", "")
        return NoAnswer(
            f"{status} {problem.code or problem.title}",
            retry_after_s=float(waited) if waited.isdecimal() else 0.0,
        )
    return RequestRefused(msgspec.structs.replace(problem, status=status))


def _offset(answer: httpx2.Response) -> int:
    """Return how much the server has; an answer without it is not from a tus server."""
    text = answer.headers.get("Upload-Offset", "")
    if not text.isdecimal():
        raise NoAnswer("not an answer of this protocol: no Upload-Offset")
    return int(text)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
