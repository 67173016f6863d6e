"""Signing in, out and up in a browser."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from tests.conftest import PASSWORD, Person


def address() -> str:
    """Return an e-mail address nobody has."""
    return f"{uuid.uuid4().hex}@example.org"


class TestSignIn:
    def test_opens_the_overview(self, athlete: Person) -> None:
        browser = Client()
        given = {"email": athlete.user.email.upper(), "password": PASSWORD}
        answer = browser.post("/sign-in", given)
        assert (answer.status_code, answer["Location"]) == (302, "/me")
        assert browser.get("/me").status_code == 200

    @pytest.mark.parametrize(
        ("wanted", "reached"),
        [
            ("/me/sharing?x=1", "/me/sharing?x=1"),
            ("//evil.example/", "/me"),
            ("https://evil.example/", "/me"),
            ("/\\evil.example", "/me"),
            ("javascript:alert(1)", "/me"),
            ("me", "/me"),
        ],
    )
    def test_goes_on_to_own_paths_only(self, athlete: Person, wanted: str, reached: str) -> None:
        given = {"email": athlete.user.email, "password": PASSWORD, "next": wanted}
        assert Client().post("/sign-in", given)["Location"] == reached

    def test_says_the_same_for_a_wrong_password_and_an_unknown_address(
        self, athlete: Person
    ) -> None:
        texts = []
        for email in (athlete.user.email, address()):
            answer = Client().post("/sign-in", {"email": email, "password": "wrong-wrong-wrong"})
            assert answer.status_code == 401
            texts.append(answer.context["error"])
        assert len(set(texts)) == 1

    def test_slows_down_guessing(self) -> None:
        given = {"email": address(), "password": "wrong-wrong-wrong"}
        statuses = [Client().post("/sign-in", given).status_code for _ in range(11)]
        assert statuses == [401] * 10 + [429]

    def test_needs_the_form_it_gave_out(self, athlete: Person) -> None:
        strict = Client(enforce_csrf_checks=True)
        given = {"email": athlete.user.email, "password": PASSWORD}
        assert strict.post("/sign-in", given).status_code == 403


class TestSignOut:
    def test_ends_the_session_and_clears_the_browser(self, athlete: Person) -> None:
        answer = athlete.page.post("/sign-out")
        assert answer["Location"] == "/sign-in"
        assert "cache" in answer["Clear-Site-Data"]
        assert athlete.page.get("/me").status_code == 302
        assert athlete.get("/v1/devices").status_code == 200  # phones stay signed in

    def test_is_not_a_link(self, athlete: Person) -> None:
        assert athlete.page.get("/sign-out").status_code == 405


class TestSignUp:
    def test_opens_an_account_and_its_empty_page(self) -> None:
        browser = Client()
        given = {"email": address(), "password": PASSWORD, "display_name": "Aiko",
                 "zone": "Europe/Oslo"}  # fmt: skip
        assert browser.post("/sign-up", given)["Location"] == "/me"
        assert "Nothing recorded yet" in browser.get("/me").content.decode()

    @pytest.mark.parametrize(
        ("change", "status"),
        [({"password": "short"}, 422), ({"email": "no"}, 422), ({"zone": "Mars/Base"}, 422),
         ({"display_name": "W" * 10_000}, 422), ({"display_name": "\u3164\u2800"}, 422)],
    )  # fmt: skip
    def test_refuses_what_it_cannot_keep(self, change: dict[str, str], status: int) -> None:
        given = {"email": address(), "password": PASSWORD, "display_name": "Aiko", "zone": "UTC"}
        answer = Client().post("/sign-up", {**given, **change})
        assert answer.status_code == status
        assert PASSWORD not in answer.content.decode()

    def test_does_not_open_a_second_account(self, people: Callable[..., Person]) -> None:
        given = {"email": people().user.email, "password": PASSWORD, "display_name": "Aiko",
                 "zone": "UTC"}  # fmt: skip
        assert Client().post("/sign-up", given).status_code == 409
