"""The weekly mail for those who asked for it: how much is open, and nothing of what."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from apps.accounts.models import User
from apps.reminders import sql
from apps.reminders.models import Delivery, InboxItem
from apps.reminders.services.links import stop_link
from apps.sync.selectors import profile_of
from backend.days import local_day
from backend.push.letter import Kind, Letter
from backend.reminding.delivery import EMAIL, Wishes, next_digest, wishes_of
from backend.reminding.nudges import words_for

LATE_AT_MOST = timedelta(days=2)


def plan_digest(athlete_id: UUID, wishes: Wishes, *, is_wanted: bool, now: datetime) -> None:
    """Plan the next weekly mail, or cancel it when the person does not want one."""
    rows: list[dict[str, object]] = []
    if is_wanted and EMAIL not in wishes.channels_off:
        monday, due_at = next_digest(now=now, wishes=wishes)
        name = sql.name_of(str(athlete_id), "digest", monday.isoformat())
        rows.append(
            {
                "reminder_id": athlete_id,
                "device_id": None,
                "channel": EMAIL,
                "dedupe_key": name,
                "collapse_id": name,
                "due_at": due_at,
                "not_after": due_at + LATE_AT_MOST,
            }
        )
    told = {"athlete": athlete_id, "now": now, "late": LATE_AT_MOST}
    sql.fetch(sql.PLAN_DIGEST, {**told, "rows": msgspec.json.encode(rows).decode()})


def plan_next(person: User, *, now: datetime) -> None:
    """Plan the next one: in a feed where nothing changes nobody else does."""
    profile = profile_of(person.id)
    wishes = wishes_of(profile, home_zone=person.zone)
    plan_digest(person.id, wishes, is_wanted=bool(profile.weekly_digest), now=now)


def letter_for(delivery: Delivery, person: User, *, now: datetime) -> Letter | None:
    """Return the mail; None when it is not wanted any more, or there is nothing to say."""
    profile = profile_of(person.id)
    wishes = wishes_of(profile, home_zone=person.zone)
    if not profile.weekly_digest or EMAIL in wishes.channels_off:
        return None
    due_dates = InboxItem.objects.filter(athlete_id=person.id, closed_at=None)
    days = list(due_dates.values_list("due_date", flat=True))
    if not days:
        return None
    today = local_day(now, zone=wishes.zone)
    words = words_for(profile.locale)
    due = sum(day <= today for day in days)
    return Letter(
        kind=Kind.DIGEST,
        collapse_id=delivery.collapse_id,
        notification_id=delivery.notification_id,
        expires_at=delivery.not_after,
        sentence=words.digest_subject,
        body=words.digest_body.format(open=len(days), due=due),
        locale=profile.locale,
        stop_link=stop_link(athlete_id=person.id, now=now),
    )
