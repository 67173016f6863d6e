"""Uploads by tus and the files they become, in the description."""

from typing import Any

from backend.blobs import tus
from config.openapi.feed import ATHLETE
from config.openapi.schema import add_problem_responses
from config.openapi.structs import REF

PIECE = "application/offset+octet-stream"
TEXT = {"type": "string"}
BYTES = {"type": "integer", "minimum": 0, "format": "int64"}
UPLOAD = {
    "name": "upload_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}
DIGEST = {
    "name": "sha256",
    "in": "path",
    "required": True,
    "description": "The content's SHA-256 in hexadecimal.",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
}
VERSION = {
    "name": "Tus-Resumable",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "const": tus.VERSION},
}
CHECKSUM = {
    "name": "Upload-Checksum",
    "in": "header",
    "description": "`sha256` or `sha1`, a space, and the body's digest in base64. With it the "
    "body counts whole or not at all.",
    "schema": TEXT,
}
PLACE = {
    "Upload-Offset": {"description": "How many bytes are here.", "schema": BYTES},
    "Upload-Expires": {"description": "When the upload is given up.", "schema": TEXT},
}
METADATA = (
    "Pairs of a key and a value in base64, separated by commas: `sha256` (hexadecimal), "
    "`media_type` (or `filetype`), and perhaps `filename`."
)


def add_uploads(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Add what no serializer describes."""
    paths = {
        "/v1/uploads": {"options": _options("uploads_capabilities", []), "post": _create()},
        "/v1/uploads/{upload_id}": {
            "options": _options("upload_capabilities", [UPLOAD]),
            "head": _look(),
            "patch": _send(),
            "delete": _end(),
        },
        "/v1/athletes/{athlete}/blobs/{sha256}": {"get": _read()},
    }
    result["components"]["schemas"]["FilePiece"] = {
        "type": "string",
        "format": "binary",
        "description": "Bytes of a file, as they are.",
    }
    result["paths"] = dict(sorted({**result["paths"], **paths}.items()))
    return result


def _operation(
    name: str,
    description: str,
    *,
    parameters: list[dict[str, Any]],
    responses: dict[str, Any],
    problems: set[int],
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": name,
        "description": description,
        "tags": ["uploads"],
        "parameters": parameters,
        "security": [{"deviceToken": []}],
        "responses": responses,
    }
    add_problem_responses(operation, problems | {401, 403, 429, 503})
    return operation


def _header(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": schema,
    }


def _body(*, required: bool) -> dict[str, Any]:
    content = {PIECE: {"schema": {"$ref": REF.format(name="FilePiece")}}}
    return {"required": required, "content": content}


def _options(name: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    told = ("Tus-Version", "Tus-Extension", "Tus-Checksum-Algorithm", "Tus-Max-Size")
    headers = {header: {"description": "As tus has it.", "schema": TEXT} for header in told}
    operation: dict[str, Any] = {
        "operationId": name,
        "description": "What of tus 1.0 is spoken here; no sign-in is needed.",
        "tags": ["uploads"],
        "parameters": parameters,
        "security": [],
        "responses": {"204": {"description": "See the headers.", "headers": headers}},
    }
    add_problem_responses(operation, {404} if parameters else set())  # what is no id at all
    return operation


def _create() -> dict[str, Any]:
    where = {"Location": {"description": "The upload's address.", "schema": TEXT}}
    operation = _operation(
        "uploads_create",
        "Create an upload, or find the one this content has: the SHA-256 is the key, so asking "
        "again is safe. A content that is here already is a finished upload at once.",
        parameters=[
            VERSION,
            _header("Upload-Length", "The file's size in bytes.", {**BYTES, "minimum": 1}),
            _header("Upload-Metadata", METADATA, {**TEXT, "maxLength": tus.MAX_METADATA}),
            CHECKSUM,
        ],
        responses={
            "201": {
                "description": "There is an upload; go on at `Upload-Offset`.",
                "headers": where | PLACE,
            }
        },
        problems={400, 409, 412, 413, 415, 422, 460},
    )
    return {**operation, "requestBody": _body(required=False)}


def _look() -> dict[str, Any]:
    told = {
        **PLACE,
        "Upload-Length": {"description": "The file's size in bytes.", "schema": BYTES},
        "Upload-Metadata": {"description": "As it was created with.", "schema": TEXT},
    }
    answers = {
        "200": {"description": "Where the upload stands.", "headers": told},
        "401": {"description": "Sign in again."},
        "403": {"description": "This device's access was ended."},
        "404": {"description": "There is no such upload; create it again."},
        "410": {"description": "The upload was given up; create it again."},
        "412": {"description": "Another version of tus."},
        "429": {"description": "Wait."},
        "503": {"description": "Try again in a moment."},
    }
    return _operation(
        "uploads_look",
        "How much is here, to go on from there.",
        parameters=[UPLOAD, VERSION],
        responses=answers,
        problems=set(),
    )


def _send() -> dict[str, Any]:
    operation = _operation(
        "uploads_send",
        "Append a piece where the upload stands. The last one says whether the content is what "
        "was declared; an empty one at the end says it again.",
        parameters=[
            UPLOAD,
            VERSION,
            _header("Upload-Offset", "Where the piece begins.", BYTES),
            CHECKSUM,
        ],
        responses={"204": {"description": "The piece is stored for good.", "headers": PLACE}},
        problems={400, 404, 409, 410, 412, 413, 415, 422, 460},
    )
    return {**operation, "requestBody": _body(required=True)}


def _end() -> dict[str, Any]:
    return _operation(
        "uploads_end",
        "Forget the upload and the bytes it brought; a file it has become stays.",
        parameters=[UPLOAD, VERSION],
        responses={"204": {"description": "Forgotten."}},
        problems={404, 412},
    )


def _read() -> dict[str, Any]:
    content = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
    headers = {
        "ETag": {"description": "The SHA-256 in quotation marks.", "schema": TEXT},
        "Content-Disposition": {"description": "Always `attachment`.", "schema": TEXT},
    }
    return _operation(
        "blobs_read",
        "A file whose content is here, whole or one range of it.",
        parameters=[
            ATHLETE,
            DIGEST,
            {
                "name": "Range",
                "in": "header",
                "description": "One range of bytes; anything else is answered with the whole.",
                "schema": TEXT,
            },
        ],
        responses={
            "200": {"description": "The file.", "content": content, "headers": headers},
            "206": {"description": "The range.", "content": content, "headers": headers},
            "304": {"description": "Not changed since `If-None-Match`."},
        },
        problems={404, 416},
    )
