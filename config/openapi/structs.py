"""Schemas of msgspec structs, as components."""

from collections.abc import Sequence
from typing import Any

import msgspec

from backend.records.described import fields_of, summary_of

REF = "#/components/schemas/{name}"


def components(types: Sequence[type[msgspec.Struct]], *, sent: bool) -> dict[str, Any]:
    """Return the schemas of structs and of all they refer to, by name.

    Args:
        types: the structs to begin with.
        sent: whether the server writes them: then every field is always there, but where a
            struct leaves defaults out.
    """
    _, schemas = msgspec.json.schema_components(types, schema_hook=_anything, ref_template=REF)
    known = _by_name(types)
    for name, schema in schemas.items():
        schema["description"] = _paragraph(schema.get("description", ""))
        struct = known.get(name)
        if sent and struct is not None and not struct.__struct_config__.omit_defaults:
            schema["required"] = list(schema["properties"])
            for field in schema["properties"].values():
                field.pop("default", None)
    for name, struct in known.items():
        _mark_instants(struct, schemas[name]["properties"])
        _describe(struct, schemas[name])
    return {name: _clean(schema) for name, schema in schemas.items()}


def _describe(struct: type[msgspec.Struct], schema: dict[str, Any]) -> None:
    """Say of every field what the struct's docstring says of it."""
    schema["description"] = _paragraph(summary_of(struct))
    for name, text in fields_of(struct).items():
        schema["properties"][name]["description"] = text[:1].upper() + text[1:]


def _mark_instants(struct: type[msgspec.Struct], properties: dict[str, Any]) -> None:
    """Say of every instant that it is one; msgspec does so of those with a stated zone only."""
    for field in msgspec.inspect.type_info(struct).fields:  # type: ignore[attr-defined]  # a struct's
        schema = properties[field.encode_name]
        kinds = getattr(field.type, "types", (field.type,))
        if any(isinstance(kind, msgspec.inspect.DateTimeType) for kind in kinds):
            for choice in schema.get("anyOf", [schema]):
                if choice.get("type") == "string":
                    choice["format"] = "date-time"


def rewritten(kind: type[msgspec.Struct], types: dict[str, Any]) -> type[msgspec.Struct]:
    """Return a struct of the same name and fields, some with a type that can be described.

    Verbatim JSON (`msgspec.Raw`) has a default no schema can hold.
    """
    fields: list[Any] = []
    for field in msgspec.structs.fields(kind):
        described = types.get(field.name, field.type)
        if field.required:
            fields.append((field.name, described))
            continue
        default = {} if isinstance(field.default, msgspec.Raw) else field.default
        fields.append((field.name, described, default))
    return msgspec.defstruct(kind.__name__, fields, namespace={"__doc__": kind.__doc__})


def _anything(kind: type) -> dict[str, Any]:
    """Return the schema of a value that may be any JSON."""
    return {"description": "Any JSON value."}


def _by_name(types: Sequence[type[msgspec.Struct]]) -> dict[str, type[msgspec.Struct]]:
    """Return every struct reachable from these, by name."""
    found: dict[str, type[msgspec.Struct]] = {}
    stack = [msgspec.inspect.type_info(kind) for kind in types]
    while stack:
        info: Any = stack.pop()
        if isinstance(info, msgspec.inspect.StructType):
            if info.cls.__name__ in found:
                continue
            found[info.cls.__name__] = info.cls
            stack += [field.type for field in info.fields]
        elif isinstance(info, msgspec.inspect.UnionType):
            stack += info.types
        elif isinstance(info, msgspec.inspect.Metadata):
            stack.append(info.type)
        elif isinstance(info, msgspec.inspect.VarTupleType | msgspec.inspect.ListType):
            stack.append(info.item_type)
        elif isinstance(info, msgspec.inspect.DictType):
            stack.append(info.value_type)
    return found


def _paragraph(docstring: str) -> str:
    """Return a docstring as text: lines of a paragraph joined."""
    blocks = docstring.strip().split("\n\n")
    return "\n\n".join(" ".join(block.split()) for block in blocks)


def _clean(node: Any) -> Any:
    """Return a schema without titles, which repeat the names, and with decimals as numbers."""
    if isinstance(node, dict):
        if node.get("format") == "decimal":
            return {"type": "number"}
        return {
            key: _clean(value)
            for key, value in node.items()
            if not (key == "title" and isinstance(value, str))
        }
    if isinstance(node, list):
        return [_clean(value) for value in node]
    return node
