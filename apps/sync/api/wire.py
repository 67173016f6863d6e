"""Bytes to structs and back, within the contract's limits."""

import zlib
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import msgspec
import zstandard
from django.http import HttpRequest, HttpResponse

from apps.common.errors import MEDIA_TYPE, describe
from apps.sync.errors import (
    InvalidEnvelope,
    MalformedRequest,
    RequestTooLarge,
    UnknownField,
    UnsupportedEncoding,
    UnsupportedMediaType,
)
from backend.feed.strict import mend_surrogates, tainted
from backend.feed.wire import MAX_OPS, PushRequest, SyncRequest

PROTOCOL = 1
MAX_WIRE_BYTES = 1024 * 1024
MAX_INFLATED_BYTES = 4 * 1024 * 1024
LIMITS = {"max_ops": MAX_OPS, "max_bytes": MAX_INFLATED_BYTES, "max_wire_bytes": MAX_WIRE_BYTES}
_Envelope = TypeVar("_Envelope", PushRequest, SyncRequest)


def read(request: HttpRequest, kind: type[_Envelope]) -> tuple[_Envelope, frozenset[UUID]]:
    """Return the request's envelope, and the ops in it that no strict decoder would read.

    Raises ``MalformedRequest``, ``InvalidEnvelope``, ``RequestTooLarge`` and
    ``UnsupportedEncoding``; then no op was evaluated.
    """
    body = mend_surrogates(inflate(request))
    try:
        body.decode()
        envelope = msgspec.json.decode(body, type=kind)
    except UnicodeDecodeError as error:
        raise MalformedRequest("The body is not UTF-8.") from error
    except RecursionError as error:
        raise MalformedRequest("The body nests too deeply.") from error
    except msgspec.DecodeError as error:
        if "unknown field" in str(error):
            raise UnknownField(str(error)) from error
        raise MalformedRequest(str(error)) from error
    if envelope.protocol != PROTOCOL:
        raise InvalidEnvelope("Only protocol 1 is spoken here.")
    if len(envelope.ops) > MAX_OPS:
        raise RequestTooLarge(limits=LIMITS)
    if len({op.op for op in envelope.ops}) != len(envelope.ops):
        raise InvalidEnvelope("An op id occurs twice in one request.")
    try:
        return envelope, tainted(body, envelope.ops)
    except ValueError as error:
        raise MalformedRequest(str(error)) from error


def inflate(request: HttpRequest) -> bytes:
    """Return the request's JSON, inflated no further than the limit."""
    _check_media_type(request)
    if int(request.headers.get("Content-Length") or 0) > MAX_INFLATED_BYTES:
        raise RequestTooLarge(limits=LIMITS)
    body = request.body
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if len(body) > MAX_WIRE_BYTES:
        raise RequestTooLarge(limits=LIMITS)
    if encoding == "identity":
        return body
    inflate_one = _INFLATERS.get(encoding)
    if inflate_one is None:
        raise UnsupportedEncoding
    try:
        inflated, is_whole = inflate_one(body)
    except (zlib.error, zstandard.ZstdError) as error:
        raise MalformedRequest("The body can not be inflated.") from error
    if len(inflated) > MAX_INFLATED_BYTES:
        raise RequestTooLarge(limits=LIMITS)
    if not is_whole:
        raise MalformedRequest("The compressed body is not one whole member.")
    return inflated


def _check_media_type(request: HttpRequest) -> None:
    """Refuse anything that does not say it is JSON in UTF-8."""
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if request.content_type != "application/json" or charset not in ("utf-8", "utf8"):
        raise UnsupportedMediaType


def _gunzip(body: bytes) -> tuple[bytes, bool]:
    inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    inflated = inflater.decompress(body, MAX_INFLATED_BYTES + 1)
    return inflated, inflater.eof and not inflater.unused_data


def _unzstd(body: bytes) -> tuple[bytes, bool]:
    def read_frames(*, all_of_them: bool) -> bytes:
        inflater = zstandard.ZstdDecompressor(max_window_size=2**23)
        with inflater.stream_reader(body, read_across_frames=all_of_them) as stream:
            return stream.read(MAX_INFLATED_BYTES + 1)

    inflated = read_frames(all_of_them=True)
    return inflated, len(inflated) == len(read_frames(all_of_them=False))


_INFLATERS: dict[str, Callable[[bytes], tuple[bytes, bool]]] = {
    "gzip": _gunzip,
    "zstd": _unzstd,
}


def answer(value: object) -> HttpResponse:
    """Return a struct as JSON; never cached."""
    response = HttpResponse(msgspec.json.encode(value), content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response


def refuse(error: Exception) -> HttpResponse:
    """Return a refusal as a problem; anything unforeseen is raised on."""
    body = describe(error)
    if body is None:
        raise error
    response = HttpResponse(
        msgspec.json.encode(body), status=body["status"], content_type=MEDIA_TYPE
    )
    response["Cache-Control"] = "no-store"
    if body["retry"] == "after":
        response["Retry-After"] = "1"
    if body["status"] == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response
