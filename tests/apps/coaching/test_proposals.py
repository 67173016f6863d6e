"""Coaches propose reminders: with consent, once a day, and the athlete decides."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.coaching.services.consent import accept_invitation, end_grant
from apps.coaching.services.invitations import invite
from apps.coaching.services.teams import create_team
from tests.apps.reminders.test_wishes import (
    API,
    PAGE,
    TITLE,
    open_own,
    patch,
    phone_op,
    refresh,
    today,
    wish,
)
from tests.conftest import Person


@pytest.fixture
def coach(people: Any) -> Person:
    person: Person = people("Cora Coach")
    return person


def share(athlete: Person, coach: Person, *categories: str) -> tuple[uuid.UUID, uuid.UUID]:
    """Let a new team of the coach read categories; return the team and the grant."""
    now = timezone.now()
    team = create_team(head=coach.user, name="Team", now=now)
    asked: Any = frozenset(categories)
    invited = invite(coach=coach.user, team_id=team.id, categories=asked, purpose="x", now=now)
    grant = accept_invitation(
        athlete=athlete.user, secret=invited.code, categories=asked,
        ends_at=now + timedelta(days=30), now=now,
    )  # fmt: skip
    return team.id, grant.id


class TestProposal:
    def path(self, team: uuid.UUID, athlete: Person) -> str:
        return f"/v1/teams/{team}/athletes/{athlete.id}/reminder-proposals"

    def test_counts_once_the_athlete_accepts(self, athlete: Person, coach: Person) -> None:
        team, _ = share(athlete, coach, "reminders")
        proposed = coach.post(self.path(team, athlete), wish())
        assert proposed.status_code == 201, proposed.content
        key = proposed.json()["id"]
        pulled = athlete.get("/v1/athletes/me/changes", types="reminder_wish").json()
        assert [row["by"] for row in pulled["page"]["rows"]] == [{"actor": "coach"}]
        refresh(athlete)
        assert open_own(athlete) == []
        html = athlete.page.get("/me/inbox").content.decode()
        assert "Proposed by Cora Coach" in html
        assert "<script>alert" not in html
        athlete.page.post(f"{PAGE}/{key}", {"action": "accept"})
        refresh(athlete)
        assert open_own(athlete) == [(TITLE, today())]
        assert "your coach proposed it" in athlete.page.get("/me/inbox").content.decode()
        athlete.page.post(f"{PAGE}/{key}", {"action": "decline"})
        refresh(athlete)
        assert open_own(athlete) == []

    def test_is_written_by_the_coach(self, athlete: Person, coach: Person) -> None:
        team, _ = share(athlete, coach, "reminders")
        key = coach.post(self.path(team, athlete), wish()).json()["id"]
        patch(athlete, f"{API}/{key}", {"accepted": True})
        told = athlete.get(f"/v1/athletes/me/records/{key}/versions").json()
        entries = told.get("versions") or told.get("entries")
        assert sorted(entry["by"]["actor"] for entry in entries) == ["athlete", "coach"]
        [listed] = athlete.get(API).json()["wishes"]
        assert (listed["standing"], listed["proposed_by"]) == ("accepted", str(coach.id))

    def test_is_answered_by_an_edit_from_a_phone(self, athlete: Person, coach: Person) -> None:
        team, _ = share(athlete, coach, "reminders")
        key = coach.post(self.path(team, athlete), wish()).json()["id"]
        rows = athlete.get("/v1/athletes/me/changes", types="reminder_wish").json()["page"]["rows"]
        [row] = [one for one in rows if one["id"] == key]
        op = phone_op(accepted_at=timezone.now().isoformat()) | {"id": key, "base": row["v"]}
        assert athlete.sync([op]).json()["results"][0]["status"] == "applied"
        refresh(athlete)
        assert open_own(athlete) == [(TITLE, today())]

    def test_is_one_a_day(self, athlete: Person, coach: Person) -> None:
        team, _ = share(athlete, coach, "reminders")
        path = self.path(team, athlete)
        key = coach.post(path, wish()).json()["id"]
        again = coach.post(path, wish(title="more"))
        assert (again.status_code, again.json()["code"]) == (429, "reminders.proposed_today")
        assert 0 < int(again["Retry-After"]) <= 86_400
        athlete.delete(f"{API}/{key}")
        assert coach.post(path, wish()).status_code == 429, "deleting one invites no second"

    def test_needs_the_category(self, athlete: Person, coach: Person) -> None:
        team, _ = share(athlete, coach, "sessions")
        refused = coach.post(self.path(team, athlete), wish())
        assert (refused.status_code, refused.json()["code"]) == (403, "consent-scope-missing")
        assert athlete.get(API).json()["wishes"] == []

    def test_needs_a_grant_that_lasts(
        self, athlete: Person, coach: Person, stranger: Person
    ) -> None:
        team, grant = share(athlete, coach, "reminders")
        own, _ = share(stranger, stranger, "reminders")
        tried = [
            stranger.post(self.path(team, athlete), wish()),
            stranger.post(self.path(own, athlete), wish()),
            coach.post(self.path(own, athlete), wish()),
        ]
        end_grant(athlete=athlete.user, grant_id=grant, now=timezone.now())
        tried.append(coach.post(self.path(team, athlete), wish()))
        assert {(one.status_code, one.content) for one in tried} == {(404, tried[0].content)}
        assert athlete.get(API).json()["wishes"] == []

    @pytest.mark.parametrize(
        "body",
        [{"title": "x" * 201}, {"title": "a\nb"}, {"title": "\u202ex"}, {"due_date": "1900-01-01"},
         {"due_date": "9999-01-01"}, {"every_months": 0}, {"topic": "HIV"}],
    )  # fmt: skip
    def test_of_hostile_words_is_refused(
        self, athlete: Person, coach: Person, body: dict[str, Any]
    ) -> None:
        team, _ = share(athlete, coach, "reminders")
        assert coach.post(self.path(team, athlete), wish(**body)).status_code == 422

    def test_is_of_a_day_that_is_not_over_everywhere(self, athlete: Person, coach: Person) -> None:
        team, _ = share(athlete, coach, "reminders")
        today = timezone.now().date()
        over = wish(due_date=str(today - timedelta(days=2)))
        answer = coach.post(self.path(team, athlete), over)
        assert "Choose a day from now on." in str(answer.json()["errors"]["due_date"])
        somewhere = wish(due_date=str(today - timedelta(days=1)))
        assert coach.post(self.path(team, athlete), somewhere).status_code == 201

    def test_can_not_accept_itself(self, athlete: Person, coach: Person) -> None:
        team, _ = share(athlete, coach, "reminders")
        body = wish(accepted_at=timezone.now().isoformat(), proposed_by=None, rule="rem.dxa_first")
        assert coach.post(self.path(team, athlete), body).status_code == 201
        [listed] = athlete.get(API).json()["wishes"]
        assert (listed["standing"], listed["rule"]) == ("proposed", None)

    def test_shows_coaches_no_words_of_the_athletes(self, athlete: Person, coach: Person) -> None:
        share(athlete, coach, "reminders")
        athlete.post(API, wish(title="SECRET-WORDS", topic="dxa"))
        refresh(athlete)
        place = {"athlete": str(athlete.id)}
        asked = {"protocol": 1, "request": str(uuid.uuid4()), "feeds": [place]}
        seen = coach.post("/v1/feeds/changes", asked).content.decode()
        assert '"reminder"' in seen
        assert "SECRET-WORDS" not in seen
        assert "reminder_wish" not in seen
        assert json.loads(seen)
