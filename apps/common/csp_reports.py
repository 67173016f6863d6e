"""Browsers tell when a page breaks its content policy; a few safe words of it are logged.

Anybody can post here, and a report quotes addresses, which hold secrets. So of a body only words
from fixed lists are taken, the host of what was blocked, and the route of the page, not its path.
"""

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.common.errors import describe, problem, problem_response
from apps.common.limits import RateLimited, limit_attempts

logger = logging.getLogger(__name__)

MAX_BYTES = 16 * 1024
MAX_REPORTS = 10
LONGEST_HOST = 100
DIRECTIVES = frozenset(
    [
        "default-src",
        "script-src",
        "script-src-elem",
        "script-src-attr",
        "style-src",
        "style-src-elem",
        "style-src-attr",
        "img-src",
        "connect-src",
        "font-src",
        "form-action",
        "frame-ancestors",
        "frame-src",
        "base-uri",
        "manifest-src",
        "worker-src",
        "child-src",
        "media-src",
        "object-src",
    ]
)
KINDS = frozenset({"inline", "eval", "wasm-eval", "data", "blob", "self", "trusted-types-sink"})
DISPOSITIONS = frozenset({"enforce", "report"})
OTHER = "other"


@csrf_exempt
@require_POST
def csp_reports(request: HttpRequest) -> HttpResponse:
    """Take reports in either of the two shapes browsers send; answer nothing."""
    try:
        limit_attempts("csp-report", f"network {request.META.get('REMOTE_ADDR', '')}")
    except RateLimited as refusal:
        refused = problem_response(describe(refusal) or {})
        refused["Retry-After"] = str(refusal.retry_after_s)
        return refused
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
        title = "The request is larger than the limits."
        return problem_response(problem(status=413, code="request-too-large", title=title))
    for report in _reports(request.body):
        logger.warning("csp_report", extra=report)
    return HttpResponse(status=204)


def _reports(body: bytes) -> Iterator[dict[str, str]]:
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    if isinstance(told, dict):
        found = told.get("csp-report")
        if isinstance(found, dict):
            names = "effective-directive", "blocked-uri", "document-uri", "disposition"
            yield _safe(*(found.get(name) for name in names))
        return
    for one in told[:MAX_REPORTS] if isinstance(told, list) else ():
        found = one.get("body") if isinstance(one, dict) else None
        if isinstance(found, dict) and one.get("type") == "csp-violation":
            names = "effectiveDirective", "blockedURL", "documentURL", "disposition"
            yield _safe(*(found.get(name) for name in names))


def _safe(directive: Any, blocked: Any, document: Any, disposition: Any) -> dict[str, str]:
    return {
        "directive": _listed(directive, DIRECTIVES),
        "blocked": _kind_or_host(blocked),
        "route": _route(document),
        "disposition": _listed(disposition, DISPOSITIONS),
    }


def _listed(value: Any, known: frozenset[str]) -> str:
    return value if isinstance(value, str) and value in known else OTHER


def _kind_or_host(address: Any) -> str:
    if isinstance(address, str) and address in KINDS:
        return address
    try:
        host = urlsplit(address).hostname if isinstance(address, str) else None
    except ValueError:
        host = None
    if not host or not host.isascii() or not host.isprintable():
        return OTHER
    return host[:LONGEST_HOST]


def _route(address: Any) -> str:
    try:
        path = urlsplit(address).path if isinstance(address, str) else ""
        return f"/{resolve(path).route}"
    except (ValueError, Resolver404):
        return OTHER
