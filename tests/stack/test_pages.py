"""The demo's pages in a real browser, as a coach and an athlete see them."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from playwright.sync_api import APIRequestContext, Browser, Page, expect

from config.demo import COACH, PASSWORD, PHONE
from tests.apps.insights.recordings import session
from tests.browsing import NEEDS_BROWSER, opened
from tests.browsing import browser as browser
from tests.stack.conftest import Stack, until

pytestmark = NEEDS_BROWSER


def signed_in(browser: Browser, stack: Stack, email: str) -> Page:
    """Return a page of somebody who signed in through the form."""
    page = opened(browser, viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{stack.url}/sign-in")
    page.fill("input[type=email]", email)
    page.fill("input[type=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile(r"/(me|coach)"))
    return page


def new_coach(stack: Stack, browser: Browser) -> Page:
    """Return a page of a coach who has nothing to do with the demo."""
    page = opened(browser).new_page()
    email = f"{uuid.uuid4().hex}@example.org"
    answer = page.request.post(
        f"{stack.url}/v1/auth/sign-up",
        data={"email": email, "password": PASSWORD, "display_name": "Other coach"},
    )
    assert answer.status == 201, answer.text()
    return signed_in(browser, stack, email)


class TestRoster:
    def test_shows_the_demo_athletes_in_their_groups(self, stack: Stack, browser: Browser) -> None:
        errors: list[str] = []
        page = signed_in(browser, stack, COACH)
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(f"{stack.url}/coach")
        tree = page.locator("#roster").aria_snapshot()
        places = [tree.index(group) for group in ("Needs a look", "Silent", "Due soon", "Steady")]
        assert places == sorted(places)
        needs, silent, due = (tree[start:end] for start, end in pairwise(places))
        assert "Jonas Weber" in needs
        assert "Amara Okafor" in needs
        assert "Yuki Tanaka" in silent
        assert "Priya Raman" in due
        assert errors == []

    def test_a_revoked_athlete_is_gone_on_the_next_request(
        self, stack: Stack, browser: Browser
    ) -> None:
        coach = signed_in(browser, stack, COACH)
        coach.goto(f"{stack.url}/coach")
        coach.locator(".coach-fold > summary").click()
        link = coach.get_by_role("link", name="Ingrid Solheim")
        address = link.get_attribute("href")
        assert coach.goto(f"{stack.url}{address}").status == 200  # type: ignore[union-attr]  # it answered

        athlete = signed_in(browser, stack, PHONE)
        athlete.goto(f"{stack.url}/me/sharing")
        assert "Coach Demo" in athlete.locator("main").inner_text()
        athlete.get_by_role("button", name="End sharing").click()
        expect(athlete.get_by_text("You share with nobody")).to_be_visible()

        gone = coach.goto(f"{stack.url}{address}")
        assert gone is not None
        assert gone.status == 404
        coach.goto(f"{stack.url}/coach")
        assert "Ingrid Solheim" not in coach.content()

    def test_a_guessed_id_answers_like_a_missing_one(self, stack: Stack, browser: Browser) -> None:
        coach = signed_in(browser, stack, COACH)
        coach.goto(f"{stack.url}/coach")
        address = coach.locator("a[href*='/athletes/']").first.get_attribute("href")
        assert address is not None
        other = new_coach(stack, browser)
        team, _, athlete = address.removeprefix("/coach/teams/").partition("/athletes/")
        answers = [
            other.request.get(f"{stack.url}/coach/teams/{a}/athletes/{b}")
            for a, b in ((team, athlete), (team, uuid.uuid4()), (uuid.uuid4(), uuid.uuid4()))
        ]
        assert {answer.status for answer in answers} == {404}
        assert len({answer.body() for answer in answers}) == 1


class TestAthletePage:
    def test_reads_out_loud(self, stack: Stack, browser: Browser) -> None:
        page = signed_in(browser, stack, PHONE)
        page.goto(f"{stack.url}/me")
        tree = page.locator("body").aria_snapshot()
        for said in (
            "Volume beside bone loading",
            "25-OH vitamin D",
            "Supportive",
            "Next step",
            "Not medical advice and not a diagnosis",
        ):
            assert said in tree
        assert page.locator("svg[role=img]").count() >= 2
        assert page.locator("table").count() >= 2

    @pytest.mark.parametrize("width", [390, 1280])
    def test_fits_the_window(self, stack: Stack, browser: Browser, width: int) -> None:
        page = signed_in(browser, stack, PHONE)
        page.set_viewport_size({"width": width, "height": 844})
        for path in ("me", "me/inbox", "me/sharing"):
            page.goto(f"{stack.url}/{path}")
            for summary in page.locator("details > summary").all():
                summary.press("Enter")
            assert page.locator("details:not([open])").count() == 0
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


class TestSameWorkout:
    def test_is_asked_about_and_the_choice_is_taken(self, stack: Stack, browser: Browser) -> None:
        email = f"{uuid.uuid4().hex}@example.org"
        api = opened(browser).request
        claim = {"email": email, "password": PASSWORD, "display_name": "Two devices"}
        assert api.post(f"{stack.url}/v1/auth/sign-up", data=claim).status == 201
        device = {"installation": str(uuid.uuid4()), "name": "Phone", "platform": "tests"}
        signed = api.post(
            f"{stack.url}/v1/auth/sign-in",
            data={"email": email, "password": PASSWORD, "device": device},
        ).json()
        headers = {"Authorization": f"Bearer {signed['access_token']}"}
        start = datetime.now(UTC) - timedelta(days=1)  # noqa: TID251 (the edge of a test)
        ops = [
            session(start, 60, {"system": "healthkit", "app": "Watch"}),
            session(start + timedelta(minutes=27), 60, {"system": "hevy"}),
        ]
        push = {"protocol": 1, "request": str(uuid.uuid4()), "ops": ops}
        assert api.post(f"{stack.url}/v1/athletes/me/ops", data=push, headers=headers).ok

        page = signed_in(browser, stack, email)
        for state in ("asks", "fused"):
            self.comes_to(state, api, stack, headers)
            page.goto(f"{stack.url}/me")
            if state == "asks":
                page.get_by_role("button", name="Same workout").click()
                page.get_by_text("Noted.").wait_for()
        page.locator("summary", has_text="Recordings of one workout").click()
        assert page.get_by_text("counted once, your choice").is_visible()
        assert page.get_by_role("button", name="Count them apart").is_visible()

    def comes_to(
        self, state: str, api: APIRequestContext, stack: Stack, headers: dict[str, str]
    ) -> None:
        """Wait until the person's only fusion stands so."""
        until(lambda: self.states(api, stack, headers) == [state], what=f"a fusion that {state}")

    def states(self, api: APIRequestContext, stack: Stack, headers: dict[str, str]) -> list[str]:
        """Return how the person's fusions stand."""
        listed = api.get(f"{stack.url}/v1/athletes/me/fusions", headers=headers).json()
        return [fusion["state"] for fusion in listed["fusions"]]


class TestDocs:
    def test_show_the_contract_under_the_strict_policy(
        self, stack: Stack, browser: Browser
    ) -> None:
        errors: list[str] = []
        page = opened(browser).new_page()
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(f"{stack.url}/docs")
        page.get_by_text("/v1/athletes/{athlete}/sync").first.wait_for()
        assert errors == []
