"""A coach's nudge on its way: which instant it waits for, and whether it is still wanted.

Who may nudge whom is a higher app's to know. It says so once, when the process starts, and is asked
in the transaction that lets a nudge go.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from apps.accounts.models import User
from apps.reminders import sql
from apps.reminders.models import ANY, Delivery
from apps.reminders.services.spread import plan_rows
from apps.sync.selectors import profile_of
from backend.reminding.delivery import Wishes, deliver_at, wishes_of

# What was asked this morning is of no use tomorrow.
USEFUL_FOR = timedelta(hours=24)
TOPIC = "coach"

Wanted = Callable[[UUID, UUID, datetime], bool]
_asked: list[Wanted] = []


def ask_before_sending(is_wanted: Wanted) -> None:
    """Let ``is_wanted`` (athlete, record, moment) decide at the last moment; each one must agree."""
    if is_wanted not in _asked:
        _asked.append(is_wanted)


def is_wanted(delivery: Delivery, *, now: datetime) -> bool:
    """Return whether everybody who knows says so; without anybody no nudge goes out."""
    about = (delivery.athlete_id, delivery.reminder_id, now)
    return bool(_asked) and all(one(*about) for one in _asked)


def plan_nudge(*, athlete: User, record_id: UUID, now: datetime) -> None:
    """Plan the message that points to a record of the feed. Call inside ``acting_as``."""
    due_at = nudge_at(wishes_of(profile_of(athlete.id), home_zone=athlete.zone), now=now)
    name = sql.name_of(str(record_id), "nudge")
    row = {
        "reminder_id": record_id,
        "device_id": None,
        "channel": ANY,
        "dedupe_key": name,
        "collapse_id": name,
        "due_at": due_at,
        "not_after": due_at + USEFUL_FOR,
    }
    plan_rows(athlete.id, [row], kind=Delivery.Kind.NUDGE, now=now)


def nudge_at(wishes: Wishes, *, now: datetime) -> datetime:
    """Return when a nudge may arrive: now, or when quiet hours and a pause are over."""
    return deliver_at(due_date=(now - timedelta(days=2)).date(), now=now, wishes=wishes)
