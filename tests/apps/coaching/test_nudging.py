"""Once a day is once a day of the athlete's: by their profile's zone, over changes of the clock."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.models import User
from apps.coaching.models import AccessLine, Mark
from apps.coaching.services.nudging import NudgedAlready, nudge
from apps.coaching.services.proposing import propose_reminder
from apps.common.actor import acting_as
from apps.reminders.services.wishes import ProposedToday
from backend.records.reminder_wish import ReminderWish
from tests.apps.coaching.conftest import Squad
from tests.apps.reminders.feed import set_profile
from tests.conftest import Person

# Where they are, and the first and the last minute of one of their days: of 24, 25 and 23 hours, and
# one that has no midnight. Each lies in two days of UTC.
DAYS = [
    ("Pacific/Auckland", "2026-06-09T12:01Z", "2026-06-10T11:59Z"),
    ("Europe/Berlin", "2025-10-25T22:01Z", "2025-10-26T22:59Z"),
    ("Europe/Berlin", "2026-03-28T23:01Z", "2026-03-29T21:59Z"),
    ("America/Santiago", "2025-09-07T04:01Z", "2025-09-08T02:59Z"),
]


def live_in(athlete: Person, zone: str, *, is_in_profile: bool) -> None:
    """Let an athlete's days be those of a zone, by their profile or by their account."""
    if is_in_profile:
        set_profile(athlete, zone=zone)
    else:
        User.objects.filter(pk=athlete.id).update(zone=zone)


def about_them(squad: Squad, athlete: Person) -> dict[str, Any]:
    """Return who asks whom."""
    return {"coach": squad.coach.user, "team_id": squad.team.id, "athlete_id": athlete.id}


def nudged(athlete: Person) -> int:
    """Return how many nudges are kept."""
    with acting_as(athlete.id):
        return Mark.objects.filter(athlete_id=athlete.id, kind=Mark.Kind.NUDGED).count()


@pytest.mark.parametrize(("zone", "first", "last"), DAYS)
class TestDay:
    @pytest.mark.parametrize("is_in_profile", [True, False])
    def test_of_nudges_is_the_athletes(
        self,
        squad: Squad,
        athlete: Person,
        zone: str,
        first: str,
        last: str,
        is_in_profile: bool,
    ) -> None:
        squad.join(athlete)
        live_in(athlete, zone, is_in_profile=is_in_profile)
        about = about_them(squad, athlete)
        begins, ends = datetime.fromisoformat(first), datetime.fromisoformat(last)
        nudge(now=begins, **about)
        with pytest.raises(NudgedAlready):
            nudge(now=ends, **about)
        with acting_as(athlete.id):
            looks = AccessLine.objects.filter(athlete_id=athlete.id, what="nudge").count()
        assert (nudged(athlete), looks) == (1, 1), "who was not asked is told of nothing"
        nudge(now=ends + timedelta(minutes=2), **about)
        assert nudged(athlete) == 2

    def test_of_proposals_is_the_athletes(
        self, squad: Squad, athlete: Person, zone: str, first: str, last: str
    ) -> None:
        squad.join(athlete)
        live_in(athlete, zone, is_in_profile=True)
        body = ReminderWish(title="Scan", due_date=date(2031, 1, 1))
        about = about_them(squad, athlete) | {"body": body}
        begins, ends = datetime.fromisoformat(first), datetime.fromisoformat(last)
        propose_reminder(now=begins, **about)
        with pytest.raises(ProposedToday):
            propose_reminder(now=ends, **about)
        propose_reminder(now=ends + timedelta(minutes=2), **about)


class TestWait:
    def test_does_not_tell_when_the_athletes_day_ends(self, squad: Squad, athlete: Person) -> None:
        """The zone they live in is not shared."""
        squad.join(athlete)
        path = f"{squad.one(athlete.id)}/marks"
        with time_machine.travel(timezone.now(), tick=False):  # midnight may be near
            answers = [squad.coach.post(path, {"kind": "nudged"}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 429]
        assert answers[-1]["Retry-After"] == "3600"
