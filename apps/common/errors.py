"""Refusals with a stable code, rendered everywhere as `application/problem+json`."""

import logging
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from backend.errors import CoreError

logger = logging.getLogger(__name__)
PROBLEM_BASE = "https://mechanostat.dev/problems/"
MEDIA_TYPE = "application/problem+json"
OF_FRAMEWORK = {"parse-error": "malformed-request"}  # one name for one thing, as on the sync routes


class AppError(Exception):
    """A service refused; the class docstring is the default text."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    retry: ClassVar[str] = "never"
    retry_after_s: int = 1
    # The contract lists every refusal that is; pages and their streams have some of their own.
    is_of_api: ClassVar[bool] = True

    def __init__(self, detail: str = "", **members: object) -> None:
        super().__init__(detail or (type(self).__doc__ or self.code).strip())
        self.members = members


class NotFound(AppError):
    """There is no such thing, or it is not yours to see."""

    code = "not-found"
    status = 404


class AddressTooLong(AppError):
    """The address with its query is longer than the limit."""

    code = "uri-too-long"
    status = 414


class HeadersTooLarge(AppError):
    """The headers are larger than the limit."""

    code = "headers-too-large"
    status = 431


def problem(
    *, status: int, code: str, title: str, retry: str = "never", **members: object
) -> dict[str, Any]:
    """Return the members of one problem (RFC 9457)."""
    body = {
        "type": PROBLEM_BASE + code.replace(".", "/").replace("_", "-"),
        "title": title,
        "status": status,
        "code": code,
        "retry": retry,
    }
    body.update({name: value for name, value in members.items() if value is not None})
    return body


def describe(error: Exception) -> dict[str, Any] | None:
    """Return the problem an exception stands for, or None when it is a defect of ours."""
    if isinstance(error, AppError):
        return problem(
            status=error.status,
            code=error.code,
            title=str(error),
            retry=error.retry,
            **error.members,
        )
    if isinstance(error, CoreError):
        return problem(
            status=422, code=error.code, title=error.detail, pointer=error.pointer or None
        )
    if isinstance(error, exceptions.ValidationError):
        return problem(
            status=422,
            code="invalid-request",
            title="The request has invalid fields.",
            errors=error.detail,
        )
    if isinstance(error, Http404 | exceptions.NotFound):
        return describe(NotFound())
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return problem(
            status=401, code="token-expired", title="Sign in again.", retry="after-login"
        )
    if isinstance(error, RequestDataTooBig):
        return problem(
            status=413,
            code="request-too-large",
            title="The request is larger than the limits.",
            limits={"max_bytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE},
        )
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return problem(status=403, code="forbidden", title="You may not do this.")
    if isinstance(error, exceptions.APIException):
        known = error.get_codes()
        code = known.replace("_", "-") if isinstance(known, str) else "refused"
        title = str(error.detail)
        return problem(status=error.status_code, code=OF_FRAMEWORK.get(code, code), title=title)
    if isinstance(error, OperationalError):
        return problem(
            status=503, code="overloaded", title="The database is busy; try again.", retry="after"
        )
    return None


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Render any anticipated error of a DRF view as a problem."""
    body = describe(error)
    if body is None:
        logger.error("defect", exc_info=error, extra={"view": type(context.get("view")).__name__})
        body = problem(
            status=500, code="internal-error", title="Something failed here.", retry="after"
        )
    headers = {"WWW-Authenticate": "Bearer"} if body["status"] == 401 else {}
    if body["retry"] == "after":
        headers["Retry-After"] = str(getattr(error, "retry_after_s", 1))
    return Response(body, status=body["status"], content_type=MEDIA_TYPE, headers=headers)


def problem_response(body: dict[str, Any]) -> JsonResponse:
    """Return a problem outside DRF."""
    return JsonResponse(body, status=body["status"], content_type=MEDIA_TYPE)


def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Answer an unknown address like a missing thing."""
    return problem_response(problem(status=404, code="not-found", title=str(NotFound())))


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Answer a request that can not be read at all, without saying what was in it."""
    title = "The request can not be read; is it for this host?"
    return problem_response(problem(status=400, code="malformed-request", title=title))


def server_error(request: HttpRequest) -> JsonResponse:
    """Answer a defect without saying anything of its inside."""
    return problem_response(
        problem(status=500, code="internal-error", title="Something failed here.", retry="after")
    )
