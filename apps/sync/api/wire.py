"""Bytes to structs and back, within the contract's limits."""

import zlib
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
    """Return the request's body, inflated no further than the limit."""
    if int(request.headers.get("Content-Length") or 0) > MAX_INFLATED_BYTES:
        raise RequestTooLarge(limits=LIMITS)
    body = request.body
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding == "identity":
        if len(body) > MAX_INFLATED_BYTES:
            raise RequestTooLarge(limits=LIMITS)
        return body
    if len(body) > MAX_WIRE_BYTES:
        raise RequestTooLarge(limits=LIMITS)
    try:
        if encoding == "gzip":
            inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            inflated = inflater.decompress(body, MAX_INFLATED_BYTES + 1)
            is_whole = inflater.eof
        elif encoding == "zstd":
            with zstandard.ZstdDecompressor(max_window_size=2**23).stream_reader(body) as stream:
                inflated = stream.read(MAX_INFLATED_BYTES + 1)
            is_whole = True
        else:
            raise UnsupportedEncoding
    except (zlib.error, zstandard.ZstdError) as error:
        raise MalformedRequest("The body can not be inflated.") from error
    if len(inflated) > MAX_INFLATED_BYTES:
        raise RequestTooLarge(limits=LIMITS)
    if not is_whole:
        raise MalformedRequest("The compressed body ends early.")
    return inflated


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
