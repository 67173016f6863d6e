"""A coach's two working pages: the roster, and one athlete."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.coaching.models import Mark
from apps.coaching.pages import present, tiles
from apps.coaching.pages.answers import page
from apps.coaching.pages.forms import BANDS, SORTS, PanelForm
from apps.coaching.pages.sessions import mostly, session_of
from apps.coaching.pages.signs import GROUPS, sign_of_reason
from apps.coaching.panel import PanelPage, look_at_panel
from apps.coaching.selectors import count_open_invitations
from apps.coaching.services.looking import look_at_athlete
from apps.coaching.services.notes import notes_of
from apps.coaching.services.records import ReminderSeen, look_at_records
from apps.common.paging import InvalidCursor
from apps.reminders.topics import TOPICS
from backend.panel import Reason, followed_from
from backend.summary import ALGORITHM_VERSION

# A column's name, its heading, and by what a press on the heading sorts.
COLUMNS = (
    ("who", "Athlete", "name"),
    ("why", "Why", ""),
    ("weeks", "10 weeks", ""),
    ("can", "Can train", ""),
    ("due", "Reminders", "due"),
    ("known", "Days known", ""),
    ("last", "Last data", "last_data"),
    ("do", "Actions", ""),
)
STATES = {"scheduled": "planned", "due": "due", "sent": "sent", "seen": "seen by the athlete"}
# From the newest; the page shows the longest silent first, and what is due next first.
ASCENDING = {"name", "due", "last_data"}


@dataclass(frozen=True)
class Column:
    """A column's heading; ``href`` sorts by it, ``sorted`` is the value of ``aria-sort``."""

    name: str
    word: str
    href: str
    sorted: str


@require_safe
@page
def team(request: HttpRequest, person: User, team_id: UUID) -> HttpResponse:
    """Show the roster by reason for attention, as it is filtered."""
    form = PanelForm(request.GET)
    query = form.query()
    now = timezone.now()
    try:
        found = look_at_panel(viewer=person, team_id=team_id, query=query, now=now)
    except InvalidCursor:  # an address that was cut, or older than the server's key
        return redirect(_with(request, cursor=None))
    context = {
        "invited": count_open_invitations(team_id=team_id, now=now),
        "panel": found,
        "size": sum(found.counts.values()) if form.is_narrowed else found.size,
        "sections": present.sections(found, is_searched=form.is_narrowed),
        "columns": _columns(request, query.sort),
        "form": form,
        "tags": found.tags,
        "next_page": _with(request, cursor=found.next_cursor) if found.next_cursor else "",
        "first_page": _with(request, cursor=None),
        "groups": [(key, word) for key, (word, _) in GROUPS.items()],
        "sorts": SORTS,
        "bands": BANDS,
        "is_later_page": bool(query.cursor),
        "zone": timezone.get_current_timezone_name(),
        # The process that serves the news may have an address of its own.
        "news_url": f"{settings.LIVE_URL}{request.path}/live",
        "not_shared": _not_shared(found),
    }
    return render(request, "coaching/team.html", context)


@require_safe
@page
def athlete(request: HttpRequest, person: User, team_id: UUID, athlete_id: UUID) -> HttpResponse:
    """Show what one athlete shares, what stands open, and what coaches wrote."""
    return render(request, "coaching/athlete.html", athlete_context(person, team_id, athlete_id))


def athlete_context(person: User, team_id: UUID, athlete_id: UUID) -> dict[str, Any]:
    """Return what the athlete's page shows, and tell the athlete that it was shown."""
    now = timezone.now()
    found = look_at_athlete(viewer=person, team_id=team_id, athlete_id=athlete_id, now=now)
    records = look_at_records(viewer=person, team_id=team_id, athlete_id=athlete_id, now=now)
    sessions = records.sessions
    seen = [session_of(body) for body in sessions] if sessions is not None else None
    return {
        "team_id": team_id,
        "line": present.line(found.row, now=now),
        "tiles": tiles.tiles(found.row),
        "weeks": tiles.weeks_of(found.weeks, name=found.row.name) if found.weeks else None,
        "sessions": seen,
        "sport": mostly(seen or []),
        "reminders": _reminders(records.reminders, found.row.as_of),
        "flags": [
            tiles.TileReason(
                sign_of_reason(category, reason), reason, category, _began(reason, found.row.as_of)
            )
            for category, reason in present.reasons_of(found.row)
        ],
        "endings": ENDINGS,
        "notes": notes_of(coach=person, team_id=team_id, athlete_id=athlete_id),
        "as_of": now,
        "zone": timezone.get_current_timezone_name(),
        "algorithm": ALGORITHM_VERSION,
    }


def _began(reason: Reason, as_of: date | None) -> date | None:
    """Return the day a reason began; None where it is only how far back episodes are followed."""
    return None if as_of and reason.since == followed_from(as_of) else reason.since


def _reminders(found: list[ReminderSeen] | None, today: date | None) -> list[dict[str, Any]] | None:
    if found is None:
        return None
    return [
        {
            "word": TOPICS[one.topic][0] if one.topic in TOPICS else one.topic.replace("_", " "),
            "due_on": one.due_on,
            "is_late": today is not None and one.due_on < today,
            "said": STATES.get(one.state, one.state),
        }
        for one in found
    ]


# Every look ends in one of these; what each means stands beside it.
ENDINGS = (
    (Mark.Ending.MONITOR, "Monitor", "nothing to change; look again"),
    (Mark.Ending.ADJUST, "Adjust", "the plan changes"),
    (Mark.Ending.ASK, "Ask", "talk to the athlete first"),
    (Mark.Ending.REFER, "Refer", "a clinician should look"),
    (Mark.Ending.IGNORE, "Ignore", "not what it seems; say why"),
)


def _columns(request: HttpRequest, sort: str) -> list[Column]:
    return [
        Column(
            name,
            word,
            _with(request, sort=by, cursor=None) if by else "",
            ("ascending" if by in ASCENDING else "descending") if by and by == sort else "",
        )
        for name, word, by in COLUMNS
    ]


def _with(request: HttpRequest, **changed: str | None) -> str:
    """Return this page's address with some of its query changed."""
    asked = request.GET.copy()
    for name, value in changed.items():
        asked.pop(name, None)
        if value:
            asked[name] = value
    query = asked.urlencode()
    return f"{request.path}?{query}" if query else request.path


def _not_shared(found: PanelPage) -> list[tuple[str, int]]:
    return [(category.title, count) for category, count in found.not_shared.items() if count]
