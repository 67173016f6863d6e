"""From an invitation to a grant, and back: through the API."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.accounts.models import User
from apps.coaching.categories import CONSENT_TEXT_DIGEST, CONSENT_TEXT_VERSION
from apps.coaching.models import ConsentGrant, Invitation
from apps.coaching.services.consent import accept_invitation
from apps.coaching.services.invitations import invite
from apps.common.actor import acting_as
from tests.apps.coaching.conftest import Squad
from tests.conftest import Person

ACCEPT = "/v1/invitations/accept"


def ask(squad: Squad, **body: Any) -> Any:
    """Let the coach invite; return the answer."""
    wanted = {"categories": ["sessions", "loading"], "purpose": "Season planning", **body}
    answer = squad.coach.post(f"/v1/teams/{squad.team.id}/invitations", wanted)
    assert answer.status_code == 201, answer.content
    return answer.json()


def answered(code: str, categories: list[str], *, days: float = 30) -> dict[str, Any]:
    """Return an athlete's answer."""
    ends_at = timezone.now() + timedelta(days=days)
    return {
        "code": code,
        "categories": categories,
        "ends_at": ends_at.isoformat(),
        "text_version": CONSENT_TEXT_VERSION,
        "is_adult": True,
    }


def grants(athlete: Person) -> list[ConsentGrant]:
    """Return the stored grants of an athlete."""
    with acting_as(athlete.id):
        return list(ConsentGrant.objects.filter(athlete_id=athlete.id).order_by("granted_at"))


class TestInviting:
    def test_stores_neither_secret(self, squad: Squad) -> None:
        invited = ask(squad)
        token = invited["link"].rpartition("/")[2]
        stored = Invitation.objects.get(pk=invited["invitation_id"])
        assert len(token) >= 22
        assert len(invited["code"].replace("-", "")) == 8
        assert len(bytes(stored.token_digest)) == len(bytes(stored.code_digest)) == 32
        seen = repr(vars(stored))
        assert token not in seen
        assert invited["code"].replace("-", "") not in seen
        week = timezone.now() + timedelta(days=7)
        assert abs(stored.expires_at - week) < timedelta(minutes=1)

    def test_asks_no_labs_unless_named(self, squad: Squad) -> None:
        answer = squad.coach.post(
            f"/v1/teams/{squad.team.id}/invitations", {"purpose": "Season planning"}
        )
        assert answer.json()["categories"] == ["sessions", "loading"]

    def test_is_404_for_a_team_one_is_not_in(self, squad: Squad, other_squad: Squad) -> None:
        body = {"purpose": "x"}
        foreign = squad.coach.post(f"/v1/teams/{other_squad.team.id}/invitations", body)
        missing = squad.coach.post(f"/v1/teams/{uuid.uuid4()}/invitations", body)
        assert foreign.status_code == 404
        assert foreign.content == missing.content

    def test_is_for_the_head_coach(self, squad: Squad, stranger: Person) -> None:
        squad.team.members.create(user=stranger.user, role="assistant", joined_at=timezone.now())
        answer = stranger.post(f"/v1/teams/{squad.team.id}/invitations", {"purpose": "x"})
        assert (answer.status_code, answer.json()["code"]) == (403, "coaching.head_coach_only")


class TestAccepting:
    def test_shares_what_was_ticked_and_keeps_the_words(
        self, squad: Squad, athlete: Person
    ) -> None:
        invited = ask(squad)
        preview = athlete.get(f"/v1/invitations/{invited['code']}").json()
        assert preview["team_name"] == squad.team.name
        assert preview["asked_by"] == "Kim Coach"
        assert [c["key"] for c in preview["categories"]] == ["sessions", "loading"]
        assert [c["key"] for c in preview["not_asked"]] == [
            "strength", "body_composition", "labs", "dxa", "injuries", "reminders", "cycle",
            "energy",
        ]  # fmt: skip
        assert preview["standing"] is None

        answer = athlete.post(ACCEPT, answered(invited["code"].lower(), ["loading"]))
        assert answer.status_code == 200, answer.content
        assert answer.json()["categories"] == ["loading"]
        [grant] = grants(athlete)
        assert bytes(grant.text_digest) == CONSENT_TEXT_DIGEST
        assert preview["consent"]["sha256"] == CONSENT_TEXT_DIGEST.hex()

    def test_works_by_link_too(self, squad: Squad, athlete: Person) -> None:
        token = ask(squad)["link"].rpartition("/")[2]
        assert athlete.get(f"/v1/invitations/{token}").status_code == 200
        assert athlete.post(ACCEPT, answered(token, ["sessions"])).status_code == 200

    def test_changes_nothing_when_repeated(self, squad: Squad, athlete: Person) -> None:
        code = ask(squad)["code"]
        first = athlete.post(ACCEPT, answered(code, ["sessions"]))
        again = athlete.post(ACCEPT, answered(code, ["sessions", "loading"]))
        assert again.status_code == 200
        assert again.json() == first.json()
        assert len(grants(athlete)) == 1

    @pytest.mark.parametrize(
        ("categories", "days", "code"),
        [
            (["sessions", "labs"], 30, "coaching.category_not_asked"),
            ([], 30, "coaching.nothing_chosen"),
            (["sessions"], 401, "coaching.unfit_end"),
            (["sessions"], -1, "coaching.unfit_end"),
        ],
    )
    def test_refuses(
        self, squad: Squad, athlete: Person, categories: list[str], days: float, code: str
    ) -> None:
        answer = athlete.post(ACCEPT, answered(ask(squad)["code"], categories, days=days))
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert grants(athlete) == []

    def test_refuses_words_nobody_shows_any_more(self, squad: Squad, athlete: Person) -> None:
        body = {**answered(ask(squad)["code"], ["sessions"]), "text_version": "2020-01"}
        assert athlete.post(ACCEPT, body).status_code == 409

    def test_says_the_same_of_a_wrong_a_used_and_an_expired_code(
        self, squad: Squad, athlete: Person, stranger: Person
    ) -> None:
        used = ask(squad)["code"]
        athlete.post(ACCEPT, answered(used, ["sessions"]))
        expired = invite(
            coach=squad.coach.user,
            team_id=squad.team.id,
            categories=["sessions"],
            purpose="x",
            now=timezone.now() - timedelta(days=8),
        ).code
        codes = ["ABCD-EFGH", used, expired, "never-made-token"]
        answers = [stranger.post(ACCEPT, answered(code, ["sessions"])) for code in codes]
        answers += [stranger.get(f"/v1/invitations/{code}") for code in codes]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1

    def test_of_a_disabled_coach_is_one_of_those(self, squad: Squad, athlete: Person) -> None:
        code = ask(squad)["code"]
        User.objects.filter(pk=squad.coach.id).update(is_active=False)
        answers = [athlete.get(f"/v1/invitations/{one}") for one in (code, "ABCD-EFGH")]
        answers += [
            athlete.post(ACCEPT, answered(one, ["sessions"])) for one in (code, "ABCD-EFGH")
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
        assert grants(athlete) == []

    def test_is_limited_against_guessing(
        self, squad: Squad, athlete: Person, people: Callable[..., Person]
    ) -> None:
        code = ask(squad)["code"]
        tried = [athlete.get(f"/v1/invitations/AAAA-{i:04}").status_code for i in range(20)]
        assert set(tried) == {404}
        assert athlete.get(f"/v1/invitations/{code}").status_code == 429
        helper = people("Helper")  # same network, another account
        assert helper.post(ACCEPT, answered(code, ["sessions"])).status_code == 429
        assert grants(helper) == []

    def test_needs_somebody_signed_in(self, squad: Squad) -> None:
        assert Client().get(f"/v1/invitations/{ask(squad)['code']}").status_code == 401

    def test_takes_a_new_invitation_once_the_last_one_ran_out(
        self, squad: Squad, athlete: Person
    ) -> None:
        then = timezone.now() - timedelta(days=5)
        earlier = invite(
            coach=squad.coach.user,
            team_id=squad.team.id,
            categories=["sessions"],
            purpose="x",
            now=then,
        )
        old = accept_invitation(
            athlete=athlete.user,
            secret=earlier.code,
            categories=["sessions"],
            ends_at=then + timedelta(days=1),
            now=then,
        )
        new = athlete.post(ACCEPT, answered(ask(squad)["code"], ["loading"]))
        assert new.status_code == 200
        lapsed, standing = grants(athlete)
        assert (lapsed.id, lapsed.ended_at) == (old.id, old.ends_at)
        assert standing.ended_at is None

    def test_counts_uses(self, squad: Squad, people: Callable[..., Person]) -> None:
        code = ask(squad, max_uses=2)["code"]
        statuses = [
            people().post(ACCEPT, answered(code, ["sessions"])).status_code for _ in range(3)
        ]
        assert statuses == [200, 200, 404]


class TestOwnGrants:
    def test_lists_who_may_look(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        [shown] = athlete.get("/v1/me/grants").json()["grants"]
        assert shown["id"] == str(grant.id)
        assert shown["coaches"] == ["Kim Coach"]
        assert shown["is_live"]
        assert parse_datetime(shown["ends_at"]) == grant.ends_at

    def test_narrows_but_never_widens(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete, frozenset({"sessions", "labs"}))
        path = f"/v1/me/grants/{grant.id}/narrow"
        assert athlete.post(path, {"categories": ["sessions"]}).json()["categories"] == ["sessions"]
        wider = athlete.post(path, {"categories": ["sessions", "labs"]})
        assert (wider.status_code, wider.json()["code"]) == (
            422,
            "coaching.category_not_granted",
        )
        assert athlete.post(path, {"categories": []}).json()["ended_at"]
        ended = athlete.post(path, {"categories": []})
        assert (ended.status_code, ended.json()["code"]) == (409, "coaching.grant_not_standing")

    def test_narrows_to_a_lesser_level(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete, frozenset({"labs"}))
        path = f"/v1/me/grants/{grant.id}/narrow"
        assert athlete.post(path, {"categories": ["labs_status"]}).json()["categories"] == [
            "labs_status"
        ]
        assert athlete.post(path, {"categories": ["labs"]}).status_code == 422

    def test_ends_once(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        first = athlete.post(f"/v1/me/grants/{grant.id}/end").json()
        assert athlete.post(f"/v1/me/grants/{grant.id}/end").json() == first
        assert isinstance(parse_datetime(first["ended_at"]), datetime)

    @pytest.mark.parametrize("verb", ["end", "narrow"])
    def test_is_404_for_another_person(
        self, squad: Squad, athlete: Person, stranger: Person, verb: str
    ) -> None:
        grant = squad.join(athlete)
        body = {"categories": ["sessions"]}
        for actor in (stranger, squad.coach):
            foreign = actor.post(f"/v1/me/grants/{grant.id}/{verb}", body)
            missing = actor.post(f"/v1/me/grants/{uuid.uuid4()}/{verb}", body)
            assert foreign.status_code == 404
            assert foreign.content == missing.content
        assert grants(athlete)[0].ended_at is None
