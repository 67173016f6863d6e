"""The calendar file behind a secret address, and the buttons that make and end one."""

import hashlib

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views import View

from apps.common.answers import has_tag
from apps.common.errors import NotFound
from apps.common.limits import RateLimited, limit_attempts
from apps.reminders.pages.preference_views import preferences_page
from apps.reminders.pages.views import signed_in
from apps.reminders.services.calendars import end_calendar, make_calendar, read_calendar

CALENDAR = "text/calendar; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"


class CalendarFileView(View):
    """One person's reminders for calendar programs; the address is the right to read it."""

    def get(self, request: HttpRequest, calendar: str) -> HttpResponse:
        """Return the file, or that the caller has it already."""
        try:
            limit_attempts("calendar", request.META.get("REMOTE_ADDR", ""))
            body = read_calendar(secret=calendar)
        except RateLimited as refusal:
            response = HttpResponse(str(refusal), content_type=PLAIN, status=refusal.status)
            response["Retry-After"] = str(refusal.retry_after_s)
            return _unlogged(response)
        except NotFound:
            return _unlogged(HttpResponse("Not found.", content_type=PLAIN, status=404))
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if has_tag(request, tag):
            response = HttpResponseNotModified()
        else:
            response = HttpResponse(body, content_type=CALENDAR)
            response["Content-Disposition"] = 'inline; filename="mechanostat.ics"'
        response["ETag"] = tag
        response["Cache-Control"] = "private, no-cache"
        return response


class CalendarPageView(LoginRequiredMixin, View):
    """The calendar's part of the preferences page."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make an address and show it once, or end it."""
        person = signed_in(request)
        if request.POST.get("action") == "end":
            end_calendar(athlete_id=person.id)
            messages.success(request, "The calendar address does nothing any more.")
            return HttpResponseRedirect(reverse("page-preferences") + "#calendar")
        url = make_calendar(
            athlete_id=person.id, with_titles="with_titles" in request.POST, now=timezone.now()
        )
        return preferences_page(request, person, calendar_url=url)


def _unlogged(response: HttpResponse) -> HttpResponse:
    # Else the framework writes the address of every refusal, and the address is a right.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
    return response
