"""The inbox page: what is due, why, and a button to say "seen"."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from apps.accounts.models import User
from apps.common.actor import acting_as
from apps.common.errors import AppError, NotFound
from apps.common.paging import InvalidCursor
from apps.insights.pages.areas import GRADES, reason_of, title_of, when_of
from apps.reminders.pages.present_wishes import rule_choices, wish_lines
from apps.reminders.selectors import InboxEntry, inbox_of, wishes_for
from apps.reminders.services.answer import ACTIONS, answer
from apps.reminders.services.inbox import mark_seen
from apps.reminders.services.wishes import wishes_of
from backend.days import local_day, zone_of

NOTED = {
    "seen": "Noted as seen.",
    "done": "Noted as done, on all your devices.",
    "snoozed": "Snoozed: it comes back in a week.",
    "dismissed": "Noted: this one is not for you. It will not come back.",
}


@dataclass(frozen=True)
class Line:
    """One reminder on the page."""

    entry: InboxEntry
    title: str
    reason: str
    grade: str
    when: str
    is_due: bool
    is_overdue: bool


class InboxPageView(LoginRequiredMixin, View):
    """The signed-in person's inbox."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of open reminders, soonest due first."""
        person = signed_in(request)
        with acting_as(person.id):
            try:
                page = inbox_of(owner=person.id, cursor=request.GET.get("cursor") or None)
            except InvalidCursor:  # an address that was cut, or older than the server's key
                return HttpResponseRedirect(reverse("page-inbox"))
            wishes = wishes_of(owner=person.id)
            zone = wishes_for(person).zone
        today = local_day(timezone.now(), zone=zone)
        context = {
            "lines": [_line(entry, today) for entry in page.items],
            "unread": page.unread,
            "next_cursor": page.next_cursor,
            "push_stopped": page.push_stopped,
            "rules": rule_choices(),
            **wish_lines(wishes),
        }
        with timezone.override(zone_of(zone)):
            return render(request, "reminders/inbox.html", context)


class InboxSeenPageView(LoginRequiredMixin, View):
    """The button beside a reminder."""

    def post(self, request: HttpRequest, reminder_id: UUID) -> HttpResponse:
        """Mark it as seen and go back to the inbox."""
        try:
            mark_seen(athlete_id=signed_in(request).id, reminder_id=reminder_id, now=timezone.now())
        except NotFound as error:
            raise Http404 from error
        return HttpResponseRedirect(reverse("page-inbox"))


class InboxAnswerPageView(LoginRequiredMixin, View):
    """The buttons below a reminder: done, snooze a week, not me."""

    def post(self, request: HttpRequest, reminder_id: UUID) -> HttpResponse:
        """Take the answer and go back to the inbox."""
        action = request.POST.get("action", "")
        if action not in ACTIONS:
            raise Http404
        try:
            answer(
                athlete_id=signed_in(request).id,
                reminder_id=reminder_id,
                action=action,
                now=timezone.now(),
            )
        except NotFound as error:
            raise Http404 from error
        except AppError as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, NOTED[action])
        return HttpResponseRedirect(reverse("page-inbox"))


def signed_in(request: HttpRequest) -> User:
    """Return who is signed in at the browser."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _line(entry: InboxEntry, today: date) -> Line:
    return Line(
        entry=entry,
        title=title_of(entry.rule, entry.topic, entry.text),
        reason=reason_of(entry.reason),
        grade=GRADES.get(entry.grade, entry.grade),
        when=when_of((entry.due_date - today).days),
        is_due=entry.due_date == today,
        is_overdue=entry.due_date < today,
    )
