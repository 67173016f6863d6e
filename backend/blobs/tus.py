"""The headers of the tus protocol 1.0, as values."""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from backend.blobs.named import is_media_type, is_sha256
from backend.errors import CoreError

if TYPE_CHECKING:
    from hashlib import _Hash

VERSION = "1.0.0"
EXTENSIONS = ("creation", "creation-with-upload", "checksum", "expiration", "termination")
MAX_METADATA = 8_000  # characters; a file name of 4 KiB fits
_KEY = re.compile(r"[!-+\--~]+", re.ASCII)  # visible, no comma
_NUMBER = re.compile(r"\d{1,16}", re.ASCII)
# What a checksum may be made with; sha1 because the protocol demands it of every server.
HASHES: dict[str, Callable[[], "_Hash"]] = {
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
}


class BadHeader(CoreError):
    """A header is not what the tus protocol says."""

    code = "malformed-request"


class Declared(msgspec.Struct, frozen=True):
    """What the creator of an upload says of the finished file; ``size`` in bytes.

    ``metadata`` is the header as it came, which the protocol wants back.
    """

    sha256: str
    size: int
    media_type: str
    file_name: str
    metadata: str


class Checksum(msgspec.Struct, frozen=True):
    """The digest of one piece."""

    algorithm: str
    digest: bytes


def whole_number(name: str, text: str | None) -> int:
    """Return a header's number of bytes. Raises ``BadHeader``."""
    if text is None or not _NUMBER.fullmatch(text):
        raise BadHeader(f"{name} is a whole number of bytes.")
    return int(text)


def declared(*, length: str | None, metadata: str | None) -> Declared:
    """Return what the headers of a creation declare.

    Args:
        length: ``Upload-Length``.
        metadata: ``Upload-Metadata`` with ``sha256`` (hexadecimal), ``media_type`` (or
            ``filetype``, as browsers' clients say) and perhaps ``filename``.
    Raises:
        BadHeader: a header is missing or is not what it should be.
    """
    size = whole_number("Upload-Length", length)
    if size == 0:
        raise BadHeader("There is no upload of an empty file.")
    values = parse_metadata(metadata or "")
    sha256 = values.get("sha256", "").lower()
    media_type = (values.get("media_type") or values.get("filetype", "")).lower()
    if not is_sha256(sha256):
        raise BadHeader("Upload-Metadata names the content's sha256 in hexadecimal.")
    if not is_media_type(media_type):
        raise BadHeader("Upload-Metadata names a media_type without parameters.")
    return Declared(sha256, size, media_type, values.get("filename", ""), metadata or "")


def parse_metadata(header: str) -> dict[str, str]:
    """Return the pairs of an ``Upload-Metadata`` header. Raises ``BadHeader``."""
    if len(header) > MAX_METADATA:
        raise BadHeader("Upload-Metadata is too long.")
    values: dict[str, str] = {}
    for pair in header.split(",") if header else []:
        key, _, encoded = pair.strip(" ").partition(" ")
        if not _KEY.fullmatch(key) or key in values:
            raise BadHeader("Upload-Metadata is a list of different keys with base64 values.")
        try:
            values[key] = base64.b64decode(encoded, validate=True).decode()
        except ValueError as error:
            raise BadHeader("A value of Upload-Metadata is not text in base64.") from error
    return values


def parse_checksum(header: str | None) -> Checksum | None:
    """Return an ``Upload-Checksum`` header's value. Raises ``BadHeader``."""
    if header is None:
        return None
    algorithm, _, encoded = header.partition(" ")
    if algorithm not in HASHES:
        raise BadHeader(f"Upload-Checksum is made with one of {', '.join(HASHES)}.")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise BadHeader("Upload-Checksum is not base64.") from error
    if len(digest) != HASHES[algorithm]().digest_size:
        raise BadHeader("Upload-Checksum has the wrong length.")
    return Checksum(algorithm, digest)
