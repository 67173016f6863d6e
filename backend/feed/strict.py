"""What a lenient JSON decoder lets pass: doubled keys, half surrogates, depth, NUL.

One pass over a whole request finds nothing in nearly every case; only then is it looked at
which ops are to blame, so that one of them never stops the others.
"""

import json
import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw

from backend.feed.wire import Op

MAX_KEYS = 1_000  # distinct keys of one object
_KEY = re.compile(rb'"\s*:')
_ESCAPES = re.compile(
    rb"\\\\"
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
EDIT = "/set"  # the pointer to an op's edit
_MARKER = rb"\uFFFE"  # a noncharacter: nobody's text
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(set(range(256)) - set(b'[]{}"'))


class _Doubled(dict[str, Any]):
    """A JSON object in which a key occurred twice."""


def mend_surrogates(text: bytes) -> bytes:
    """Return the JSON text with half surrogates replaced by a noncharacter.

    A half surrogate is no text, yet its JSON is well-formed; `tainted` finds the ops that hold
    one by what it was replaced with.
    """
    if b"\\" not in text or (b"\\ud" not in text and b"\\uD" not in text):
        return text
    return _ESCAPES.sub(lambda found: _MARKER if found.group(1) else found.group(0), text)


def tainted(text: bytes, ops: Sequence[Op]) -> dict[UUID, str]:
    """Return the ops of a request whose edit no strict decoder would read, and where.

    Args:
        text: the whole request, decoded already, half surrogates mended.
        ops: its ops.
    Raises:
        ValueError: a key is doubled outside the ops' edits.
    """
    try:
        tree = msgspec.json.decode(text)
        if msgspec.json.encode(tree) == text and _MARKER not in text:
            return {}  # compact as we would write it: nothing was dropped
        broken = set()
    except msgspec.DecodeError:  # a number no double can hold
        tree = json.loads(text)
        broken = {op.op for op in ops if not (_is_readable(op.set) and _is_readable(op.body))}
    mended = {op.op for op in ops if _MARKER in bytes(op.set) or _MARKER in bytes(op.body)}
    # A quote and a colon inside a string only ever adds to the count.
    doubled = _doubled(text, ops) if len(_KEY.findall(text)) != _keys(tree) else frozenset()
    return dict.fromkeys(mended | broken | doubled, EDIT)


def _is_readable(raw: Raw) -> bool:
    try:
        return not bytes(raw) or msgspec.json.decode(raw) is not raw
    except msgspec.DecodeError:
        return False


def _doubled(text: bytes, ops: Sequence[Op]) -> frozenset[UUID]:
    tree = _paired(text)
    sent = tree.get("ops", []) if isinstance(tree, dict) else []
    outside = [tree, *sent, *(value for name, value in tree.items() if name != "ops")]
    if any(isinstance(part, _Doubled) for part in outside):
        raise ValueError("A key is doubled.")
    edits = zip(ops, sent, strict=True)
    return frozenset(op.op for op, raw in edits if _is_doubled([raw.get("set"), raw.get("body")]))


def is_deeper(text: bytes, most: int) -> bool:
    """Return whether arrays and objects of a well-formed text nest deeper than ``most``.

    Told from brackets and quotes alone: a tree of a long workout takes ten times as long.
    """
    if text.count(b"[") + text.count(b"{") <= most:
        return False
    shape = text.translate(_BRACKETS, _OTHERS).replace(b'""', b"")
    if b'"' in shape or b"\\" in text:  # brackets inside of texts, perhaps
        return _depth(_tree(text)) > most
    for _ in range(most):
        shape = shape.replace(b"[]", b"")  # the innermost of each nest
    return bool(shape)


def width(body: bytes | Raw) -> int:
    """Return the largest number of keys one object of a well-formed text has."""
    return _width(_tree(bytes(body)))


def _tree(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:  # a number out of range: for the typed decode to name
        return json.loads(text)


def _width(value: Any) -> int:
    if isinstance(value, dict):
        return max(len(value), max(map(_width, value.values()), default=0))
    return max(map(_width, value), default=0) if isinstance(value, list) else 0


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def _keys(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_keys, value.values()))
    return sum(map(_keys, value)) if isinstance(value, list) else 0


def _paired(text: bytes) -> Any:
    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        return found if len(found) == len(pairs) else _Doubled(found)

    return json.loads(text, object_pairs_hook=note)


def _is_doubled(value: Any) -> bool:
    if isinstance(value, dict):
        return isinstance(value, _Doubled) or any(map(_is_doubled, value.values()))
    return any(map(_is_doubled, value)) if isinstance(value, list) else False
