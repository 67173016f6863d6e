"""An athlete's pages: an invitation, what is shared, who looked."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.coaching.categories import CONSENT_TEXT, CONSENT_TEXT_VERSION, NEVER_SHARED
from apps.coaching.log_selectors import access_log_of
from apps.coaching.pages.answers import page
from apps.coaching.pages.forms import AnswerForm, CodeForm, NarrowForm, end_of, last_days
from apps.coaching.pages.looks import seen_as
from apps.coaching.selectors import grants_of, invitation_for
from apps.coaching.services.consent import accept_invitation, end_grant, narrow_grant
from apps.coaching.services.invitations import limit_guessing
from apps.common.errors import AppError
from backend.days import local_day, zone_of

NEWEST_LOOKS = 10


@require_safe
@page
def sharing(request: HttpRequest, person: User) -> HttpResponse:
    """Show with whom the athlete shares what, and who looked."""
    grants = grants_of(owner=person, now=timezone.now())
    log = access_log_of(owner=person, limit=NEWEST_LOOKS)
    context = {
        "live": [grant for grant in grants if grant.is_live],
        "past": [grant for grant in grants if not grant.is_live],
        "looks": [(look, seen_as(look)) for look in log.looks],
        "looks_in_all": log.head.seq,
    }
    return render(request, "coaching/sharing.html", context)


@require_POST
@page
def narrow(request: HttpRequest, person: User, grant_id: UUID) -> HttpResponse:
    """Keep only the ticked parts."""
    form = NarrowForm(request.POST)
    kept = form.cleaned_data["categories"] if form.is_valid() else []
    if not kept:
        messages.warning(request, "Nothing was ticked, so nothing was changed. End it instead?")
        return redirect("sharing")
    narrow_grant(athlete=person, grant_id=grant_id, categories=kept, now=timezone.now())
    messages.success(request, "Changed. It works from the team's next look on.")
    return redirect("sharing")


@require_POST
@page
def end(request: HttpRequest, person: User, grant_id: UUID) -> HttpResponse:
    """Stop sharing with a team."""
    end_grant(athlete=person, grant_id=grant_id, now=timezone.now())
    messages.success(request, "Sharing ended. The team is not told why.")
    return redirect("sharing")


@require_POST
@page
def enter_code(request: HttpRequest, person: User) -> HttpResponse:
    """Go to the invitation a code stands for."""
    form = CodeForm(request.POST)
    if not form.is_valid():
        return redirect("sharing")
    return redirect("invitation-page", secret=form.cleaned_data["code"].replace("/", ""))


@require_http_methods(["GET", "HEAD", "POST"])
@page
def invitation(request: HttpRequest, person: User, secret: str) -> HttpResponse:
    """Show who asks for what; take the athlete's answer."""
    if request.method == "POST" and request.POST.get("answer") == "decline":
        messages.info(request, "You declined. Nothing is shared, and nobody is told.")
        return redirect("sharing")
    network = request.META.get("REMOTE_ADDR", "")
    limit_guessing(secret=secret, athlete_id=person.id, network=network)
    if request.method != "POST":
        return _consent_page(request, person, secret, AnswerForm())
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _consent_page(request, person, secret, form, status=422)
    try:
        accept_invitation(
            athlete=person,
            secret=secret,
            categories=form.cleaned_data["categories"],
            ends_at=end_of(form.cleaned_data["last_day"], zone_of(person.zone)),
            text_version=form.cleaned_data["text_version"],
            now=timezone.now(),
        )
    except AppError as refusal:
        if refusal.status == 404:
            raise
        form.add_error(None, str(refusal))
        return _consent_page(request, person, secret, form, status=refusal.status)
    messages.success(request, "You share now. You can change or end it here at any time.")
    return redirect("sharing")


def _consent_page(
    request: HttpRequest, person: User, secret: str, form: AnswerForm, *, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    days = last_days(local_day(now, zone=person.zone))
    context = {
        "invitation": invitation_for(athlete=person, secret=secret, now=now),
        "form": form,
        "ticked": form["categories"].value() or [],
        "last_day": form["last_day"].value() or days["usual"],
        "days": days,
        "consent_text": CONSENT_TEXT.split("\n"),
        "consent_version": CONSENT_TEXT_VERSION,
        "never_shared": NEVER_SHARED,
    }
    return render(request, "coaching/invitation.html", context, status=status)
