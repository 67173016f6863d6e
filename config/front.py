"""The door before Django: a phone's requests go straight to their views.

Nine of ten requests ask for what is new and get little. Django's own machinery around such a
view costs more than the view: a session, forms and messages that no phone has, the search
through every address, and a database connection fetched and given back. The views, the rules
in them and the middleware that applies to any request are the same ones.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import resolve
from django.utils.log import log_response
from django.utils.module_loading import import_string

Handler = Callable[[HttpRequest], Any]  # Django's own types count with coroutines

ROUTE = re.compile(r"/v1/athletes/([0-9A-Za-z-]+)/(sync|ops|changes)")
# What only pages need.
OF_PAGES = frozenset(
    {
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django_htmx.middleware.HtmxMiddleware",
    }
)
# What looks at a request's host and scheme alone (no user agents are disallowed), and adds the same
# to any answer that is no page: asked once for each of both. Any other is part of the door.
SAME_FOR_ALL = frozenset(
    {
        "django.middleware.security.SecurityMiddleware",
        "apps.common.headers.SecurityHeaders",
        "django.middleware.common.CommonMiddleware",
    }
)
MAX_HOSTS = 100  # more only where a wildcard allows any


class FrontDoor:
    """A WSGI application: answers sync requests itself and leaves all others to ``inner``."""

    def __init__(self, inner: WSGIHandler) -> None:
        self.inner = inner
        self.views = {
            name: resolve(f"/v1/athletes/me/{name}").func for name in ("sync", "ops", "changes")
        }
        each_time = [path for path in settings.MIDDLEWARE if path not in OF_PAGES | SAME_FOR_ALL]
        self.handle = _within(each_time, self._view)
        once = [path for path in settings.MIDDLEWARE if path in SAME_FOR_ALL]
        self.add_headers = _within(once, lambda _: HttpResponse(content_type="application/json"))
        self.added: dict[tuple[str | None, bool], dict[str, str]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        is_phones = environ["REQUEST_METHOD"] in ("GET", "POST")
        if not is_phones or ROUTE.fullmatch(environ["PATH_INFO"]) is None:
            return self.inner(environ, start_response)
        request = WSGIRequest(environ)
        added = self._headers_for(request)
        if added is None:
            return self.inner(environ, start_response)
        response = self.handle(request)
        if response.status_code >= 400:
            log_response(
                "%s: %s", response.reason_phrase, request.path, response=response, request=request
            )
        if connection.errors_occurred:
            # The connection stays with its thread, unless something is wrong with it.
            connection.close_if_unusable_or_obsolete()
        headers = {**added, **dict(response.items())}
        if not response.streaming:
            headers["Content-Length"] = str(len(response.content))
        start_response(f"{response.status_code} {response.reason_phrase}", [*headers.items()])
        if response.streaming:
            return response  # type: ignore[no-any-return]  # an iterable of bytes
        return [response.content]

    def _headers_for(self, request: WSGIRequest) -> dict[str, str] | None:
        """Return what middleware adds to an answer; None when it would give one of its own."""
        key = (request.META.get("HTTP_HOST"), request.is_secure())
        added = self.added.get(key)
        if added is None:
            blank = self.add_headers(request)
            if blank.status_code != 200:
                return None  # a foreign host, or no TLS where there must be
            if len(self.added) >= MAX_HOSTS:
                self.added.clear()
            added = dict(blank.items())
            del added["Content-Type"], added["Content-Length"]
            self.added[key] = added
        return added

    def _view(self, request: HttpRequest) -> HttpResponseBase:
        found = ROUTE.fullmatch(request.path_info)
        assert found is not None  # noqa: S101 (asked before)
        athlete, name = found.groups()
        answer: HttpResponseBase = self.views[name](request, athlete=athlete)
        return answer


def _within(middleware: Iterable[str], view: Handler) -> Handler:
    """Return the view within so much middleware, outermost first."""
    handler: Handler = convert_exception_to_response(view)
    for path in reversed([*middleware]):
        handler = convert_exception_to_response(import_string(path)(handler))
    return handler
