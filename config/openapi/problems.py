"""Every refusal there is, as an example of the response it comes in."""

import importlib
import pkgutil
from http import HTTPStatus
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from rest_framework import exceptions

import apps
from apps.common.errors import MEDIA_TYPE, AppError, describe
from backend.errors import CoreError
from backend.push.webpush import MalformedSubscription

Refusal = TypeVar("Refusal", AppError, CoreError)
MEMBERS = ("type", "title", "status", "code", "retry")
RETRY = ("never", "now", "after", "after-upgrade", "after-login")
OF_TUS = {460: "Checksum Mismatch"}
NOT_READ = ("migrations", "management")
FRAMEWORK: tuple[Exception, ...] = (
    exceptions.ParseError(),
    exceptions.NotAuthenticated(),
    PermissionDenied(),
    exceptions.UnsupportedMediaType("text/plain"),
    exceptions.MethodNotAllowed("PUT"),
    exceptions.NotAcceptable(),
    exceptions.ValidationError({"email": ["Enter a valid email address."]}),
    OperationalError(),
)
OF_THE_CORE: tuple[type[CoreError], ...] = (MalformedSubscription,)
HEADERS = {
    401: ("WWW-Authenticate", "`Bearer`."),
    429: ("Retry-After", "Seconds to wait."),
    503: ("Retry-After", "Seconds to wait."),
}


def add_problems(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Add the problem schema and one response per status with all its examples."""
    by_status: dict[int, dict[str, Any]] = {}
    for body in _problems():
        by_status.setdefault(body["status"], {})[body["code"]] = {
            "summary": body["title"],
            "value": body,
        }
    codes = sorted({code for examples in by_status.values() for code in examples})
    components = result["components"]
    components["schemas"]["Problem"] = _schema(codes)
    components["responses"] = {
        f"Problem{status}": _response(status, dict(sorted(examples.items())))
        for status, examples in sorted(by_status.items())
        if f"#/components/responses/Problem{status}" in _referred(result["paths"])
    }
    components["schemas"] = dict(sorted(components["schemas"].items()))
    return result


def _problems() -> list[dict[str, Any]]:
    _import_everything()
    refusals = [error() for error in _subclasses(AppError) if _is_apps(error) and error.is_of_api]
    rules = [*OF_THE_CORE, *(one for one in _subclasses(CoreError) if _is_apps(one))]
    described = [
        describe(error) for error in [*FRAMEWORK, *refusals, *(error() for error in rules)]
    ]
    return [body for body in described if body is not None]


def _import_everything() -> None:
    """Import all apps, so that the list does not depend on what was used before."""
    for module in pkgutil.walk_packages(apps.__path__, "apps."):
        if not any(part in NOT_READ for part in module.name.split(".")):
            importlib.import_module(module.name)


def _is_apps(error: type[Exception]) -> bool:
    return error.__module__.startswith("apps.")


def _subclasses(kind: type[Refusal]) -> list[type[Refusal]]:
    found = sorted(kind.__subclasses__(), key=lambda sub: (sub.code, sub.__module__))
    return found + [deeper for sub in found for deeper in _subclasses(sub)]


def _schema(codes: list[str]) -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "description": "A refusal (RFC 9457). A problem means that nothing was changed, unless "
        "its code says otherwise.",
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {**text, "description": "For people; may be reworded."},
            "status": {"type": "integer"},
            "code": {
                **text,
                "x-extensible-enum": codes,
                "description": "For programs; stable. More may come.",
            },
            "retry": {
                **text,
                "x-extensible-enum": list(RETRY),
                "description": "Whether and when the same request can succeed.",
            },
            "request": {
                **text,
                "format": "uuid",
                "description": "That of the request, where it could be read.",
            },
            "errors": {
                "type": "object",
                "additionalProperties": True,
                "description": "What is wrong, by field.",
            },
            "scope": {**text, "description": "The scope that was missing."},
            "limits": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
        "required": list(MEMBERS),
        "additionalProperties": True,
    }


def _response(status: int, examples: dict[str, Any]) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    response: dict[str, Any] = {
        "description": _phrase(status) + ".",
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }
    if status in HEADERS:
        name, description = HEADERS[status]
        response["headers"] = {name: {"description": description, "schema": {"type": "string"}}}
    return response


def _phrase(status: int) -> str:
    """Return what a status is called; tus has one of its own."""
    return OF_TUS.get(status) or HTTPStatus(status).phrase


def _referred(node: Any) -> set[str]:
    """Return every reference below a node."""
    if isinstance(node, list):
        return {ref for value in node for ref in _referred(value)}
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
    return own | {ref for value in node.values() for ref in _referred(value)}
