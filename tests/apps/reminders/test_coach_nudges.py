"""A coach's nudge: once a day, a record first, and a message that says nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.coaching.services.teams import create_team
from apps.reminders.models import Delivery
from apps.reminders.services.deliver import deliver_due
from tests.apps.coaching.conftest import Squad
from tests.apps.reminders.feed import address, set_profile
from tests.apps.reminders.postbox import Postbox
from tests.conftest import Person, make_person

NUDGE = {"kind": "nudged"}


@pytest.fixture
def squad() -> Squad:
    """A coach with a team."""
    coach = make_person("Kim Coach")
    return Squad(coach, create_team(head=coach.user, name="Throwers", now=timezone.now()))


@pytest.fixture
def shared(squad: Squad, athlete: Person) -> Person:
    """An athlete who shares with the team and is never to be left in quiet."""
    set_profile(athlete, quiet_hours="none")
    squad.join(athlete)
    Delivery.objects.filter(athlete_id=athlete.id).delete()  # the word that access was given
    return athlete


def nudge(squad: Squad, athlete: Person) -> Any:
    """Nudge through the API."""
    return squad.coach.post(f"{squad.one(athlete.id)}/marks", NUDGE)


def delivery_of(athlete: Person) -> Delivery:
    """Return the athlete's only nudge."""
    return Delivery.objects.get(athlete_id=athlete.id, kind="nudge")


class TestNudge:
    def test_is_a_record_and_one_mail_that_says_nothing(
        self, squad: Squad, shared: Person, postbox: Postbox
    ) -> None:
        made = nudge(squad, shared)
        assert (made.status_code, made.json()["kind"]) == (201, "nudged")
        for _ in range(3):
            deliver_due(now=timezone.now())
        [mail] = postbox.mails_to(address(shared))
        assert mail.message["Subject"] == "You have an update in Mechanostat"
        assert "coach" not in mail.words.lower()
        [note] = squad.coach.get(f"{squad.one(shared.id)}/notes").json()["notes"]
        assert (note["is_nudge"], note["text"]) == (True, "Your coach asks you to have a look.")
        assert delivery_of(shared).state == "accepted"
        lines = shared.get("/v1/me/access-log").json()["lines"]
        assert "nudge" in {line["what"] for line in lines}

    def test_comes_once_a_day_from_a_team(self, squad: Squad, shared: Person) -> None:
        noon = timezone.now().replace(hour=12, minute=0) + timedelta(days=1)
        with time_machine.travel(noon):
            assert nudge(squad, shared).status_code == 201
            again = nudge(squad, shared)
        assert (again.status_code, again.json()["code"]) == (429, "coaching.nudged_already")
        assert 0 < int(again["Retry-After"]) <= 12 * 3600
        with time_machine.travel(noon + timedelta(days=1)):
            assert nudge(squad, shared).status_code == 201
        assert len(squad.coach.get(f"{squad.one(shared.id)}/notes").json()["notes"]) == 2

    def test_moves_no_row_and_is_not_undone(self, squad: Squad, shared: Person) -> None:
        made = nudge(squad, shared).json()
        [row] = squad.coach.get(squad.panel).json()["rows"]
        assert row["reviewed"] is None
        undone = squad.coach.delete(f"{squad.one(shared.id)}/marks/{made['id']}")
        assert (undone.status_code, undone.json()["code"]) == (409, "coaching.mark_not_standing")

    def test_waits_for_the_end_of_quiet_hours(
        self, squad: Squad, shared: Person, postbox: Postbox
    ) -> None:
        now = timezone.now()
        starts, ends = now - timedelta(hours=1), now + timedelta(hours=2)
        set_profile(shared, quiet_hours=f"{starts:%H:%M}-{ends:%H:%M}")
        nudge(squad, shared)
        deliver_due(now=now + timedelta(hours=1))
        assert postbox.received == []
        deliver_due(now=now + timedelta(hours=2, minutes=1))
        assert len(postbox.mails_to(address(shared))) == 1

    @pytest.mark.parametrize("how", ["end", "answer", "delete"])
    def test_is_not_sent_once_nobody_wants_it(
        self, squad: Squad, shared: Person, postbox: Postbox, how: str
    ) -> None:
        nudge(squad, shared)
        [note] = squad.coach.get(f"{squad.one(shared.id)}/notes").json()["notes"]
        acts: dict[str, Callable[[], Any]] = {
            "end": lambda: [
                shared.post(f"/v1/me/grants/{grant['id']}/end")
                for grant in shared.get("/v1/me/grants").json()["grants"]
            ],
            "answer": lambda: shared.page.post(f"/me/notes/{note['id']}/answer", {"answer": "Ok"}),
            "delete": lambda: squad.coach.delete(f"{squad.one(shared.id)}/notes/{note['id']}"),
        }
        acts[how]()
        deliver_due(now=timezone.now())
        assert postbox.received == []
        found = delivery_of(shared)
        assert (found.state, found.last_code) == ("cancelled", "not-wanted")

    def test_is_a_record_although_every_channel_is_off(
        self, squad: Squad, shared: Person, postbox: Postbox
    ) -> None:
        set_profile(shared, reminder_channels_off=["push", "email"])
        assert nudge(squad, shared).status_code == 201
        deliver_due(now=timezone.now())
        assert postbox.received == []
        assert delivery_of(shared).last_code == "no-address"
        pulled = shared.get("/v1/athletes/me/changes", types="coach_note").json()
        assert [one["body"]["is_nudge"] for one in pulled["page"]["rows"]] == [True]

    def test_is_of_no_use_the_day_after(
        self, squad: Squad, shared: Person, postbox: Postbox
    ) -> None:
        nudge(squad, shared)
        deliver_due(now=timezone.now() + timedelta(hours=25))
        assert postbox.received == []
        assert delivery_of(shared).state == "expired"

    def test_is_refused_for_who_does_not_share(self, squad: Squad, stranger: Person) -> None:
        assert nudge(squad, stranger).status_code == 404
        assert not Delivery.objects.filter(athlete_id=stranger.id).exists()
