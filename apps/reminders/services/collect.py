"""Read on what recomputes published: fill the inbox, plan deliveries, cancel what is settled."""

import logging
import time
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from apps.accounts.selectors import person
from apps.common.actor import acting_as
from apps.insights.selectors import open_reminders, uncollected
from apps.insights.services.publish import mark_collected
from apps.reminders import sql
from apps.reminders.models import InboxItem
from apps.reminders.services import digest, silent
from apps.reminders.transports import configured
from apps.sync.selectors import profile_of
from backend.records.server_owned import Reminder
from backend.reminding.delivery import (
    DELIVERABLE,
    STALE_AFTER,
    STANDING,
    URGENT_PRIORITY,
    Wishes,
    dedupe_key,
    deliver_at,
    has_room,
    wishes_of,
)

logger = logging.getLogger(__name__)
BATCH = 200
BUDGET_S = 6.0

_IN_THE_INBOX = (
    "rule",
    "rule_version",
    "topic",
    "text",
    "reason",
    "source_record",
    "due_date",
    "priority",
    "state",
)


def collect(*, now: datetime, limit: int = BATCH, budget_s: float = BUDGET_S) -> int:
    """Read on athletes whose derived records changed; return how many.

    Up to ``limit``, and for ``budget_s`` seconds, but one at least.
    """
    done = 0
    ends = time.monotonic() + budget_s
    for athlete_id, seq in uncollected(limit=limit):
        try:
            done += collect_person(athlete_id=athlete_id, seq=seq, now=now)
        except Exception:  # one person's defect must not keep reminders from the others
            logger.exception("collect_failed", extra={"athlete_id": str(athlete_id)})
        if time.monotonic() >= ends:
            break
    return done


def collect_person(*, athlete_id: UUID, seq: int, now: datetime) -> bool:
    """Bring one inbox and its deliveries in line with the feed, at least up to ``seq``.

    In one transaction, and only by one worker at a time: whoever comes second leaves it to
    the first or to the next sweep. Again changes nothing. Returns whether it was done.
    """
    with acting_as(athlete_id):
        if not sql.lock_person(athlete_id, wait=False):
            return False
        standing = [
            (reminder_id, reminder)
            for reminder_id, reminder in open_reminders(owner=athlete_id)
            if reminder.state in STANDING
        ]
        _fill_inbox(athlete_id, standing, now=now)
        _plan_deliveries(athlete_id, standing, now=now)
        shown = [_key(*one) for one in _unseen(athlete_id, standing)]
        silent.plan_withdrawals(athlete_id, standing=shown, now=now)
        mark_collected(athlete_id=athlete_id, seq=seq)
    return True


def _fill_inbox(
    athlete_id: UUID, standing: Sequence[tuple[UUID, Reminder]], *, now: datetime
) -> None:
    rows = [
        {"reminder_id": reminder_id, **{name: getattr(body, name) for name in _IN_THE_INBOX}}
        for reminder_id, body in sorted(standing)
    ]
    if rows:
        sql.fetch(sql.FILL_INBOX, {"athlete": athlete_id, "now": now, "rows": _json(rows)})
    open_ids = [reminder_id for reminder_id, _ in standing]
    sql.fetch(sql.CLOSE_OTHERS, {"athlete": athlete_id, "now": now, "open": open_ids})


def _unseen(
    athlete_id: UUID, standing: Sequence[tuple[UUID, Reminder]]
) -> list[tuple[UUID, Reminder]]:
    """Return what may stand on a screen; what was read ahead of its nudge is unread since then."""
    seen = [reminder_id for reminder_id, body in standing if body.state == "seen"]
    unread: set[UUID] = set()
    if seen:
        mine = InboxItem.objects.filter(athlete_id=athlete_id, reminder_id__in=seen, seen_at=None)
        unread = set(mine.values_list("reminder_id", flat=True))
    wanted = [one for one in standing if one[1].state in DELIVERABLE]
    return [one for one in wanted if one[1].state != "seen" or one[0] in unread]


def _plan_deliveries(
    athlete_id: UUID, standing: Sequence[tuple[UUID, Reminder]], *, now: datetime
) -> None:
    reachable = person(athlete_id)
    profile = profile_of(athlete_id)
    wishes = wishes_of(profile, home_zone=reachable.zone if reachable else "UTC")
    plans = _plans(wishes, standing, now=now) if reachable and standing else {}
    # Of one that was sent there may be nothing left to keep it from being sent again.
    sent = {reminder_id for reminder_id, body in standing if body.state == "sent"}
    rows = [row for reminder_id, row in plans.items() if reminder_id not in sent]
    if rows:
        sql.fetch(sql.PLAN, {"athlete": athlete_id, "now": now, "rows": _json(rows)})
    keys = [row["dedupe_key"] for row in plans.values()]
    still = [_key(*one) for one in standing]
    told = {"athlete": athlete_id, "now": now, "keys": keys, "standing": still}
    sql.fetch(sql.CLOSE_DELIVERIES, told)
    if reachable:
        is_wanted = bool(profile.weekly_digest)
        digest.plan_digest(athlete_id, wishes, is_wanted=is_wanted, now=now)
        silent.plan_wakes(reachable, channels=configured(), now=now)


def _plans(
    wishes: Wishes, standing: Sequence[tuple[UUID, Reminder]], *, now: datetime
) -> dict[UUID, dict[str, object]]:
    """Return the nudge of each reminder that is to be sent, by its id."""
    rows: dict[UUID, dict[str, object]] = {}
    room = has_room(reminder for _, reminder in standing)
    for reminder_id, reminder in sorted(standing):
        waits = reminder.state == "scheduled" and reminder.priority > URGENT_PRIORITY and not room
        if waits or reminder.state not in DELIVERABLE:
            continue
        due_at = deliver_at(due_date=reminder.due_date, now=now, wishes=wishes)
        rows[reminder_id] = {
            "reminder_id": reminder_id,
            "dedupe_key": _key(reminder_id, reminder),
            "due_at": due_at,
            "not_after": due_at + STALE_AFTER,
        }
    return rows


def _key(reminder_id: UUID, reminder: Reminder) -> str:
    return dedupe_key(reminder_id=reminder_id, due_date=reminder.due_date)


def _json(rows: list[dict[str, object]]) -> str:
    return msgspec.json.encode(rows).decode()
