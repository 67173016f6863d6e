"""The consent page and the athlete's own sharing page, through a browser session."""

import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.coaching.categories import CONSENT_TEXT_VERSION
from apps.coaching.models import ConsentGrant, Team, TeamMember
from apps.coaching.selectors import grants_of
from apps.coaching.services.invitations import Invited, invite
from apps.common.actor import acting_as
from tests.apps.coaching.conftest import EVERYTHING, Squad
from tests.apps.coaching.deciding import unmasked
from tests.apps.coaching.test_looking import leaks
from tests.apps.coaching.test_teams import assign, assistant_of
from tests.conftest import Person


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
        "text_version": CONSENT_TEXT_VERSION, "is_adult": "on", **more,
    }  # fmt: skip


def text_of(answer: Any) -> str:
    """Return what a page says, without markup."""
    plain = re.sub(r"<[^>]+>", " ", re.sub(r"</?bdi>", "", answer.content.decode()))
    return " ".join(unescape(plain).split())


def kept(athlete: Person) -> list[ConsentGrant]:
    """Return the stored grants of an athlete."""
    with acting_as(athlete.id):
        return list(ConsentGrant.objects.filter(athlete_id=athlete.id))


class TestConsentPage:
    def test_says_who_asks_for_what_and_ticks_nothing(self, squad: Squad, athlete: Person) -> None:
        path = consent_path(invited(squad, frozenset({"sessions", "labs"})))
        answer = athlete.page.get(path)
        text = text_of(answer)
        assert "Kim Coach asks to see some of your data for Middle distance" in text
        assert "Season planning" in text
        assert "Bone loading: not asked" in text
        assert "Your risk summary as a whole" in text
        ticked = re.findall(r'id="([^"]+)"[^>]* checked', answer.content.decode())
        assert ticked == ["no-labs"]

    def test_shares_until_the_end_of_the_last_day(self, squad: Squad, athlete: Person) -> None:
        athlete.user.zone = "America/New_York"
        athlete.user.save()
        form = ticks("sessions", "loading")
        answer = athlete.page.post(consent_path(invited(squad)), form)
        assert answer.headers["Location"] == "/me/sharing"
        [grant] = grants_of(owner=athlete.user, now=timezone.now())
        assert grant.categories == ("sessions", "loading")
        assert (grant.ends_at.hour, grant.ends_at.minute) in {(4, 0), (5, 0)}
        last_day = date.fromisoformat(form["last_day"])
        said = f"until {last_day.day} {last_day:%b %Y}"
        assert said in text_of(athlete.page.get("/me/sharing"))

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

    def test_says_so_by_the_link_that_was_used_up_too(
        self, squad: Squad, athlete: Person, stranger: Person
    ) -> None:
        used = invited(squad)
        athlete.page.post(consent_path(used), ticks("sessions"))
        for path in (consent_path(used), f"/invitations/{used.code}"):
            text = text_of(athlete.page.get(path))
            assert "You share with this team already" in text
            assert "open until" not in text
        missing = unmasked(stranger.page.get("/invitations/nonsense"))
        assert unmasked(stranger.page.get(consent_path(used))) == missing
        grants = f"/me/sharing/{kept(athlete)[0].id}"
        athlete.page.post(f"{grants}/end")
        assert athlete.page.get(consent_path(used)).status_code == 404


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

    def test_counts_only_who_can_look_now(
        self, squad: Squad, other_squad: Squad, athlete: Person
    ) -> None:
        def said() -> str:
            return text_of(athlete.page.get("/me/sharing"))

        aid = assistant_of(squad)
        TeamMember.objects.create(
            team=other_squad.team, user=squad.coach.user, role="assistant", joined_at=timezone.now()
        )
        for one in (squad, other_squad):
            one.join(athlete)
        assert "2 coaches of 2 teams can see" in said()
        assert said().count("1 of these 2 can look now") == 2, "nobody assigned the assistants"
        assign(squad, aid, athlete)
        assert "3 coaches of 2 teams can see" in said()
        assign(other_squad, squad.coach, athlete)
        assert "3 coaches of 2 teams can see" in said(), "one of them coaches both"
        User.objects.filter(pk=aid.id).update(is_active=False)
        assert "2 coaches of 2 teams can see" in said()
        Team.objects.filter(pk=other_squad.team.id).update(archived_at=timezone.now())
        assert "1 coach of 1 team can see" in said()
        assert "This team is archived" in said()
        User.objects.filter(pk=squad.coach.id).update(is_active=False)
        assert "Nobody can see your data today" in said()

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
