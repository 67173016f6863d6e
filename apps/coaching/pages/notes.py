"""An athlete's answer to a coach's note, from the inbox page."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.accounts.models import User
from apps.coaching.pages.answers import page
from apps.coaching.services.notes import NoteNotTaken, UnfitNote, answer_note


@require_POST
@page
def answer(request: HttpRequest, person: User, note_id: UUID) -> HttpResponse:
    """Write the answer and go back to the note."""
    said = request.POST.get("answer", "")
    try:
        answer_note(owner=person, note_id=note_id, answer=said, now=timezone.now())
    except (UnfitNote, NoteNotTaken) as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, "Answered." if said.strip() else "Your answer is taken back.")
    return HttpResponseRedirect(f"{reverse('page-inbox')}#note-{note_id}")
