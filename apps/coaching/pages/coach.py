"""A coach's pages about teams: choosing one, opening one, inviting."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.accounts.models import User
from apps.coaching.categories import Category
from apps.coaching.pages.answers import page
from apps.coaching.pages.forms import InviteForm, TeamForm
from apps.coaching.selectors import coached_teams
from apps.coaching.services.invitations import invite
from apps.coaching.services.teams import create_team
from apps.common.errors import NotFound


@require_http_methods(["GET", "HEAD", "POST"])
@page
def teams(request: HttpRequest, person: User) -> HttpResponse:
    """Go to the only team, choose one, or open the first."""
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        team = create_team(head=person, name=form.cleaned_data["name"], now=timezone.now())
        return redirect("coach-team", team_id=team.id)
    found = coached_teams(viewer=person)
    if len(found) == 1 and request.method != "POST" and "new" not in request.GET:
        return redirect("coach-team", team_id=found[0].id)
    context = {"teams": found, "form": form}
    return render(request, "coaching/teams.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page
def team_invite(request: HttpRequest, person: User, team_id: UUID) -> HttpResponse:
    """Make an invitation; its link and code are on the answer and nowhere else."""
    team = next((t for t in coached_teams(viewer=person) if t.id == team_id), None)
    if team is None:
        raise NotFound
    form = InviteForm(request.POST or None)
    invited = None
    if request.method == "POST" and form.is_valid():
        invited = invite(coach=person, team_id=team_id, now=timezone.now(), **form.cleaned_data)
    ticked = form["categories"].value() or []
    context = {
        "team": team,
        "form": form,
        "invited": invited,
        "categories": list(Category),
        "ticked": ticked,
    }
    return render(request, "coaching/invite.html", context, status=422 if form.errors else 200)
