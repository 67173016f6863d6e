"""The coach's roster and athlete page in a real browser: barriers, what is read out, and looks."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.apps.coaching.boards import Boards
from tests.apps.coaching.boards import boards as boards
from tests.apps.coaching.scenes import HOSTILE, crowd
from tests.browsing import NEEDS_BROWSER

SNAPSHOTS = Path(__file__).with_name("snapshots")
PHONE = {"width": 390, "height": 844}
WIDTHS = (390, 640, 1280)  # a phone, a desktop at 200 %, a desktop
pytestmark = NEEDS_BROWSER


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
            board.go("/settings")
            assert board.page.evaluate("document.documentElement.scrollWidth") <= width

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
