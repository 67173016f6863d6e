"""What a coach does in a row of the roster, in a real browser: what is pressed, and what comes of it."""

from playwright.sync_api import Locator, Route, expect

from tests.apps.coaching.boards import Board, Boards
from tests.apps.coaching.boards import boards as boards
from tests.browsing import NEEDS_BROWSER

pytestmark = NEEDS_BROWSER

# Whether a form has focus, and the library knows it, when it is there to be seen.
FIRST_GLIMPSE = """
new MutationObserver(() => {
  const form = document.querySelector("[data-act] form");
  if (form) window.glimpse ??= [document.activeElement.name, "htmx-internal-data" in form];
}).observe(document.getElementById("roster"), { childList: true, subtree: true });
"""


def with_one_of_two_on_its_way(board: Board) -> tuple[Locator, Locator, list[Route]]:
    """Open the forms of two rows and send the first; return the rows, and what is held back."""
    board.go()
    first, second = board.row(board.scene.look), board.row(board.scene.late)
    for row in (first, second):
        row.get_by_role("link", name="Snooze").click()
        expect(row.get_by_role("radio", name="1 week")).to_be_focused()
    sent = board.holds("**/snooze", method="POST")
    first.get_by_role("button", name="Snooze").click()
    board.has_asked(sent)
    return first, second, sent


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

    def test_escape_closes_the_form_wherever_in_the_row_focus_is(self, boards: Boards) -> None:
        board = boards.open()
        board.go()
        row = board.row(board.scene.look)
        for leave in ("document.activeElement.blur()", "document.activeElement.closest('[data-row]')"
                      ".querySelector('[data-action=open]').focus()"):  # fmt: skip
            row.get_by_role("link", name="Snooze").click()
            expect(row.get_by_role("radio", name="1 week")).to_be_focused()
            board.page.evaluate(leave)
            board.page.keyboard.press("Escape")
            expect(row.get_by_role("radio")).to_have_count(0)
            expect(row.get_by_role("link", name="Review")).to_be_focused()

    def test_a_form_that_can_be_seen_has_focus_and_sends_from_here(self, boards: Boards) -> None:
        board = boards.open()
        board.go()
        board.page.evaluate(FIRST_GLIMPSE)
        row = board.row(board.scene.look)
        row.get_by_role("link", name="Snooze").click()
        row.get_by_role("radio", name="1 week").wait_for()
        assert board.page.evaluate("window.glimpse") == ["days", True]

    def test_the_form_asked_for_last_is_the_one_that_comes(self, boards: Boards) -> None:
        board = boards.open()
        board.go()
        row = board.row(board.scene.look)
        held = board.holds("**/review")
        row.get_by_role("link", name="Review").click()
        late = board.has_asked(held)
        with board.page.expect_event("requestfailed", lambda one: one == late.request):
            row.get_by_role("link", name="Snooze").click()
        expect(row.get_by_role("radio", name="1 week")).to_be_focused()
        late.abort()

    def test_a_form_on_its_way_can_not_be_called_back(self, boards: Boards) -> None:
        board = boards.open()
        board.go()
        row = board.row(board.scene.look)
        row.get_by_role("link", name="Snooze").click()
        expect(row.get_by_role("radio", name="1 week")).to_be_focused()
        sent = board.holds("**/snooze", method="POST")
        row.get_by_role("button", name="Snooze").click()
        form = board.has_asked(sent)
        row.get_by_text("Cancel").click()
        board.page.keyboard.press("Escape")
        expect(row.get_by_role("radio")).to_have_count(4)
        form.continue_()
        expect(board.page.locator("#said")).to_contain_text("Snoozed")
        expect(row.get_by_role("radio")).to_have_count(0)
        expect(board.page.locator("#roster")).to_have_count(1)

    def test_a_second_form_waits_for_the_answer_to_the_first(self, boards: Boards) -> None:
        board = boards.open()
        first, second, sent = with_one_of_two_on_its_way(board)
        for _ in range(2):  # twice is once
            second.get_by_role("button", name="Snooze").click()
        sent[0].continue_()
        expect(first).to_contain_text("Snoozed until")
        board.has_asked(sent, before=1).continue_()
        expect(second).to_contain_text("Snoozed until")
        expect(second.get_by_role("button", name="Undo")).to_be_focused()
        assert len(sent) == 2

    def test_an_answer_takes_no_focus_from_another_row(self, boards: Boards) -> None:
        board = boards.open()
        first, second, sent = with_one_of_two_on_its_way(board)
        second.get_by_role("radio", name="2 weeks").check()
        sent[0].continue_()
        expect(first).to_contain_text("Snoozed until")
        expect(first.get_by_role("radio")).to_have_count(0)  # it is settled
        expect(second.get_by_role("radio", name="2 weeks")).to_be_focused()

    def test_an_answer_that_comes_after_the_end_shows_nothing(self, boards: Boards) -> None:
        board = boards.open()
        streams, sent = board.holds("**/live"), board.holds("**/snooze", method="POST")
        board.go()
        row = board.row(board.scene.look)
        row.get_by_role("link", name="Snooze").click()
        expect(row.get_by_role("radio", name="1 week")).to_be_focused()
        row.get_by_role("button", name="Snooze").click()
        form = board.has_asked(sent)
        news = "event: gone\ndata: no-team\n\n"
        board.has_asked(streams).fulfill(content_type="text/event-stream", body=news)
        expect(board.page.locator("#roster h1")).to_contain_text("no longer open to you")
        with board.page.expect_event("requestfinished", lambda one: one.redirected_from):
            form.continue_()
        board.page.evaluate("new Promise((resolve) => setTimeout(resolve))")
        expect(board.page.locator("[data-row]")).to_have_count(0)
        boards.said.clear()  # the library says so, too

    def test_undo_is_undo_where_nudge_stood(self, boards: Boards) -> None:
        board = boards.open()
        board.go()
        row = board.row(board.scene.late)
        expect(row.get_by_role("button", name="Nudge")).to_be_visible()
        row.get_by_role("link", name="Snooze").click()
        row.get_by_role("button", name="Snooze").click()
        row.get_by_role("button", name="Undo").click()
        expect(board.page.locator("#said")).to_contain_text("Undone")

    def test_a_fetch_that_makes_way_for_a_form_is_no_failure(self, boards: Boards) -> None:
        board = boards.open()
        fetches = board.holds(f"**{board.squad.page}")
        board.go()
        row = board.row(board.scene.look)
        row.get_by_role("link", name="Snooze").click()
        expect(row.get_by_role("radio", name="1 week")).to_be_focused()
        fetch = board.has_asked(fetches)
        row.get_by_role("button", name="Snooze").click()
        expect(board.page.locator("#said")).to_contain_text("Snoozed")
        expect(board.page.locator("[data-state]")).to_have_text("offline")
        expect(board.page.locator("[data-announce]")).not_to_contain_text("out of date. Trying")
        fetch.abort()

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
        sent = board.holds("**/nudge", method="POST")
        board.row(board.scene.late).get_by_role("button", name="Nudge").click()
        form = board.has_asked(sent)
        board.page.evaluate("htmx.trigger('#roster', 'roster:refresh')")  # it comes after the form
        form.abort()
        expect(board.page.get_by_role("alert")).to_contain_text("Nothing was changed")
        boards.said.clear()  # the library says so, too
