"""What ended between a coach's first look and the writing stops the writing.

The athlete's feed is held meanwhile, so that the coach's call stands between the two.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.coaching.services.consent import end_grant, pause_grant
from apps.coaching.services.joining import assign_athletes
from apps.coaching.services.notes import change_note, delete_note, write_note
from apps.coaching.services.nudging import may_arrive, nudge
from apps.coaching.services.proposing import propose_reminder
from apps.coaching.services.teams import archive_team, hand_over, led_team, remove_coach
from apps.common.actor import Wall, acting_as
from apps.common.errors import NotFound
from backend.records.reminder_wish import ReminderWish
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.deciding import kept
from tests.apps.coaching.test_notes import on_phone
from tests.apps.coaching.test_teams import assign, assistant_of
from tests.apps.coaching.test_telling import head_seq
from tests.apps.coaching.waiting import feed_held, until_it_waits
from tests.conftest import Person


class Pair:
    """An assistant coach and the athlete they look after."""

    def __init__(self, squad: Squad, athlete: Person) -> None:
        self.squad, self.athlete = squad, athlete
        self.coach = assistant_of(squad)
        squad.join(athlete)
        assert assign(squad, self.coach, athlete).status_code == 200

    @property
    def about(self) -> dict[str, Any]:
        """What every call of the coach says."""
        return {
            "coach": self.coach.user, "team_id": self.squad.team.id,
            "athlete_id": self.athlete.id, "now": timezone.now(),
        }  # fmt: skip


@pytest.fixture
def pair(squad: Squad, athlete: Person) -> Pair:
    """An assistant coach and the athlete they look after."""
    return Pair(squad, athlete)


def disable(person: Person) -> None:
    """Switch somebody's account off."""
    User.objects.filter(pk=person.id).update(is_active=False)


ENDS: dict[str, Callable[[Pair], object]] = {
    "removed": lambda pair: remove_coach(
        head=pair.squad.coach.user, team_id=pair.squad.team.id, user_id=pair.coach.id,
        now=timezone.now(),
    ),
    "unassigned": lambda pair: assign_athletes(
        head=pair.squad.coach.user, team_id=pair.squad.team.id, user_id=pair.coach.id,
        athlete_ids=[],
    ),
    "archived": lambda pair: archive_team(
        head=pair.squad.coach.user, team_id=pair.squad.team.id, now=timezone.now()
    ),
    "coach disabled": lambda pair: disable(pair.coach),
    "athlete disabled": lambda pair: disable(pair.athlete),
    "paused": lambda pair: pause_grant(
        athlete=pair.athlete.user, grant_id=kept(pair.athlete)[-1].id, now=timezone.now()
    ),
    "ended": lambda pair: end_grant(
        athlete=pair.athlete.user, grant_id=kept(pair.athlete)[-1].id, now=timezone.now()
    ),
}  # fmt: skip


def let_in_again(pair: Pair) -> None:
    """End the consent and give another one."""
    ENDS["ended"](pair)
    pair.squad.join(pair.athlete)


def between(pair: Pair, call: Callable[[], object], happens: Callable[[Pair], object]) -> object:
    """Let something happen after the coach's first look; return what the call came to."""

    def run() -> object:
        try:
            return call()
        except NotFound as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with feed_held(pair.athlete.id):
            writing = pool.submit(run)
            until_it_waits(writing, for_a="sync_feed")
            happens(pair)
        return writing.result()


NO_NOTE = UUID(int=1)


def note(pair: Pair, note_id: UUID) -> None:
    write_note(text="Two easy days.", **pair.about)


def change(pair: Pair, note_id: UUID) -> None:
    change_note(note_id=note_id, changes={"text": "Changed"}, **pair.about)


def take_back(pair: Pair, note_id: UUID) -> None:
    delete_note(note_id=note_id, **pair.about)


def ask_to_look(pair: Pair, note_id: UUID) -> None:
    nudge(**pair.about)


def propose(pair: Pair, note_id: UUID) -> None:
    due_date = timezone.now().date() + timedelta(days=30)
    propose_reminder(body=ReminderWish(title="Scan", due_date=due_date), **pair.about)


def earlier(pair: Pair, write: Callable[[Pair, UUID], None]) -> UUID:
    """Write the note that is to be changed or taken back, if one is."""
    if write not in (change, take_back):
        return NO_NOTE
    return write_note(text="Earlier", **pair.about)


class TestWriting:
    @pytest.mark.parametrize("end", ENDS)
    @pytest.mark.parametrize("write", [note, change, take_back, ask_to_look, propose])
    def test_is_stopped_by_what_ended_since_the_first_look(
        self, pair: Pair, write: Callable[[Pair, UUID], None], end: str
    ) -> None:
        before = earlier(pair, write)
        said = [one["body"] for one in on_phone(pair.athlete)]
        came = between(pair, lambda: write(pair, before), ENDS[end])
        assert isinstance(came, NotFound)
        User.objects.filter(pk=pair.athlete.id).update(is_active=True)
        assert [one["body"] for one in on_phone(pair.athlete)] == said

    @pytest.mark.parametrize("write", [note, change, take_back, ask_to_look, propose])
    def test_goes_on_when_nothing_ended(
        self, pair: Pair, write: Callable[[Pair, UUID], None]
    ) -> None:
        before = earlier(pair, write)
        at = head_seq(pair.athlete)
        came = between(pair, lambda: write(pair, before), lambda _: None)
        assert not isinstance(came, NotFound)
        assert head_seq(pair.athlete) > at

    def test_of_a_note_of_the_consent_before_is_stopped(self, pair: Pair) -> None:
        before = write_note(text="Earlier", **pair.about)
        came = between(pair, lambda: change(pair, before), let_in_again)
        assert isinstance(came, NotFound)
        assert on_phone(pair.athlete)[0]["body"]["text"] == "Earlier"

    def test_waits_for_a_hand_over_and_does_not_lock_it_out(self, pair: Pair) -> None:
        """Whoever changes a team holds it before its coaches; so does a second look."""
        head, team_id = pair.squad.coach.user, pair.squad.team.id

        def run() -> object:
            try:
                return write_note(text="Two easy days.", **pair.about)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                led_team(head, team_id)
                writing = pool.submit(run)
                until_it_waits(writing, for_a="coaching_teammember")
                hand_over(head=head, team_id=team_id, to_user=pair.coach.id)
            note_id = writing.result()
        assert [UUID(one["id"]) for one in on_phone(pair.athlete)] == [note_id]


class TestNudge:
    def arrives(self, pair: Pair) -> bool:
        """Ask as the sender does at the last moment."""
        [note_id] = [UUID(one["id"]) for one in on_phone(pair.athlete)]
        with acting_as(pair.athlete.id):
            return may_arrive(pair.athlete.id, note_id, timezone.now())

    def test_arrives(self, pair: Pair) -> None:
        nudge(**pair.about)
        assert self.arrives(pair)

    @pytest.mark.parametrize("end", [*ENDS, "let in again"])
    def test_does_not_arrive_when_its_coach_may_not_see_the_athlete_any_more(
        self, pair: Pair, end: str
    ) -> None:
        nudge(**pair.about)
        [note_id] = [UUID(one["id"]) for one in on_phone(pair.athlete)]
        (ENDS | {"let in again": let_in_again})[end](pair)
        with acting_as(pair.athlete.id):
            assert not may_arrive(pair.athlete.id, note_id, timezone.now())


class TestDisabled:
    TABLES = ("coaching_consentgrant", "insights_panelrow", "insights_loadday", "coaching_mark",
              "coaching_sentnote", "coaching_rostertag", "sync_feed", "sync_log",
              "sync_record", "coaching_assignment")  # fmt: skip

    @pytest.fixture
    def full(self, squad: Squad, filled: Callable[..., Person]) -> Person:
        """An athlete of whom there is something in every table that a team reads."""
        person = filled()
        squad.join(person)
        write_note(
            coach=squad.coach.user, team_id=squad.team.id, athlete_id=person.id,
            text="Two easy days.", now=timezone.now(),
        )  # fmt: skip
        tags = f"/v1/teams/{squad.team.id}/athletes/{person.id}/tags"
        squad.coach.put(tags, {"tags": ["800 m"]})
        squad.coach.post(
            f"{squad.one(person.id)}/marks", {"kind": "reviewed", "ending": "ask", "reasons": []}
        )
        assign(squad, assistant_of(squad), person)
        return person

    def stored(self, viewer: Person, athlete: Person) -> set[str]:
        """Return the tables of which the coach's role shows rows of an athlete."""
        found = set()
        with acting_as(viewer.id, wall=Wall.COACH), connection.cursor() as cursor:
            for table in self.TABLES:
                cursor.execute(
                    f"SELECT athlete_id FROM {table} WHERE athlete_id = %s", [athlete.id]
                )
                found |= {table} if cursor.fetchall() else set()
        return found

    def test_coach_is_shown_nothing_by_the_database(self, squad: Squad, full: Person) -> None:
        assert self.stored(squad.coach, full) == set(self.TABLES)
        disable(squad.coach)
        assert self.stored(squad.coach, full) == set()

    def test_athlete_is_shown_by_the_database_as_one_who_ended(
        self, squad: Squad, full: Person
    ) -> None:
        """The grant can be seen, as every ended one: readers are told to drop what they hold."""
        disable(full)
        assert self.stored(squad.coach, full) == {"coaching_consentgrant", "coaching_assignment"}

    def test_athlete_is_shown_by_the_app_as_one_who_ended(self, squad: Squad, full: Person) -> None:
        disable(full)
        assert squad.coach.get(squad.panel).json()["rows"] == []
        answers = [
            squad.coach.get(path)
            for path in (squad.one(full.id), f"{squad.one(full.id)}/notes",
                         f"{squad.one(full.id)}/marks")
        ]  # fmt: skip
        assert {answer.status_code for answer in answers} == {404}
        asked = {"protocol": 1, "request": str(UUID(int=7)), "feeds": [{"athlete": str(full.id)}]}
        [part] = squad.coach.post("/v1/feeds/changes", asked).json()["feeds"]
        assert (part["status"], part["code"]) == (403, "consent-revoked")
