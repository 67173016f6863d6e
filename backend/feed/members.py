"""Ops with a member that no typed decoder reads, read member by member.

Only when a whole request could not be decoded: one bad member never stops the other ops.
"""

from collections.abc import Mapping, Sequence
from typing import Any, get_type_hints
from uuid import UUID

import msgspec
from msgspec import Raw

from backend.days import after_leap_second
from backend.feed.wire import Op

_TYPES: Mapping[str, Any] = get_type_hints(Op, include_extras=True)
# Whose answer, which record, what it builds on, what it stands with: without them nothing can be
# said of an op.
_IDS = ("op", "id", "base", "group")
_NEEDED = {"type": "", "action": ""}  # what is none is no type or action that we know


def read_ops(texts: Sequence[Raw]) -> tuple[tuple[Op, ...], dict[UUID, str]]:
    """Return ops without what can not be read in them, and of each such op the pointer to it.

    Raises ``msgspec.DecodeError`` when a text is no object or one of its ids is none.
    """
    ops, unread = [], {}
    for text in texts:
        op, pointer = _read(text)
        ops.append(op)
        if pointer is not None:
            unread[op.op] = pointer
    return tuple(ops), unread


def _read(text: Raw) -> tuple[Op, str | None]:
    try:
        return msgspec.json.decode(text, type=Op), None
    except msgspec.ValidationError:
        found = msgspec.json.decode(text, type=dict[str, Raw])
    members: dict[str, Any] = {}
    bad = []
    for name in (name for name in _TYPES if name in found):
        try:
            members[name] = _member(name, found[name])
        except msgspec.ValidationError:
            if name in _IDS:
                raise
            bad.append(name)
    bad += [name for name in _NEEDED if name not in found]
    op = msgspec.convert({**_NEEDED, **members}, Op)
    return op, f"/{bad[0]}" if bad else None


def _member(name: str, text: Raw) -> Any:
    """Return one member of an op; a leap second is read as the instant after it."""
    kind = _TYPES[name]
    if name != "edited_at":
        return msgspec.json.decode(text, type=kind)
    said = msgspec.json.decode(text)
    later = after_leap_second(said) if isinstance(said, str) else None
    return msgspec.convert(later or said, kind)
