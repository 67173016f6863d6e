"""What a coach sees, what they never see, and what the athlete sees of it."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.utils import timezone

from apps.coaching.models import AccessLine
from apps.common.actor import Wall, acting_as
from tests.apps.coaching.conftest import CANARY, EVERYTHING, Squad
from tests.conftest import Person
from tests.words import said

VALUES = {
    "sessions": ["CANARYSESSIONS", "777001", "777002", "777045"],
    "loading": ["CANARYLOADING", "777003"],
    "labs": ["CANARYLABS", "41.7317", "2019-10-05"],
    "reminders": ["CANARYRETEST", "2031-11-05"],
}


def leaks(text: str, *, but: frozenset[str] = frozenset()) -> list[str]:
    """Return the values in ``text`` of categories that are not in ``but``."""
    hidden = [value for name, values in VALUES.items() if name not in but for value in values]
    told = said(text)
    return [value for value in hidden if value in told]


def seen_by(squad: Squad, athlete: Person) -> list[str]:
    """Return everything the coach gets to see, from the API."""
    answers = [squad.coach.get(squad.panel), squad.coach.get(squad.one(athlete.id))]
    return [answer.content.decode() for answer in answers]


class TestLooking:
    def test_shows_what_is_granted(self, squad: Squad, filled: Callable[..., Person]) -> None:
        athlete = filled()
        squad.join(athlete)
        panel = squad.coach.get(squad.panel).json()
        [row] = panel["rows"]
        assert row["group"] == "needs_a_look"
        assert row["name"] == "Aiko Ito"
        assert {reason["sentence"] for reason in row["reasons"]} == {
            CANARY[category] for category in EVERYTHING
        }
        assert len(row["sparkline"]) == 10
        assert row["not_shared"] == []
        detail = squad.coach.get(squad.one(athlete.id)).json()
        assert set(detail["parts"]) == EVERYTHING
        assert detail["parts"]["labs"]["facts"]["vitd_25oh"] == "41.7317 nmol/l"
        assert detail["weeks"][-1]["blu"] == 777003.0
        assert detail["weeks"][-1]["minutes"] == 777045.0

    @pytest.mark.parametrize("category", sorted(EVERYTHING))
    def test_hides_the_rest(
        self, squad: Squad, filled: Callable[..., Person], category: str
    ) -> None:
        athlete = filled()
        squad.join(athlete, frozenset({category}))
        panel, detail = seen_by(squad, athlete)
        assert CANARY[category] in panel
        assert CANARY[category] in detail
        assert leaks(panel + detail, but=frozenset({category})) == []

    def test_ends_with_the_grant(self, squad: Squad, filled: Callable[..., Person]) -> None:
        athlete = filled()
        grant = squad.join(athlete)
        assert squad.coach.get(squad.one(athlete.id)).status_code == 200
        athlete.post(f"/v1/me/grants/{grant.id}/end")
        panel, detail = seen_by(squad, athlete)
        assert leaks(panel + detail) == []
        assert "Aiko Ito" not in panel + detail
        assert squad.coach.get(squad.one(athlete.id)).status_code == 404

    def test_narrows_with_the_grant(self, squad: Squad, filled: Callable[..., Person]) -> None:
        athlete = filled()
        grant = squad.join(athlete)
        athlete.post(f"/v1/me/grants/{grant.id}/narrow", {"categories": ["sessions"]})
        assert leaks("".join(seen_by(squad, athlete)), but=frozenset({"sessions"})) == []

    def test_ends_on_the_last_day(
        self, squad: Squad, filled: Callable[..., Person], owner_sql: Callable[..., None]
    ) -> None:
        athlete = filled()
        grant = squad.join(athlete)
        with acting_as(athlete.id):
            grant.granted_at = timezone.now() - timedelta(days=2)
            grant.ends_at = timezone.now() - timedelta(seconds=1)
            grant.save()
        assert leaks("".join(seen_by(squad, athlete))) == []

    def test_shows_nothing_of_an_account_that_was_closed(
        self, squad: Squad, filled: Callable[..., Person]
    ) -> None:
        athlete = filled()
        squad.join(athlete)
        athlete.user.is_active = False
        athlete.user.save()
        assert leaks("".join(seen_by(squad, athlete))) == []

    def test_is_the_same_for_a_guessed_and_a_missing_athlete(
        self, squad: Squad, other_squad: Squad, filled: Callable[..., Person]
    ) -> None:
        athlete = filled()
        squad.join(athlete)
        guesses = [
            other_squad.one(athlete.id),
            other_squad.one(uuid.uuid4()),
            squad.one(athlete.id),
            f"/v1/teams/{uuid.uuid4()}/athletes/{athlete.id}",
        ]
        answers = [other_squad.coach.get(path) for path in guesses]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
        foreign = other_squad.coach.get(squad.panel)
        missing = other_squad.coach.get(f"/v1/teams/{uuid.uuid4()}/panel")
        assert (foreign.status_code, foreign.content) == (404, missing.content)

    def test_gives_a_new_colleague_nothing_that_was_agreed_before(
        self, squad: Squad, filled: Callable[..., Person], stranger: Person
    ) -> None:
        athlete = filled()
        squad.join(athlete)
        squad.team.members.create(user=stranger.user, role="assistant", joined_at=timezone.now())
        assert leaks(stranger.get(squad.panel).content.decode()) == []
        assert stranger.get(squad.one(athlete.id)).status_code == 404
        assert squad.coach.get(squad.one(athlete.id)).status_code == 200

    def test_never_mixes_the_rights_of_a_coach_who_is_an_athlete(
        self, squad: Squad, other_squad: Squad, filled: Callable[..., Person]
    ) -> None:
        athlete = filled()
        squad.join(athlete)
        other_squad.join(squad.coach)
        assert other_squad.coach.get(squad.one(athlete.id)).status_code == 404
        assert squad.coach.get("/v1/me/access-log").json()["lines"] == []


class TestAccessLog:
    def test_tells_the_athlete_who_looked_at_what(
        self, squad: Squad, filled: Callable[..., Person]
    ) -> None:
        athlete = filled()
        squad.join(athlete, frozenset({"sessions", "labs"}))
        with time_machine.travel(timezone.now().replace(minute=30, second=0), tick=False):
            for _ in range(3):
                seen_by(squad, athlete)
        lines = athlete.get("/v1/me/access-log").json()["lines"]
        assert {line["what"] for line in lines} == {"roster", "athlete"}
        assert len(lines) == 2
        assert all(line["viewer_name"] == "Kim Coach" for line in lines)
        assert all(line["categories"] == ["sessions", "labs"] for line in lines)
        assert squad.coach.get("/v1/me/access-log").json()["lines"] == []

    def test_writes_another_line_after_ten_minutes(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete)
        squad.coach.get(squad.panel)
        with time_machine.travel(timezone.now() + timedelta(minutes=10)):
            squad.coach.get(squad.panel)
        assert len(athlete.get("/v1/me/access-log").json()["lines"]) == 2

    def test_writes_nothing_for_what_was_refused(
        self, squad: Squad, other_squad: Squad, athlete: Person
    ) -> None:
        squad.join(athlete)
        other_squad.coach.get(other_squad.one(athlete.id))
        assert athlete.get("/v1/me/access-log").json()["lines"] == []

    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT count(*) FROM coaching_accessline",
            "DELETE FROM coaching_accessline",
            "UPDATE coaching_accessline SET what = 'nothing'",
            "SELECT count(*) FROM insights_summary",
            "SELECT count(*) FROM insights_observation",
            "SELECT count(*) FROM insights_sessionload",
            "SELECT occurred_at FROM sync_record",
            "SELECT input_seq FROM sync_feed",
            "SELECT body FROM sync_log",
            "SELECT count(*) FROM sync_device_feed",
            "UPDATE sync_record SET rev = 0",
            "SELECT email FROM accounts_user",
            "UPDATE coaching_consentgrant SET ended_at = NULL",
            "UPDATE insights_panelrow SET category = 'sessions'",
        ],
    )
    def test_leaves_the_coach_role_only_what_it_needs(self, squad: Squad, statement: str) -> None:
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            acting_as(squad.coach.id, wall=Wall.COACH),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)

    def test_can_not_be_changed_by_the_athlete_either(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete)
        squad.coach.get(squad.panel)
        with pytest.raises(DatabaseError, match="permission denied"), acting_as(athlete.id):
            AccessLine.objects.filter(athlete_id=athlete.id).delete()

    def test_takes_no_line_about_somebody_who_does_not_share(
        self, squad: Squad, stranger: Person
    ) -> None:
        line = AccessLine(
            athlete_id=stranger.id,
            id=uuid.uuid4(),
            viewer_id=squad.coach.id,
            team_id=squad.team.id,
            what="roster",
            categories=[],
            at=timezone.now(),
        )
        with (
            pytest.raises(DatabaseError, match="row-level security"),
            acting_as(squad.coach.id, wall=Wall.COACH),
        ):
            AccessLine.objects.bulk_create([line], ignore_conflicts=True)
