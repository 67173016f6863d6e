"""Somebody under age shares only what a guardian agrees to; nothing before, nothing after no."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.db import connections
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.coaching.models import ConsentGrant, GuardianRequest, Invitation
from apps.coaching.services.consent import (
    accept_invitation,
    end_grant,
    pause_grant,
    pause_until_guardian,
    renew_grant,
    resume_grant,
)
from apps.coaching.services.guardians import (
    GuardianLinkGone,
    ask_guardian,
    end_for,
    look_at_matter,
)
from apps.coaching.services.majority import GuardianNeeded
from apps.common.actor import acting_as
from apps.insights.services.recompute import recompute_athlete
from apps.sync.selectors import profile_of
from backend.records.athlete_profile import AthleteProfile
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.deciding import asked, born, claim, invited, kept, ticks
from tests.apps.coaching.test_consent_pages import text_of
from tests.apps.coaching.waiting import stopped_when_written, until_it_waits_or_ends
from tests.apps.reminders.feed import set_profile
from tests.conftest import Person

ACCEPT = "/v1/invitations/accept"
ASK = "/v1/me/guardian-requests"


def answer_as_guardian(link: str, *categories: str, **more: str) -> Any:
    """Agree on the guardian's page, from a browser nobody signed in on."""
    form = ticks(*categories) | {
        "answer": "agree", "name": "Maria Solheim", "relation": "mother", "agrees": "on", **more,
    }  # fmt: skip
    return Client().post(path_of(link), form)


def path_of(link: str) -> str:
    """Return the path of a guardian's link."""
    return "/guardian/" + link.rpartition("/")[2]


def consents_told(athlete: Person) -> dict[str, str]:
    """Return what the athlete's own feed says of each grant."""
    pulled = athlete.get("/v1/athletes/me/changes", types="consent_grant").json()
    bodies = [row["body"] for row in pulled["page"]["rows"]]
    return {body["grant_id"]: body["state"] for body in bodies}


def profile_as(athlete: Person) -> AthleteProfile:
    """Return the profile as it stands."""
    with acting_as(athlete.id):
        return profile_of(athlete.id)


@pytest.fixture
def minor(filled: Callable[..., Person]) -> Person:
    """An athlete of sixteen."""
    athlete = filled("Young Athlete")
    born(athlete, years=16)
    return athlete


@pytest.fixture
def link(squad: Squad, minor: Person) -> str:
    """The link a minor was given for the guardian."""
    code = invited(squad).code
    made = minor.post(ASK, claim("sessions", "labs", code=code))
    assert made.status_code == 201, made.content
    return str(made.json()["link"])


class TestAge:
    def test_under_18_nobody_accepts_alone_whatever_they_say(
        self, squad: Squad, minor: Person
    ) -> None:
        code = invited(squad).code
        answer = minor.post(ACCEPT, claim("sessions", code=code, is_adult=True))
        assert (answer.status_code, answer.json()["code"]) == (403, "coaching.guardian_needed")
        page = minor.page.post(f"/invitations/{code}", ticks("sessions", is_adult="on"))
        assert page.status_code == 403
        assert kept(minor) == []
        with pytest.raises(GuardianNeeded):
            accept_invitation(
                athlete=minor.user, secret=code, categories={"sessions"},
                ends_at=timezone.now() + timedelta(days=9), now=timezone.now(),
            )  # fmt: skip

    def test_unknown_age_needs_the_athletes_word(self, squad: Squad, athlete: Person) -> None:
        code = invited(squad).code
        assert athlete.post(ACCEPT, claim("sessions", code=code)).status_code == 403
        assert athlete.page.post(f"/invitations/{code}", ticks("sessions")).status_code == 403
        assert kept(athlete) == []
        answer = athlete.post(ACCEPT, claim("sessions", code=code, is_adult=True))
        assert answer.status_code == 200

    def test_of_18_today_decides_alone(self, squad: Squad, athlete: Person) -> None:
        born(athlete, years=18)
        code = invited(squad).code
        assert athlete.get(f"/v1/invitations/{code}").json()["is_adult"] is True
        assert athlete.post(ACCEPT, claim("sessions", code=code)).status_code == 200

    def test_is_counted_in_the_athletes_own_zone(self, squad: Squad, athlete: Person) -> None:
        birthday = born(athlete, years=18)
        athlete.user.zone = "Pacific/Kiritimati"
        athlete.user.save()
        midnight_utc = timezone.now().replace(
            year=birthday.year + 18, month=birthday.month, day=birthday.day, hour=0
        )
        ends_at = timezone.now() + timedelta(days=9)

        def accept(hours: int) -> None:
            accept_invitation(
                athlete=athlete.user, secret=invited(squad).code, categories={"sessions"},
                ends_at=ends_at, now=midnight_utc + timedelta(hours=hours), says_adult=False,
            )  # fmt: skip

        with pytest.raises(GuardianNeeded):
            accept(-15)
        accept(-13)
        assert len(kept(athlete)) == 1

    def test_a_known_adult_needs_no_guardian(self, squad: Squad, athlete: Person) -> None:
        born(athlete, years=30)
        answer = athlete.post(ASK, claim("sessions", code=invited(squad).code))
        assert answer.json()["code"] == "coaching.guardian_not_needed"

    def test_a_dead_invitation_tells_a_minor_nothing_else(
        self, squad: Squad, minor: Person, athlete: Person
    ) -> None:
        answers = {
            person.post(path, claim("sessions", code="ZZZZZZZZ")).content
            for person in (minor, athlete)
            for path in (ACCEPT, ASK)
        }
        assert len(answers) == 1


class TestAsking:
    def test_leaves_nothing_on_the_coachs_side(
        self, squad: Squad, minor: Person, link: str
    ) -> None:
        assert kept(minor) == []
        assert b"Young Athlete" not in squad.coach.get(squad.panel).content
        assert b"Young Athlete" not in squad.coach.page.get(squad.page).content
        open_ones = squad.coach.get(f"/v1/teams/{squad.team.id}/invitations").json()
        assert [one["uses"] for one in open_ones["invitations"]] == [0]

    def test_keeps_a_digest_and_no_link(self, minor: Person, link: str) -> None:
        [request] = asked(minor)
        token = link.rpartition("/")[2]
        assert token not in repr(vars(request))
        assert len(bytes(request.token_digest)) == 32
        assert request.expires_at <= timezone.now() + timedelta(days=7)

    def test_again_replaces_the_link_before(self, squad: Squad, minor: Person, link: str) -> None:
        newer = minor.post(ASK, claim("sessions", code=invited(squad).code)).json()["link"]
        assert Client().get(path_of(link)).status_code == 404
        assert Client().get(path_of(newer)).status_code == 200
        assert len(asked(minor)) == 1

    @pytest.mark.parametrize("attempt", range(4))
    def test_twice_at_once_leaves_one_link(self, squad: Squad, minor: Person, attempt: int) -> None:
        """By two invitations of the team, as two of the athlete's devices may answer them."""
        secrets = [invited(squad).code for _ in range(2)]
        start = threading.Barrier(len(secrets))

        def ask(secret: str) -> str:
            try:
                start.wait()
                return ask_guardian(
                    athlete=minor.user, secret=secret, categories={"sessions"},
                    ends_at=timezone.now() + timedelta(days=9), now=timezone.now(),
                ).link  # fmt: skip
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(secrets)) as pool:
            links = list(pool.map(ask, secrets))
        assert sorted(Client().get(path_of(link)).status_code for link in links) == [200, 404]
        assert len(asked(minor)) == 1

    def test_about_another_team_leaves_the_link(
        self, squad: Squad, other_squad: Squad, minor: Person, link: str
    ) -> None:
        other = minor.post(ASK, claim("sessions", code=invited(other_squad).code)).json()["link"]
        for one in (link, other):
            assert Client().get(path_of(one)).status_code == 200

    def test_on_the_page_shows_the_link_once(self, squad: Squad, minor: Person) -> None:
        code = invited(squad).code
        page = minor.page.post(f"/invitations/{code}", ticks("sessions", answer="guardian"))
        assert page.status_code == 200
        assert re.search(r"/guardian/\S+", text_of(page))
        assert "/guardian/" not in text_of(minor.page.get("/me/sharing"))

    def test_mails_the_link_without_a_word_about_anybody(self, squad: Squad, minor: Person) -> None:
        mail.outbox.clear()
        body = claim("sessions", code=invited(squad).code, email="parent@example.org")
        made = minor.post(ASK, body).json()
        assert made["is_mailed"] is True
        [letter] = mail.outbox
        assert made["link"] in str(letter.body)
        for word in ("Young", "Middle distance", "Season", minor.user.email):
            assert word not in f"{letter.subject} {letter.body}"

    def test_mails_no_more_than_five_an_hour(self, squad: Squad, minor: Person) -> None:
        told = [
            minor.post(
                ASK, claim("sessions", code=invited(squad).code, email="parent@example.org")
            ).json()["is_mailed"]
            for _ in range(6)
        ]
        assert told == [True] * 5 + [False]

    def test_takes_either_an_invitation_or_a_grant(self, squad: Squad, minor: Person) -> None:
        assert minor.post(ASK, claim("sessions")).status_code == 422


class TestGuardiansPage:
    def test_shows_the_facts_and_no_data(self, link: str) -> None:
        page = Client().get(path_of(link))
        text = text_of(page)
        for fact in (
            "Kim Coach",
            "Middle distance",
            "Season planning",
            "Young Athlete",
            "Sessions",
        ):
            assert fact in text
        assert "CANARY" not in text
        assert "777001" not in text
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        ticked = re.findall(r'value="([^"]*)" checked', page.content.decode())
        assert ticked == [""]

    def test_looking_changes_nothing(self, minor: Person, link: str) -> None:
        for _ in range(3):
            assert Client().get(path_of(link)).status_code == 200
        assert asked(minor)[0].decided_at is None

    def test_agreeing_to_less_makes_the_grant_in_the_guardians_name(
        self, squad: Squad, minor: Person, link: str
    ) -> None:
        answer = answer_as_guardian(link, "sessions", **{"level-labs": "labs_status"})
        assert answer.status_code == 200
        assert "Keep this link" in text_of(answer)
        [grant] = kept(minor)
        assert grant.categories == ["sessions", "labs_status"]
        assert (grant.channel, grant.guardian) == ("guardian", "Maria Solheim, mother")
        seen = squad.coach.get(squad.panel).content
        assert b"CANARYSESSIONS" in seen
        assert b"CANARYLABS" not in seen
        assert "agreed by Maria Solheim, mother" in text_of(minor.page.get("/me/sharing"))

    @pytest.mark.parametrize(
        "missing", [{"agrees": ""}, {"name": " "}, {"relation": ""}, {"relation": "coach"}]
    )
    def test_takes_no_half_agreement(
        self, minor: Person, link: str, missing: dict[str, str]
    ) -> None:
        assert answer_as_guardian(link, "sessions", **missing).status_code == 422
        assert kept(minor) == []

    def test_takes_no_more_than_the_athlete_chose(self, minor: Person, link: str) -> None:
        assert answer_as_guardian(link, "sessions", "injuries").status_code == 422
        assert kept(minor) == []

    def test_decides_once(self, minor: Person, link: str) -> None:
        answer_as_guardian(link, "sessions")
        assert answer_as_guardian(link, "sessions", "labs").status_code == 404
        assert len(kept(minor)) == 1

    def test_refusing_leaves_nothing(self, squad: Squad, minor: Person, link: str) -> None:
        refused = Client().post(path_of(link), {"answer": "refuse"})
        assert "You refused" in text_of(refused)
        assert asked(minor) == []
        assert kept(minor) == []
        assert Client().get(path_of(link)).status_code == 404

    def test_ends_what_it_began(self, squad: Squad, minor: Person, link: str) -> None:
        answer_as_guardian(link, "sessions")
        ended = Client().post(path_of(link), {"answer": "end"})
        assert "Sharing ended" in text_of(ended)
        assert b"CANARY" not in squad.coach.get(squad.panel).content
        assert Client().get(path_of(link)).status_code == 404

    def test_stops_working_on_the_18th_birthday_and_sharing_goes_on(
        self, squad: Squad, minor: Person, link: str
    ) -> None:
        answer_as_guardian(link, "sessions")
        born(minor, years=18)
        assert Client().post(path_of(link), {"answer": "end"}).status_code == 404
        assert kept(minor)[0].ended_at is None
        assert b"CANARYSESSIONS" in squad.coach.get(squad.panel).content

    @pytest.mark.parametrize(
        ("zone", "hours"), [("Pacific/Kiritimati", -14), ("Pacific/Pago_Pago", 11)]
    )
    @pytest.mark.parametrize("is_in_profile", [False, True])
    def test_stops_working_at_midnight_where_the_athlete_is(
        self, minor: Person, link: str, zone: str, hours: int, is_in_profile: bool
    ) -> None:
        """A day begins there 14 hours before it does in UTC, or 11 after."""
        answer_as_guardian(link, "sessions")
        days = (timezone.now().date() + timedelta(days=ahead) for ahead in (3, 4))
        birthday = next(day for day in days if (day.month, day.day) != (2, 29))
        born_date = birthday.replace(year=birthday.year - 18).isoformat()
        if is_in_profile:
            set_profile(minor, born_date=born_date, zone=zone)
        else:
            set_profile(minor, born_date=born_date)
            User.objects.filter(pk=minor.id).update(zone=zone)
        midnight = datetime.combine(birthday, time(), UTC) + timedelta(hours=hours)
        token, second = link.rpartition("/")[2], timedelta(seconds=1)
        assert look_at_matter(token=token, now=midnight - second).grant is not None
        for rights in (look_at_matter, end_for):
            with pytest.raises(GuardianLinkGone):
                rights(token=token, now=midnight)
        assert kept(minor)[0].ended_at is None
        end_for(token=token, now=midnight - second)
        assert kept(minor)[0].ended_at is not None

    def test_every_dead_link_answers_the_same_bytes(
        self, squad: Squad, minor: Person, link: str
    ) -> None:
        token = link.rpartition("/")[2]
        spoilt = token[:-1] + ("A" if token[-1] != "A" else "B")
        dead = {Client().get(f"/guardian/{one}").content for one in (spoilt, "x", "y" * 500)}
        with acting_as(minor.id):
            GuardianRequest.objects.filter(athlete_id=minor.id).update(
                expires_at=timezone.now() - timedelta(minutes=1)
            )
        dead.add(Client().get(path_of(link)).content)
        dead.add(answer_as_guardian(link, "sessions").content)
        assert len(dead) == 1
        assert kept(minor) == []

    def test_dies_with_its_invitation(self, squad: Squad, minor: Person, link: str) -> None:
        Invitation.objects.filter(team_id=squad.team.id).update(withdrawn_at=timezone.now())
        assert Client().get(path_of(link)).status_code == 404
        assert answer_as_guardian(link, "sessions").status_code == 404
        assert kept(minor) == []

    def test_is_not_answered_from_another_site(self, minor: Person, link: str) -> None:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Dest": "iframe"}):
            form = ticks("sessions") | {"answer": "refuse"}
            assert Client().post(path_of(link), form, headers=headers).status_code == 403
        assert len(asked(minor)) == 1


class TestRenewal:
    def test_of_a_minor_takes_the_guardian_again(
        self, squad: Squad, minor: Person, link: str
    ) -> None:
        answer_as_guardian(link, "sessions", "labs")
        [old] = kept(minor)
        body = claim("sessions", "labs", days=90, is_adult=True)
        alone = minor.post(f"/v1/me/grants/{old.id}/renew", body)
        assert alone.json()["code"] == "coaching.guardian_needed"
        newer = minor.post(ASK, claim("sessions", "labs", days=90, grant_id=str(old.id)))
        assert newer.status_code == 201, newer.content
        answer_as_guardian(newer.json()["link"], "sessions")
        first, second = kept(minor)
        assert first.ended_at is not None
        assert second.ended_at is None
        assert (second.categories, second.channel) == (["sessions"], ConsentGrant.Channel.GUARDIAN)
        assert Client().get(path_of(link)).status_code == 404

    def test_link_is_nobody_elses(
        self, squad: Squad, minor: Person, stranger: Person, link: str
    ) -> None:
        answer_as_guardian(link, "sessions")
        [grant] = kept(minor)
        answer = stranger.post(ASK, claim("sessions", grant_id=str(grant.id)))
        assert answer.status_code == 404


class TestWordOfAge:
    """Whoever asked a guardian and had them agree is not of age by saying so afterwards."""

    @pytest.fixture
    def grant(self, squad: Squad, undated: Person) -> ConsentGrant:
        """What a guardian agreed to, of somebody whose birth date is not known."""
        made = undated.post(ASK, claim("sessions", "labs", code=invited(squad).code))
        answer_as_guardian(made.json()["link"], "sessions")
        return kept(undated)[0]

    @pytest.fixture
    def undated(self, filled: Callable[..., Person]) -> Person:
        """An athlete without a birth date."""
        return filled("Young Unknown")

    def test_renews_nothing_that_a_guardian_agreed_to(
        self, undated: Person, grant: ConsentGrant
    ) -> None:
        path = f"/v1/me/grants/{grant.id}/renew"
        alone = undated.post(path, claim("sessions", days=90, is_adult=True))
        assert (alone.status_code, alone.json()["code"]) == (403, "coaching.guardian_needed")
        assert [one.id for one in kept(undated)] == [grant.id]
        page = undated.page.get(f"/me/sharing/{grant.id}/renew")
        assert 'name="is_adult"' not in page.content.decode()
        said = text_of(page)
        assert "A parent or guardian agreed for you before" in said
        assert "enter your birth date" in said
        assert "Under 18" not in said

    def test_accepts_nothing_after_a_guardian_ended_it(
        self, squad: Squad, undated: Person, grant: ConsentGrant
    ) -> None:
        end_grant(athlete=undated.user, grant_id=grant.id, now=timezone.now())
        code = invited(squad).code
        alone = undated.post(ACCEPT, claim("sessions", code=code, is_adult=True))
        assert alone.json()["code"] == "coaching.guardian_needed"
        assert undated.get(f"/v1/invitations/{code}").json()["is_adult"] is False
        assert b"CANARY" not in squad.coach.get(squad.panel).content

    def test_resumes_alone_nothing_begun_alone_and_is_told_why(
        self, squad: Squad, other_squad: Squad, undated: Person
    ) -> None:
        """Nothing says that they are under age; what a guardian once agreed to says they may be."""
        grant = other_squad.join(undated)
        made = undated.post(ASK, claim("sessions", code=invited(squad).code))
        answer_as_guardian(made.json()["link"], "sessions")
        undated.post(f"/v1/me/grants/{grant.id}/pause")
        refused = undated.post(f"/v1/me/grants/{grant.id}/resume")
        assert (refused.status_code, refused.json()["code"]) == (403, "coaching.guardian_needed")
        said = [refused.json()["title"], text_of(undated.page.get("/me/sharing"))]
        said.append(text_of(undated.page.post(f"/me/sharing/{grant.id}/resume")))
        for one in said:
            assert "A parent or guardian agreed for you before" in one
            assert "enter your birth date" in one
            assert "you are under 18" not in one

        born(undated, years=18)
        assert undated.post(f"/v1/me/grants/{grant.id}/resume").status_code == 200

    def test_counts_again_once_a_birth_date_says_so(
        self, undated: Person, grant: ConsentGrant
    ) -> None:
        born(undated, years=18)
        path = f"/v1/me/grants/{grant.id}/renew"
        assert undated.post(path, claim("sessions", days=90)).status_code == 200


class TestTurningOutAMinor:
    """Who said to be 18, and whose birth date comes later and says something else."""

    def test_stops_what_was_begun_alone(self, squad: Squad, filled: Callable[..., Person]) -> None:
        athlete = filled()
        grant = squad.join(athlete)
        born(athlete, years=17, days=360)
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        assert kept(athlete)[0].paused_at is not None
        assert str(athlete.id).encode() not in squad.coach.get(squad.panel).content
        assert consents_told(athlete)[str(grant.id)] == "paused"
        refused = athlete.post(f"/v1/me/grants/{grant.id}/resume")
        assert refused.json()["code"] == "coaching.guardian_needed"

        born(athlete, years=18)
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        assert kept(athlete)[0].paused_at is not None, "the athlete says whether it goes on"
        assert athlete.post(f"/v1/me/grants/{grant.id}/resume").status_code == 200

    def test_stops_nothing_of_an_account_that_is_gone(self, minor: Person) -> None:
        pause_until_guardian(UUID(int=1), profile_as(minor), timezone.now())

    def test_leaves_what_a_guardian_agreed_to(self, squad: Squad, minor: Person, link: str) -> None:
        answer_as_guardian(link, "sessions")
        recompute_athlete(athlete_id=minor.id, now=timezone.now())
        assert kept(minor)[0].paused_at is None

    @pytest.mark.parametrize("years", [None, 18])
    def test_is_nobody_of_age_or_of_whom_nothing_is_known(
        self, squad: Squad, filled: Callable[..., Person], years: int | None
    ) -> None:
        athlete = filled()
        squad.join(athlete)
        if years:
            born(athlete, years=years)
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        assert kept(athlete)[0].paused_at is None

    @pytest.mark.parametrize("how", ["accepts", "renews", "resumes"])
    def test_stops_what_is_given_while_the_birth_date_comes(
        self,
        squad: Squad,
        filled: Callable[..., Person],
        monkeypatch: pytest.MonkeyPatch,
        how: str,
    ) -> None:
        """The age was looked at and the consent is not there yet: neither may miss the other."""
        athlete = filled()
        code, now = invited(squad).code, timezone.now()
        terms: dict[str, Any] = {
            "athlete": athlete.user,
            "ends_at": now + timedelta(days=9),
            "now": now,
        }
        gives: Callable[[], object]
        if how == "accepts":
            gives = partial(accept_invitation, secret=code, categories={"sessions"}, **terms)
        else:
            grant = squad.join(athlete)
            gives = partial(renew_grant, grant_id=grant.id, **terms)
            if how == "resumes":
                pause_grant(athlete=athlete.user, grant_id=grant.id, now=now)
                gives = partial(
                    resume_grant, athlete=athlete.user, grant_id=grant.id, now=timezone.now()
                )

        def hear() -> object:
            try:
                return recompute_athlete(athlete_id=athlete.id, now=timezone.now())
            finally:
                connections.close_all()

        with stopped_when_written(gives, monkeypatch) as go_on:
            born(athlete, years=16)
            with ThreadPoolExecutor(1) as pool:
                hearing = pool.submit(hear)
                until_it_waits_or_ends(hearing)
                go_on()
                hearing.result()
        [given] = [grant for grant in kept(athlete) if grant.ended_at is None]
        assert given.paused_at is not None
        assert b"CANARY" not in squad.coach.get(squad.panel).content

    def test_is_counted_in_the_athletes_own_zone(
        self, squad: Squad, filled: Callable[..., Person]
    ) -> None:
        """Of age already where they are, which is a day ahead of where clocks are compared."""
        athlete = filled()
        athlete.user.zone = "Pacific/Kiritimati"
        athlete.user.save(update_fields=["zone"])
        squad.join(athlete)
        birthday = born(athlete, years=18).replace(year=timezone.now().year)
        just_there = datetime.combine(birthday, time(), UTC) - timedelta(hours=13)
        pause_until_guardian(athlete.id, profile_as(athlete), just_there)
        assert kept(athlete)[0].paused_at is None
        pause_until_guardian(athlete.id, profile_as(athlete), just_there - timedelta(hours=2))
        assert kept(athlete)[0].paused_at is not None


class TestResuming:
    """Within what a guardian agreed to a pause is the athlete's; else a guardian decides."""

    def test_goes_on_alone_with_what_a_guardian_agreed_to(
        self, squad: Squad, minor: Person, link: str
    ) -> None:
        answer_as_guardian(link, "sessions")
        [grant] = kept(minor)
        for what in ("pause", "resume"):
            assert minor.post(f"/v1/me/grants/{grant.id}/{what}").status_code == 200
        assert b"CANARYSESSIONS" in squad.coach.get(squad.panel).content

    def test_brings_nothing_back_that_a_guardian_ended(
        self, squad: Squad, minor: Person, link: str
    ) -> None:
        answer_as_guardian(link, "sessions")
        [grant] = kept(minor)
        minor.post(f"/v1/me/grants/{grant.id}/pause")
        Client().post(path_of(link), {"answer": "end"})
        assert minor.post(f"/v1/me/grants/{grant.id}/resume").status_code == 409
        assert b"CANARY" not in squad.coach.get(squad.panel).content

    def test_takes_a_guardian_where_none_agreed(
        self, squad: Squad, filled: Callable[..., Person]
    ) -> None:
        """Who said to be 18 and turns out not to be."""
        athlete = filled()
        grant = squad.join(athlete)
        born(athlete, years=16)
        athlete.post(f"/v1/me/grants/{grant.id}/pause")
        refused = athlete.post(f"/v1/me/grants/{grant.id}/resume")
        assert (refused.status_code, refused.json()["code"]) == (403, "coaching.guardian_needed")
        page = athlete.page.get("/me/sharing")
        assert "By the birth date in your profile you are under 18" in text_of(page)
        assert f"/me/sharing/{grant.id}/resume" not in page.content.decode()
        assert athlete.page.post(f"/me/sharing/{grant.id}/resume").status_code == 403
        assert b"CANARY" not in squad.coach.get(squad.panel).content

        renewing = claim("sessions", grant_id=str(grant.id))
        answer_as_guardian(athlete.post(ASK, renewing).json()["link"], "sessions")
        assert b"CANARY" not in squad.coach.get(squad.panel).content, "it is paused still"
        resumed = athlete.post(f"/v1/me/grants/{kept(athlete)[-1].id}/resume")
        assert resumed.status_code == 200
        assert b"CANARYSESSIONS" in squad.coach.get(squad.panel).content


class TestWall:
    def test_requests_are_hidden_from_strangers_and_coaches(
        self, squad: Squad, minor: Person, stranger: Person
    ) -> None:
        ask_guardian(
            athlete=minor.user, secret=invited(squad).code, categories={"sessions"},
            ends_at=timezone.now() + timedelta(days=9), now=timezone.now(),
        )  # fmt: skip
        for person in (stranger, squad.coach):
            with acting_as(person.id):
                assert not GuardianRequest.objects.filter(athlete_id=minor.id).exists()
        assert len(asked(minor)) == 1
