"""Mails to the owner about who can see their data: no name, no team, nothing of what is seen.

That access was given is told whatever is switched off, since somebody else may have given it.
"""

from datetime import datetime, timedelta
from uuid import UUID

from apps.accounts.models import User
from apps.accounts.selectors import person
from apps.common.jobs import Job, wake
from apps.reminders import sql
from apps.reminders.models import Delivery
from apps.reminders.services.links import stop_link
from apps.sync.selectors import profile_of
from backend.days import local_day
from backend.push.letter import Kind, Letter
from backend.reminding.delivery import EMAIL, deliver_at, wishes_of
from backend.reminding.nudges import words_for

GIVEN, ENDS = Delivery.Kind.ACCESS_GIVEN, Delivery.Kind.ACCESS_ENDS
KINDS = (GIVEN, ENDS)
GIVEN_WITHIN = timedelta(days=3)
ENDS_AHEAD = timedelta(days=14)


def tell_access_given(
    *, athlete_id: UUID, grant_id: UUID, ends_at: datetime, now: datetime
) -> None:
    """Plan the mails about one consent: now, and 14 days before it ends.

    Call while the athlete acts, in the transaction that gives it.
    """
    _plan(athlete_id, grant_id, GIVEN, due_at=now, not_after=now + GIVEN_WITHIN, now=now)
    prompts_at = ends_at - ENDS_AHEAD
    owner = person(athlete_id)
    if owner is not None and prompts_at > now:
        wishes = wishes_of(profile_of(athlete_id), home_zone=owner.zone)
        due_at = deliver_at(
            due_date=local_day(prompts_at, zone=wishes.zone), now=prompts_at, wishes=wishes
        )
        _plan(athlete_id, grant_id, ENDS, due_at=due_at, not_after=ends_at, now=now)
    wake(Job.DELIVER_REMINDERS)


def forget_end(*, athlete_id: UUID, grant_id: UUID) -> None:
    """Prompt nobody to renew a consent that has ended."""
    rows = Delivery.objects.filter(
        athlete_id=athlete_id, reminder_id=grant_id, kind=ENDS, state=Delivery.State.PLANNED
    )
    rows.update(state=Delivery.State.CANCELLED, last_code="closed")


def letter_for(delivery: Delivery, owner: User, *, now: datetime) -> Letter | None:
    """Return the mail; None when the prompt is not wanted."""
    profile = profile_of(owner.id)
    words = words_for(profile.locale)
    is_prompt = delivery.kind == ENDS
    if is_prompt and EMAIL in wishes_of(profile, home_zone=owner.zone).channels_off:
        return None
    return Letter(
        kind=Kind.NOTICE,
        collapse_id=delivery.collapse_id,
        notification_id=delivery.notification_id,
        expires_at=delivery.not_after,
        sentence=words.access_ends_subject if is_prompt else words.access_given_subject,
        body=words.access_ends_body if is_prompt else words.access_given_body,
        locale=profile.locale,
        stop_link=stop_link(athlete_id=owner.id, now=now) if is_prompt else "",
    )


def _plan(
    athlete_id: UUID,
    grant_id: UUID,
    kind: str,
    *,
    due_at: datetime,
    not_after: datetime,
    now: datetime,
) -> None:
    name = sql.name_of(str(athlete_id), kind, str(grant_id))
    Delivery.objects.create(
        athlete_id=athlete_id,
        kind=kind,
        reminder_id=grant_id,
        channel=EMAIL,
        dedupe_key=name,
        collapse_id=name,
        state=Delivery.State.PLANNED,
        due_at=due_at,
        not_after=not_after,
        created_at=now,
    )
