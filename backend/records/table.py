"""The record types as a page for people: `docs/records.md` is this, written out."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

from backend.records import REGISTRY
from backend.records.base import GRANTED_SEPARATELY, BlobRef, ClientBody, Keyed, RecordType, Source
from backend.records.described import fields_of, summary_of

HEAD = """\
# Record types

<!-- Made from backend/records by `make schema`; edit the docstrings there. -->

Every synced record has one of these types. A body may hold other keys too, up to 4 KiB: they are
kept and returned. Absent and null are the same. Instants are RFC 3339 with an offset of at most
14 hours, `*_date` is a calendar day where the person is, ids are UUIDs, and years run from 1900
to 2199. Numbers are JSON numbers, never text, and stay exactly as sent. Values of an enumeration
are open: another one is stored, shown and left out of the models. A mark `*` is a field that must
be there.

**Merging** says what happens when two edits meet: `auto` takes the later one and reports the
loser, `guard` asks a person, `append` never changes a record. *Keyed* lists merge element by
element on `uid`, which is unique within its list. **Shared as** names the category an athlete
must grant before another person can read the type; those granted apart need a tick of their own.
"""
PLAIN: dict[Any, str] = {
    inspect.BoolType: "boolean",
    inspect.DateTimeType: "instant",
    inspect.DateType: "day",
    inspect.UUIDType: "id",
}


def page() -> str:
    """Return the whole page, in Markdown."""
    parts = [HEAD, *(_section(kind) for kind in REGISTRY.values()), "## In every type\n"]
    parts += ["`blobs` stands in what devices write only.\n", _fields(ClientBody, set())]
    return "\n".join([*parts, _part(Source), _part(BlobRef)])


def _section(kind: RecordType) -> str:
    facts = [f"schema {kind.schema}", f"written by the {_writer(kind)}", f"merging `{kind.policy}`"]
    if kind.guard_except:
        facts[-1] += f" but for {_listed(kind.guard_except)}"
    facts += [f"keyed {_listed(_paths(kind.keyed))}"] if kind.keyed else []
    facts.append(_shared(kind))
    lines = [
        f"## `{kind.name}`\n",
        f"{summary_of(kind.body)}\n",
        f"{', '.join(facts).capitalize()}.\n",
    ]
    lines.append(_fields(kind.body, set(ClientBody.__struct_fields__)))
    return "\n".join([*lines, *(_part(part) for part in _parts_of(kind.body))])


def _writer(kind: RecordType) -> str:
    if kind.owner == "server":
        return "server"
    return "person's devices" if kind.answers is None else "coaches; the person answers"


def _shared(kind: RecordType) -> str:
    if kind.category is None:
        return "never shared"
    apart = ", granted apart" if kind.category in GRANTED_SEPARATELY else ""
    return f"shared as `{kind.category}`{apart}"


def _listed(names: Iterator[str] | tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _paths(keyed: Keyed, before: str = "") -> Iterator[str]:
    for name, inner in keyed.items():
        yield before + name
        yield from _paths(inner, f"{before}{name}.")


def _part(kind: type[msgspec.Struct]) -> str:
    return f"### {kind.__name__}\n\n{summary_of(kind)}\n\n{_fields(kind, set())}"


def _fields(kind: type[msgspec.Struct], without: set[str]) -> str:
    said = fields_of(kind)
    rows = ["| field | type | meaning |", "|---|---|---|"]
    for field in inspect.type_info(kind).fields:  # type: ignore[attr-defined]  # a struct's
        if field.name not in without:
            mark = "*" if field.required else ""
            rows.append(f"| `{field.name}`{mark} | {_type(field.type)} | {said[field.name]} |")
    return "\n".join([*rows, ""])


def _parts_of(kind: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    """Return the structs inside a body, each after the one that holds it."""
    found: list[type[msgspec.Struct]] = []
    for field in inspect.type_info(kind).fields:  # type: ignore[attr-defined]  # a struct's
        for one in _leaves(field.type):
            if isinstance(one, inspect.StructType) and one.cls not in (Source, BlobRef):
                found += [one.cls, *_parts_of(one.cls)]
    return list(dict.fromkeys(found))


def _leaves(info: Any) -> Iterator[Any]:
    for held in ("types", "item_type", "value_type", "type"):
        inner = getattr(info, held, None)
        if inner is not None:
            for one in inner if isinstance(inner, tuple) else (inner,):
                yield from _leaves(one)
            return
    yield info


def _type(info: Any) -> str:
    if isinstance(info, inspect.Metadata):
        values = (info.extra_json_schema or {}).get("x-extensible-enum")
        return _listed(tuple(values)) if values else _type(info.type)
    if isinstance(info, inspect.UnionType):
        return " or ".join(
            _type(one) for one in info.types if not isinstance(one, inspect.NoneType)
        )
    if isinstance(info, inspect.VarTupleType):
        return f"list of {_type(info.item_type)}"
    if isinstance(info, inspect.DictType):
        return f"object of {_type(info.value_type)}"
    if isinstance(info, inspect.StructType):
        return f"[{info.cls.__name__}](#{info.cls.__name__.lower()})"
    if isinstance(info, inspect.LiteralType):
        return _listed(tuple(str(value) for value in info.values))
    if isinstance(info, inspect.StrType):
        return f"text, at most {info.max_length}" if info.max_length else "text"
    if isinstance(info, inspect.FloatType | inspect.IntType):
        return _number(info)
    return PLAIN.get(type(info), "any")


def _number(info: inspect.FloatType | inspect.IntType) -> str:
    name = "whole number" if isinstance(info, inspect.IntType) else "number"
    low = f"more than {info.gt:g}" if info.gt is not None else ""
    low = f"from {info.ge:g}" if info.ge is not None else low
    high = f"to {info.le:g}" if info.le is not None else ""
    return " ".join(part for part in (name, low, high) if part)
