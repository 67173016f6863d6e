"""The sync contract in the description: its endpoints, envelopes and record bodies."""

from typing import Any, Literal, get_args

from backend.feed.wire import (
    ChangesResponse,
    Op,
    PushRequest,
    PushResponse,
    Status,
    StreamHeads,
    SyncRequest,
    SyncResponse,
)
from backend.records import REGISTRY
from backend.records.base import RecordType
from config.openapi import structs
from config.openapi.schema import add_problem_responses

REF = structs.REF
ATHLETE = {
    "name": "athlete",
    "in": "path",
    "required": True,
    "description": "The athlete's id, or `me`.",
    "schema": {"type": "string"},
}
ENVELOPES = (SyncRequest, PushRequest)
# Open enumerations: (component, field, documented values). Others may come; keep them.
OPEN: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Result", "status", get_args(Status)),
    ("Result", "was", get_args(Status)),
    ("Result", "kind", ("edited_after_base", "fields_clash")),
    (
        "Result",
        "code",
        (
            "invalid",
            "unknown-type",
            "type-changed",
            "server-owned",
            "forbidden",
            "op-reused",
            "id-mismatch",
            "unknown-base",
            "deleted",
            "too-large",
            "quota",
            "base-failed",
            "group-failed",
            "blob-unverified",
            "busy-type",
            "base-deferred",
        ),
    ),
    ("Op", "type", tuple(name for name, kind in REGISTRY.items() if kind.owner == "client")),
    ("Op", "action", ("put", "delete", "restore", "replay")),
    ("Page", "phase", ("bootstrap", "tail")),
    (
        "Page",
        "reset",
        ("cursor-unreadable", "cursor-expired", "scope-changed", "server-advice"),
    ),
    ("Derived", "state", ("current", "pending", "failed")),
    ("Author", "actor", ("athlete", "coach", "server")),
)
_PATCH = (
    "Top-level fields to replace, as in the body of the record's `type`; fields that are not "
    "named stay. Numbers and text are stored exactly as sent."
)

STREAM = """\
Wake-up: server-sent events that tell where feeds stand, never what is in them.

Each event's data is a `StreamHeads`: heads by athlete id, all of them when the stream opens (one's
own and those of athletes who share records with a team of the caller's, as long as they do), then
those that moved, own changes included. Several changes in quick succession make one event with
the newest head. A head equal to the `seq:mark` of your `witness` holds nothing new; after any
other one, pull. There is no replay: reconnect after `retry` milliseconds and all heads come again.

A comment comes every 30 s; without one for longer the connection is dead. The server ends a
stream after ten minutes at most, when the token ends, and soon after a device was revoked. It may
be served by a process of its own: where it is missing, poll by `next_poll_s`."""
STREAM_EXAMPLE = (
    "retry: 3200\n\n"
    'data: {"feeds":{"2c7b1a3e-93a0-4b8e-8f6d-1f2e3d4c5b6a":"1044:60b1f0c2a9d1e377"}}\n\n'
    ": ping\n\n"
)


def add_feed(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add what no serializer describes."""
    schemas = result["components"].setdefault("schemas", {})
    op = structs.rewritten(Op, {"set": dict[str, Any]})
    requests = [structs.rewritten(kind, {"ops": tuple[op, ...]}) for kind in ENVELOPES]  # type: ignore[valid-type]  # made above
    schemas |= structs.components(requests, sent=False)
    schemas |= structs.components(
        [SyncResponse, PushResponse, ChangesResponse, StreamHeads], sent=True
    )
    schemas |= _bodies("client") | _bodies("server")
    for component, field, values in OPEN:
        _open(schemas[component]["properties"], field, values)
    schemas["Op"]["properties"]["set"] = {"type": "object", "description": _PATCH}
    _split_by_type(schemas, "RecordState")
    _split_by_type(schemas, "Row", echo=True)
    result["paths"] = dict(sorted({**result["paths"], **_paths()}.items()))
    return result


def _bodies(owner: Literal["client", "server"]) -> dict[str, Any]:
    bodies = [kind.body for kind in REGISTRY.values() if kind.owner == owner]
    return structs.components(bodies, sent=owner == "server")


def _open(properties: dict[str, Any], field: str, values: tuple[str, ...]) -> None:
    """Document values of a text without closing the list."""
    listed = ", ".join(f"`{value}`" for value in values)
    schema = properties[field]
    schema["x-extensible-enum"] = list(values)
    schema["description"] = f"One of {listed}; more may come, keep what you do not know."


def _split_by_type(schemas: dict[str, Any], name: str, *, echo: bool = False) -> None:
    """Turn an envelope into one of its kinds, told apart by the text in ``type``."""
    envelope = schemas.pop(name)
    choices, mapping = [], {}
    for kind in REGISTRY.values():
        variant = f"{kind.body.__name__}{name}"
        schemas[variant] = _variant(envelope, kind)
        choices.append({"$ref": REF.format(name=variant)})
        mapping[kind.name] = REF.format(name=variant)
    if echo:
        schemas[f"Echo{name}"] = _echo(envelope)
        choices.append({"$ref": REF.format(name=f"Echo{name}")})
    schemas[name] = {
        "description": envelope["description"],
        "oneOf": choices,
        "discriminator": {"propertyName": "type", "mapping": mapping},
    }


def _variant(envelope: dict[str, Any], kind: RecordType) -> dict[str, Any]:
    described = f"A `{kind.name}`; a deleted one comes without `body`."
    properties = {
        **envelope["properties"],
        "type": {"type": "string", "const": kind.name},
        "body": {"$ref": REF.format(name=kind.body.__name__)},
    }
    properties.pop("echo", None)
    required = sorted({*envelope["required"], "type", "schema"})
    return {**envelope, "description": described, "properties": properties, "required": required}


def _echo(envelope: dict[str, Any]) -> dict[str, Any]:
    kept = {name: envelope["properties"][name] for name in ("id", "v", "rev", "seq")}
    return {
        **envelope,
        "description": "This request's own op, applied verbatim: the phone has the body.",
        "properties": {**kept, "echo": {"type": "boolean", "const": True}},
        "required": [*kept, "echo"],
    }


def operation(name: str, summary: str, answer: str, statuses: set[int]) -> dict[str, Any]:
    """Return an operation on one's own feed that answers with a struct, or with a problem."""
    content = {"application/json": {"schema": {"$ref": REF.format(name=answer)}}}
    operation: dict[str, Any] = {
        "operationId": name,
        "description": summary,
        "tags": ["sync"],
        "parameters": [ATHLETE],
        "security": [{"deviceToken": []}],
        "responses": {"200": {"description": "Evaluated.", "content": content}},
    }
    add_problem_responses(operation, statuses | {401, 403, 429, 503})
    return operation


def with_body(operation: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the operation with a struct as its request, perhaps compressed."""
    content = {"application/json": {"schema": {"$ref": REF.format(name=name)}}}
    encoding = {
        "name": "Content-Encoding",
        "in": "header",
        "description": "How the body is compressed; at most 1 MiB so, 4 MiB inflated.",
        "schema": {"type": "string", "enum": ["identity", "gzip", "zstd"]},
    }
    operation["parameters"] = [*operation["parameters"], encoding]
    operation["requestBody"] = {"required": True, "content": content}
    return operation


def query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter of the query."""
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _stream() -> dict[str, Any]:
    stream = operation("sync_stream", STREAM, "StreamHeads", set())
    stream["parameters"] = []
    events = {
        "type": "string",
        "contentMediaType": "text/event-stream",
        "contentSchema": {"$ref": REF.format(name="StreamHeads")},
        "description": "`contentSchema` is that of each event's data.",
    }
    stream["responses"]["200"] = {
        "description": "Server-sent events until the server ends the stream.",
        "headers": {
            "Cache-Control": {
                "description": "`no-store, no-transform`.",
                "schema": {"type": "string"},
            }
        },
        "content": {"text/event-stream": {"schema": events, "example": STREAM_EXAMPLE}},
    }
    return stream


def _paths() -> dict[str, Any]:
    pushed = {400, 406, 409, 413, 415, 422}
    sync = operation(
        "sync",
        "A phone's round trip: push ops, pull a page and the state of derived records.",
        "SyncResponse",
        pushed,
    )
    ops = operation(
        "sync_push",
        "Push only, for senders that keep no copy of the feed.",
        "PushResponse",
        pushed,
    )
    changes = operation("sync_changes", "Pull only.", "ChangesResponse", {400, 404})
    changes["parameters"] = [
        ATHLETE,
        query("cursor", "Where the reader stands; absent for everything.", {"type": "string"}),
        query("types", "Record types, separated by commas; absent for all.", {"type": "string"}),
        query(
            "max_rows",
            "How many rows at most.",
            {"type": "integer", "minimum": 1, "maximum": 2000, "default": 500},
        ),
    ]
    changes["responses"]["200"]["headers"] = {
        "Link": {"description": "The next page, `rel=next`.", "schema": {"type": "string"}}
    }
    return {
        "/v1/stream": {"get": _stream()},
        "/v1/athletes/{athlete}/sync": {"post": with_body(sync, "SyncRequest")},
        "/v1/athletes/{athlete}/ops": {"post": with_body(ops, "PushRequest")},
        "/v1/athletes/{athlete}/changes": {"get": changes},
    }
