"""Coaches' browsers with a team of their own in them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route

from apps.coaching.services.teams import create_team
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.scenes import Scene, scene
from tests.browsing import PATIENCE_MS, Beside, barriers, signed_in
from tests.conftest import Person, make_person
from tests.serving import WebProcess

# The stream of news is another process's, and is not there; and a fetch makes way for a form.
EXPECTED = ("Failed to load resource", "htmx:afterRequest", "htmx:sendAbort")


@dataclass
class Board:
    """A coach's browser."""

    page: Page
    squad: Squad
    scene: Scene
    axe: str

    def go(self, path: str = "") -> None:
        """Open a page below the team's."""
        self.page.goto(f"{self.squad.page}{path}")

    def one(self, person: Person) -> str:
        """Return where an athlete's page is below the team's."""
        return f"/athletes/{person.id}"

    def row(self, person: Person) -> Locator:
        """Return an athlete's row."""
        return self.page.locator(f"#row-{person.id}")

    def holds(self, url: str, *, method: str = "GET") -> list[Route]:
        """Hold requests back; returns those that wait, for the test to let them go on."""
        held: list[Route] = []

        def hold(route: Route) -> None:
            if route.request.method == method and route.request.resource_type != "document":
                held.append(route)
            else:
                route.fallback()

        self.page.route(url, hold)
        return held

    def has_asked(self, held: list[Route], *, before: int = 0) -> Route:
        """Wait until a request is held, or one more than were before; return it."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while len(held) <= before:
            assert time.monotonic() < deadline, "the page never asked"
            self.page.wait_for_timeout(20)
        return held[before]

    def barriers(self) -> list[str]:
        """Return what the checker finds, as rule and place."""
        return barriers(self.page, self.axe)


@dataclass
class Boards:
    """Makes coaches' browsers, and closes them."""

    browser: Browser
    url: str
    beside: Beside
    axe: str
    opened: list[BrowserContext]
    said: list[str]

    def open(self, *, is_filled: bool = True, **device: Any) -> Board:
        """Return the browser of a coach with a team of their own."""
        squad, made = self.beside(lambda: _team(is_filled=is_filled))
        context = signed_in(self.browser, self.url, squad.coach, self.beside, **device)
        self.opened.append(context)
        page = context.new_page()
        page.on("console", lambda one: self.said.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        return Board(page, squad, made, self.axe)


def _team(*, is_filled: bool) -> tuple[Squad, Scene | None]:
    coach = make_person("Kim Coach")
    squad = Squad(coach, create_team(head=coach.user, name="Middle distance", now=timezone.now()))
    return squad, scene(squad, make_person) if is_filled else None


@pytest.fixture
def boards(web: WebProcess, browser: Browser, beside: Beside, axe: str) -> Iterator[Boards]:
    """Coaches' browsers for one test; none may break the content policy or throw."""
    made = Boards(browser, web.url, beside, axe, [], [])
    yield made
    said = list(made.said)  # closing breaks off what is on its way, and the page says so
    for context in made.opened:
        context.close()
    assert [words for words in said if not words.startswith(EXPECTED)] == []
