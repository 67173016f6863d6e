"""What every page here does: know who asks, show their own time, tell a refusal."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.accounts.models import User
from apps.common.errors import AppError, NotFound
from backend.days import zone_of

Page = Callable[..., HttpResponse]
SAFE = ("GET", "HEAD")


class ForeignPage(AppError):
    """This form was sent from somewhere else. Open the page itself and try again."""

    code: ClassVar[str] = "coaching.foreign_page"
    status: ClassVar[int] = 403


def check_own_page(request: HttpRequest) -> None:
    """Refuse a form sent from another site or from inside a frame. Raises ``ForeignPage``.

    Beside the form's token and the policy against frames, for browsers that say so.
    """
    if request.method in SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    target = request.headers.get("Sec-Fetch-Dest", "document")
    if site != "same-origin" or target not in ("document", "empty"):
        raise ForeignPage


def page(view: Callable[..., HttpResponse]) -> Page:
    """Give ``view`` the signed-in person; show times in that person's zone.

    Another person's page is the site's 404; any other refusal is told in its own words.
    """

    @login_required
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        person = request.user
        if not isinstance(person, User):
            raise Http404
        with timezone.override(zone_of(person.zone)):
            try:
                check_own_page(request)
                response = view(request, person, *args, **kwargs)
            except NotFound as error:
                raise Http404 from error
            except AppError as refusal:
                context = {"refusal": str(refusal)}
                response = render(request, "coaching/refused.html", context, status=refusal.status)
        # Else the framework writes the address of a refusal, which may be an invitation's secret.
        response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
        return response

    return answer
