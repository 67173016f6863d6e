"""What the signed-in athlete sees of their own data."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.common.actor import acting_as
from apps.common.errors import AppError, NotFound
from apps.insights import fusion_selectors, selectors
from apps.insights.chart_selectors import CHARTS, ChartReader, chart_of
from apps.insights.pages.areas import SummaryText, due_items, summary_text
from apps.insights.pages.fusions import FusionsSection, fusions_section
from apps.insights.services.deciding import decide_fusion
from backend.days import local_day
from backend.loading.days import WINDOW_DAYS
from backend.records.fusion_decision import SAME, SEPARATE

MOST_QUESTIONS = 4
MOST_SETTLED = 20


@login_required
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """Show the summary, the pictures and what is due."""
    person = _signed_in(request)
    owner, zone = person.id, person.zone
    with acting_as(owner):
        context = _read(owner, now=timezone.now(), zone=zone)
    return render(request, "insights/me.html", context)


@login_required
@require_POST
def fusion_decision(request: HttpRequest, fusion_id: UUID) -> HttpResponse:
    """Take the athlete's word on whether recordings are one workout."""
    word = request.POST.get("decision")
    if word not in (SAME, SEPARATE):
        messages.warning(request, "Nothing was chosen, so nothing was changed.")
        return redirect("me")
    try:
        decide_fusion(
            athlete_id=_signed_in(request).id,
            fusion_id=fusion_id,
            is_same=word == SAME,
            now=timezone.now(),
        )
    except NotFound as error:
        raise Http404 from error
    except AppError:  # the feed is busy, or a newer decision came in between
        messages.warning(request, "That could not be stored just now. Please try again.")
        return redirect("me")
    messages.success(request, "Noted. Your numbers follow in a moment, on every device.")
    return redirect("me")


def _signed_in(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise TypeError("only a person has a page")
    return request.user


def _fusions(owner: UUID, *, zone: str, now: datetime) -> FusionsSection | None:
    questions = fusion_selectors.open_questions(owner=owner, limit=MOST_QUESTIONS)
    settled = fusion_selectors.settled_since(
        owner=owner, since=now - timedelta(days=WINDOW_DAYS), limit=MOST_SETTLED
    )
    if not questions and not settled:
        return None
    records = [one for row in (*questions, *settled) for one in row.records]
    sources = fusion_selectors.sources_by_id(owner=owner, records=records)
    return fusions_section(questions, settled, sources, zone=zone)


def _read(owner: UUID, *, now: datetime, zone: str) -> dict[str, object]:
    today: date = local_day(now, zone=zone)
    reader = ChartReader(owner, today=today, zone=zone)
    summary = selectors.latest_summary(owner=owner)
    reminders = [body for _, body in reader.reminders]
    input_at = reader.feed.input_at if reader.feed else None
    text: SummaryText | None = summary_text(summary) if summary else None
    is_new = input_at is None and not reader.observations
    return {
        "summary": text,
        "is_new": is_new,
        "input_at": input_at,
        "today": today,
        "zone": zone,
        "charts": [] if is_new else [chart_of(reader, name) for name in CHARTS],
        "fusions": _fusions(owner, zone=zone, now=now),
        "due_items": due_items(reminders, reader.observations, today=today),
    }
