"""The pages behind signed links: one button, no sign-in, nothing about health.

The link is the right to answer, so there is no session and no CSRF token; opening it changes
nothing. What does nothing any more answers the same, whatever the reason.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from apps.common.errors import AppError, NotFound
from apps.common.limits import RateLimited, limit_attempts
from apps.reminders.services.answer import ReminderClosed
from apps.reminders.services.links import STOP, LinkGone, Look, follow, look_at
from backend.reminding.nudges import language_of, words_for


@method_decorator(csrf_exempt, name="dispatch")
class LinkPageView(View):
    """One signed link."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Say what the link does and offer one button."""
        return _answered(request, token, is_post=False)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Do it, once."""
        return _answered(request, token, is_post=True)


def _answered(request: HttpRequest, token: str, *, is_post: bool) -> HttpResponse:
    now = timezone.now()
    try:
        limit_attempts("link", request.META.get("REMOTE_ADDR", ""))
        look = follow(token=token, now=now) if is_post else look_at(token=token, now=now)
    except (LinkGone, ReminderClosed, NotFound):
        return _page(request, _said("gone", _browser_locale(request)), status=404)
    except AppError as refusal:  # too often, or somebody else writes just now
        return _page(request, _said("busy", _browser_locale(request)), status=refusal.status)
    return _page(request, _told(look, is_done=is_post), status=200)


def _told(look: Look, *, is_done: bool) -> dict[str, object]:
    """Return the words of a link that works."""
    words = words_for(look.locale)
    is_stop = look.action == STOP
    if look.is_used or is_done:
        key = "stopped" if is_stop else "already" if look.is_used else "noted"
        return _said(key, look.locale)
    title = words.stop if is_stop else words.actions[look.action]
    explained = words.stop_explained if is_stop else words.explained[look.action]
    return {
        "locale": language_of(look.locale),
        "title": title,
        "explained": explained,
        "button": title,
        "words": words,
    }


def _said(key: str, locale: str | None) -> dict[str, object]:
    words = words_for(locale)
    return {
        "locale": language_of(locale),
        "title": getattr(words, key),
        "explained": getattr(words, f"{key}_explained"),
        "words": words,
    }


def _browser_locale(request: HttpRequest) -> str:
    return request.headers.get("Accept-Language", "")[:35].split(",")[0].split(";")[0]


def _page(request: HttpRequest, said: dict[str, object], *, status: int) -> HttpResponse:
    response = render(request, "reminders/link.html", said, status=status)
    response["X-Robots-Tag"] = "noindex"
    if status not in (200, 404):
        response["Retry-After"] = str(RateLimited.retry_after_s)
    # Else the framework writes the address of every refusal, and the address is a right.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
    return response
