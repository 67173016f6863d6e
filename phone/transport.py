"""One HTTP request and what its answer means for the phone."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx2
import msgspec

from phone import wire
from phone.errors import (
    ClientTooOld,
    CursorExpired,
    DeviceRevoked,
    EpochChanged,
    FeedForked,
    NoAnswer,
    RequestRefused,
    RequestTooLarge,
    SignedOut,
    WrongAthlete,
)

CLIENT = "phone-reference/python/1"
COMPRESS_OVER_BYTES = 8 * 1024

_NAMED_REFUSALS: dict[tuple[int, str | None], type[RequestRefused]] = {
    (409, "feed-forked"): FeedForked,
    (409, "epoch-changed"): EpochChanged,
    (403, "wrong-athlete"): WrongAthlete,
    (403, "device-revoked"): DeviceRevoked,
    (410, "cursor-expired"): CursorExpired,
    (426, "client-too-old"): ClientTooOld,
}

_OVER_THE_WIRE = wire.Problem(
    status=413,
    code="request-too-large",
    title="The request is too large to send",
    detail=f"More than {wire.MAX_WIRE_BYTES} bytes after compression.",
)

_Shape = TypeVar("_Shape")


class Transport:
    """Sends requests to one server; it repeats none, except without gzip if asked to."""

    def __init__(
        self,
        server: str,
        http: httpx2.Client,
        *,
        now: Callable[[], datetime],
        client: str = CLIENT,
    ) -> None:
        self._server = server.rstrip("/")
        self._http = http
        self._client = client
        self._now = now
        self._gzip = True

    def send(
        self, method: str, path: str, *, content: bytes | None, token: str | None
    ) -> httpx2.Response:
        """Make one request and return its answer, if it is a good one.

        Raises ``NoAnswer`` if it is worth trying again, ``SignedOut`` if the token is no
        longer taken, ``RequestRefused`` or a more telling kind of it for the rest.
        """
        headers = self._headers(token, accept="application/json")
        body = content
        if content is not None:
            headers["Content-Type"] = "application/json"
            if self._gzip and len(content) > COMPRESS_OVER_BYTES:
                headers["Content-Encoding"] = "gzip"
                body = gzip.compress(content, mtime=0)
            if body is not None and len(body) > wire.MAX_WIRE_BYTES:
                raise RequestTooLarge(_OVER_THE_WIRE)
        try:
            answer = self._http.request(method, self._server + path, content=body, headers=headers)
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from error
        if answer.is_success:
            return answer
        if answer.status_code == 415 and "Content-Encoding" in headers:
            self._gzip = False  # a server without gzip; say it plainly from now on
            return self.send(method, path, content=content, token=token)
        raise self._refusal(answer, with_token=token is not None)

    @contextmanager
    def open_stream(self, path: str, *, token: str, silence_s: float) -> Iterator[Iterator[bytes]]:
        """Open an answer that does not end by itself; yield its pieces as they come.

        Raises as `send` does, also from the pieces: `NoAnswer` when the connection is lost, or
        silent for ``silence_s``.
        """
        timeout = httpx2.Timeout(10.0, read=silence_s)
        request = self._http.stream(
            "GET",
            self._server + path,
            headers=self._headers(token, accept="text/event-stream"),
            timeout=timeout,
        )
        try:
            with request as answer:
                if not answer.is_success:
                    answer.read()
                    raise self._refusal(answer, with_token=True)
                if not answer.headers.get("Content-Type", "").startswith("text/event-stream"):
                    raise NoAnswer("not an answer of this protocol: no event stream")
                yield answer.iter_bytes()
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from error

    def _headers(self, token: str | None, *, accept: str) -> dict[str, str]:
        headers = {
            "Mechanostat-Client": self._client,
            "Accept": f"{accept}, application/problem+json",
        }
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return headers

    def _refusal(self, answer: httpx2.Response, *, with_token: bool) -> Exception:
        status = answer.status_code
        problem = _problem(answer)
        if status == 429 or status >= 500:
            return NoAnswer(
                f"{status} {problem.code or problem.title}", retry_after_s=self._wait_asked(answer)
            )
        if status == 401 and with_token:
            return SignedOut("the server no longer takes the token; the outbox is untouched")
        if status == 413:
            return RequestTooLarge(problem)
        return _NAMED_REFUSALS.get((status, problem.code), RequestRefused)(problem)

    def _wait_asked(self, answer: httpx2.Response) -> float:
        """Return the seconds of `Retry-After`, in either of its two forms."""
        text = answer.headers.get("Retry-After", "")
        if text.isdecimal():
            return float(text)
        try:
            return max(0.0, (parsedate_to_datetime(text) - self._now()).total_seconds())
        except (TypeError, ValueError):
            return 0.0


def decode(answer: httpx2.Response, shape: type[_Shape]) -> _Shape:
    """Return an answer in its shape; anything else is no answer (a captive portal, a proxy)."""
    try:
        return msgspec.json.decode(answer.content, type=shape)
    except msgspec.DecodeError as error:
        raise NoAnswer(f"not an answer of this protocol: {error}") from error


def _problem(answer: httpx2.Response) -> wire.Problem:
    """Return the refusal's own words, or the status line if it has none."""
    try:
        problem = msgspec.json.decode(answer.content, type=wire.Problem)
    except msgspec.DecodeError:
        return wire.Problem(status=answer.status_code, title=answer.reason_phrase)
    return msgspec.structs.replace(problem, status=answer.status_code)
