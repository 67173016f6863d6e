"""A head coach sees the open invitations, hands on a picture of the link, and withdraws."""

import re
import uuid
from collections.abc import Callable

from django.utils import timezone

from apps.coaching.models import Invitation
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.deciding import claim, invited, kept, ticks
from tests.apps.coaching.test_consent_pages import text_of
from tests.conftest import Person

HOSTILE = '"><script>alert(1)</script> \u202egnp.exe 🏃'


class TestList:
    def test_tells_what_is_left_of_each_and_no_secret(self, squad: Squad, athlete: Person) -> None:
        made = invited(squad, max_uses=3)
        athlete.post("/v1/invitations/accept", claim("sessions", code=made.code, is_adult=True))
        answer = squad.coach.get(f"/v1/teams/{squad.team.id}/invitations")
        [told] = answer.json()["invitations"]
        assert (told["uses"], told["uses_left"], told["max_uses"]) == (1, 2, 3)
        assert told["made_by"] == "Kim Coach"
        assert made.link.rpartition("/")[2].encode() not in answer.content
        assert made.code.encode() not in answer.content

    def test_leaves_out_what_nobody_can_accept(self, squad: Squad, athlete: Person) -> None:
        used, old = invited(squad), invited(squad)
        athlete.post("/v1/invitations/accept", claim("sessions", code=used.code, is_adult=True))
        Invitation.objects.filter(pk=old.invitation_id).update(expires_at=timezone.now())
        answer = squad.coach.get(f"/v1/teams/{squad.team.id}/invitations")
        assert answer.json() == {"invitations": []}

    def test_is_the_teams_own(self, squad: Squad, other_squad: Squad) -> None:
        foreign = squad.coach.get(f"/v1/teams/{other_squad.team.id}/invitations")
        missing = squad.coach.get(f"/v1/teams/{uuid.uuid4()}/invitations")
        assert (foreign.status_code, foreign.content) == (404, missing.content)


class TestWithdrawing:
    def test_closes_the_invitation_and_leaves_grants(
        self, squad: Squad, athlete: Person, stranger: Person
    ) -> None:
        made = invited(squad, max_uses=2)
        accept = claim("sessions", code=made.code, is_adult=True)
        athlete.post("/v1/invitations/accept", accept)
        path = f"/v1/teams/{squad.team.id}/invitations/{made.invitation_id}"
        assert squad.coach.delete(path).status_code == 204
        assert squad.coach.delete(path).status_code == 204
        assert stranger.post("/v1/invitations/accept", accept).status_code == 404
        assert kept(athlete)[0].ended_at is None

    def test_is_404_for_another_teams(self, squad: Squad, other_squad: Squad) -> None:
        made = invited(other_squad)
        own = f"/v1/teams/{squad.team.id}/invitations"
        foreign = squad.coach.delete(f"{own}/{made.invitation_id}")
        missing = squad.coach.delete(f"{own}/{uuid.uuid4()}")
        assert (foreign.status_code, foreign.content) == (404, missing.content)
        assert Invitation.objects.get(pk=made.invitation_id).withdrawn_at is None


class TestForACoach:
    def test_is_made_by_the_api_and_asks_for_no_data(self, squad: Squad) -> None:
        body = {"purpose": "Coach with me", "for_coach": True}
        answer = squad.coach.post(f"/v1/teams/{squad.team.id}/invitations", body)
        assert answer.status_code == 201, answer.content
        assert "/coach/join/" in answer.json()["link"]
        assert answer.json()["categories"] == []


class TestPage:
    def test_hands_on_a_picture_of_the_link_once(self, squad: Squad) -> None:
        path = f"{squad.page}/invite"
        form = {"categories": ["sessions"], "purpose": "Winter", "max_uses": "2", "days": "3"}
        made = squad.coach.page.post(path, form | {"level-labs": "labs_status"})
        assert 'src="data:image/svg+xml' in made.content.decode()
        assert "sessions, lab results, status only" in text_of(made)
        again = squad.coach.page.get(path)
        assert "data:image" not in again.content.decode()
        assert "2 of 2 left" in text_of(again)

    def test_withdraws(self, squad: Squad) -> None:
        made = invited(squad)
        path = f"{squad.page}/invitations/{made.invitation_id}/withdraw"
        assert "None is open" in text_of(squad.coach.page.post(path, follow=True))
        assert Invitation.objects.get(pk=made.invitation_id).withdrawn_at is not None

    def test_asks_no_athlete_for_nothing(self, squad: Squad) -> None:
        form = {"purpose": "Winter", "max_uses": "1"}
        assert squad.coach.page.post(f"{squad.page}/invite", form).status_code == 422
        made = squad.coach.page.post(f"{squad.page}/invite", form | {"for_coach": "1"})
        assert "/coach/join/" in text_of(made)

    def test_shows_hostile_words_as_words(
        self, squad: Squad, people: Callable[..., Person]
    ) -> None:
        squad.team.name = HOSTILE
        squad.team.save()
        squad.coach.user.display_name = HOSTILE
        squad.coach.user.save()
        form = {"categories": ["sessions"], "purpose": HOSTILE, "max_uses": "1"}
        made = squad.coach.page.post(f"{squad.page}/invite", form)
        [token] = re.findall(r"/invitations/([\w-]{32})<", made.content.decode())
        athlete = people(HOSTILE)
        pages = [made, athlete.page.get(f"/invitations/{token}")]
        asked = athlete.page.post(f"/invitations/{token}", ticks("sessions", answer="guardian"))
        [guardian] = re.findall(r"/guardian/[\w.-]+", asked.content.decode())
        pages += [athlete.page.get(guardian), athlete.page.get("/me/sharing")]
        athlete.page.post(f"/invitations/{token}", ticks("sessions", is_adult="on"))
        pages.append(athlete.page.get("/me/sharing"))
        for page in pages:
            assert page.status_code == 200
            assert "<script>alert" not in page.content.decode()
        assert "&lt;script&gt;" in pages[-1].content.decode()
