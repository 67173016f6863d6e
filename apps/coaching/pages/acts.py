"""What a coach does about a row: each a post, answered by the page it was done on."""

from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import reselect, reswap, retarget

from apps.accounts.models import User
from apps.coaching.pages import present
from apps.coaching.pages.answers import Page, page
from apps.coaching.pages.board import ENDINGS, athlete_context
from apps.coaching.pages.forms import NoteForm, ReviewForm, SnoozeForm, UndoForm
from apps.coaching.services import marks
from apps.coaching.services.looking import look_at_athlete
from apps.coaching.services.notes import delete_note, write_note
from apps.common.errors import AppError, NotFound

SNOOZES = ((3, "3 days"), (7, "1 week"), (14, "2 weeks"), (28, "4 weeks"))
LONGEST_NAME = 60
WORDS = {ending.value: word for ending, word, _ in ENDINGS}


def act(view: Page) -> Page:
    """Answer what cannot be done any more in its own words, on the page as it is now."""

    @page
    @wraps(view)
    def answer(
        request: HttpRequest, person: User, team_id: UUID, athlete_id: UUID, **more: UUID
    ) -> HttpResponse:
        try:
            return view(request, person, team_id, athlete_id, **more)
        except NotFound:
            raise
        except AppError as refusal:
            messages.warning(request, str(refusal))
            return _back(request, team_id, athlete_id)

    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@act
def review(request: HttpRequest, person: User, team_id: UUID, athlete_id: UUID) -> HttpResponse:
    """Say what a look at somebody's open flags came to."""
    if request.method != "POST":
        ending = request.GET.get("ending", "")
        form = ReviewForm(initial={"ending": ending})
        return _form(request, person, team_id, athlete_id, kind="review", form=form)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _form(request, person, team_id, athlete_id, kind="review", form=form)
    marks.review(
        coach=person,
        team_id=team_id,
        athlete_id=athlete_id,
        ending=form.cleaned_data["ending"],
        note=form.cleaned_data["note"],
        reasons=form.cleaned_data["reasons"],
        now=timezone.now(),
    )
    word = WORDS[form.cleaned_data["ending"]]
    messages.success(request, f"Reviewed: {word.lower()}. It comes back when something new does.")
    return _back(request, team_id, athlete_id)


@require_http_methods(["GET", "HEAD", "POST"])
@act
def snooze(request: HttpRequest, person: User, team_id: UUID, athlete_id: UUID) -> HttpResponse:
    """Leave the flags that stand out of sight for some days."""
    form = SnoozeForm(request.POST or None)
    if not form.is_valid():
        return _form(request, person, team_id, athlete_id, kind="snooze", form=form)
    now = timezone.now()
    marks.snooze(
        coach=person,
        team_id=team_id,
        athlete_id=athlete_id,
        until=now + timedelta(days=form.cleaned_data["days"]),
        reasons=form.cleaned_data["reasons"],
        now=now,
    )
    messages.success(request, "Snoozed. Anything new shows it again before that.")
    return _back(request, team_id, athlete_id)


@require_POST
@act
def nudge(request: HttpRequest, person: User, team_id: UUID, athlete_id: UUID) -> HttpResponse:
    """Remind an athlete, in their own inbox."""
    marks.nudge(coach=person, team_id=team_id, athlete_id=athlete_id, now=timezone.now())
    messages.success(request, "Nudged. It is in the athlete's inbox.")
    return _back(request, team_id, athlete_id)


@require_POST
@act
def undo(request: HttpRequest, person: User, team_id: UUID, athlete_id: UUID) -> HttpResponse:
    """Take a mark back."""
    form = UndoForm(request.POST)
    if not form.is_valid():
        raise NotFound
    marks.undo(
        coach=person,
        team_id=team_id,
        athlete_id=athlete_id,
        mark_id=form.cleaned_data["mark_id"],
        now=timezone.now(),
    )
    messages.success(request, "Undone. The row stands where it stood.")
    return _back(request, team_id, athlete_id)


@require_POST
@act
def note(request: HttpRequest, person: User, team_id: UUID, athlete_id: UUID) -> HttpResponse:
    """Write to an athlete; it arrives on their devices."""
    form, status = NoteForm(request.POST), 422
    if form.is_valid():
        try:
            write_note(
                coach=person,
                team_id=team_id,
                athlete_id=athlete_id,
                text=form.cleaned_data["text"],
                planned_rest_until=form.cleaned_data["planned_rest_until"],
                now=timezone.now(),
            )
        except NotFound:
            raise
        except AppError as refusal:  # told beside the words, which are not lost
            form.add_error("text", str(refusal))
            status = refusal.status
        else:
            said = "Sent. The athlete reads it on their devices, and can answer."
            messages.success(request, said)
            return redirect("coach-athlete", team_id=team_id, athlete_id=athlete_id)
    context = {**athlete_context(person, team_id, athlete_id), "note_form": form}
    return render(request, "coaching/athlete.html", context, status=status)


@require_POST
@act
def take_back(
    request: HttpRequest, person: User, team_id: UUID, athlete_id: UUID, note_id: UUID
) -> HttpResponse:
    """Take a note of one's own back."""
    delete_note(
        coach=person,
        team_id=team_id,
        athlete_id=athlete_id,
        note_id=note_id,
        now=timezone.now(),
    )
    messages.success(request, "Taken back. It leaves the athlete's devices, too.")
    return redirect("coach-athlete", team_id=team_id, athlete_id=athlete_id)


def _form(
    request: HttpRequest, person: User, team_id: UUID, athlete_id: UUID, *, kind: str, form: Any
) -> HttpResponse:
    """Ask what is missing: within the roster for a browser that swaps, else on a page."""
    now = timezone.now()
    found = look_at_athlete(viewer=person, team_id=team_id, athlete_id=athlete_id, now=now)
    # What was ticked stays so; what came since was not seen when it was.
    ticked = set(form["reasons"].value() or ()) if form.is_bound else set(found.row.reason_marks)
    asking = [
        (reason.mark, reason.sentence, reason.mark in ticked)
        for _, reason in present.reasons_of(found.row)
        if reason.mark in found.row.reason_marks
    ]
    context = {
        "act": kind,
        "form": form,
        "team_id": team_id,
        "row": found.row,
        "short_name": Truncator(found.row.name).chars(LONGEST_NAME),
        "asking": asking,
        "action": reverse(f"coach-{kind}", args=[team_id, athlete_id]),
        "cancel": reverse("coach-team", args=[team_id]),
        "endings": ENDINGS,
        "snoozes": SNOOZES,
        "chosen": form["ending"].value() if kind == "review" else "",
    }
    status = 422 if form.errors else 200
    if not getattr(request, "htmx", False):
        return render(request, "coaching/act_page.html", context, status=status)
    answer = render(request, "coaching/act.html", context, status=status)
    return reselect(reswap(retarget(answer, f"#act-{athlete_id}"), "innerHTML"), "#act-form")


def _back(request: HttpRequest, team_id: UUID, athlete_id: UUID) -> HttpResponse:
    """Return to the page it was done on, if that is one of the two; else to the roster."""
    told = getattr(request, "htmx", None)
    came = (told.current_url if told else None) or request.META.get("HTTP_REFERER", "")
    roster = reverse("coach-team", args=[team_id])
    try:
        parts = urlsplit(came)
    except ValueError:  # whatever a browser says it came from
        return redirect(roster)
    if parts.path == roster and parts.query:
        return redirect(f"{roster}?{parts.query}")
    if parts.path == reverse("coach-athlete", args=[team_id, athlete_id]):
        return redirect("coach-athlete", team_id=team_id, athlete_id=athlete_id)
    return redirect(roster)
