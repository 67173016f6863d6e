"""Record bodies: patching fields verbatim, and what makes a body acceptable."""

import re

import msgspec
from msgspec import Raw

from backend.errors import CoreError
from backend.feed.merge import Changes, same
from backend.feed.strict import MAX_KEYS, is_deeper, width
from backend.feed.wire import Op
from backend.records.base import Body, Fields, RecordType
from backend.records.reading import validate

MAX_BODY_BYTES = 64 * 1024
MAX_UNKNOWN_BYTES = 4 * 1024
MAX_DEPTH = 8

_fields = msgspec.json.Decoder(Fields)
_PATH = re.compile(r" - at `\$(.*)`$")
_NUL = b"\\u0000"


class InvalidBody(CoreError):
    """The record has a shape the server can not hold."""

    code = "invalid"


class BodyTooLarge(CoreError):
    """The record is larger than the limits allow."""

    code = "too-large"


def fields_of(body: bytes | Raw) -> Fields:
    """Return the top-level fields of a JSON object, each verbatim."""
    try:
        return _fields.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidBody("The body is not a JSON object.", pointer="/set") from error


def changes_of(op: Op) -> Changes:
    """Return what a put changes, as it was sent; None removes."""
    changes: dict[str, Raw | None] = dict(fields_of(op.set)) if bytes(op.set) else {}
    if not changes and not op.unset:
        raise InvalidBody("The op changes nothing.", pointer="/set")
    changes.update(dict.fromkeys(op.unset))
    return changes


def patched(current: Fields, changes: Changes) -> Fields:
    """Return fields with whole values replaced or removed."""
    merged = dict(current)
    for name, raw in changes.items():
        if raw is None:
            merged.pop(name, None)
        else:
            merged[name] = raw
    return merged


def patch(current: bytes | Raw, changes: Changes) -> bytes:
    """Return ``current`` with whole top-level fields replaced or removed."""
    return msgspec.json.encode(patched(fields_of(current), changes))


def says_the_same(current: bytes | Raw, changes: Changes) -> bool:
    """Return whether a patch would change nothing (values compared, not their spelling)."""
    now = fields_of(current)
    try:
        return all(same(now.get(name), raw) for name, raw in changes.items())
    except (msgspec.DecodeError, RecursionError):
        return False  # refused with its place when the whole body is looked at


def accept(kind: RecordType, body: bytes | Raw) -> Body:
    """Return the typed body.

    Raises ``InvalidBody`` with a pointer into ``/set``, and ``BodyTooLarge``.
    """
    text = bytes(body)
    size = len(text)
    if size > MAX_KEYS and text.count(b":") > MAX_KEYS and width(text) > MAX_KEYS:
        raise InvalidBody(f"More than {MAX_KEYS} keys in one object.", pointer="/set")
    if size > MAX_BODY_BYTES:
        raise BodyTooLarge(pointer="/set")
    if is_deeper(text, MAX_DEPTH):
        raise InvalidBody(f"Nested deeper than {MAX_DEPTH}.", pointer="/set")
    if b"\\" in text and _NUL in text:
        raise InvalidBody("Text holds a NUL character.", pointer="/set")
    try:
        typed = validate(kind, text)
    except RecursionError as error:
        raise InvalidBody("Nested too deeply.", pointer="/set") from error
    except msgspec.DecodeError as error:
        raise InvalidBody(str(error), pointer=_pointer(str(error))) from error
    except CoreError as error:  # a rule of the record type itself
        raise InvalidBody(error.detail, pointer="/set" + error.pointer) from error
    if size > MAX_UNKNOWN_BYTES and _unknown_bytes(kind, text) > MAX_UNKNOWN_BYTES:
        raise BodyTooLarge("Unknown fields exceed 4 KiB.", pointer="/set")
    return typed


def _unknown_bytes(kind: RecordType, body: bytes | Raw) -> int:
    known = set(kind.body.__struct_fields__)
    return sum(
        len(name) + len(memoryview(raw))
        for name, raw in fields_of(body).items()
        if name not in known
    )


def _pointer(message: str) -> str:
    """Return the JSON pointer of the place a decoding error names."""
    found = _PATH.search(message)
    missing = re.search(r"missing required field `([^`]+)`", message)
    steps = re.findall(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]", found.group(1)) if found else []
    path = "".join("/" + (name or index) for name, index in steps)
    return "/set" + path + (f"/{missing.group(1)}" if missing else "")
