"""Connected apps, the operator's command, and the page of the API's description."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from apps.common.headers import CONTENT_POLICY
from apps.integrations.models import Client
from tests.apps.integrations.third_party import ThirdParty, read
from tests.conftest import Person


class TestConnections:
    def test_are_listed_with_what_they_may_read(self, athlete: Person) -> None:
        ThirdParty(name="Bone Lab").connect(athlete, scope="labs:read")
        text = athlete.page.get("/me/apps").content.decode()
        assert "Bone Lab" in text
        assert "Your laboratory results" in text
        assert "Your workouts" not in text

    def test_are_the_persons_own(self, athlete: Person, stranger: Person) -> None:
        ThirdParty(name="Bone Lab").connect(athlete)
        assert "Bone Lab" not in stranger.page.get("/me/apps").content.decode()

    def test_stay_listed_once_after_a_refresh(self, athlete: Person) -> None:
        partner = ThirdParty(name="Bone Lab")
        partner.refresh(partner.connect(athlete)["refresh_token"])
        text = athlete.page.get("/me/apps").content.decode()
        assert text.count("<h2>Bone Lab</h2>") == 1

    def test_end_at_once(self, athlete: Person, stranger: Person) -> None:
        partner = ThirdParty()
        tokens, other = partner.connect(athlete), partner.connect(stranger)
        end = f"/me/apps/{partner.client.client_id}/end"
        assert athlete.page.post(end)["Location"] == "/me/apps"
        assert "Nothing is connected" in athlete.page.get("/me/apps").content.decode()
        assert read(tokens["access_token"], "/v1/athletes/me/summary").status_code == 401
        assert partner.refresh(tokens["refresh_token"]).status_code == 400
        assert read(other["access_token"], "/v1/athletes/me/summary").status_code == 200

    def test_need_a_session(self) -> None:
        assert Browser().get("/me/apps")["Location"].startswith("/sign-in?next=")
        assert Browser().post("/me/apps/x/end")["Location"].startswith("/sign-in?next=")


class TestCommand:
    def test_shows_a_secret_once_and_stores_its_hash(self) -> None:
        out = StringIO()
        call_command(
            "create_oauth_client", "--name", "Lab", "--redirect-uri", "https://lab.example/cb",
            stdout=out,
        )  # fmt: skip
        shown = dict(line.split(": ", 1) for line in out.getvalue().splitlines() if ": " in line)
        stored = Client.objects.get(client_id=shown["client_id"])
        assert shown["client_secret"] not in stored.client_secret
        assert stored.client_secret.count("$") >= 2

    def test_refuses_an_unsafe_redirect(self) -> None:
        with pytest.raises(CommandError, match="exact https address"):
            call_command(
                "create_oauth_client", "--name", "Lab", "--redirect-uri", "http://lab.example/cb"
            )


class TestDocs:
    def test_work_under_the_strict_policy(self) -> None:
        page = Browser().get("/docs")
        assert page["Content-Security-Policy"] == CONTENT_POLICY
        text = page.content.decode()
        assert "<style" not in text
        assert "<script>" not in text
        script = Browser().get("/docs?script=")
        assert script["Content-Type"].startswith("application/javascript")
        assert b"/openapi.json" in script.content

    def test_serve_the_description_as_json(self) -> None:
        answer = Browser().get("/openapi.json")
        assert answer["Content-Type"] == "application/json"
        assert answer.json()["openapi"] == "3.1.1"
        again = Browser().get("/openapi.json", headers={"If-None-Match": answer["ETag"]})
        assert again.status_code == 304
