"""Giving access needs the person: a fresh sign-in, or the password once more."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import DeviceToken
from apps.accounts.pages.presence import SIGNED_IN_AT
from apps.accounts.services.presence import FRESH_FOR
from apps.coaching.models import ConsentGrant
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.deciding import claim, invited, kept, ticks
from tests.conftest import PASSWORD, Person

ACCEPT = "/v1/invitations/accept"


def age_token(person: Person) -> None:
    """Let the device's sign-in be older than ten minutes."""
    tokens = DeviceToken.objects.filter(device_id=person.device_id)
    tokens.update(created_at=timezone.now() - FRESH_FOR - timedelta(seconds=1))


def age_session(browser: Client) -> None:
    """Let the browser's sign-in be older than ten minutes."""
    session = browser.session
    session[SIGNED_IN_AT] -= FRESH_FOR.total_seconds() + 1
    session.save()


class TestApi:
    def test_takes_a_fresh_token(self, squad: Squad, athlete: Person) -> None:
        body = claim("sessions", code=invited(squad).code, is_adult=True)
        assert athlete.post(ACCEPT, body).status_code == 200

    @pytest.mark.parametrize("password", ["", "wrong-horse-battery"])
    def test_asks_for_the_password_with_an_older_one(
        self, squad: Squad, athlete: Person, password: str
    ) -> None:
        age_token(athlete)
        body = claim("sessions", code=invited(squad).code, is_adult=True)
        answer = athlete.post(ACCEPT, body | {"password": password})
        assert (answer.status_code, answer.json()["code"]) == (403, "reauthentication-required")
        assert kept(athlete) == []
        assert athlete.post(ACCEPT, body | {"password": PASSWORD}).status_code == 200

    def test_asks_for_it_at_a_renewal_too(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        age_token(athlete)
        path = f"/v1/me/grants/{grant.id}/renew"
        body = claim("sessions", days=60, is_adult=True)
        assert athlete.post(path, body).json()["code"] == "reauthentication-required"
        assert athlete.post(path, body | {"password": PASSWORD}).status_code == 200

    @pytest.mark.parametrize("password", ["", "wrong-horse-battery"])
    def test_asks_for_it_to_resume(self, squad: Squad, athlete: Person, password: str) -> None:
        grant = squad.join(athlete)
        athlete.post(f"/v1/me/grants/{grant.id}/pause")
        age_token(athlete)
        path = f"/v1/me/grants/{grant.id}/resume"
        answer = athlete.post(path, {"password": password})
        assert (answer.status_code, answer.json()["code"]) == (403, "reauthentication-required")
        assert athlete.post(path).json()["code"] == "reauthentication-required"
        assert kept(athlete)[0].paused_at is not None
        assert athlete.post(path, {"password": PASSWORD}).status_code == 200
        assert kept(athlete)[0].paused_at is None

    def test_takes_a_fresh_token_to_resume(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        athlete.post(f"/v1/me/grants/{grant.id}/pause")
        assert athlete.post(f"/v1/me/grants/{grant.id}/resume").status_code == 200

    def test_asks_for_nothing_to_share_less(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete, frozenset({"sessions", "loading"}))
        age_token(athlete)
        for what in ("narrow", "pause", "end"):
            body = {"categories": ["sessions"]}
            assert athlete.post(f"/v1/me/grants/{grant.id}/{what}", body).status_code == 200

    def test_counts_wrong_passwords_as_at_sign_in(self, squad: Squad, athlete: Person) -> None:
        age_token(athlete)
        body = claim("sessions", code=invited(squad).code, is_adult=True, password="wrong")
        codes = [athlete.post(ACCEPT, body).status_code for _ in range(12)]
        assert codes[0] == 403
        assert codes[-1] == 429


class TestPages:
    def test_ask_for_the_password_in_an_older_session(self, squad: Squad, athlete: Person) -> None:
        path = f"/invitations/{invited(squad).code}"
        assert 'name="password"' not in athlete.page.get(path).content.decode()
        age_session(athlete.page)
        assert 'name="password"' in athlete.page.get(path).content.decode()
        form = ticks("sessions", is_adult="on")
        refused = athlete.page.post(path, form)
        assert refused.status_code == 403
        assert "Enter your password once more" in refused.content.decode()
        assert athlete.page.post(path, form | {"password": "wrong"}).status_code == 403
        assert kept(athlete) == []
        assert athlete.page.post(path, form | {"password": PASSWORD}).status_code == 302
        [grant] = kept(athlete)
        assert grant.channel == ConsentGrant.Channel.PAGE

    def test_ask_for_it_to_resume(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete)
        athlete.page.post(f"/me/sharing/{grant.id}/pause")
        assert 'name="password"' not in athlete.page.get("/me/sharing").content.decode()
        age_session(athlete.page)
        assert f'for="password-{grant.id}"' in athlete.page.get("/me/sharing").content.decode()
        path = f"/me/sharing/{grant.id}/resume"
        for password, said in (("", "Enter your password once more"), ("x", "password is wrong")):
            refused = athlete.page.post(path, {"password": password})
            assert refused.status_code == 403
            assert said in refused.content.decode()
            assert 'name="password"' in refused.content.decode()
        assert kept(athlete)[0].paused_at is not None
        assert athlete.page.post(path, {"password": PASSWORD}).status_code == 302
        assert kept(athlete)[0].paused_at is None

    def test_ask_for_it_to_resume_when_a_session_grew_old_meanwhile(
        self, squad: Squad, athlete: Person
    ) -> None:
        """The page was shown without a field for it, and the press comes later."""
        grant = squad.join(athlete)
        athlete.page.post(f"/me/sharing/{grant.id}/pause")
        age_session(athlete.page)
        refused = athlete.page.post(f"/me/sharing/{grant.id}/resume")
        assert refused.status_code == 403
        assert 'name="password"' in refused.content.decode()

    def test_never_show_a_password_again(self, squad: Squad, athlete: Person) -> None:
        path = f"/invitations/{invited(squad).code}"
        age_session(athlete.page)
        page = athlete.page.post(path, ticks(password=PASSWORD, is_adult="on"))
        assert page.status_code == 422
        assert PASSWORD not in page.content.decode()

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Dest": "iframe"},
        ],
    )
    def test_take_no_answer_from_elsewhere_or_a_frame(
        self, squad: Squad, athlete: Person, headers: dict[str, str]
    ) -> None:
        path = f"/invitations/{invited(squad).code}"
        form = ticks("sessions", is_adult="on")
        assert athlete.page.post(path, form, headers=headers).status_code == 403
        assert kept(athlete) == []
        own = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "document"}
        assert athlete.page.post(path, form, headers=own).status_code == 302
        page = athlete.page.get(path)
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
