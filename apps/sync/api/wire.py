"""Bytes to structs and back, within the contract's limits."""

import zlib
from typing import TypeVar

import msgspec
import zstandard
from django.http import HttpRequest

from apps.sync.errors import (
    InvalidEnvelope,
    MalformedRequest,
    RequestTooLarge,
    UnsupportedEncoding,
)
from backend.feed.wire import MAX_OPS, PushRequest, SyncRequest

PROTOCOL = 1
MAX_WIRE_BYTES = 1024 * 1024
MAX_INFLATED_BYTES = 4 * 1024 * 1024
LIMITS = {"max_ops": MAX_OPS, "max_bytes": MAX_INFLATED_BYTES, "max_wire_bytes": MAX_WIRE_BYTES}
_Envelope = TypeVar("_Envelope", PushRequest, SyncRequest)
_Body = TypeVar("_Body", bound=msgspec.Struct)


def read(request: HttpRequest, kind: type[_Envelope]) -> _Envelope:
    """Return the request's envelope.

    Raises ``MalformedRequest``, ``InvalidEnvelope``, ``RequestTooLarge`` and
    ``UnsupportedEncoding``; then no op was evaluated.
    """
    envelope = read_body(request, kind)
    check_protocol(envelope.protocol)
    if len(envelope.ops) > MAX_OPS:
        raise RequestTooLarge(limits=LIMITS)
    if len({op.op for op in envelope.ops}) != len(envelope.ops):
        raise InvalidEnvelope("An op id occurs twice in one request.")
    return envelope


def read_body(request: HttpRequest, kind: type[_Body]) -> _Body:
    """Return the request's body as a struct.

    Raises ``MalformedRequest``, ``RequestTooLarge`` and ``UnsupportedEncoding``.
    """
    body = inflate(request)
    try:
        body.decode()
        return msgspec.json.decode(body, type=kind)
    except UnicodeDecodeError as error:
        raise MalformedRequest("The body is not UTF-8.") from error
    except RecursionError as error:
        raise MalformedRequest("The body nests too deeply.") from error
    except msgspec.DecodeError as error:
        raise MalformedRequest(str(error)) from error


def check_protocol(protocol: int) -> None:
    """Raise ``InvalidEnvelope`` for a protocol that is not spoken here."""
    if protocol != PROTOCOL:
        raise InvalidEnvelope("Only protocol 1 is spoken here.")


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
