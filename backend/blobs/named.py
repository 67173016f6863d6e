"""What a blob is called: its SHA-256, size and media type, and where records name it."""

import re
from typing import Any

import msgspec

MAX_NAMED = 101  # as many as `blobs` holds, and a report
LARGEST = 2**53 - 1  # the largest whole number every JSON reader holds
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")


class BlobRef(msgspec.Struct, frozen=True):
    """A blob as a record names it; ``size`` in bytes."""

    sha256: str
    size: int
    media_type: str


class _Naming(msgspec.Struct):
    """The fields of a body that may name blobs, whatever its type."""

    blobs: Any = None
    report: Any = None


def is_sha256(text: str) -> bool:
    """Return whether a text is a digest as it travels: 64 lower-case hexadecimal digits."""
    return _SHA256.fullmatch(text) is not None


def is_media_type(text: str) -> bool:
    """Return whether a text is a media type without parameters, in lower case (RFC 6838)."""
    return _MEDIA_TYPE.fullmatch(text) is not None


def blobs_named_in(body: bytes) -> tuple[BlobRef, ...]:
    """Return the blobs a record names in ``blobs`` and ``report``, each once.

    What is no reference (a wrong digest, a missing size) names nothing: the record is the
    phone's to write, and it is never refused for its files.
    """
    try:
        naming = msgspec.json.decode(body, type=_Naming)
    except (msgspec.DecodeError, RecursionError):
        return ()
    values = [*_items(naming.blobs), *_items(naming.report)]
    found = {ref.sha256: ref for value in reversed(values) if (ref := _reference(value))}
    return tuple(reversed(found.values()))[:MAX_NAMED]


def _items(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else []


def _reference(value: Any) -> BlobRef | None:
    try:
        ref = msgspec.convert(value, BlobRef)
    except msgspec.ValidationError:
        return None
    is_one = is_sha256(ref.sha256) and is_media_type(ref.media_type) and 1 <= ref.size <= LARGEST
    return ref if is_one else None
