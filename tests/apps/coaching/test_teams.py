"""A team over time: assistants, who looks after whom, hand-over, leaving, archive, tags."""

import re
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections
from django.utils import timezone

from apps.coaching.models import Team, TeamMember
from apps.coaching.services import teams
from apps.coaching.services.consent import pause_grant, renew_grant, resume_grant
from apps.coaching.services.invitations import invite
from apps.common.actor import Wall, acting_as
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.deciding import unmasked
from tests.apps.coaching.scenes import crowd
from tests.conftest import Person, make_person

MISSING = UUID(int=1)


def code_for_a_coach(squad: Squad) -> str:
    """Return the short code of an invitation to coach."""
    return invite(
        coach=squad.coach.user, team_id=squad.team.id, categories=(), purpose="",
        now=timezone.now(), for_coach=True,
    ).code  # fmt: skip


def assistant_of(squad: Squad, name: str = "Pat Assistant") -> Person:
    """Return somebody who joined the team."""
    coach = make_person(name)
    answer = coach.post("/v1/teams/join", {"code": code_for_a_coach(squad)})
    assert answer.status_code == 200, answer.content
    return coach


def names_on(coach: Person, squad: Squad) -> set[str]:
    """Return whom a coach sees in the panel."""
    return {one["name"] for one in coach.get(squad.panel).json()["rows"]}


def path(squad: Squad, *parts: object) -> str:
    """Return an address of the team in the API."""
    return "/".join(["/v1/teams", str(squad.team.id), *map(str, parts)])


def assign(squad: Squad, coach: Person, *athletes: Person) -> Any:
    """Let the head coach assign exactly these athletes."""
    return squad.coach.put(
        path(squad, "coaches", coach.id, "athletes"), {"athletes": [str(a.id) for a in athletes]}
    )


def seen_in_tables(viewer: Person) -> set[UUID]:
    """Return whose panel rows the database alone shows a coach."""
    with acting_as(viewer.id, wall=Wall.COACH), connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT athlete_id FROM insights_panelrow")
        return {row[0] for row in cursor.fetchall()}


class TestAssistants:
    def test_see_those_assigned_who_agreed_since(
        self, squad: Squad, filled: Callable[..., Person]
    ) -> None:
        before, one, two = filled("Agreed Before"), filled("One"), filled("Two")
        squad.join(before)
        coach = assistant_of(squad)
        squad.join(one)
        squad.join(two)
        assert names_on(coach, squad) == set()
        assert seen_in_tables(coach) == set()

        answer = assign(squad, coach, before, one)
        assert set(answer.json()["athletes"]) == {str(before.id), str(one.id)}
        assert names_on(coach, squad) == {"One"}
        assert seen_in_tables(coach) == {one.id}
        assert coach.get(squad.one(two.id)).status_code == 404
        assert names_on(squad.coach, squad) == {"Agreed Before", "One", "Two"}

        assign(squad, coach, two)
        assert names_on(coach, squad) == {"Two"}
        assert seen_in_tables(coach) == {two.id}

    def test_see_who_renews(self, squad: Squad, filled: Callable[..., Person]) -> None:
        athlete = filled("Renews Later")
        grant = squad.join(athlete)
        coach = assistant_of(squad)
        assign(squad, coach, athlete)
        assert names_on(coach, squad) == set()
        renewed = renew_grant(
            athlete=athlete.user, grant_id=grant.id, ends_at=grant.ends_at, now=timezone.now()
        )
        assert renewed.id != grant.id
        assert names_on(coach, squad) == {"Renews Later"}
        assert names_on(squad.coach, squad) == {"Renews Later"}

    def test_do_not_lead(self, squad: Squad, filled: Callable[..., Person]) -> None:
        coach, athlete = assistant_of(squad), filled()
        squad.join(athlete)
        assign(squad, coach, athlete)
        for answer in (
            coach.patch(path(squad), {"name": "Mine"}),
            coach.patch(path(squad), {"archived": True}),
            coach.post(path(squad, "hand-over"), {"to": str(coach.id)}),
            coach.delete(path(squad, "coaches", squad.coach.id)),
            coach.put(path(squad, "coaches", coach.id, "athletes"), {"athletes": []}),
            coach.put(path(squad, "athletes", athlete.id, "tags"), {"tags": ["mine"]}),
            coach.post(path(squad, "invitations"), {"purpose": "More"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (
                403,
                "coaching.head_coach_only",
            )

    def test_can_not_assign_themselves_past_the_app(
        self, squad: Squad, filled: Callable[..., Person]
    ) -> None:
        coach, athlete = assistant_of(squad), filled()
        squad.join(athlete)
        with (
            pytest.raises(Exception, match="row-level security"),
            acting_as(coach.id, wall=Wall.COACH),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "INSERT INTO coaching_assignment (athlete_id, team_id, user_id) VALUES (%s, %s, %s)",
                [athlete.id, squad.team.id, coach.id],
            )

    def test_join_once_and_by_their_own_code(self, squad: Squad) -> None:
        code = code_for_a_coach(squad)
        coach, late = make_person("Pat"), make_person("Late")
        for _ in range(2):
            joined = coach.post("/v1/teams/join", {"code": code})
            assert joined.json()["role"] == "assistant"
        assert late.post("/v1/teams/join", {"code": code}).status_code == 404
        athletes_code = invite(
            coach=squad.coach.user, team_id=squad.team.id, categories={"sessions"}, purpose="x",
            now=timezone.now(),
        ).code  # fmt: skip
        assert late.post("/v1/teams/join", {"code": athletes_code}).status_code == 404
        told = late.get(f"/v1/invitations/{code_for_a_coach(squad)}")
        assert told.status_code == 404
        again = squad.coach.post("/v1/teams/join", {"code": code_for_a_coach(squad)})
        assert again.json()["role"] == "head"


class TestName:
    # Of no width; fillers that are letters by their class; a sign without dots; marks upon nothing.
    INVISIBLE = (
        "\u200b \u2060\u2063 \ufeff",
        "\u3164\uffa0 \u115f\u1160",
        "\u2800",
        "\u034f\ufe0f",
    )

    @pytest.mark.parametrize("unseen", INVISIBLE)
    def test_is_one_that_can_be_seen(self, squad: Squad, unseen: str) -> None:
        for answer in (
            squad.coach.post("/v1/teams", {"name": unseen}),
            squad.coach.patch(path(squad), {"name": unseen}),
        ):
            assert answer.status_code == 422
            assert list(answer.json()["errors"]) == ["name"]
        page = squad.coach.page.post("/coach", {"name": unseen})
        assert "Nothing of this name can be seen" in page.content.decode()
        assert list(Team.objects.filter(members__user=squad.coach.user)) == [squad.team]

    @pytest.mark.parametrize("unseen", INVISIBLE)
    def test_of_an_athlete_that_can_not_be_seen_is_none(self, squad: Squad, unseen: str) -> None:
        """Their row can be read and pressed."""
        squad.join(make_person(unseen))
        page = squad.coach.page.get(squad.page).content.decode()
        assert "<bdi>No name</bdi></a>" in page

    def test_keeps_what_joins_letters_and_signs(self, squad: Squad) -> None:
        name = "\u0646\u0645\u06cc\u200c\u062f \U0001f469\u200d\U0001f3c3"
        assert squad.coach.patch(path(squad), {"name": f" {name}\n"}).json()["name"] == name


class TestLeading:
    def test_is_handed_over(self, squad: Squad, filled: Callable[..., Person]) -> None:
        coach, athlete = assistant_of(squad), filled()
        squad.join(athlete)
        assert squad.coach.post(path(squad, "hand-over"), {"to": str(coach.id)}).status_code == 204
        staff = coach.get(path(squad, "coaches")).json()["coaches"]
        assert [(one["name"], one["role"]) for one in staff] == [
            ("Pat Assistant", "head"),
            ("Kim Coach", "assistant"),
        ]
        assert names_on(coach, squad) == {athlete.user.display_name}
        assert names_on(squad.coach, squad) == set()

    def test_needs_somebody(self, squad: Squad) -> None:
        refused = squad.coach.delete(path(squad, "coaches", squad.coach.id))
        assert (refused.status_code, refused.json()["code"]) == (409, "coaching.team_needs_a_head")
        to_nobody = squad.coach.post(path(squad, "hand-over"), {"to": str(MISSING)})
        assert to_nobody.status_code == 404

    def test_stays_with_one_when_two_hand_over_at_once(self, squad: Squad) -> None:
        takers = [assistant_of(squad, "One"), assistant_of(squad, "Two")]
        outcomes: list[str] = []

        def give(taker: Person) -> None:
            try:
                teams.hand_over(head=squad.coach.user, team_id=squad.team.id, to_user=taker.id)
                outcomes.append("given")
            except teams.HeadCoachOnly:
                outcomes.append("refused")
            finally:
                connections.close_all()

        threads = [threading.Thread(target=give, args=(taker,)) for taker in takers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["given", "refused"]
        heads = TeamMember.objects.filter(team=squad.team, role="head")
        assert heads.count() == 1


class TestLeaving:
    def test_ends_what_was_seen(self, squad: Squad, filled: Callable[..., Person]) -> None:
        coach, athlete = assistant_of(squad), filled()
        squad.join(athlete)
        assign(squad, coach, athlete)
        assert coach.delete(path(squad, "coaches", coach.id)).status_code == 204
        assert coach.get(squad.panel).status_code == 404
        assert seen_in_tables(coach) == set()
        assert coach.get("/v1/teams").json() == {"teams": []}

        again = coach.post("/v1/teams/join", {"code": code_for_a_coach(squad)})
        assert again.status_code == 200
        renewed = squad.join(athlete)  # the standing one
        renew_grant(
            athlete=athlete.user, grant_id=renewed.id, ends_at=renewed.ends_at, now=timezone.now()
        )
        assert names_on(coach, squad) == set()  # the assignment went with them

    def test_is_done_for_an_assistant_by_the_head(self, squad: Squad) -> None:
        coach = assistant_of(squad)
        assert squad.coach.delete(path(squad, "coaches", coach.id)).status_code == 204
        assert coach.get(squad.panel).status_code == 404
        assert squad.coach.delete(path(squad, "coaches", coach.id)).status_code == 404

    def test_closes_the_invitations_of_who_left(self, squad: Squad) -> None:
        coach = assistant_of(squad)
        own = code_for_a_coach(squad)
        squad.coach.post(path(squad, "hand-over"), {"to": str(coach.id)})
        assert squad.coach.delete(path(squad, "coaches", squad.coach.id)).status_code == 204
        assert squad.coach.post("/v1/teams/join", {"code": own}).status_code == 404


class TestArchiving:
    def test_shows_nobody_until_restored(self, squad: Squad, filled: Callable[..., Person]) -> None:
        athlete = filled()
        squad.join(athlete)
        told = squad.coach.patch(path(squad), {"archived": True}).json()
        assert told["archived_at"]
        assert squad.coach.patch(path(squad), {"archived": True}).json() == told
        assert names_on(squad.coach, squad) == set()
        assert squad.coach.get(squad.one(athlete.id)).status_code == 404
        assert seen_in_tables(squad.coach) == set()
        refused = squad.coach.post(path(squad, "invitations"), {"purpose": "More"})
        assert (refused.status_code, refused.json()["code"]) == (409, "coaching.team_archived")

        squad.coach.patch(path(squad), {"archived": False, "name": "Middle distance II"})
        assert names_on(squad.coach, squad) == {athlete.user.display_name}
        [team] = squad.coach.get("/v1/teams").json()["teams"]
        assert (team["name"], team["archived_at"]) == ("Middle distance II", None)

    def test_closes_open_invitations(self, squad: Squad, athlete: Person) -> None:
        code = invite(
            coach=squad.coach.user, team_id=squad.team.id, categories={"sessions"}, purpose="x",
            now=timezone.now(),
        ).code  # fmt: skip
        squad.coach.patch(path(squad), {"archived": True})
        assert athlete.get(f"/v1/invitations/{code}").status_code == 404


class TestPausing:
    def test_keeps_who_looks_after_somebody(
        self, squad: Squad, filled: Callable[..., Person]
    ) -> None:
        coach, paused, other = assistant_of(squad), filled("Paused"), filled("Other")
        grant = squad.join(paused)
        squad.join(other)
        assign(squad, coach, paused)
        pause_grant(athlete=paused.user, grant_id=grant.id, now=timezone.now())
        assign(squad, coach, other)
        resume_grant(athlete=paused.user, grant_id=grant.id, now=timezone.now())
        assert names_on(coach, squad) == {"Paused", "Other"}

    def test_looks_like_an_end_to_the_coach(
        self, squad: Squad, filled: Callable[..., Person]
    ) -> None:
        paused, ended = filled("Paused"), filled("Ended")
        grant, other = squad.join(paused), squad.join(ended)
        pause_grant(athlete=paused.user, grant_id=grant.id, now=timezone.now())
        ended.post(f"/v1/me/grants/{other.id}/end")
        answers = [squad.coach.get(squad.one(person.id)) for person in (paused, ended)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert seen_in_tables(squad.coach) == set()
        resume_grant(athlete=paused.user, grant_id=grant.id, now=timezone.now())
        assert names_on(squad.coach, squad) == {"Paused"}
        assert seen_in_tables(squad.coach) == {paused.id}


class TestTags:
    def test_are_the_teams_own(
        self, squad: Squad, other_squad: Squad, filled: Callable[..., Person]
    ) -> None:
        athlete = filled()
        squad.join(athlete)
        other_squad.join(athlete)
        told = squad.coach.put(
            path(squad, "athletes", athlete.id, "tags"), {"tags": ["800 m", "  new  comer ", ""]}
        )
        assert told.status_code == 422  # an empty one
        told = squad.coach.put(
            path(squad, "athletes", athlete.id, "tags"), {"tags": ["800 m", "  new  comer "]}
        )
        assert told.json()["tags"] == ["800 m", "new comer"]
        with acting_as(other_squad.coach.id, wall=Wall.COACH), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM coaching_rostertag")
            assert cursor.fetchone() == (0,)

    def test_of_somebody_elses_athlete_are_refused(
        self, squad: Squad, filled: Callable[..., Person]
    ) -> None:
        body = {"tags": ["mine"]}
        for who in (filled().id, MISSING):
            answer = squad.coach.put(path(squad, "athletes", who, "tags"), body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


class TestPages:
    def test_walk_from_invitation_to_archive(
        self, squad: Squad, filled: Callable[..., Person]
    ) -> None:
        athlete, coach = filled("Aiko <b>Ito</b>"), make_person("Pat Assistant")
        head = squad.coach.page
        settings = f"{squad.page}/settings"
        inviting = f"{squad.page}/invite?for_coach=1"
        assert f'href="{inviting}"' in head.get(settings).content.decode()
        asking = {"purpose": "Hurdles <b>and</b> jumps", "max_uses": "1", "for_coach": "1"}
        made = head.post(inviting, asking).content.decode()
        link = made.split("/coach/join/")[1].split("<")[0]
        [code] = re.findall(r'"code">(\w{4}-\w{4})<', made)
        asked = coach.page.get(f"/coach/join/{link}").content.decode()
        assert "asks you to be an assistant coach" in asked
        assert "Hurdles &lt;b&gt;and&lt;/b&gt; jumps" in asked
        typed = coach.page.post("/invitations", {"code": code}, follow=True)
        assert typed.redirect_chain[-1][0] == f"/coach/join/{code}"
        assert coach.page.post(f"/coach/join/{code}").status_code == 302
        again = coach.page.get(f"/coach/join/{link}")
        assert (again.status_code, again.headers["Location"]) == (302, squad.page)
        told = coach.page.post("/invitations", {"code": code}, follow=True)
        assert told.redirect_chain[-1][0] == squad.page
        assert "You coach this team already" in told.content.decode()
        late, nonsense = make_person("Late"), "ABCDEFGH"
        assert late.page.get(f"/coach/join/{link}").status_code == 404
        by_code = [
            late.page.post("/invitations", {"code": one}, follow=True) for one in (code, nonsense)
        ]
        assert {answer.status_code for answer in by_code} == {404}
        assert unmasked(by_code[0]) == unmasked(by_code[1])
        squad.join(athlete)

        shown = head.get(settings).content.decode()
        assert "Aiko &lt;b&gt;Ito&lt;/b&gt;" in shown
        head.post(
            f"{squad.page}/do/assign", {"coach": str(coach.id), "athletes": [str(athlete.id)]}
        )
        assert "Assistant, 1 assigned" in head.get(settings).content.decode()
        assert "Aiko" in coach.page.get(squad.page).content.decode()
        assert "Make head coach" not in coach.page.get(settings).content.decode()
        assert coach.page.post(f"{squad.page}/do/archive").status_code == 403

        head.post(
            f"{squad.page}/do/tag", {"athlete": str(athlete.id), "tags": "800 m,  new  comer"}
        )
        assert "800 m, new comer" in head.get(settings).content.decode()
        too_many = {"athlete": str(athlete.id), "tags": ",".join(map(str, range(13)))}
        refused = head.post(f"{squad.page}/do/tag", too_many)
        assert refused.status_code == 422
        assert f'value="{too_many["tags"]}"' in refused.content.decode(), "what was typed stays"
        assert "Use fewer or shorter tags" in refused.content.decode()

        head.post(f"{squad.page}/do/hand-over", {"coach": str(coach.id)})
        assert "Make head coach" in coach.page.get(settings).content.decode()
        coach.page.post(f"{squad.page}/rename", {"name": "Sprinters"})
        coach.page.post(f"{squad.page}/do/archive")
        shown = coach.page.get(settings).content.decode()
        assert "Sprinters" in shown
        assert "Restore the team" in shown

    def test_refuse_what_is_not_there(self, squad: Squad) -> None:
        head = squad.coach.page
        assert head.post(f"{squad.page}/do/explode").status_code == 404
        assert head.post(f"{squad.page}/do/remove", {"coach": "nobody"}).status_code == 404
        assert head.post(f"{squad.page}/rename", {"name": ""}).status_code == 422
        assert head.get(f"/coach/teams/{MISSING}/settings").status_code == 404
        assert head.get("/coach/join/nothing").status_code == 404


class TestSettingsOfALargeTeam:
    """A page shows a hundred athletes by name; what is decided there is about these alone."""

    @pytest.fixture
    def large(self, squad: Squad) -> Squad:
        """A team of a hundred and two, and an assistant."""
        assistant_of(squad)
        crowd(squad, [f"Runner {number:03}" for number in range(101)] + ["\u00c5se \u00d6berg"])
        return squad

    def shown(self, squad: Squad, query: str = "") -> tuple[list[str], str]:
        """Return the ids of the athletes that are shown, and the page."""
        page = squad.coach.page.get(f"{squad.page}/settings{query}").content.decode()
        return re.findall(r'name="shown" value="([^"]*)"', page), page

    def test_goes_page_by_page(self, large: Squad) -> None:
        first, page = self.shown(large)
        assert (len(first), "Page 1 of 2, 102 of 102 athletes" in page) == (100, True)
        rest, page = self.shown(large, "?page=2")
        assert (len(rest), "Page 2 of 2" in page) == (2, True)
        assert not {*first} & {*rest}
        assert self.shown(large, "?page=9")[0] == rest
        assert self.shown(large, "?page=x")[0] == first

    def test_finds_a_name_whatever_its_case_and_accents(self, large: Squad) -> None:
        found, page = self.shown(large, "?q=ase+OBERG")
        assert len(found) == 1
        assert "1 of 102 athletes" in page
        assert "Nobody has that name" in self.shown(large, "?q=nobody")[1]

    def test_assigns_among_those_shown_and_leaves_all_others(self, large: Squad) -> None:
        coach = TeamMember.objects.get(team=large.team, role="assistant").user_id
        first, rest = self.shown(large)[0], self.shown(large, "?page=2")[0]
        for shown, chosen, query in ((first, first[:2], ""), (rest, rest, "?page=2")):
            form = {"coach": str(coach), "athletes": chosen, "shown": shown}
            answer = large.coach.page.post(f"{large.page}/do/assign{query}", form)
            assert answer["Location"] == f"{large.page}/settings{query}"
        staff = large.coach.get(path(large, "coaches")).json()["coaches"]
        assert set(staff[1]["athletes"]) == {*first[:2], *rest}
