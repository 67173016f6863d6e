"""The coach's pages, through a browser session."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.coaching.models import TeamMember
from apps.coaching.services.demo import seed_team
from apps.coaching.services.teams import archive_team
from tests.apps.coaching.conftest import CANARY, EVERYTHING, Squad, fill_panel
from tests.apps.coaching.test_consent_pages import consent_path, invited, text_of
from tests.conftest import Person, make_person

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def text(page: Client, below: str, squad: Squad) -> str:
    """Return a page below a team's as it is sent."""
    return page.get(f"{squad.page}{below}").content.decode()


class TestRoster:
    def test_groups_by_reason_for_attention(
        self, squad: Squad, filled: Callable[..., Person], people: Callable[..., Person]
    ) -> None:
        squad.join(filled("Needs Look"))
        quiet = people("Quiet Phone")
        fill_panel(quiet, last_data_at=timezone.now() - timedelta(days=9), reasons=False)
        squad.join(quiet)
        steady = people("Steady Hand")
        fill_panel(steady, reasons=False)
        squad.join(steady, frozenset({"sessions", "loading"}))
        text = text_of(squad.coach.page.get(squad.page))
        order = ["Needs a look 1 athlete", "Needs Look", "Silent 1", "Quiet Phone", "Steady 1"]
        assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
        assert f"{CANARY['body_composition']} and 9 more" in text
        assert "No data for 9 days" in text
        assert "6 h ago" in text
        assert "own mean of the 6 weeks before 100" in text
        assert "Not shared with you: strength and function 1 · body composition 1" in text
        assert re.search(r"3 athletes · data as of \d\d:\d\d .*\(UTC\)", text)

    def test_says_status_in_shape_word_and_picture_in_words(
        self, squad: Squad, filled: Callable[..., Person]
    ) -> None:
        squad.join(filled())
        page = squad.coach.page.get(squad.page).content.decode()
        assert re.search(r'class="band sign sign-warn"><svg.*?</svg>\w', page)
        assert "Bone loading units by week, oldest first: 100, 100" in page
        assert "style=" not in page
        assert not re.search(r"<script(?! (defer|type=\"module\") src=)", page)

    @pytest.mark.parametrize("size", [3, 30])
    def test_costs_five_statements_whatever_the_size(
        self,
        squad: Squad,
        people: Callable[..., Person],
        sql_statements: Callable[[], Any],
        size: int,
    ) -> None:
        for number in range(size):
            athlete = people(f"Athlete {number}")
            fill_panel(athlete)
            squad.join(athlete)
        browser = squad.coach.page
        with sql_statements() as statements:
            answer = browser.get(squad.page)
        assert answer.content.decode().count('data-action="open"') == size
        sign_in = [s for s in statements if "django_session" in s or '"email"' in s]
        assert len(sign_in) == 2
        assert len(statements) - len(sign_in) <= 5, statements

    def test_is_friendly_when_nobody_shares(self, squad: Squad) -> None:
        text = text_of(squad.coach.page.get(squad.page))
        assert "Nobody shares with this team yet" in text
        assert "Make an invitation" in text

    def test_says_of_an_empty_team_what_its_reader_can_do(self, squad: Squad) -> None:
        def words(coach: Person) -> str:
            return text_of(coach.page.get(squad.page))

        aid = make_person("Alex Aid")
        TeamMember.objects.create(
            team=squad.team, user=aid.user, role="assistant", joined_at=timezone.now()
        )
        assert "Make an invitation" in words(squad.coach)
        assert "Nobody is assigned to you yet" in words(aid)
        assert "Invite athletes" not in words(aid)
        archive_team(head=squad.coach.user, team_id=squad.team.id, now=timezone.now())
        for coach in (squad.coach, aid):
            assert "This team is archived" in words(coach)
            assert "invitation" not in words(coach).lower()

    def test_escapes_what_people_write(
        self, squad: Squad, filled: Callable[..., Person], other_squad: Squad
    ) -> None:
        athlete = filled(HOSTILE[:120])
        squad.team.name = HOSTILE
        squad.team.save()
        squad.join(athlete)
        pages = [
            squad.coach.page.get(squad.page),
            squad.coach.page.get(f"{squad.page}/athletes/{athlete.id}"),
            squad.coach.page.get(f"{squad.page}/invite"),
            squad.coach.page.get("/coach?new"),
            athlete.page.get("/me/sharing"),
            other_squad.coach.page.get(consent_path(invited(squad))),
        ]
        for page in pages:
            assert page.status_code == 200
            html = page.content.decode()
            assert "<script>alert" not in html
            assert "<img src=x" not in html
            assert "alert(1)" in html

    def test_begins_anew_where_a_cursor_is_none_of_its_own(self, squad: Squad) -> None:
        for cursor in ("garbage", "é" * 50):
            answer = squad.coach.page.get(squad.page, {"cursor": cursor, "sort": "name"})
            assert (answer.status_code, answer.headers["Location"]) == (
                302, f"{squad.page}?sort=name",
            )  # fmt: skip

    def test_is_the_same_for_a_guessed_and_a_missing_athlete(
        self, squad: Squad, other_squad: Squad, filled: Callable[..., Person]
    ) -> None:
        athlete = filled()
        squad.join(athlete)
        paths = [
            f"{other_squad.page}/athletes/{athlete.id}",
            f"{other_squad.page}/athletes/{uuid.uuid4()}",
            f"{squad.page}/athletes/{athlete.id}",
            squad.page,
            f"{squad.page}/invite",
            f"/coach/teams/{uuid.uuid4()}",
        ]
        answers = [other_squad.coach.page.get(path) for path in paths]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1

    def test_asks_to_sign_in(self, squad: Squad) -> None:
        for path in (squad.page, "/coach", "/me/sharing", "/invitations/x"):
            answer = Client().get(path)
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith("/sign-in")


class TestTeams:
    def test_goes_to_the_only_team(self, squad: Squad) -> None:
        assert squad.coach.page.get("/coach").headers["Location"] == squad.page

    def test_opens_a_first_team_and_lets_choose_among_two(self, athlete: Person) -> None:
        assert "Coach a team" in text_of(athlete.page.get("/coach"))
        first = athlete.page.post("/coach", {"name": "Sprint"})
        assert athlete.page.get(first.headers["Location"]).status_code == 200
        athlete.page.post("/coach", {"name": "Jumps"})
        text = text_of(athlete.page.get("/coach"))
        assert text.index("Jumps") < text.index("Sprint")

    def test_lets_whoever_has_one_team_open_another(self, squad: Squad) -> None:
        page = squad.coach.page
        [door] = re.findall(r'href="([^"]+)">Open another team', text(page, "/settings", squad))
        assert page.get(door).status_code == 200
        page.post("/coach", {"name": "Throwers"})
        archive_team(head=squad.coach.user, team_id=squad.team.id, now=timezone.now())
        shown = text_of(page.get("/coach"))
        assert shown.count("You are the head coach") == 2
        assert shown.count("archived") == 1

    def test_asks_once_more_before_a_team_is_handed_over(self, squad: Squad) -> None:
        aid = make_person("Alex Aid")
        TeamMember.objects.create(
            team=squad.team, user=aid.user, role="assistant", joined_at=timezone.now()
        )
        html = text(squad.coach.page, "/settings", squad)
        asked = html[html.index("Make head coach") :]
        assert asked.index("</summary>") < asked.index("You become an assistant")
        assert asked.index("You become an assistant") < asked.index("Hand the team over")

    def test_refuses_a_nameless_team(self, athlete: Person) -> None:
        assert athlete.page.post("/coach", {"name": " "}).status_code == 422


class TestInvitePage:
    def test_shows_link_and_code_once(self, squad: Squad) -> None:
        path = f"{squad.page}/invite"
        blank = squad.coach.page.get(path).content.decode()
        assert 'value="loading" checked' in blank
        assert 'value="labs">' in blank
        body = {"categories": ["sessions", "labs"], "purpose": "Winter", "max_uses": "3"}
        made = text_of(squad.coach.page.post(path, body))
        assert re.search(r"/invitations/\S{32} ", made)
        assert re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", made)
        assert "up to 3 people" in made
        assert squad.coach.page.post(path, {"purpose": "x"}).status_code == 422

    def test_tells_an_assistant_it_is_the_head_coachs(self, squad: Squad, stranger: Person) -> None:
        squad.team.members.create(user=stranger.user, role="assistant", joined_at=timezone.now())
        body = {"categories": ["sessions"], "purpose": "Winter", "max_uses": "1"}
        assert stranger.page.post(f"{squad.page}/invite", body).status_code == 403


class TestDemoTeam:
    def test_is_made_by_invitation_and_consent(
        self, squad: Squad, filled: Callable[..., Person], people: Callable[..., Person]
    ) -> None:
        coach, one, two = people("Demo Coach"), filled("One"), filled("Two")
        shares = [(one.user, EVERYTHING), (two.user, frozenset({"loading"}))]
        team = seed_team(coach.user, shares, timezone.now())
        text = text_of(coach.page.get(f"/coach/teams/{team.id}"))
        assert "2 athletes" in text
        assert "Not shared with you: sessions 1 · strength and function 1" in text
