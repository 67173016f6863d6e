"""Records of one athlete for the coach's page about them: their sessions, and what is due.

The same rules as for coaches' feeds: only under words that spoke of records, only types a
category opens, and of these only the fields a team sees.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from apps.accounts.models import User
from apps.coaching import access
from apps.coaching.categories import Category
from apps.coaching.services.looking import log_access
from apps.coaching.sharing import for_a_team
from apps.common.actor import Wall, acting_as
from apps.common.errors import NotFound
from apps.sync.selectors import shared_derived, shared_sessions
from backend.records import REGISTRY

SESSION, REMINDER = REGISTRY["workout_session"], REGISTRY["reminder"]
SEEN_FOR = timedelta(weeks=6)
MOST_SESSIONS = 12


@dataclass(frozen=True)
class ReminderSeen:
    """What is due, when, and how it stands; not why."""

    topic: str
    due_on: date
    state: str


@dataclass(frozen=True)
class RecordsInView:
    """Sessions, the latest first, and open reminders by day; None where none are shared."""

    sessions: list[dict[str, Any]] | None
    reminders: list[ReminderSeen] | None


def look_at_records(
    *, viewer: User, team_id: UUID, athlete_id: UUID, now: datetime
) -> RecordsInView:
    """Return what records an athlete shares with a team. Raises ``NotFound``."""
    with acting_as(viewer.id, wall=Wall.COACH):
        feed = access.feeds_in_view(viewer.id, [athlete_id]).get(athlete_id)
        of_team = [one for one in (feed.of_records if feed else ()) if one.team_id == team_id]
        if feed is None or not any(one.team_id == team_id for one in feed.live):
            raise NotFound
        opened = frozenset[Category]().union(*(one.categories for one in of_team))
        sessions = reminders = None
        if Category.SESSIONS in opened:
            since = (now - SEEN_FOR).date()
            found = shared_sessions(athlete_id, since=since, most=MOST_SESSIONS)
            sessions = [msgspec.json.decode(for_a_team(SESSION, one)) for one in found.values()]
        if Category.REMINDERS in opened:
            reminders = _reminders(athlete_id)
        if opened & {Category.SESSIONS, Category.REMINDERS}:
            log_access(viewer_id=viewer.id, what="athlete", seen=of_team, now=now)
    return RecordsInView(sessions, reminders)


def _reminders(athlete_id: UUID) -> list[ReminderSeen]:
    found = shared_derived(athlete_id, REMINDER.name)
    seen = [msgspec.json.decode(for_a_team(REMINDER, body)) for body in found.values()]
    return sorted(
        (
            ReminderSeen(one["topic"], date.fromisoformat(one["due_date"]), one["state"])
            for one in seen
            if one["state"] != "closed"
        ),
        key=lambda one: (one.due_on, one.topic),
    )
