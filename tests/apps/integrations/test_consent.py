"""The consent page: who may ask, how, and what the browser is told."""

import pytest
from django.test import Client as Browser

from apps.integrations.services.clients import UnsafeRedirect, register_client
from tests.apps.integrations.third_party import CALLBACK, ThirdParty, came_back
from tests.conftest import Person

ISSUER = "http://127.0.0.1:8000"


class TestQuestion:
    def test_says_who_asks_for_what_in_plain_words(self, athlete: Person) -> None:
        page = ThirdParty(name="Bone Lab <b>").ask(athlete, scope="labs:read")
        text = page.content.decode()
        assert page.status_code == 200
        assert "Bone Lab &lt;b&gt;" in text
        assert "Your laboratory results" in text
        assert "Your workouts" not in text
        assert "Aiko Ito" in text
        assert "<script" not in text
        assert "style=" not in text

    def test_lets_the_answer_reach_the_client_and_nobody_else(self, athlete: Person) -> None:
        policy = ThirdParty().ask(athlete)["Content-Security-Policy"]
        assert "form-action 'self' https://partner.example;" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src 'self';" in policy

    def test_sends_a_stranger_to_sign_in_and_back(self) -> None:
        answer = Browser().get("/o/authorize", ThirdParty().question())
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in?next=/o/authorize%3F")

    def test_asks_again_although_allowed_before(self, athlete: Person) -> None:
        partner = ThirdParty()
        partner.connect(athlete)
        assert partner.ask(athlete, approval_prompt="auto").status_code == 200

    def test_needs_a_csrf_token(self, athlete: Person) -> None:
        browser = Browser(enforce_csrf_checks=True)
        browser.force_login(athlete.user)
        assert browser.post("/o/authorize", ThirdParty().question()).status_code == 403


class TestAnswer:
    def test_returns_code_state_and_issuer(self, athlete: Person) -> None:
        partner = ThirdParty()
        back = partner.answer(athlete, partner.ask(athlete))
        assert set(back) == {"code", "state", "iss"}
        assert (back["state"], back["iss"]) == ("s1", ISSUER)

    def test_returns_a_refusal_with_issuer(self, athlete: Person) -> None:
        partner = ThirdParty()
        back = partner.answer(athlete, partner.ask(athlete), allow=False)
        assert back == {"error": "access_denied", "state": "s1", "iss": ISSUER}

    def test_is_refused_without_its_question(self, athlete: Person) -> None:
        assert athlete.page.post("/o/authorize", {"allow": "true"}).status_code == 400


class TestRefusedQuestion:
    @pytest.mark.parametrize(
        "changed",
        [
            {"code_challenge": None, "code_challenge_method": None},
            {"code_challenge_method": None},
            {"code_challenge_method": "plain"},
            {"response_type": "token"},
            {"scope": None},
            {"scope": ""},
            {"scope": "labs:write"},
            {"scope": "__all__"},
        ],
    )
    def test_goes_back_with_an_error_and_no_code(
        self, athlete: Person, changed: dict[str, str | None]
    ) -> None:
        back = came_back(ThirdParty().ask(athlete, **changed))
        assert "code" not in back
        assert back["error"] in {
            "invalid_request", "invalid_scope", "unauthorized_client",
            "unsupported_response_type",
        }  # fmt: skip
        assert (back["iss"], back["state"]) == (ISSUER, "s1")

    @pytest.mark.parametrize(
        "redirect_uri",
        [
            CALLBACK + "/",
            CALLBACK + "/more",
            CALLBACK + "?x=1",
            CALLBACK + "#x",
            CALLBACK.upper(),
            "http://partner.example/callback",
            "https://partner.example@evil.example/callback",
            "https://partner.example.evil.example/callback",
            "https://partner.example:8443/callback",
            "https://evil.example/callback",
            "javascript:alert(1)",
            "/callback",
            "",
        ],
    )
    def test_never_redirects_to_an_address_that_is_not_registered(
        self, athlete: Person, redirect_uri: str
    ) -> None:
        answer = ThirdParty().ask(athlete, redirect_uri=redirect_uri)
        assert answer.status_code == 400
        assert "Location" not in answer

    @pytest.mark.parametrize(
        "query",
        ["client_id=%00&response_type=code", "client_id=nobody", "a", "%zz", "&&", "prompt=create"],
    )
    def test_is_a_page_not_a_crash(self, athlete: Person, query: str) -> None:
        assert athlete.page.get(f"/o/authorize?{query}").status_code == 400

    def test_of_somebody_not_signed_in_is_no_open_redirect(self) -> None:
        query = {"prompt": "none", "redirect_uri": "https://evil.example/"}
        answer = Browser().get("/o/authorize", query)
        assert answer.status_code == 400


class TestRegistration:
    @pytest.mark.parametrize(
        "uri",
        [
            "http://partner.example/callback",
            "http://127.0.0.1/callback",
            "https://*.partner.example/callback",
            "https://partner.example/callback#here",
            "https://a@partner.example/callback",
            "https:/callback",
            "partner:/callback",
            "https://partner.example/call back",
        ],
    )
    def test_refuses_an_unsafe_redirect(self, uri: str) -> None:
        with pytest.raises(UnsafeRedirect):
            register_client(name="X", redirect_uris=[uri], confidential=True)

    def test_lets_a_native_program_listen_on_any_loopback_port(self, athlete: Person) -> None:
        native = ThirdParty(confidential=False, callback="http://127.0.0.1/callback")
        assert native.client.client_secret is None
        native.callback = "http://127.0.0.1:49152/callback"
        page = native.ask(athlete)
        assert "form-action 'self' http://127.0.0.1:49152;" in page["Content-Security-Policy"]
        tokens = native.connect(athlete)
        assert tokens["scope"].split() == ["summary:read", "labs:read", "workouts:read"]
        refused = native.ask(athlete, scope="labs:write")
        assert came_back(refused)["error"] == "invalid_scope"
