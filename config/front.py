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
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import resolve
from django.utils.log import log_response
from django.utils.module_loading import import_string

Handler = Callable[[HttpRequest], Any]  # Django's own types count with coroutines

ROUTE = re.compile(r"/v1/athletes/([0-9A-Za-z-]+)/(sync|ops|changes)")
# What only pages need; any other middleware is part of the door.
OF_PAGES = frozenset(
    {
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django_htmx.middleware.HtmxMiddleware",
    }
)


class FrontDoor:
    """A WSGI application: answers sync requests itself and leaves all others to ``inner``."""

    def __init__(self, inner: WSGIHandler) -> None:
        self.inner = inner
        self.views = {
            name: resolve(f"/v1/athletes/me/{name}").func for name in ("sync", "ops", "changes")
        }
        self.handle = self._within_middleware()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        if ROUTE.fullmatch(environ["PATH_INFO"]) is None:
            return self.inner(environ, start_response)
        request = WSGIRequest(environ)
        response = self.handle(request)
        if response.status_code >= 400:
            log_response(
                "%s: %s", response.reason_phrase, request.path, response=response, request=request
            )
        if connection.errors_occurred:
            # The connection stays with its thread, unless something is wrong with it.
            connection.close_if_unusable_or_obsolete()
        start_response(f"{response.status_code} {response.reason_phrase}", [*response.items()])
        if response.streaming:
            return response  # type: ignore[no-any-return]  # an iterable of bytes
        return [response.content]

    def _within_middleware(self) -> Handler:
        handler: Handler = convert_exception_to_response(self._view)
        for path in reversed(settings.MIDDLEWARE):
            if path not in OF_PAGES:
                handler = convert_exception_to_response(import_string(path)(handler))
        return handler

    def _view(self, request: HttpRequest) -> HttpResponseBase:
        found = ROUTE.fullmatch(request.path_info)
        assert found is not None  # noqa: S101 (asked before)
        athlete, name = found.groups()
        answer: HttpResponseBase = self.views[name](request, athlete=athlete)
        return answer
