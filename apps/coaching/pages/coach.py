"""A coach's pages: teams, roster, one athlete."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import User
from apps.coaching.pages import present
from apps.coaching.pages.answers import page
from apps.coaching.pages.forms import TeamForm
from apps.coaching.panel import look_at_team
from apps.coaching.selectors import coached_teams
from apps.coaching.services.looking import look_at_athlete
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


@require_safe
@page
def team(request: HttpRequest, person: User, team_id: UUID) -> HttpResponse:
    """Show the roster by reason for attention."""
    found = look_at_team(viewer=person, team_id=team_id, now=timezone.now())
    context = {
        "roster": found,
        "sections": present.sections(found),
        # The process that serves the news may have an address of its own.
        "news_url": f"{settings.LIVE_URL}{request.path}/live",
        "not_shared": [(c, count) for c, count in found.not_shared.items() if count],
    }
    return render(request, "coaching/team.html", context)


@require_safe
@page
def athlete(request: HttpRequest, person: User, team_id: UUID, athlete_id: UUID) -> HttpResponse:
    """Show what one athlete shares."""
    now = timezone.now()
    found = look_at_athlete(viewer=person, team_id=team_id, athlete_id=athlete_id, now=now)
    context = {
        "team_id": team_id,
        "line": present.line(found.row, now=now),
        "tiles": present.tiles(found.row),
        "weeks": present.weeks_of(found.weeks, name=found.row.name) if found.weeks else None,
        "as_of": now,
    }
    return render(request, "coaching/athlete.html", context)
