"""A head coach's page of invitations: make one, see the open ones, withdraw."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.coaching.categories import SENSITIVE, Category, as_asked
from apps.coaching.inviting import open_invitations
from apps.coaching.pages.answers import page
from apps.coaching.pages.forms import InviteForm
from apps.coaching.selectors import coached_team
from apps.coaching.services.invitations import invite, withdraw_invitation
from apps.common.qr import qr_data_uri


@require_http_methods(["GET", "HEAD", "POST"])
@page
def team_invite(request: HttpRequest, person: User, team_id: UUID) -> HttpResponse:
    """Make an invitation; its link and code are on the answer and nowhere else."""
    now = timezone.now()
    team = coached_team(viewer=person, team_id=team_id)
    form = InviteForm(request.POST or None)
    invited = None
    if request.method == "POST" and form.is_valid():
        invited = invite(coach=person, team_id=team_id, now=now, **form.cleaned_data)
    found = open_invitations(coach=person, team_id=team_id, now=now)
    asked = request.POST if request.method == "POST" else request.GET
    context = {
        "team": team,
        "form": form,
        "invited": invited,
        "picture": qr_data_uri(invited.link) if invited else "",
        "for_coach": bool(asked.get("for_coach")),
        "invitations": found,
        "choices": as_asked([one for one in Category if one not in SENSITIVE]),
        "sensitive": as_asked(SENSITIVE),
        "ticked": form["categories"].value() or [],
        "days": form["days"].value() or form.fields["days"].initial,
    }
    return render(request, "coaching/invite.html", context, status=422 if form.errors else 200)


@require_POST
@page
def withdraw(
    request: HttpRequest, person: User, team_id: UUID, invitation_id: UUID
) -> HttpResponse:
    """Let nobody accept an invitation any more."""
    withdraw_invitation(
        coach=person, team_id=team_id, invitation_id=invitation_id, now=timezone.now()
    )
    messages.success(request, "Withdrawn. Who accepted it already goes on sharing.")
    return redirect("coach-invite", team_id=team_id)
