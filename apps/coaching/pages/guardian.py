"""The page behind a guardian's link: no account, no health data, one decision.

The link is the right itself, so there is no session and no token of a form; opening it changes
nothing. What does nothing any more answers the same, whatever the reason.
"""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from apps.accounts.selectors import names_of
from apps.coaching.categories import (
    CONSENT_TEXT,
    CONSENT_TEXT_VERSION,
    NEVER_SHARED,
    as_asked,
    not_granted,
)
from apps.coaching.pages.answers import check_own_page
from apps.coaching.pages.forms import RELATIONS, GuardianForm
from apps.coaching.selectors import coach_names
from apps.coaching.services.guardians import (
    GuardianLinkGone,
    Matter,
    agree,
    end_for,
    look_at_matter,
    refuse,
)
from apps.common.errors import AppError
from apps.common.limits import RateLimited, limit_attempts
from backend.days import zone_of


@method_decorator(csrf_exempt, name="dispatch")
class GuardianView(View):
    """One guardian's link."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, guardian: str) -> HttpResponse:
        """Show what is to be decided, or what is shared."""
        return _guarded(request, guardian)

    def post(self, request: HttpRequest, guardian: str) -> HttpResponse:
        """Agree, refuse, or end."""
        return _guarded(request, guardian)


def _guarded(request: HttpRequest, token: str) -> HttpResponse:
    try:
        limit_attempts("link", request.META.get("REMOTE_ADDR", ""))
        check_own_page(request)
        response = _answered(request, token)
    except GuardianLinkGone as refusal:
        response = _said(request, "gone", status=refusal.status)
    except RateLimited as refusal:
        response = _said(request, "busy", status=refusal.status)
        response["Retry-After"] = str(RateLimited.retry_after_s)
    except AppError as refusal:
        response = _said(request, "refused", status=refusal.status)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    # Else the framework writes the address of every refusal, and the address is a right.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
    return response


def _answered(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    answer = request.POST.get("answer")
    if request.method != "POST":
        return _page(request, look_at_matter(token=token, now=now), GuardianForm())
    if answer == "refuse":
        refuse(token=token, now=now)
        return _said(request, "refused_by_you")
    if answer == "end":
        end_for(token=token, now=now)
        return _said(request, "ended")
    form = GuardianForm(request.POST)
    if not form.is_valid():
        return _page(request, look_at_matter(token=token, now=now), form, status=422)
    try:
        matter = agree(
            token=token,
            categories=form.cleaned_data["categories"],
            guardian=form.guardian,
            text_version=form.cleaned_data["text_version"],
            now=now,
        )
    except AppError as refusal:
        if refusal.status == 404:
            raise
        form.add_error(None, str(refusal))
        matter = look_at_matter(token=token, now=now)
        return _page(request, matter, form, status=refusal.status)
    return _page(request, matter, form, is_new=True)


def _page(
    request: HttpRequest,
    matter: Matter,
    form: GuardianForm,
    *,
    status: int = 200,
    is_new: bool = False,
) -> HttpResponse:
    invitation, grant = matter.invitation, matter.grant
    since = grant.granted_at if grant else None
    context = {
        "matter": matter,
        "form": form,
        "is_new": is_new,
        "team_name": invitation.team.name,
        "asked_by": names_of([invitation.made_by_id]).get(invitation.made_by_id, ""),
        "coaches": coach_names(invitation.team_id, since=since),
        "choices": as_asked(matter.categories),
        "ticked": form["categories"].value() or [],
        "hidden": not_granted(matter.categories),
        "never_shared": NEVER_SHARED,
        "relations": RELATIONS,
        "last_moment": matter.ends_at - timedelta.resolution,
        "consent_text": CONSENT_TEXT.split("\n"),
        "consent_version": CONSENT_TEXT_VERSION,
    }
    with timezone.override(zone_of(matter.athlete.zone)):
        return render(request, "coaching/guardian.html", context, status=status)


def _said(request: HttpRequest, key: str, *, status: int = 200) -> HttpResponse:
    return render(request, "coaching/guardian_said.html", {"said": key}, status=status)
