"""Record bodies: patching fields verbatim, and what makes a body acceptable."""

import re
from datetime import datetime

import msgspec
from msgspec import Raw

from backend.errors import CoreError
from backend.feed.wire import Op
from backend.records.base import Body, RecordType

MAX_BODY_BYTES = 64 * 1024
MAX_UNKNOWN_BYTES = 4 * 1024
MAX_DEPTH = 8

Fields = dict[str, Raw]
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


def changes_of(op: Op) -> Fields:
    """Return the fields an op sets; none when it only removes some."""
    return {} if op.unset and not bytes(op.set) else fields_of(op.set)


def patch(current: bytes | Raw, changes: Fields, unset: tuple[str, ...]) -> bytes:
    """Return ``current`` with whole top-level fields replaced or removed."""
    merged = {**fields_of(current), **changes}
    for name in unset:
        merged.pop(name, None)
    return msgspec.json.encode(merged)


def says_the_same(current: bytes | Raw, changes: Fields, unset: tuple[str, ...]) -> bool:
    """Return whether a patch would change nothing (values compared, not their spelling)."""
    now = fields_of(current)
    if any(name in now for name in unset):
        return False
    decode = msgspec.json.decode
    try:
        return all(
            name in now and (bytes(now[name]) == bytes(raw) or decode(now[name]) == decode(raw))
            for name, raw in changes.items()
        )
    except (msgspec.DecodeError, RecursionError):
        return False  # refused with its place when the whole body is looked at


def depth(body: bytes | Raw) -> int:
    """Return how deeply arrays and objects nest, at most one more than the limit."""
    level = deepest = 0
    in_text = escaped = False
    for byte in bytes(body):
        if in_text:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_text = False
        elif byte == 0x22:
            in_text = True
        elif byte in b"[{":
            level += 1
            deepest = max(deepest, level)
            if deepest > MAX_DEPTH:
                break
        elif byte in b"]}":
            level -= 1
    return deepest


def accept(kind: RecordType, body: bytes | Raw) -> Body:
    """Return the typed body.

    Raises ``InvalidBody`` with a pointer into ``/set``, and ``BodyTooLarge``.
    """
    size = len(memoryview(body))
    if size > MAX_BODY_BYTES:
        raise BodyTooLarge(pointer="/set")
    if bytes(body).count(b"[") + bytes(body).count(b"{") > MAX_DEPTH and depth(body) > MAX_DEPTH:
        raise InvalidBody(f"Nested deeper than {MAX_DEPTH}.", pointer="/set")
    if _NUL in bytes(body):
        raise InvalidBody("Text holds a NUL character.", pointer="/set")
    try:
        typed = msgspec.json.decode(body, type=kind.body)
    except RecursionError as error:
        raise InvalidBody("Nested too deeply.", pointer="/set") from error
    except msgspec.DecodeError as error:
        raise InvalidBody(str(error), pointer=_pointer(str(error))) from error
    except CoreError as error:  # a rule of the record type itself
        raise InvalidBody(error.detail, pointer="/set" + error.pointer) from error
    if size > MAX_UNKNOWN_BYTES and _unknown_bytes(kind, body) > MAX_UNKNOWN_BYTES:
        raise BodyTooLarge("Unknown fields exceed 4 KiB.", pointer="/set")
    return typed


def flags_of(kind: RecordType, typed: Body, *, now: datetime) -> tuple[str, ...]:
    """Return why a stored body must stay out of the models."""
    return kind.plausibility(typed, now)


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
