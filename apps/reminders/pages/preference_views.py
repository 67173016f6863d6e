"""The preferences page: one form, one save, errors beside the fields."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from apps.accounts.models import Device, User
from apps.accounts.pages.forms import zones
from apps.accounts.selectors import devices_of
from apps.common.actor import acting_as
from apps.common.errors import AppError
from apps.reminders.api.preferences import InvalidPreferences, checked_changes
from apps.reminders.pages.views import signed_in
from apps.reminders.preferences import Preferences, preferences_of
from apps.reminders.services.calendars import calendar_of
from apps.reminders.services.preferences import change_preferences
from apps.reminders.topics import TOPICS
from backend.reminding.delivery import CHANNELS, DEFAULT_QUIET
from backend.reminding.nudges import language_of

LANGUAGES = {"en": "English", "de": "Deutsch"}
CHANNEL_NAMES = {"push": "Push to my devices", "email": "E-mail"}
INCOMPLETE = "Some fields need another look; nothing was saved."


class PreferencesPageView(LoginRequiredMixin, View):
    """How the signed-in person is reminded."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what holds, and which devices a push reaches."""
        return preferences_page(request, signed_in(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save all of it at once."""
        person = signed_in(request)
        before = _read(person)
        try:
            changes = checked_changes(_asked(request.POST, before), zone=before.zone)
            change_preferences(athlete_id=person.id, changes=changes, now=timezone.now())
        except InvalidPreferences as refusal:
            messages.error(request, INCOMPLETE)
            return _page(request, person, _as_typed(request.POST), errors=refusal.members["errors"])
        except AppError as refusal:
            messages.error(request, str(refusal))
            return _page(request, person, _as_typed(request.POST), status=refusal.status)
        messages.success(request, "Saved. It holds on all your devices.")
        return HttpResponseRedirect(reverse("page-preferences"))


def preferences_page(request: HttpRequest, person: User, *, calendar_url: str = "") -> HttpResponse:
    """Return the page as it stands; ``calendar_url`` is shown this once."""
    return _page(request, person, _as_form(_read(person)), calendar_url=calendar_url)


def _read(person: User) -> Preferences:
    with acting_as(person.id):
        return preferences_of(person)


def _asked(form: QueryDict, before: Preferences) -> dict[str, Any]:
    """Return what a form asks for, as the API has it; a ticked box is something wanted."""
    quiet = {"from": form.get("quiet_from", ""), "to": form.get("quiet_to", "")}
    asked: dict[str, Any] = {
        "zone": form.get("zone", ""),
        "delivery_hour": form.get("delivery_hour", ""),
        "quiet_hours": quiet if "quiet" in form else None,
        "reminders_per_week": form.get("reminders_per_week", ""),
        "channels_off": [one for one in CHANNELS if one not in form.getlist("channels")],
        "topics_off": [one for one in TOPICS if one not in form.getlist("topics")],
        "paused_until": form.get("paused_until") or None,
        "weekly_digest": "weekly_digest" in form,
    }
    if form.get("locale") != language_of(before.locale):  # "de-AT" says more than "de"
        asked["locale"] = form.get("locale", "")
    # A pause that ended by itself is no reason to refuse the rest.
    if before.paused_until and asked["paused_until"] == before.paused_until.isoformat():
        del asked["paused_until"]
    return asked


def _as_form(stands: Preferences) -> dict[str, Any]:
    quiet = stands.quiet_hours or DEFAULT_QUIET
    return {
        "zone": stands.zone,
        "locale": language_of(stands.locale),
        "delivery_hour": str(stands.delivery_hour),
        "quiet": stands.quiet_hours is not None,
        "quiet_from": f"{quiet.starts:%H:%M}",
        "quiet_to": f"{quiet.ends:%H:%M}",
        "reminders_per_week": stands.reminders_per_week,
        "channels": [one for one in CHANNELS if one not in stands.channels_off],
        "topics": [one for one in TOPICS if one not in stands.topics_off],
        "paused_until": stands.paused_until.isoformat() if stands.paused_until else "",
        "weekly_digest": stands.weekly_digest,
    }


def _as_typed(form: QueryDict) -> dict[str, Any]:
    """Return the form as the person left it."""
    ticked = {name: name in form for name in ("quiet", "weekly_digest")}
    several = {name: form.getlist(name) for name in ("channels", "topics")}
    return {**form.dict(), **ticked, **several}


def _page(
    request: HttpRequest,
    person: User,
    form: Mapping[str, Any],
    *,
    errors: Any = None,
    status: int = 200,
    calendar_url: str = "",
) -> HttpResponse:
    with acting_as(person.id):
        calendar = calendar_of(owner=person.id)
    context = {
        "form": form,
        "errors": errors or {},
        "zones": zones() if form.get("zone") in zones() else [form.get("zone"), *zones()],
        "languages": LANGUAGES,
        "hours": [(str(hour), f"{hour:02d}:00") for hour in range(24)],
        "channels": CHANNEL_NAMES,
        "topics": [(key, *words) for key, words in TOPICS.items()],
        "calendar": calendar,
        "calendar_url": calendar_url,
        "devices": [_device(one) for one in devices_of(owner=person)],
    }
    shown = 422 if errors else status
    return render(request, "reminders/preferences.html", context, status=shown)


def _device(device: Device) -> dict[str, Any]:
    """Return a device in words: whether a push reaches it."""
    if not device.push_channel:
        push = "No push: the app there has not asked for it."
    elif device.push_stopped:
        since = device.push_registered_at
        known = f", which was turned on on {since:%-d %B %Y}" if since else ""
        push = f"Push to this device{known}, has stopped. Open the app there to turn it on again."
    else:
        push = "Push works."
    return {"name": device.name, "platform": device.platform, "push": push}
