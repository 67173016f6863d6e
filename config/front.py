"""The door before Django: a phone's requests go straight to their views.

Nine of ten requests ask for what is new and get little. Django's own machinery around such a
view costs more than the view: a session, forms and messages that no phone has, the search
through every address, and a database connection fetched and given back. The views, the rules
in them and the middleware that applies to any request are the same ones.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.client import responses
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response, response_for_exception
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.utils.log import log_response
from django.utils.module_loading import import_string

from apps.common.answers import JSON, Answer, refusal
from apps.common.errors import AddressTooLong, HeadersTooLarge
from apps.common.queries import MAX_QUERY_BYTES

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
# to any answer that is no page: asked once for each of both.
SAME_FOR_ALL = frozenset(
    {
        "django.middleware.security.SecurityMiddleware",
        "apps.common.headers.SecurityHeaders",
        "django.middleware.common.CommonMiddleware",
    }
)
MAX_ADDRESS = MAX_QUERY_BYTES + 1024  # the longest path of ours has 300
MAX_HEADERS = 32 * 1024
MAX_HOSTS = 100  # more only where a wildcard allows any


class PhoneRequest(WSGIRequest):
    """Django's request; of one without a body only what views of the door ask is made ready."""

    def __init__(self, environ: dict[str, Any]) -> None:
        if environ["REQUEST_METHOD"] == "POST":
            super().__init__(environ)
            return
        self.META = self.environ = environ
        self.method = environ["REQUEST_METHOD"]
        self.path_info = environ["PATH_INFO"]
        self.path = environ.get("SCRIPT_NAME", "").rstrip("/") + self.path_info
        self.resolver_match = None


class FrontDoor:
    """A WSGI application: answers sync requests itself and leaves all others to ``inner``.

    Middleware that it does not know might have a say in any request: then all are left.
    """

    def __init__(self, inner: WSGIHandler) -> None:
        self.inner = inner
        self.views: dict[str, Any] = {}
        if set(settings.MIDDLEWARE) <= OF_PAGES | SAME_FOR_ALL:
            for name in ("sync", "ops", "changes"):
                view: Any = resolve(f"/v1/athletes/me/{name}").func
                self.views[name] = view.view_class
        once = [path for path in settings.MIDDLEWARE if path in SAME_FOR_ALL]
        self.add_headers = _within(once, lambda _: HttpResponse(content_type="application/json"))
        # Where a request says its host and its scheme.
        self.told_in = ["HTTP_HOST", "wsgi.url_scheme"]
        if settings.SECURE_PROXY_SSL_HEADER:
            self.told_in.append(settings.SECURE_PROXY_SSL_HEADER[0])
        self.added: dict[tuple[str | None, ...], dict[str, str]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        refused = _too_large(environ)
        if refused is not None:
            return _send(refused, refused.headers, start_response)
        if "HTTP_TRANSFER_ENCODING" in environ:
            _gather(environ)
        found = ROUTE.fullmatch(environ["PATH_INFO"])
        if found is None or environ["REQUEST_METHOD"] not in ("GET", "POST") or not self.views:
            return self.inner(environ, start_response)
        request = PhoneRequest(environ)
        added = self._headers_for(request)
        if added is None:
            return self.inner(environ, start_response)
        athlete, name = found.groups()
        answer = _answer(self.views[name](), request, athlete)
        return _send(answer, {**added, **answer.headers}, start_response)

    def _headers_for(self, request: WSGIRequest) -> dict[str, str] | None:
        """Return what middleware adds to an answer; None when it would give one of its own."""
        key = tuple([request.META.get(name) for name in self.told_in])
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


def _send(answer: Answer, headers: dict[str, str], start_response: Any) -> Iterable[bytes]:
    """Begin the answer with these headers and return its parts."""
    if isinstance(answer.body, bytes):
        headers["Content-Length"] = str(len(answer.body))
    start_response(f"{answer.status} {responses[answer.status]}", [*headers.items()])
    return [answer.body] if isinstance(answer.body, bytes) else answer.body


def _too_large(environ: dict[str, Any]) -> Answer | None:
    """Return the refusal of a request whose address or headers are larger than anybody's."""
    if len(environ["PATH_INFO"]) + len(environ["QUERY_STRING"]) > MAX_ADDRESS:
        return refusal(AddressTooLong(limits={"max_bytes": MAX_ADDRESS}))
    told = sum([len(value) for name, value in environ.items() if name.startswith("HTTP_")])
    return (
        refusal(HeadersTooLarge(limits={"max_bytes": MAX_HEADERS})) if told > MAX_HEADERS else None
    )


def _gather(environ: dict[str, Any]) -> None:
    """Read JSON that comes in chunks, no further than the limit: Django takes no length for none.

    Clients that compress while they send can not tell a length before. Files go by another type.
    """
    if environ.get("CONTENT_LENGTH") or not environ.get("CONTENT_TYPE", "").startswith(JSON):
        return
    body = bytearray()
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1  # a byte too much is refused as any other is
    with suppress(OSError):  # the client went away, or what it sent are no chunks
        while len(body) < most and (part := environ["wsgi.input"].read(most - len(body))):
            body += part
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = BytesIO(body)


def _answer(view: Any, request: HttpRequest, athlete: str) -> Answer:
    """Return what a view answers; refusals are logged, and defects answered, as by Django."""
    answer: Answer
    response: Any
    try:
        answer = view.answer(request, athlete)
    except Exception as error:  # whatever it is, Django knows what to say
        response = response_for_exception(request, error)
        answer = Answer(response.status_code, dict(response.items()), response.content)
    else:
        if answer.status < 400:
            return answer
        response = answer.as_response()
    log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)
    # The connection stays with its thread, unless something is wrong with it.
    for connection in connections.all(initialized_only=True):
        if connection.errors_occurred:
            connection.close_if_unusable_or_obsolete()
    return answer


def _within(middleware: Iterable[str], view: Handler) -> Handler:
    """Return the view within so much middleware, outermost first."""
    handler: Handler = convert_exception_to_response(view)
    for path in reversed([*middleware]):
        handler = convert_exception_to_response(import_string(path)(handler))
    return handler
