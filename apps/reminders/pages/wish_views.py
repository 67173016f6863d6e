"""Reminders of one's own on the inbox page: add, change, delete, accept, decline."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views import View
from rest_framework.serializers import ValidationError

from apps.common.errors import AppError, NotFound
from apps.reminders.api.wishes import changed_wish, checked_wish
from apps.reminders.pages.views import signed_in
from apps.reminders.services.wishes import add_wish, answer_proposal, delete_wish

FIELDS = ("title", "due_date", "every_months", "rule", "interval_days")


class WishListPageView(LoginRequiredMixin, View):
    """The form "Add a reminder", and the one for intervals."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add what was asked for."""
        person = signed_in(request)

        def add() -> str:
            body = checked_wish(_asked(request.POST))
            add_wish(athlete_id=person.id, body=body, now=timezone.now())
            return "Added."

        return _done(request, add)


class WishPageView(LoginRequiredMixin, View):
    """The buttons beside one wish."""

    def post(self, request: HttpRequest, wish_id: UUID) -> HttpResponse:
        """Save, delete, accept or decline."""
        person, now = signed_in(request), timezone.now()
        action = request.POST.get("action", "")

        def change() -> str:
            if action == "delete":
                delete_wish(athlete_id=person.id, wish_id=wish_id, now=now)
                return "Deleted."
            if action in ("accept", "decline"):
                accept = action == "accept"
                answer_proposal(athlete_id=person.id, wish_id=wish_id, accept=accept, now=now)
                return "Accepted: it is one of your reminders now." if accept else "Declined."
            if action == "save":
                changed_wish(athlete_id=person.id, wish_id=wish_id, asked=_asked(request.POST))
                return "Saved."
            raise NotFound

        return _done(request, change)


def _asked(form: QueryDict) -> dict[str, Any]:
    """Return the filled fields of a form, as the API has them; "once" is no repeat."""
    asked: dict[str, Any] = {name: form[name] for name in FIELDS if form.get(name)}
    if "every_months" in form:
        asked["every_months"] = asked.get("every_months")
    return asked


def _done(request: HttpRequest, act: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, act())
    except NotFound as error:
        raise Http404 from error
    except AppError as refusal:
        messages.warning(request, str(refusal))
    except ValidationError as error:
        messages.warning(request, _first(error.detail))
    return HttpResponseRedirect(reverse("page-inbox") + "#own")


def _first(detail: Any) -> str:
    """Return the first message of a refusal with its field's name."""
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        words = _first(inner)
        return words if name == "non_field_errors" else f"{str(name).replace('_', ' ')}: {words}"
    return _first(detail[0]) if isinstance(detail, list) else str(detail)
