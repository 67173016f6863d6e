"""What generators of clients stumble over, put right."""

from typing import Any

import msgspec

NULL_ENUM = "#/components/schemas/NullEnum"


def tidy(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Make answers' fields required and nullable enumerations plain."""
    schemas = result["components"].get("schemas", {})
    for name, schema in schemas.items():
        # An answer always carries its fields; else a generated client could not tell a removed
        # field from an absent one. Structs have said so themselves.
        if not name.endswith("Request") and schema.get("properties") and not _is_struct(name):
            schema["required"] = list(schema["properties"])
        for field in schema.get("properties", {}).values():
            if field.get("default") == "" and field.get("minLength"):
                del field["default"]  # what absence means, not a value to send
    schemas.pop("NullEnum", None)
    schemas.pop("BlankEnum", None)
    replaced: dict[str, Any] = _without_null_enum(result)
    return replaced


def _is_struct(name: str) -> bool:
    """Return whether one of the service's own structs has this name; a phone's do not count."""
    own = ("backend.", "apps.")
    return any(
        kind.__name__ == name and kind.__module__.startswith(own)
        for kind in _subclasses(msgspec.Struct)
    )


def _subclasses(kind: type) -> list[type]:
    found = list(kind.__subclasses__())
    return found + [deeper for sub in found for deeper in _subclasses(sub)]


def _without_null_enum(node: Any) -> Any:
    """Return ``oneOf [X, BlankEnum, NullEnum]`` as ``oneOf [X, null]``, all else unchanged.

    Kotlin's generator makes an empty class of the first form, and so loses the value.
    """
    if isinstance(node, list):
        return [_without_null_enum(value) for value in node]
    if not isinstance(node, dict):
        return node
    choices = node.get("oneOf")
    if isinstance(choices, list) and {"$ref": NULL_ENUM} in choices:
        unwanted = {NULL_ENUM, NULL_ENUM.replace("Null", "Blank")}
        kept = [choice for choice in choices if choice.get("$ref") not in unwanted]
        return {**node, "oneOf": [*kept, {"type": "null"}]}
    return {key: _without_null_enum(value) for key, value in node.items()}
