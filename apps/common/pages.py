"""What a person at a browser sees when there is nothing at an address."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.common import errors

PAGE_PATHS = ("/me", "/coach", "/join", "/sign-", "/r/", "/invitations", "/guardian")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer with a page where pages are, or when HTML is asked for; else with a problem."""
    if request.path.startswith("/v1/"):
        return errors.not_found(request, exception)
    wants_page = "text/html" in request.headers.get("Accept", "")
    if wants_page or request.path.startswith(PAGE_PATHS):
        return render(request, "404.html", status=404)
    return errors.not_found(request, exception)
