"""The web app's files. None looks at who asks, so a browser may keep them all."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.common.qr import qr_svg
from apps.webapp import shell

JAVASCRIPT = "text/javascript; charset=utf-8"
ASK_AGAIN = "no-cache"  # kept, and asked for again each time


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Answer the app's only page."""
    return _file(shell.page(), "text/html; charset=utf-8")


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Answer what makes the app installable."""
    return _file(shell.manifest(), "application/manifest+json")


@require_safe
def tables(request: HttpRequest) -> HttpResponse:
    """Answer the choices of the forms."""
    return _file(shell.tables(), "application/json")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Answer the service worker; it may answer for the page above its own folder."""
    response = _file(shell.worker(), JAVASCRIPT)
    response["Service-Worker-Allowed"] = shell.PAGE
    return response


@require_safe
def qr(request: HttpRequest) -> HttpResponse:
    """Answer a picture of the app's address, for a phone's camera."""
    return _file(qr_svg(f"{settings.PUBLIC_URL}{shell.PAGE}"), "image/svg+xml")


def _file(content: bytes, content_type: str) -> HttpResponse:
    return HttpResponse(content, content_type=content_type, headers={"Cache-Control": ASK_AGAIN})
