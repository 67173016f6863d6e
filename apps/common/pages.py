"""What a person at a browser sees when there is nothing at an address, or when something failed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views import defaults

from apps.common import errors

PAGE_PATHS = ("/me", "/coach", "/join", "/sign-", "/r/", "/invitations", "/guardian")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer with a page where pages are, or when HTML is asked for; else with a problem."""
    if _is_for_a_person(request):
        return render(request, "404.html", status=404)
    return errors.not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that can not be read at all, such as one for a host that is not ours."""
    if _is_for_a_person(request):
        return defaults.bad_request(request, exception)
    return errors.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a defect likewise, without saying anything of its inside."""
    if _is_for_a_person(request):
        return HttpResponse(render_to_string("500.html"), status=500)
    return errors.server_error(request)


def _is_for_a_person(request: HttpRequest) -> bool:
    if request.path.startswith("/v1/"):
        return False
    wants_page = "text/html" in request.headers.get("Accept", "")
    return wants_page or request.path.startswith(PAGE_PATHS)
