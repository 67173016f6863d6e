"""A coach's pages about teams: choosing one, opening one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.accounts.models import User
from apps.coaching.pages.answers import page
from apps.coaching.pages.forms import TeamForm
from apps.coaching.selectors import coached_teams
from apps.coaching.services.teams import create_team


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
