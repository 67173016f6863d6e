"""An athlete's own page about sharing: pause, resume, take away, end; who looked."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.pages.presence import asks_password, check_presence
from apps.accounts.services.presence import ReauthenticationRequired
from apps.coaching.categories import as_asked
from apps.coaching.log_selectors import access_log_of
from apps.coaching.pages.answers import page
from apps.coaching.pages.forms import NarrowForm
from apps.coaching.pages.looks import seen_as
from apps.coaching.selectors import GrantInView, grants_of, why_it_waits
from apps.coaching.services.consent import end_grant, narrow_grant, pause_grant, resume_grant

NEWEST_LOOKS = 10


@require_safe
@page
def sharing(request: HttpRequest, person: User) -> HttpResponse:
    """Show with whom the athlete shares what, and who looked."""
    return _page(request, person)


def _page(
    request: HttpRequest, person: User, *, refusal: ReauthenticationRequired | None = None
) -> HttpResponse:
    now = timezone.now()
    grants = grants_of(owner=person, now=now)
    log = access_log_of(owner=person, limit=NEWEST_LOOKS)
    standing = [grant for grant in grants if grant.is_standing]
    read_by = [grant.readers for grant in standing if grant.readers]
    context = {
        "standing": [_shown(person, grant, now) for grant in standing],
        "readers": len(frozenset().union(*read_by)),
        "reading_teams": len(read_by),
        "past": [grant for grant in grants if not grant.is_standing],
        "looks": [(look, seen_as(look)) for look in log.looks],
        "looks_in_all": log.head.seq,
        "asks_password": refusal is not None or asks_password(request),
        "refusal": str(refusal or ""),
    }
    status = refusal.status if refusal else 200
    return render(request, "coaching/sharing.html", context, status=status)


def _shown(person: User, grant: GrantInView, now: datetime) -> dict[str, object]:
    choices = as_asked(grant.categories)
    return {
        "grant": grant,
        "choices": choices,
        "guardian_why": why_it_waits(owner=person, grant=grant, now=now),
        "can_narrow": len(choices) > 1 or any(len(levels) > 1 for levels in choices),
    }


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
def pause(request: HttpRequest, person: User, grant_id: UUID) -> HttpResponse:
    """Show a team nothing until resumed."""
    pause_grant(athlete=person, grant_id=grant_id, now=timezone.now())
    messages.success(request, "Paused. To the team it looks as if sharing had ended.")
    return redirect("sharing")


@sensitive_post_parameters("password")
@require_POST
@page
def resume(request: HttpRequest, person: User, grant_id: UUID) -> HttpResponse:
    """Go on with a paused grant; it gives access, so the person must be there."""
    try:
        check_presence(request, person)
    except ReauthenticationRequired as refusal:
        return _page(request, person, refusal=refusal)
    resume_grant(athlete=person, grant_id=grant_id, now=timezone.now())
    messages.success(request, "You share again, as before.")
    return redirect("sharing")


@require_POST
@page
def end(request: HttpRequest, person: User, grant_id: UUID) -> HttpResponse:
    """Stop sharing with a team."""
    end_grant(athlete=person, grant_id=grant_id, now=timezone.now())
    messages.success(request, "Sharing ended. The team is not told why.")
    return redirect("sharing")
