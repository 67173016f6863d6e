"""A team's own pages: its coaches, who looks after whom, its end; joining one as a coach."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.coaching.pages.answers import page
from apps.coaching.pages.forms import SettingsForm, TagsForm, TeamForm
from apps.coaching.selectors import invitation_to_coach, team_joined_by
from apps.coaching.services import joining, teams
from apps.coaching.services.invitations import limit_guessing
from apps.coaching.staff import PAGE_NAMES, settings_of
from apps.common.errors import NotFound


@require_safe
@page
def settings(request: HttpRequest, person: User, team_id: UUID) -> HttpResponse:
    """Show the coaches of a team, and to its head what can be changed."""
    return _shown(request, person, team_id)


@require_POST
@page
def rename(request: HttpRequest, person: User, team_id: UUID) -> HttpResponse:
    """Give the team another name."""
    form = TeamForm(request.POST)
    if not form.is_valid():
        return _shown(request, person, team_id, form=form, status=422)
    teams.rename_team(head=person, team_id=team_id, name=form.cleaned_data["name"])
    messages.success(request, "Renamed.")
    return redirect("team-settings", team_id=team_id)


@require_POST
@page
def change(request: HttpRequest, person: User, team_id: UUID, action: str) -> HttpResponse:
    """Do one of the other things that change a team."""
    if action == "tag" and not (tags := TagsForm(request.POST)).is_valid():
        return _shown(request, person, team_id, tags=tags, status=422)
    act = ACTIONS.get(action)
    if act is None:
        raise NotFound
    messages.success(request, act(person, team_id, request.POST))
    if action == "leave":
        return redirect("coach")
    settings_page = reverse("team-settings", args=[team_id])
    return redirect(f"{settings_page}?{where}" if (where := _where(request)) else settings_page)


@require_http_methods(["GET", "HEAD", "POST"])
@page
def join(request: HttpRequest, person: User, secret: str) -> HttpResponse:
    """Show who asks for an assistant coach; join."""
    network = request.META.get("REMOTE_ADDR", "")
    limit_guessing(secret=secret, athlete_id=person.id, network=network)
    if request.method == "POST":
        member = joining.join_team(coach=person, secret=secret, now=timezone.now())
        messages.success(request, "You are in the team. Athletes who agree from now on may show.")
        return redirect("coach-team", team_id=member.team_id)
    team_id = team_joined_by(coach_id=person.id, secret=secret)
    if team_id is not None:  # the link or the code was kept, and is used again
        messages.info(request, "You coach this team already; nothing was changed.")
        return redirect("coach-team", team_id=team_id)
    asked = invitation_to_coach(secret=secret, now=timezone.now())
    return render(request, "coaching/join.html", {"asked": asked})


def _shown(
    request: HttpRequest,
    person: User,
    team_id: UUID,
    *,
    form: TeamForm | None = None,
    tags: TagsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    asked = SettingsForm(request.GET)
    found = settings_of(viewer=person, team_id=team_id, **asked.narrowed())
    context = {
        "found": found,
        "asked": asked,
        "where": _where(request),
        "page_names": PAGE_NAMES,
        "team": found.team,
        "me": person.id,
        "coaches": found.coaches,
        "athletes": found.athletes,
        "form": form or TeamForm({"name": found.team.name}),
        "refused": tags,
        "refused_for": request.POST.get("athlete", ""),
    }
    return render(request, "coaching/settings.html", context, status=status)


def _where(request: HttpRequest) -> str:
    """Return which part of the athletes a page shows, as its address says it."""
    asked = {name: request.GET[name] for name in ("q", "page") if request.GET.get(name)}
    return urlencode(asked)


def _archive(person: User, team_id: UUID, told: QueryDict) -> str:
    teams.archive_team(head=person, team_id=team_id, now=timezone.now())
    return "Archived. The team shows nobody until you restore it."


def _restore(person: User, team_id: UUID, told: QueryDict) -> str:
    teams.restore_team(head=person, team_id=team_id)
    return "Restored."


def _leave(person: User, team_id: UUID, told: QueryDict) -> str:
    teams.leave_team(coach=person, team_id=team_id, now=timezone.now())
    return "You left the team."


def _remove(person: User, team_id: UUID, told: QueryDict) -> str:
    teams.remove_coach(head=person, team_id=team_id, user_id=_id(told, "coach"), now=timezone.now())
    return "Taken out of the team. It works from their next look on."


def _hand_over(person: User, team_id: UUID, told: QueryDict) -> str:
    teams.hand_over(head=person, team_id=team_id, to_user=_id(told, "coach"))
    return "Handed over. You are an assistant coach now."


def _assign(person: User, team_id: UUID, told: QueryDict) -> str:
    assigned = joining.assign_athletes(
        head=person,
        team_id=team_id,
        user_id=_id(told, "coach"),
        athlete_ids=_ids(told, "athletes"),
        among=_ids(told, "shown") if "shown" in told else None,
    )
    return f"{len(assigned)} assigned."


def _tag(person: User, team_id: UUID, told: QueryDict) -> str:
    form = TagsForm(told)
    form.is_valid()  # looked at before
    athlete_id, tags = _id(told, "athlete"), form.cleaned_data["tags"]
    kept = joining.tag_athlete(head=person, team_id=team_id, athlete_id=athlete_id, tags=tags)
    return f"Tags: {', '.join(kept)}." if kept else "No tags."


def _id(told: QueryDict, name: str) -> UUID:
    value = told.get(name, "")
    if not _is_id(value):
        raise NotFound
    return UUID(value)


def _ids(told: QueryDict, name: str) -> list[UUID]:
    return [UUID(one) for one in told.getlist(name) if _is_id(one)]


def _is_id(value: str) -> bool:
    try:
        return bool(UUID(value))
    except ValueError:
        return False


ACTIONS: dict[str, Callable[[User, UUID, QueryDict], str]] = {
    "archive": _archive,
    "restore": _restore,
    "leave": _leave,
    "remove": _remove,
    "hand-over": _hand_over,
    "assign": _assign,
    "tag": _tag,
}
