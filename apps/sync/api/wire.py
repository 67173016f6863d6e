"""Bytes to structs and back, within the contract's limits."""

import zlib
from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec
import zstandard
from django.http import HttpRequest

from apps.sync.errors import (
    InvalidEnvelope,
    MalformedRequest,
    RequestTooLarge,
    UnknownField,
    UnsupportedEncoding,
    UnsupportedMediaType,
)
from backend.feed.members import read_ops
from backend.feed.strict import mend_surrogates, tainted
from backend.feed.wire import MAX_OPS, PushRequest, SyncRequest

PROTOCOL = 1
MAX_WIRE_BYTES = 1024 * 1024
MAX_INFLATED_BYTES = 4 * 1024 * 1024
LIMITS = {"max_ops": MAX_OPS, "max_bytes": MAX_INFLATED_BYTES, "max_wire_bytes": MAX_WIRE_BYTES}
MAX_TOLD = 90  # characters of what is wrong: of somebody's own words 64 at most
Envelope = TypeVar("Envelope", PushRequest, SyncRequest)
_Body = TypeVar("_Body", bound=msgspec.Struct)


class Asked(NamedTuple, Generic[Envelope]):
    """An envelope to be checked yet, the text it was read from, and where ops were not readable."""

    envelope: Envelope
    body: bytes
    unread: Mapping[UUID, str]


def read(request: HttpRequest, kind: type[Envelope]) -> Asked[Envelope]:
    """Return what a request asks; a member of one op that is no such thing is left out.

    Raises ``MalformedRequest``, ``UnknownField``, ``RequestTooLarge`` and ``UnsupportedEncoding``.
    """
    body = mend_surrogates(inflate(request))
    try:
        return Asked(decode(body, kind), body, {})
    except MalformedRequest as refusal:
        if not (
            isinstance(refusal.__cause__, msgspec.ValidationError) and "$.ops[" in str(refusal)
        ):
            raise
        return _read_apart(body, kind, refusal)


def _read_apart(body: bytes, kind: type[Envelope], refusal: MalformedRequest) -> Asked[Envelope]:
    """Return an envelope whose ops were read one by one. Raises ``refusal`` when one is none."""
    try:  # what follows the bad member was not looked at yet
        parts = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        texts = msgspec.json.decode(parts["ops"], type=list[msgspec.Raw])
        if len(texts) > MAX_OPS:
            raise RequestTooLarge(limits=LIMITS)
        ops, unread = read_ops(texts)
    except (msgspec.DecodeError, RecursionError):
        raise refusal from refusal.__cause__
    around = decode(msgspec.json.encode({**parts, "ops": []}), kind)
    return Asked(msgspec.structs.replace(around, ops=ops), body, unread)


def check(asked: Asked[Envelope]) -> Mapping[UUID, str]:
    """Return the ops of an envelope that no strict decoder would read, and where not.

    Raises ``MalformedRequest``, ``InvalidEnvelope`` and ``RequestTooLarge``.
    """
    envelope, body, unread = asked
    check_protocol(envelope.protocol)
    if len(envelope.ops) > MAX_OPS:
        raise RequestTooLarge(limits=LIMITS)
    if len({op.op for op in envelope.ops}) != len(envelope.ops):
        raise InvalidEnvelope("An op id occurs twice in one request.")
    try:
        return {**tainted(body, envelope.ops), **unread}
    except ValueError as error:
        raise MalformedRequest(str(error)) from error


def decode(body: bytes, kind: type[_Body]) -> _Body:
    """Return a request's JSON as a struct. Raises ``MalformedRequest`` and ``UnknownField``."""
    try:
        body.decode()
        return msgspec.json.decode(body, type=kind)
    except UnicodeDecodeError as error:
        raise MalformedRequest("The body is not UTF-8.") from error
    except RecursionError as error:
        raise MalformedRequest("The body nests too deeply.") from error
    except msgspec.DecodeError as error:
        if "unknown field" in str(error):
            raise UnknownField(str(error)[:MAX_TOLD]) from error
        raise MalformedRequest(str(error)) from error


def check_protocol(protocol: int) -> None:
    """Raise ``InvalidEnvelope`` for a protocol that is not spoken here."""
    if protocol != PROTOCOL:
        raise InvalidEnvelope("Only protocol 1 is spoken here.")


def inflate(request: HttpRequest) -> bytes:
    """Return the request's JSON, inflated no further than the limit."""
    _check_media_type(request)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_INFLATED_BYTES:
        raise RequestTooLarge(limits=LIMITS)
    body = request.body
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity").lower()
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
