"""Ways to read feeds, in the description: pages, digests, histories, many feeds at once."""

from typing import Any

from backend.feed.reading import (
    DigestResponse,
    FeedsRequest,
    FeedsResponse,
    HeadsResponse,
    HistoryResponse,
    LookupRequest,
    LookupResponse,
    StoredRecord,
    StreamLine,
    SyncConfig,
)
from config.openapi import structs
from config.openapi.feed import operation, query, with_body
from config.openapi.schema import add_problem_responses
from config.openapi.sharing import add_shared_pages
from config.openapi.structs import REF

SENT = (
    DigestResponse, FeedsResponse, HeadsResponse, HistoryResponse, LookupResponse, StoredRecord,
    StreamLine, SyncConfig,
)  # fmt: skip
ASKED = (LookupRequest, FeedsRequest)
TEXT = {"type": "string"}
RECORD = {
    "name": "record",
    "in": "path",
    "required": True,
    "description": "The record's id.",
    "schema": {"type": "string", "format": "uuid"},
}
TAG = {
    "ETag": {"description": "Stands for this answer; send it as `If-None-Match`.", "schema": TEXT}
}
QUOTA = {
    "RateLimit-Policy": {
        "description": "The quota of a device: requests (`q`) in so many seconds (`w`).",
        "schema": TEXT,
    },
    "RateLimit": {
        "description": "What is left of it (`r`) for how many seconds (`t`).",
        "schema": TEXT,
    },
}
LINES = """\
A page line by line: first a `StreamLine` with `head`, then one row a line, last a `StreamLine`
with `end`. Without the last one the page was cut off on its way: drop it."""
CODES = (
    "wrong-athlete", "consent-revoked", "consent-scope-missing", "feed-forked", "feed-unknown",
)  # fmt: skip


def add_reading(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Add what no serializer describes."""
    schemas = result["components"]["schemas"]
    made = structs.components(ASKED, sent=False) | structs.components(SENT, sent=True)
    schemas |= {name: schema for name, schema in made.items() if name not in schemas}
    code = schemas["FeedPart"]["properties"]["code"]
    code["x-extensible-enum"] = list(CODES)
    code["description"] = "Why this feed alone was refused; more may come."
    add_shared_pages(schemas)
    changes = result["paths"]["/v1/athletes/{athlete}/changes"]["get"]
    _add_pages(changes)
    result["paths"] = dict(sorted({**result["paths"], **_paths()}.items()))
    for path, item in result["paths"].items():
        for one in item.values():
            if "sync" in one.get("tags", ()) and path not in ("/v1/sync/config", "/v1/stream"):
                answer = one["responses"].get("200")
                if answer:
                    answer["headers"] = {**answer.get("headers", {}), **QUOTA}
    return result


def _add_pages(changes: dict[str, Any]) -> None:
    answer = changes["responses"]["200"]
    answer["headers"] |= TAG
    answer["content"]["application/x-ndjson"] = {
        "schema": {
            **TEXT,
            "contentMediaType": "application/x-ndjson",
            "contentSchema": {
                "oneOf": [{"$ref": REF.format(name=name)} for name in ("StreamLine", "Row")]
            },
            "description": LINES,
        }
    }
    changes["responses"]["304"] = {"description": "The client has this page."}
    changes["responses"].pop("404", None)
    _read_only(changes, {400, 406, 409, 410})


def _read_only(one: dict[str, Any], statuses: set[int]) -> dict[str, Any]:
    """Add what any view that only reads can answer: it does not serve apps that are too old."""
    add_problem_responses(one, statuses | {400, 406, 426})
    return one


def _paths() -> dict[str, Any]:
    digest = operation(
        "sync_digest",
        "Per type how many live records there are, and their fingerprints xored: for each the "
        "first eight bytes of SHA-256 over the sixteen of its `id` and the sixteen of its `v`. "
        "Compare after `complete`, where `witness` is yours; if it differs, load anew.",
        "DigestResponse",
        {404},
    )
    lookup = operation(
        "sync_lookup",
        "Which of these ops, or versions, the server knows; at most 5,000. The others are lost.",
        "LookupResponse",
        {400, 404, 406, 413, 415, 422, 426},
    )
    record = operation("sync_record", "One record as it stands.", "StoredRecord", {404})
    versions = operation(
        "sync_record_versions",
        "What was ever done to a record, newest first: versions, edits that lost a clash, edits "
        "that were refused.",
        "HistoryResponse",
        {404},
    )
    for one in (record, versions):
        one["parameters"] = [*one["parameters"], RECORD]
    versions["parameters"] += [
        query("cursor", "`next_cursor` of the page before.", TEXT),
        query(
            "limit",
            "How many at most.",
            {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
        ),
    ]
    of_one_feed = "/v1/athletes/{athlete}"
    return {
        f"{of_one_feed}/digest": {"get": _read_only(digest, set())},
        f"{of_one_feed}/ops/lookup": {"post": with_body(lookup, "LookupRequest")},
        f"{of_one_feed}/records/{{record}}": {"get": _read_only(record, set())},
        f"{of_one_feed}/records/{{record}}/versions": {"get": _read_only(versions, set())},
        **_many(),
        "/v1/sync/config": {"get": _config()},
    }


def _many() -> dict[str, Any]:
    heads = operation(
        "feeds_heads",
        "The head of every feed the caller may read records of, their own first. A head that "
        "moved tells that something changed, not what.",
        "HeadsResponse",
        set(),
    )
    feeds = operation(
        "feeds_changes",
        "Pages of up to 200 feeds, each after a cursor of its own: the caller's, and those of "
        "athletes who share records with a team of theirs. A feed that may not be read is "
        "refused in its part alone. Athletes can see that their records were read.",
        "FeedsResponse",
        {400, 406, 413, 415, 422, 426},
    )
    heads["parameters"] = []
    feeds["parameters"] = []
    return {
        "/v1/feeds/heads": {"get": _read_only(heads, set())},
        "/v1/feeds/changes": {"post": with_body(feeds, "FeedsRequest")},
    }


def _config() -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": REF.format(name="SyncConfig")}}}
    one: dict[str, Any] = {
        "operationId": "sync_config",
        "description": "Limits, record types and poll advice; for everybody, and for caches.",
        "tags": ["sync"],
        "security": [],
        "responses": {
            "200": {"description": "The configuration.", "headers": TAG, "content": content},
            "304": {"description": "The client has it."},
        },
    }
    add_problem_responses(one, {400, 406, 429, 503})
    return one
