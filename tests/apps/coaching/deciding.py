"""What the tests of an athlete's decisions share."""

import re
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from apps.coaching.categories import CONSENT_TEXT_VERSION
from apps.coaching.models import ConsentGrant, GuardianRequest
from apps.coaching.services.invitations import Invited, invite
from apps.common.actor import acting_as
from tests.apps.coaching.conftest import EVERYTHING, Squad
from tests.apps.reminders.feed import set_profile
from tests.conftest import Person


def invited(squad: Squad, categories: frozenset[str] = EVERYTHING, **more: Any) -> Invited:
    """Let the coach invite."""
    return invite(
        coach=squad.coach.user, team_id=squad.team.id, categories=categories,
        purpose="Season planning", now=timezone.now(), **more,
    )  # fmt: skip


def in_days(days: float) -> str:
    """Return an instant some days from now as the API takes it."""
    return (timezone.now() + timedelta(days=days)).isoformat()


def claim(*categories: str, days: float = 30, **more: Any) -> dict[str, Any]:
    """Return an athlete's choice for the API."""
    return {
        "categories": list(categories), "ends_at": in_days(days),
        "text_version": CONSENT_TEXT_VERSION, **more,
    }  # fmt: skip


def ticks(*categories: str, **more: str) -> dict[str, Any]:
    """Return an athlete's choice as a browser sends it."""
    last_day = (timezone.now() + timedelta(days=30)).date().isoformat()
    return {
        "categories": list(categories), "last_day": last_day, "answer": "accept",
        "text_version": CONSENT_TEXT_VERSION, **more,
    }  # fmt: skip


def born(athlete: Person, *, years: int, days: int = 0) -> date:
    """Write a birth date into the athlete's profile: their birthday was ``days`` ago."""
    today = timezone.now().date() - timedelta(days=days)
    leap_safe = today.replace(year=today.year - years, day=min(today.day, 28))
    set_profile(athlete, born_date=leap_safe.isoformat())
    return leap_safe


def kept(athlete: Person) -> list[ConsentGrant]:
    """Return the stored grants of an athlete, the oldest first."""
    with acting_as(athlete.id):
        return list(ConsentGrant.objects.filter(athlete_id=athlete.id).order_by("granted_at"))


def asked(athlete: Person) -> list[GuardianRequest]:
    """Return the stored requests to guardians."""
    with acting_as(athlete.id):
        return list(GuardianRequest.objects.filter(athlete_id=athlete.id))


def unmasked(answer: Any) -> bytes:
    """Return a page without the form tokens, which differ on every answer."""
    pattern = rb'name="csrfmiddlewaretoken" value="[^"]+"'
    return re.sub(pattern, b"", answer.content)
