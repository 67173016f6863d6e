"""The pages about sharing, through a browser session."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.coaching.categories import CONSENT_TEXT_VERSION
from apps.coaching.models import ConsentGrant
from apps.coaching.selectors import grants_of
from apps.coaching.services.demo import seed_team
from apps.coaching.services.invitations import Invited, invite
from apps.common.actor import acting_as
from tests.apps.coaching.conftest import CANARY, EVERYTHING, Squad, fill_panel
from tests.apps.coaching.test_looking import leaks
from tests.conftest import Person

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def invited(squad: Squad, categories: frozenset[str] = EVERYTHING) -> Invited:
    """Let the coach invite one athlete."""
    return invite(
        coach=squad.coach.user, team_id=squad.team.id, categories=categories,
        purpose="Season planning", now=timezone.now(),
    )  # fmt: skip


def consent_path(invitation: Invited) -> str:
    """Return the path of the invitation's link."""
    return "/invitations/" + invitation.link.rpartition("/")[2]


def ticks(*categories: str, **more: str) -> dict[str, Any]:
    """Return the consent form as a browser sends it."""
    last_day = (timezone.now() + timedelta(days=30)).date().isoformat()
    return {
        "categories": list(categories), "last_day": last_day, "answer": "accept",
        "text_version": CONSENT_TEXT_VERSION, **more,
    }  # fmt: skip


def text_of(answer: Any) -> str:
    """Return what a page says, without markup."""
    plain = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(unescape(plain).split())


def kept(athlete: Person) -> list[ConsentGrant]:
    """Return the stored grants of an athlete."""
    with acting_as(athlete.id):
        return list(ConsentGrant.objects.filter(athlete_id=athlete.id))


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
        order = ["Needs a look (1)", "Needs Look", "Silent (1)", "Quiet Phone", "Steady (1)"]
        assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
        assert f"{CANARY['labs']} and 3 more" in text
        assert "No data for 9 days" in text
        assert "Last data 6 h ago" in text
        assert "own mean of the 6 weeks before 100" in text
        assert "Not shared with you: lab results, retests" in text
        assert "data as of" in text

    def test_says_status_in_shape_word_and_picture_in_words(
        self, squad: Squad, filled: Callable[..., Person]
    ) -> None:
        squad.join(filled())
        page = squad.coach.page.get(squad.page).content.decode()
        assert re.search(r'class="band band-review"><svg.*?</svg>Needs a look', page)
        assert "Bone loading units by week, oldest first: 100, 100" in page
        assert "style=" not in page
        assert not re.search(r"<script(?! src=)", page)

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
        with sql_statements() as statements:
            answer = squad.coach.page.get(squad.page)
        assert text_of(answer).count("Athlete ") == size
        sign_in = [s for s in statements if "django_session" in s or '"email"' in s]
        assert len(sign_in) == 2
        assert len(statements) - len(sign_in) <= 5, statements

    def test_is_friendly_when_nobody_shares(self, squad: Squad) -> None:
        text = text_of(squad.coach.page.get(squad.page))
        assert "Nobody shares with this team yet" in text
        assert "Make an invitation" in text

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


class TestConsentPage:
    def test_says_who_asks_for_what_and_ticks_nothing(self, squad: Squad, athlete: Person) -> None:
        path = consent_path(invited(squad, frozenset({"sessions", "labs"})))
        answer = athlete.page.get(path)
        text = text_of(answer)
        assert "Kim Coach asks to see some of your data for Middle distance" in text
        assert "Season planning" in text
        assert "Bone loading: not asked" in text
        assert "Your risk summary as a whole" in text
        assert " checked" not in answer.content.decode()

    def test_shares_until_the_end_of_the_last_day(self, squad: Squad, athlete: Person) -> None:
        athlete.user.zone = "America/New_York"
        athlete.user.save()
        answer = athlete.page.post(consent_path(invited(squad)), ticks("sessions", "loading"))
        assert answer.headers["Location"] == "/me/sharing"
        [grant] = grants_of(owner=athlete.user, now=timezone.now())
        assert grant.categories == ("sessions", "loading")
        assert (grant.ends_at.hour, grant.ends_at.minute) in {(4, 0), (5, 0)}

    def test_declining_shares_nothing(self, squad: Squad, athlete: Person) -> None:
        path = consent_path(invited(squad))
        answer = athlete.page.post(path, ticks("sessions", answer="decline"), follow=True)
        assert "You declined" in text_of(answer)
        assert kept(athlete) == []
        assert athlete.page.get(path).status_code == 200

    @pytest.mark.parametrize(
        "form",
        [
            ticks(),
            ticks("loading", "labs"),
            ticks("sessions", last_day="9999-12-31"),
            ticks("sessions", last_day="2020-01-01"),
            ticks("sessions", last_day="soon"),
            ticks("everything"),
        ],
    )
    def test_explains_what_it_can_not_take(
        self, squad: Squad, athlete: Person, form: dict[str, Any]
    ) -> None:
        path = consent_path(invited(squad, frozenset({"sessions", "loading"})))
        assert athlete.page.post(path, form).status_code == 422
        assert kept(athlete) == []

    def test_is_the_same_for_every_secret_that_is_not_valid(
        self, squad: Squad, athlete: Person, stranger: Person
    ) -> None:
        used = invited(squad)
        athlete.page.post(consent_path(used), ticks("sessions"))
        paths = [consent_path(used), "/invitations/nonsense", f"/invitations/{used.code}"]
        answers = [stranger.page.get(path) for path in paths]
        answers += [stranger.page.post(path, ticks("sessions")) for path in paths]
        assert {answer.status_code for answer in answers} == {404}
        assert len({unmasked(answer) for answer in answers}) == 1

    def test_needs_the_token_of_the_form(self, squad: Squad, athlete: Person) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(athlete.user)
        answer = browser.post(consent_path(invited(squad)), ticks("sessions"))
        assert answer.status_code == 403
        assert kept(athlete) == []

    def test_takes_a_code_typed_by_hand(self, squad: Squad, athlete: Person) -> None:
        typed = invited(squad).code.lower().replace("-", " ")
        answer = athlete.page.post("/invitations", {"code": typed}, follow=True)
        assert "Kim Coach asks" in text_of(answer)

    def test_says_what_is_shared_already(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete, frozenset({"sessions"}))
        text = text_of(athlete.page.get(consent_path(invited(squad))))
        assert "You share with this team already" in text


class TestSharingPage:
    def test_narrows_and_ends(self, squad: Squad, filled: Callable[..., Person]) -> None:
        athlete = filled()
        grant = squad.join(athlete)
        page = f"/me/sharing/{grant.id}"
        athlete.page.post(f"{page}/narrow", {"categories": ["sessions"]})
        seen = squad.coach.page.get(squad.page).content.decode()
        assert leaks(seen, but=frozenset({"sessions"})) == []
        assert "CANARYSESSIONS" in seen
        answer = athlete.page.post(f"{page}/end", follow=True)
        assert "You share with nobody" in text_of(answer)
        assert "Aiko Ito" not in squad.coach.page.get(squad.page).content.decode()
        assert squad.coach.page.get(f"{squad.page}/athletes/{athlete.id}").status_code == 404

    def test_changes_nothing_when_nothing_is_ticked(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        answer = athlete.page.post(f"/me/sharing/{grant.id}/narrow", {}, follow=True)
        assert "nothing was changed" in text_of(answer)
        assert kept(athlete)[0].categories == list(grant.categories)

    def test_is_404_for_another_persons_grant(
        self, squad: Squad, athlete: Person, stranger: Person
    ) -> None:
        grant = squad.join(athlete)
        foreign = stranger.page.post(f"/me/sharing/{grant.id}/end")
        missing = stranger.page.post(f"/me/sharing/{uuid.uuid4()}/end")
        assert foreign.status_code == 404
        assert foreign.content == missing.content
        assert kept(athlete)[0].ended_at is None

    def test_tells_who_looked_at_what(self, squad: Squad, filled: Callable[..., Person]) -> None:
        athlete = filled()
        squad.join(athlete, frozenset({"loading"}))
        squad.coach.page.get(squad.page)
        detail = squad.coach.page.get(f"{squad.page}/athletes/{athlete.id}")
        assert "777003" in text_of(detail)
        assert leaks(detail.content.decode(), but=frozenset({"loading"})) == []
        text = text_of(athlete.page.get("/me/sharing"))
        assert "Kim Coach, Middle distance Your page: bone loading" in text
        assert "Kim Coach, Middle distance Your row in the team: bone loading" in text


class TestDemoTeam:
    def test_is_made_by_invitation_and_consent(
        self, squad: Squad, filled: Callable[..., Person], people: Callable[..., Person]
    ) -> None:
        coach, one, two = people("Demo Coach"), filled("One"), filled("Two")
        shares = [(one.user, EVERYTHING), (two.user, frozenset({"loading"}))]
        team = seed_team(coach.user, shares, timezone.now())
        text = text_of(coach.page.get(f"/coach/teams/{team.id}"))
        assert "2 athletes" in text
        assert "Not shared with you: sessions, lab results, retests" in text


def unmasked(answer: Any) -> bytes:
    """Return a page without the form tokens, which differ on every answer."""
    pattern = rb'name="csrfmiddlewaretoken" value="[^"]+"'
    return re.sub(pattern, b"", answer.content)
