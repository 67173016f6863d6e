"""Coaches' notes on the athlete's inbox page."""

from typing import Any

from django import template

from apps.accounts.models import User
from apps.coaching.services.notes import notes_to

register = template.Library()


@register.inclusion_tag("coaching/_notes.html", takes_context=True)
def coach_notes(context: dict[str, Any]) -> dict[str, Any]:
    """Show what coaches wrote to the signed-in person, each with a place for an answer."""
    person = context["request"].user
    notes = notes_to(owner=person) if isinstance(person, User) else []
    return {"notes": notes, "csrf_token": context.get("csrf_token")}
