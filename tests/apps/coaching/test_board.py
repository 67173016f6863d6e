"""The coach's roster and athlete page in a real browser: barriers, looks, and what is done there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from apps.coaching.services.teams import create_team
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.scenes import HOSTILE, Scene, crowd, scene
from tests.browsing import NEEDS_BROWSER, PATIENCE_MS, Beside, barriers, signed_in
from tests.conftest import Person, make_person
from tests.serving import WebProcess

SNAPSHOTS = Path(__file__).with_name("snapshots")
PHONE = {"width": 390, "height": 844}
WIDTHS = (390, 640, 1280)  # a phone, a desktop at 200 %, a desktop
pytestmark = [*NEEDS_BROWSER, pytest.mark.xdist_group("board")]


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
        context = signed_in(self.browser, self.url, squad.coach, **device)
        self.opened.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda one: self.said.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        return Board(page, squad, made, self.axe)


def _team(*, is_filled: bool) -> tuple[Squad, Scene | None]:
    coach = make_person("Kim Coach")
    squad = Squad(coach, create_team(head=coach.user, name="Middle distance", now=timezone.now()))
    _ = coach.page  # signs in
    return squad, scene(squad, make_person) if is_filled else None


@pytest.fixture
def boards(web: WebProcess, browser: Browser, beside: Beside, axe: str) -> Iterator[Boards]:
    """Coaches' browsers for one test; none may break the content policy or throw."""
    made = Boards(browser, web.url, beside, axe, [], [])
    yield made
    said = list(made.said)  # closing breaks off what is on its way, and the page says so
    for context in made.opened:
        context.close()
    # The stream of news is another process's, and is not there.
    assert [words for words in said if "Failed to load resource" not in words] == []


class TestBarriers:
    @pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (640, "dark"), (1280, "light")])
    def test_are_none_on_a_roster_and_an_athletes_page(
        self, boards: Boards, width: int, scheme: Any
    ) -> None:
        board = boards.open(viewport={"width": width, "height": 900}, color_scheme=scheme)
        board.go()
        board.page.locator("details.coach-fold summary").click()
        assert board.barriers() == []
        for person in (board.scene.look, board.scene.steady):
            board.go(board.one(person))
            assert board.barriers() == []
            assert board.page.evaluate("document.documentElement.scrollWidth") <= width

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_are_none_where_nobody_shares(self, boards: Boards, scheme: str) -> None:
        board = boards.open(is_filled=False, color_scheme=scheme)
        board.go()
        expect(board.page.get_by_role("heading", name="Nobody shares")).to_be_visible()
        assert board.barriers() == []
        board.go("?q=nobody")
        assert board.barriers() == []

    def test_are_none_in_the_form_of_a_row_and_on_its_own_page(self, boards: Boards) -> None:
        board = boards.open()
        board.go()
        board.row(board.scene.look).get_by_role("link", name="Review").click()
        board.page.locator("#act-form").wait_for()
        assert board.barriers() == []
        for act in ("review", "snooze"):
            board.go(f"{board.one(board.scene.look)}/{act}")
            assert board.barriers() == []


class TestReadOut:
    def test_is_a_table_with_an_athlete_in_each_row(self, boards: Boards) -> None:
        board = boards.open()
        board.go()
        board.page.locator("details.coach-fold summary").click()
        expect(board.page.locator("main")).to_match_aria_snapshot(
            (SNAPSHOTS / "roster.yml").read_text()
        )

    def test_is_the_same_table_on_a_phone(self, boards: Boards) -> None:
        board = boards.open(viewport=PHONE)
        board.go()
        board.page.locator("details.coach-fold summary").click()
        expect(board.page.locator("main")).to_match_aria_snapshot(
            (SNAPSHOTS / "roster.yml").read_text()
        )

    def test_of_an_athlete_begins_with_what_is_open(self, boards: Boards) -> None:
        board = boards.open()
        board.go(board.one(board.scene.look))
        expect(board.page.locator("main")).to_match_aria_snapshot(
            (SNAPSHOTS / "athlete.yml").read_text()
        )


class TestActs:
    def test_review_opens_in_the_row_and_ends_with_undo_at_hand(self, boards: Boards) -> None:
        board = boards.open()
        board.go()
        row = board.row(board.scene.look)
        row.get_by_role("link", name="Review").click()
        expect(row.get_by_role("radio", name="Monitor")).to_be_focused()
        row.get_by_role("radio", name="Ignore").check()
        row.get_by_role("button", name="Reviewed").click()
        expect(row.get_by_text("Say why this can be ignored.")).to_be_visible()
        row.get_by_label("Note for your team").fill("<b>Race week</b>")
        row.get_by_role("button", name="Reviewed").click()
        expect(board.page.locator("#said")).to_contain_text("Reviewed: ignore")
        expect(board.page.locator("#section-needs_a_look")).not_to_contain_text("Aiko Ito")
        expect(row.get_by_role("button", name="Undo")).to_be_focused()
        expect(row).to_contain_text("“<b>Race week</b>”")
        board.page.keyboard.press("Enter")
        expect(board.page.locator("#section-needs_a_look")).to_contain_text("Aiko Ito")
        expect(row.get_by_role("link", name="Aiko Ito", exact=True)).to_be_focused()

    def test_cancel_and_escape_leave_the_row_as_it_was(self, boards: Boards) -> None:
        board = boards.open()
        board.go()
        row = board.row(board.scene.look)
        for key in ("", "Escape"):
            row.get_by_role("link", name="Snooze").click()
            row.get_by_role("radio", name="1 week").wait_for()
            if key:
                board.page.keyboard.press(key)
            else:
                row.get_by_text("Cancel").click()
            expect(row.get_by_role("radio")).to_have_count(0)
            expect(row.get_by_role("link", name="Review")).to_be_focused()

    def test_works_without_script(self, boards: Boards) -> None:
        board = boards.open(java_script_enabled=False)
        board.go("?sort=name")
        row = board.row(board.scene.late)
        row.get_by_role("link", name="Snooze").click()
        board.page.get_by_role("radio", name="2 weeks").check()
        board.page.get_by_role("button", name="Snooze").click()
        expect(board.page.locator("#said")).to_contain_text("Snoozed")
        expect(board.row(board.scene.late)).to_contain_text("Snoozed until")

    def test_says_so_when_sharing_ended_meanwhile(self, boards: Boards) -> None:
        board = boards.open()
        board.go()
        board.page.route("**/nudge", lambda route: route.abort())
        board.row(board.scene.late).get_by_role("button", name="Nudge").click()
        expect(board.page.get_by_role("alert")).to_contain_text("Nothing was changed")
        boards.said.clear()  # the library says so, too


class TestLooks:
    def test_any_name_stays_in_its_place(self, boards: Boards) -> None:
        board = boards.open(viewport=PHONE)
        boards.beside(lambda: crowd(board.squad, [*HOSTILE.values(), *map(str, range(8))]))
        for width in WIDTHS:
            board.page.set_viewport_size({"width": width, "height": 900})
            board.go()
            for summary in board.page.locator("details.coach-fold:not([open]) summary").all():
                summary.click()
            assert board.page.evaluate("document.documentElement.scrollWidth") <= width
            heights = board.page.locator(".coach-name").evaluate_all(
                "all => all.map((one) => one.getBoundingClientRect().height)"
            )
            assert max(heights) < 40

    def test_on_paper_all_groups_are_there_and_nothing_to_press(self, boards: Boards) -> None:
        board = boards.open()
        board.go()
        board.page.emulate_media(media="print")
        expect(board.page.get_by_text("Eva Orr").first).to_be_visible()
        for control in ("button", "a.button", "form", ".act-link"):
            for one in board.page.locator(f"main {control}").all():
                expect(one).to_be_hidden()

    def test_of_two_hundred_come_a_hundred_a_page(self, boards: Boards) -> None:
        board = boards.open(is_filled=False)
        boards.beside(lambda: crowd(board.squad, [f"Athlete {n:03}" for n in range(200)]))
        board.go()
        expect(board.page.locator("[data-row]")).to_have_count(100)
        expect(board.page.get_by_text("200 athletes ·")).to_be_visible()
        seen = set(board.page.locator("[data-row]").evaluate_all("all => all.map((x) => x.id)"))
        board.page.get_by_role("link", name="Next athletes").click()
        board.page.wait_for_url(re.compile("cursor="))
        expect(board.page.locator("[data-row]")).to_have_count(100)
        rest = set(board.page.locator("[data-row]").evaluate_all("all => all.map((x) => x.id)"))
        assert len(seen | rest) == 200
