"""A coach proposes a reminder; the athlete decides.

The right is looked at twice: under the coach's wall, as every look is, and again in the transaction
that writes, in which all that it rests on is held. What ends in between wins.
"""

from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.coaching import access
from apps.coaching.categories import Category
from apps.coaching.services.feeds import ConsentScopeMissing
from apps.coaching.services.looking import log_access
from apps.common.actor import Wall, acting_as
from apps.common.errors import NotFound
from apps.reminders.services.wishes import Wish, propose_within
from apps.sync.writer import lock_feed
from backend.records.reminder_wish import ReminderWish


def propose_reminder(
    *, coach: User, team_id: UUID, athlete_id: UUID, body: ReminderWish, now: datetime
) -> Wish:
    """Write a proposal into an athlete's feed; one a day of each coach.

    Raises ``NotFound``, ``ConsentScopeMissing`` when reminders are not shared with the team, and
    what ``propose_within`` raises.
    """
    with acting_as(coach.id, wall=Wall.COACH):
        granted = access.athlete_for(coach.id, athlete_id, None, team_id=team_id)
        if Category.REMINDERS not in granted.categories:
            raise ConsentScopeMissing("This athlete does not share reminders with the team.")
        log_access(viewer_id=coach.id, what="proposal", seen=[granted], now=now)
    with acting_as(athlete_id):
        lock_feed(athlete_id)
        right = access.hold_right(coach.id, athlete_id, team_id=team_id)
        if Category.REMINDERS not in right.categories:
            raise NotFound
        return propose_within(athlete_id=athlete_id, coach_id=coach.id, body=body, now=now)
