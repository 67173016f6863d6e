"""Pages of another person's feed, in the description: shared types, and of them shared fields."""

from typing import Any

from apps.coaching.sharing import SHARED_FIELDS
from backend.records import REGISTRY
from config.openapi.structs import REF

PAGE, ROW = "SharedPage", "SharedRow"


def add_shared_pages(schemas: dict[str, Any]) -> None:
    """Say that a part of many feeds holds a page of one's own feed or one of another's."""
    rows = {name: _add_row(schemas, name, shared) for name, shared in SHARED_FIELDS.items()}
    schemas[ROW] = {
        "description": "One record in a page of another person's feed.",
        "oneOf": [{"$ref": REF.format(name=row)} for row in rows.values()],
        "discriminator": {
            "propertyName": "type",
            "mapping": {name: REF.format(name=row) for name, row in rows.items()},
        },
    }
    own = schemas["Page"]
    of_rows = {"type": "array", "items": {"$ref": REF.format(name=ROW)}}
    schemas[PAGE] = {
        **own,
        "description": "A page of another person's feed: what they share with a team, and of it "
        "no note, no file, no device, and of a reminder not what led to it.",
        "properties": {**own["properties"], "rows": of_rows},
    }
    schemas["FeedPart"]["properties"]["page"] = {
        "description": "A `Page` of one's own feed, a `SharedPage` of another person's.",
        "anyOf": [{"$ref": REF.format(name=name)} for name in ("Page", PAGE)],
    }


def _add_row(schemas: dict[str, Any], name: str, shared: tuple[str, ...]) -> str:
    """Add a type's body and row as a team reads them; return the name of the row."""
    of = REGISTRY[name].body.__name__
    body, row = schemas[of], schemas[f"{of}Row"]
    kept = {field: one for field, one in body["properties"].items() if field in shared}
    schemas[f"Shared{of}"] = {
        **body,
        "properties": kept,
        "required": [field for field in body.get("required", ()) if field in kept],
    }
    is_body = {"$ref": REF.format(name=f"Shared{of}")}
    schemas[f"Shared{of}Row"] = {**row, "properties": {**row["properties"], "body": is_body}}
    return f"Shared{of}Row"
