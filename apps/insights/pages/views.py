"""What the signed-in athlete sees of their own data."""

from datetime import date
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.common.actor import acting_as
from apps.insights import selectors
from apps.insights.pages.areas import SummaryText, due_items, summary_text
from apps.insights.pages.loading import WEEKS, loading_section
from apps.insights.pages.vitamin_d import ANALYTE, vitamin_d_section
from apps.sync.selectors import feed_state
from backend.days import local_day


@login_required
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """Show the summary, the two pictures and what is due."""
    if not isinstance(request.user, User):
        raise TypeError("only a person has a page")
    owner, zone = request.user.id, request.user.zone
    today = local_day(timezone.now(), zone=zone)
    with acting_as(owner):
        context = _read(owner, today=today, zone=zone)
    return render(request, "insights/me.html", context)


def _read(owner: UUID, *, today: date, zone: str) -> dict[str, object]:
    feed = feed_state(owner)
    summary = selectors.latest_summary(owner=owner)
    observations = selectors.observations_of(owner=owner, analyte=ANALYTE)
    reminders = [body for _, body in selectors.open_reminders(owner=owner)]
    input_at = feed.input_at if feed else None
    text: SummaryText | None = summary_text(summary) if summary else None
    loading = loading_section(
        selectors.weeks_of(owner=owner, ending=today, weeks=WEEKS),
        first_on=selectors.first_session_date(owner=owner),
        last_on=local_day(input_at, zone=zone) if input_at else None,
    )
    due_on = min((r.due_date for r in reminders if r.topic == ANALYTE), default=None)
    return {
        "summary": text,
        "is_new": input_at is None and not observations,
        "input_at": input_at,
        "today": today,
        "zone": zone,
        "loading": loading,
        "vitamin_d": vitamin_d_section(observations, today=today, due_on=due_on),
        "due_items": due_items(reminders, observations, today=today),
    }
