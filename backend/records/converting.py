"""Bodies and edits of apps that speak an older schema, in today's spelling and back.

Fields stay verbatim: a converter renames and regroups, and leaves what it does not know.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Raw

from backend.records.base import Fields, RecordType


def up_convert(kind: RecordType, fields: Fields, from_schema: int) -> Fields:
    """Return a whole body in today's schema; one of today's or of a newer app as it is."""
    for version in range(max(from_schema, 1), kind.schema):
        if version in kind.up:
            fields = kind.up[version](fields)
    return fields


def down_convert(kind: RecordType, fields: Fields, to_schema: int) -> Fields:
    """Return a whole body as an older app spells it.

    Where an old name is taken by a field of the body that nobody knows, the old meaning wins:
    the app shows what it means by the name. The stored body keeps both.
    """
    for version in range(kind.schema, max(to_schema, 1), -1):
        if version in kind.down:
            fields = kind.down[version](fields)
    return fields


def up_patch(
    kind: RecordType, base: Fields, changes: Mapping[str, Raw | None], from_schema: int
) -> dict[str, Raw | None]:
    """Return an older app's edit as today's: fields to set, None for those to remove.

    The edit is made on the body as that app saw it, and what it changed there is what it
    changes here: a field the app has no name for is never touched.
    Args:
        kind: the record's type.
        base: the version that was edited, in today's schema; empty for a new record.
        changes: fields the app sets, or removes (None), in its spelling.
        from_schema: the app's schema of the type.
    """
    if not any(version in kind.up for version in range(max(from_schema, 1), kind.schema)):
        return dict(changes)
    seen = down_convert(kind, base, from_schema)
    edited = {name: raw for name, raw in {**seen, **changes}.items() if raw is not None}
    before, after = up_convert(kind, seen, from_schema), up_convert(kind, edited, from_schema)
    told: dict[str, Raw | None] = {
        name: raw for name, raw in after.items() if not _same(before.get(name), raw)
    }
    return told | dict.fromkeys(name for name in before if name not in after)


def _same(one: Raw | None, other: Raw) -> bool:
    return one is not None and bytes(one) == bytes(other)


def renamed(fields: Fields, names: Mapping[str, str]) -> Fields:
    """Return fields under other names, in place; a name given twice keeps the renamed one."""
    taken = {names[old] for old in fields if old in names}
    return {
        names.get(name, name): raw
        for name, raw in fields.items()
        if name in names or name not in taken
    }


def turned(names: Mapping[str, str]) -> dict[str, str]:
    """Return the renaming that undoes another."""
    return {new: old for old, new in names.items()}


def each(raw: Raw, names: Mapping[str, str], inside: Mapping[str, Mapping[str, str]]) -> Raw:
    """Return a list of objects with members renamed, and lists inside them likewise.

    What is no list of objects stays as it is: the decode refuses it with its place.
    """
    try:
        parts = msgspec.json.decode(raw, type=list[dict[str, Raw]])
    except msgspec.DecodeError:
        return raw
    converted = [
        {
            name: each(inner, inside[name], {}) if name in inside else inner
            for name, inner in renamed(part, names).items()
        }
        for part in parts
    ]
    return raw if converted == parts else Raw(msgspec.json.encode(converted))
