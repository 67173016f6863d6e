"""An athlete pauses, resumes, renews, and looks at their own row before deciding."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.text import capfirst

from apps.coaching.categories import Category
from apps.coaching.models import Invitation, TeamMember
from apps.coaching.pages import present
from apps.coaching.pages.tiles import tiles
from apps.coaching.services.invitations import withdraw_invitation
from apps.coaching.services.looking import look_at_athlete
from apps.coaching.services.teams import archive_team
from tests.apps.coaching.conftest import CANARY, EVERYTHING, Squad
from tests.apps.coaching.deciding import claim, invited, kept
from tests.apps.coaching.scenes import CALM, LATE, OUTSIDE, STEP, put_parts
from tests.apps.coaching.test_consent_pages import text_of
from tests.apps.coaching.test_looking import leaks
from tests.conftest import Person

GRANTS = "/v1/me/grants"


def what_a_coach_reads(squad: Squad, athlete: Person) -> list[str]:
    """Return every cell of an athlete's row, and every value, reason and doubt of its parts."""
    now = timezone.now()
    row = look_at_athlete(
        viewer=squad.coach.user, team_id=squad.team.id, athlete_id=athlete.id, now=now
    ).row
    line = present.line(row, now=now)
    said = [line.sign.word, capfirst(line.sentence), line.last_data]
    said.append(line.availability_word if "sessions" in row.shared else "Can train not shared")
    if row.covered_days is not None:
        said.append(f"{row.covered_days} of 28")
    if row.open_reminders:
        said.append(f"{row.open_reminders} open")
    if line.more:
        said.append(f"and {line.more} more")
    for tile in tiles(row):
        if tile.is_shared:
            said += [tile.category.title, capfirst(tile.sureness)]
            said += [capfirst(one.reason.sentence) for one in tile.reasons]
            said += [f"{one.word} {one.said}" for one in (*tile.values, *tile.further)]
    return [one for one in said if one]


class TestPausing:
    def test_hides_the_row_from_the_next_look_and_resuming_brings_it_back(
        self, squad: Squad, filled: Callable[..., Person]
    ) -> None:
        athlete = filled()
        grant = squad.join(athlete)
        paused = athlete.post(f"{GRANTS}/{grant.id}/pause")
        assert paused.json()["paused_at"]
        assert b"CANARY" not in squad.coach.get(squad.panel).content
        assert squad.coach.get(squad.one(athlete.id)).status_code == 404
        [told] = athlete.get(GRANTS).json()["grants"]
        assert (told["is_live"], told["is_standing"]) == (False, True)
        resumed = athlete.post(f"{GRANTS}/{grant.id}/resume")
        assert resumed.json()["paused_at"] is None
        assert b"CANARYSESSIONS" in squad.coach.get(squad.panel).content

    def test_looks_to_a_coach_like_an_end(
        self, squad: Squad, filled: Callable[..., Person]
    ) -> None:
        paused, ended = filled("Same Name"), filled("Same Name")
        for athlete, what in ((paused, "pause"), (ended, "end")):
            athlete.post(f"{GRANTS}/{squad.join(athlete).id}/{what}")
        one, other = (squad.coach.get(squad.one(athlete.id)) for athlete in (paused, ended))
        assert (one.status_code, one.content) == (other.status_code, other.content)

    def test_is_refused_once_it_ended(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        athlete.post(f"{GRANTS}/{grant.id}/end")
        for what in ("pause", "resume"):
            answer = athlete.post(f"{GRANTS}/{grant.id}/{what}")
            assert answer.json()["code"] == "coaching.grant_not_standing"


class TestRenewing:
    def test_makes_a_new_consent_that_names_the_coaches_of_today(
        self, squad: Squad, filled: Callable[..., Person], people: Callable[..., Person]
    ) -> None:
        athlete, late = filled(), people("Late Head")
        old = squad.join(athlete, frozenset({"sessions", "loading"}))
        TeamMember.objects.create(
            team=squad.team, user=late.user, role="head", joined_at=timezone.now()
        )
        [told] = athlete.get(GRANTS).json()["grants"]
        assert told["coaches"] == ["Kim Coach"]
        assert told["coaches_since"] == ["Late Head"]
        assert b"CANARY" not in late.get(squad.panel).content

        body = claim("sessions", days=100, is_adult=True)
        answer = athlete.post(f"{GRANTS}/{old.id}/renew", body)
        assert answer.status_code == 200, answer.content
        first, second = kept(athlete)
        assert first.ended_at == second.granted_at
        assert second.categories == ["sessions"]
        assert b"CANARYSESSIONS" in late.get(squad.panel).content
        now = athlete.get(GRANTS).json()["grants"][0]
        assert (now["id"], now["coaches_since"]) == (str(second.id), [])

    def test_keeps_the_categories_when_none_are_sent(self, squad: Squad, athlete: Person) -> None:
        old = squad.join(athlete, frozenset({"sessions", "labs_status"}))
        body = {k: v for k, v in claim(days=90, is_adult=True).items() if k != "categories"}
        answer = athlete.post(f"{GRANTS}/{old.id}/renew", body)
        assert answer.json()["categories"] == ["sessions", "labs_status"]

    def test_takes_no_end_without_an_offset(self, squad: Squad, athlete: Person) -> None:
        """It would be one hour for the athlete and another for the server."""
        old = squad.join(athlete)
        body = claim("sessions", is_adult=True)
        body["ends_at"] = body["ends_at"].removesuffix("+00:00")
        answer = athlete.post(f"{GRANTS}/{old.id}/renew", body)
        assert answer.status_code == 422
        assert list(answer.json()["errors"]) == ["ends_at"]
        assert [one.id for one in kept(athlete)] == [old.id]

    def test_is_prompted_in_the_last_14_days(self, squad: Squad, athlete: Person) -> None:
        far = squad.join(athlete, days=15)
        assert athlete.get(GRANTS).json()["grants"][0]["renew_by"] is None
        athlete.post(f"{GRANTS}/{far.id}/end")
        near = squad.join(athlete, days=13)
        told = athlete.get(GRANTS).json()["grants"][0]
        assert told["id"] == str(near.id)
        assert told["renew_by"] == told["ends_at"]
        assert "To go on" in athlete.page.get("/me/sharing").content.decode()

    def test_gives_no_more_than_there_was(self, squad: Squad, athlete: Person) -> None:
        old = squad.join(athlete, frozenset({"labs_status"}))
        answer = athlete.post(f"{GRANTS}/{old.id}/renew", claim("labs", is_adult=True))
        assert answer.json()["code"] == "coaching.category_not_granted"

    @pytest.mark.parametrize("what", ["pause", "resume", "renew"])
    def test_is_404_for_another_persons_grant(
        self, squad: Squad, athlete: Person, stranger: Person, what: str
    ) -> None:
        grant = squad.join(athlete)
        body = claim("sessions", is_adult=True)
        foreign = stranger.post(f"{GRANTS}/{grant.id}/{what}", body)
        missing = stranger.post(f"{GRANTS}/{uuid.uuid4()}/{what}", body)
        assert (foreign.status_code, foreign.content) == (404, missing.content)


class TestPreview:
    def test_is_the_row_the_coach_sees_afterwards(
        self, squad: Squad, filled: Callable[..., Person]
    ) -> None:
        athlete = filled()
        code = invited(squad).code
        chosen = ["sessions", "labs_status"]
        address = f"/v1/invitations/{code}/preview?categories=sessions&categories=labs_status"
        before = athlete.get(address).json()["row"]
        answer = athlete.post("/v1/invitations/accept", claim(*chosen, code=code, is_adult=True))
        assert answer.status_code == 200, answer.content
        seen = squad.coach.get(squad.one(athlete.id)).json()
        assert before == {name: seen[name] for name in before}
        assert "CANARYSTATUS" in str(before)

    @pytest.mark.parametrize("category", sorted(EVERYTHING))
    def test_holds_nothing_but_what_was_chosen(
        self, squad: Squad, filled: Callable[..., Person], category: str
    ) -> None:
        athlete = filled()
        link = "/invitations/" + invited(squad).link.rpartition("/")[2]
        address = f"{link}/preview?categories={category}"
        for answer in (athlete.get(f"/v1{address}"), athlete.page.get(address)):
            text = answer.content.decode()
            assert CANARY[category] in text.replace("&lt;", "<")
            assert leaks(text, but=frozenset({category})) == []

    @pytest.mark.parametrize("category", [*sorted(CALM), None])
    def test_says_on_the_page_what_the_coachs_page_then_says(
        self, squad: Squad, people: Callable[..., Person], category: str | None
    ) -> None:
        """Of each category alone, and of all: every cell of the row, every value of every part."""
        athlete = people("Aiko Ito")
        put_parts(athlete.id, [("loading", STEP), ("reminders", LATE), ("labs_status", OUTSIDE)])
        chosen = frozenset({category} if category else set(CALM) - {"labs_status"})
        link = "/invitations/" + invited(squad).link.rpartition("/")[2]
        asked = "&".join(f"categories={one}" for one in chosen)
        preview = text_of(athlete.page.get(f"{link}/preview?{asked}"))
        squad.join(athlete, chosen)
        seen = text_of(squad.coach.page.get(squad.page))
        seen += text_of(squad.coach.page.get(f"{squad.page}/athletes/{athlete.id}"))
        said = what_a_coach_reads(squad, athlete)
        assert len(said) >= 5
        assert [one for one in said if one not in seen] == []
        if category not in {None, "sessions"}:  # nobody was asked, so nobody gave no answer
            assert "No answer" not in seen + preview
            assert "not shared" in preview
        assert [one for one in said if one not in preview] == []

    def test_is_nothing_when_nothing_is_chosen(self, squad: Squad, athlete: Person) -> None:
        link = invited(squad).link.rpartition("/")[2]
        assert athlete.get(f"/v1/invitations/{link}/preview").json() == {"row": None}

    def test_takes_no_more_than_was_asked(self, squad: Squad, athlete: Person) -> None:
        code = invited(squad, frozenset({"labs_status"})).code
        answer = athlete.get(f"/v1/invitations/{code}/preview", categories="labs")
        assert answer.json()["code"] == "coaching.category_not_asked"

    def test_leaves_no_access_line_and_no_grant(self, squad: Squad, athlete: Person) -> None:
        code = invited(squad).code
        athlete.get(f"/v1/invitations/{code}/preview", categories="sessions")
        assert athlete.get("/v1/me/access-log").json()["lines"] == []
        assert kept(athlete) == []

    def test_may_follow_many_ticks_but_few_guesses(self, squad: Squad, athlete: Person) -> None:
        link = invited(squad).link.rpartition("/")[2]
        right = [athlete.get(f"/v1/invitations/{link}/preview").status_code for _ in range(25)]
        assert set(right) == {200}
        wrong = [athlete.get("/v1/invitations/AAAABBBB/preview").status_code for _ in range(25)]
        assert wrong[0] == 404
        assert wrong[-1] == 429


class TestInvitation:
    def test_is_decided_by_levels(self, squad: Squad, athlete: Person) -> None:
        code = invited(squad, frozenset({"sessions", "labs"})).code
        told = athlete.get(f"/v1/invitations/{code}").json()
        keys = [[level["key"] for level in levels] for levels in told["choices"]]
        assert keys == [["sessions"], ["labs", "labs_status"]]
        assert told["is_adult"] is None

    def test_answers_every_dead_secret_with_the_same_bytes(
        self, squad: Squad, athlete: Person, stranger: Person
    ) -> None:
        now = timezone.now()
        used, old, withdrawn, archived = (invited(squad) for _ in range(4))
        for_coaches = invited(squad, for_coach=True)
        stranger.post("/v1/invitations/accept", claim("sessions", code=used.code, is_adult=True))
        assert len(kept(stranger)) == 1
        Invitation.objects.filter(pk=old.invitation_id).update(expires_at=now - timedelta(days=1))
        withdraw_invitation(
            coach=squad.coach.user, team_id=squad.team.id,
            invitation_id=withdrawn.invitation_id, now=now,
        )  # fmt: skip
        dead = [used.code, old.code, withdrawn.code, for_coaches.code, "ZZZZ-ZZZZ"]
        seen = {athlete.get(f"/v1/invitations/{code}").content for code in dead}
        archive_team(head=squad.coach.user, team_id=squad.team.id, now=now)
        seen.add(athlete.get(f"/v1/invitations/{archived.code}").content)
        seen |= {
            athlete.post(
                "/v1/invitations/accept", claim("sessions", code=code, is_adult=True)
            ).content
            for code in [*dead, archived.code]
        }
        assert len(seen) == 1
        assert b"coaching.invitation_not_valid" in seen.pop()
        assert kept(athlete) == []

    def test_never_preselects_cycle_and_energy(self, squad: Squad, athlete: Person) -> None:
        squad.join(athlete, frozenset({"sessions", "cycle", "energy"}))
        page = athlete.page.get(f"/me/sharing/{kept(athlete)[0].id}/renew").content.decode()
        assert 'value="sessions" checked' in page
        for category in (Category.CYCLE, Category.ENERGY):
            assert f'value="{category}">' in page
