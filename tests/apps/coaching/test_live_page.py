"""A team's open page in a real browser: it follows what happens and leaves the reader in place."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from apps.coaching.announcing import announce_team
from apps.coaching.models import ConsentGrant, TeamMember
from apps.coaching.services.consent import end_grant, narrow_grant
from apps.coaching.services.teams import create_team
from apps.common.actor import acting_as
from apps.insights.announcing import announce_panel
from apps.insights.models import PanelRow
from tests.apps.coaching.conftest import Squad, fill_panel, reason
from tests.apps.coaching.scenes import HOSTILE
from tests.browsing import NEEDS_BROWSER, PATIENCE_MS, Beside, signed_in
from tests.conftest import Person, make_person
from tests.live import Live, live_process

pytestmark = [*NEEDS_BROWSER, pytest.mark.xdist_group("coach-live")]
HIDDEN = """
Object.defineProperty(document, "hidden", { get: () => window.isHidden === true });
"""
COUNTS = """
window.violations = [];
window.fetches = 0;
document.addEventListener("htmx:afterRequest", () => { window.fetches += 1; });
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""
# Where each word of the reason begins, from the left: turned around, they would fall.
WORDS_IN_ORDER = """row => {
  const text = row.querySelector(".why").firstChild;
  const range = document.createRange();
  return [...text.data.matchAll(/\\S+/g)].slice(0, 3).map((word) => {
    range.setStart(text, word.index);
    range.setEnd(text, word.index + 1);
    return Math.round(range.getBoundingClientRect().x);
  });
}"""
ACTIVE_ROW = "document.activeElement.closest('[data-row]')?.id ?? document.activeElement.id"


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    """The live process beside the web process, each at an address of its own."""
    with live_process(with_web=True, STREAM_CHECK="3600", STREAM_POLL="3600") as running:
        yield running


@dataclass
class Scene:
    """A team whose coach has its page open."""

    live: Live
    context: BrowserContext
    beside: Beside
    squad: Squad
    athletes: list[Person]
    grants: dict[str, ConsentGrant]
    pages: list[Page] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def open(self, *, is_live: bool = True) -> Page:
        """Open the page; unless it can't be, it is live."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.goto(self.live.web_url + self.squad.page)
        self.pages.append(page)
        if is_live:
            expect(page.locator("[data-state]")).to_have_text("live")
        page.evaluate("window.isTheSame = true")
        self.has_fetched(page)
        return page

    def has_fetched(self, page: Page) -> None:
        """Wait for the first fetch, made since the page is older than its stream."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while not page.evaluate("window.fetches"):  # the page's policy lets nothing else poll
            assert time.monotonic() < deadline, "the page never fetched anything"
            page.wait_for_timeout(20)

    def row(self, page: Page, athlete: Person) -> Any:
        """Return an athlete's row."""
        return page.locator(f"#row-{athlete.id}")

    def end(self, athlete: Person) -> None:
        """Have an athlete end sharing."""
        grant = self.grants[str(athlete.id)]
        self.beside(lambda: end_grant(athlete=athlete.user, grant_id=grant.id, now=timezone.now()))

    def narrow(self, athlete: Person, kept: list[str]) -> None:
        """Have an athlete share less."""
        grant = self.grants[str(athlete.id)]
        self.beside(
            lambda: narrow_grant(
                athlete=athlete.user, grant_id=grant.id, categories=kept, now=timezone.now()
            )
        )

    def tell(self, athlete: Person, sentence: str, **changed: Any) -> None:
        """Have a recompute say something else of an athlete's loading."""

        def publish() -> None:
            with acting_as(athlete.id):
                rows = PanelRow.objects.filter(athlete_id=athlete.id)
                if changed:
                    rows.update(**changed)
                part = rows.get(category="loading").part
                part["reasons"] = [reason("loading_code", sentence, severity=3)]
                rows.filter(category="loading").update(part=part, updated_at=timezone.now())
                announce_panel(athlete.id)

        self.beside(publish)

    def calm(self, athlete: Person) -> None:
        """Have a recompute find nothing to look at any more."""

        def publish() -> None:
            with acting_as(athlete.id):
                for row in PanelRow.objects.filter(athlete_id=athlete.id):
                    facts = {} if row.category == "reminders" else row.part["facts"]
                    part = {**row.part, "reasons": [], "facts": facts}
                    PanelRow.objects.filter(athlete_id=athlete.id, category=row.category).update(
                        part=part, updated_at=timezone.now()
                    )
                announce_panel(athlete.id)

        self.beside(publish)

    def join(self, athlete: Person) -> None:
        """Have an athlete share with the team."""
        self.grants[str(athlete.id)] = self.beside(lambda: self.squad.join(athlete))


def a_team(names: list[str], steady: list[str]) -> tuple[Squad, list[Person], dict[str, Any]]:
    """Return a team of athletes who need a look, and of some who do not."""
    coach = make_person("Kim Coach")
    team = create_team(head=coach.user, name="Middle distance", now=timezone.now())
    squad = Squad(coach, team)
    athletes = [make_person(name) for name in [*names, *steady]]
    for number, athlete in enumerate(athletes):
        fill_panel(athlete, reasons=number < len(names))
    grants = {str(athlete.id): squad.join(athlete) for athlete in athletes}
    return squad, athletes, grants


@pytest.fixture
def scene(live: Live, browser: Browser, beside: Beside) -> Iterator[Scene]:
    """Twelve athletes who need a look and two who do not; nothing may break the page's policy."""
    names = [f"Athlete {number:02}" for number in range(12)]
    squad, athletes, grants = beside(lambda: a_team(names, ["Steady One", "Steady Two"]))
    context = signed_in(browser, live.web_url, squad.coach, viewport={"width": 1280, "height": 600})
    context.add_init_script(COUNTS)
    context.add_init_script(HIDDEN)
    made = Scene(live, context, beside, squad, athletes, grants)
    yield made
    violations = [told for page in made.pages for told in page.evaluate("window.violations")]
    context.close()
    assert (violations, made.said) == ([], [])


def top(page: Page, athlete: Person) -> float:
    """Return how far below the window's edge a row begins."""
    found = page.evaluate(
        "id => document.getElementById(id).getBoundingClientRect().top", f"row-{athlete.id}"
    )
    return float(found)


def is_the_same(page: Page) -> bool:
    """Return whether the page was never loaded anew."""
    return bool(page.evaluate("window.isTheSame === true"))


class TestRow:
    def test_leaves_with_the_consent_and_without_a_reload(self, scene: Scene) -> None:
        page, gone = scene.open(), scene.athletes[3]
        expect(scene.row(page, gone)).to_be_visible()
        scene.end(gone)
        expect(scene.row(page, gone)).to_have_count(0)
        expect(page.locator("[data-announce]")).to_have_text("1 row no longer shared.")
        assert "Athlete 03" not in page.content()
        assert page.locator("[data-row]").count() == 13
        expect(page.locator("#team-size")).to_contain_text("13 athletes")
        assert is_the_same(page)

    def test_loses_what_is_not_shared_any_more(self, scene: Scene) -> None:
        page, athlete = scene.open(), scene.athletes[0]
        scene.narrow(athlete, ["sessions"])
        expect(scene.row(page, athlete)).to_contain_text(
            re.compile("CANARYSESSIONS", re.IGNORECASE)
        )
        expect(scene.row(page, athlete)).not_to_contain_text(
            re.compile("CANARYLOADING", re.IGNORECASE)
        )
        assert is_the_same(page)

    def test_appears_with_the_consent(self, scene: Scene) -> None:
        page = scene.open()
        fresh = scene.beside(lambda: make_person("Fresh Face"))
        scene.beside(lambda: fill_panel(fresh))
        scene.join(fresh)
        expect(scene.row(page, fresh)).to_be_visible()
        expect(page.locator("[data-announce]")).to_have_text("1 row new.")
        scene.tell(fresh, "FRESH news of the new one")
        expect(scene.row(page, fresh)).to_contain_text("FRESH news", ignore_case=True)

    def test_says_what_a_recompute_found_and_how_many_rows_changed(self, scene: Scene) -> None:
        page, athlete = scene.open(), scene.athletes[5]
        scene.tell(athlete, "NEWWORDS +80 % in 7 days")
        expect(scene.row(page, athlete)).to_contain_text("NEWWORDS", ignore_case=True)
        expect(page.locator("[data-announce]")).to_have_text("1 row changed.")


class TestReader:
    def test_keeps_focus_height_and_open_details_while_rows_change_leave_and_move(
        self, scene: Scene
    ) -> None:
        page, mine = scene.open(), scene.athletes[7]
        page.locator("details.coach-fold summary").click()
        scene.row(page, mine).locator("[data-action=open]").focus()
        page.evaluate("scrollBy(0, 40)")
        before, row = top(page, mine), page.evaluate(ACTIVE_ROW)
        assert row == f"row-{mine.id}"
        assert page.evaluate("scrollY") > 0
        page.evaluate(
            "() => { window.blurs = 0; addEventListener('focusout', () => { window.blurs++; }); }"
        )
        scene.end(scene.athletes[2])
        expect(scene.row(page, scene.athletes[2])).to_have_count(0)
        scene.calm(scene.athletes[4])
        expect(page.locator(f"#rows-steady #row-{scene.athletes[4].id}")).to_be_visible()
        scene.tell(scene.athletes[12], "LOUD now")
        expect(page.locator(f"#rows-needs_a_look #row-{scene.athletes[12].id}")).to_be_visible()
        scene.tell(scene.athletes[1], "LONGER " + "words and words " * 40)
        expect(scene.row(page, scene.athletes[1])).to_contain_text("LONGER", ignore_case=True)
        assert page.evaluate(ACTIVE_ROW) == row
        assert page.evaluate("document.activeElement.dataset.action") == "open"
        assert page.evaluate("window.blurs") == 0
        assert abs(top(page, mine) - before) <= 1
        assert page.locator("details.coach-fold").evaluate("one => one.open") is True
        assert scene.row(page, mine).get_attribute("data-selected") == ""
        assert is_the_same(page)

    def test_keeps_the_height_of_what_is_seen_when_nothing_has_focus(self, scene: Scene) -> None:
        page = scene.open()
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)")
        seen = page.evaluate(
            "[...document.querySelectorAll('[data-row]')].find((row) => row.getBoundingClientRect().top > 0).id"
        )
        mine = next(each for each in scene.athletes if f"row-{each.id}" == seen)
        before = top(page, mine)
        scene.end(scene.athletes[0])
        expect(scene.row(page, scene.athletes[0])).to_have_count(0)
        assert abs(top(page, mine) - before) <= 1

    def test_keeps_focus_on_a_row_that_moves_and_the_window_stays(self, scene: Scene) -> None:
        page, mine, seen = scene.open(), scene.athletes[6], scene.athletes[5]
        page.locator("details.coach-fold summary").click()
        scene.row(page, mine).locator("[data-action=open]").focus()
        before = top(page, seen)
        scene.calm(mine)
        expect(page.locator(f"#rows-steady #row-{mine.id}")).to_have_count(1)
        assert page.evaluate(ACTIVE_ROW) == f"row-{mine.id}"
        assert abs(top(page, seen) - before) <= 1

    def test_is_on_the_next_row_when_the_one_in_use_is_gone(self, scene: Scene) -> None:
        page, mine = scene.open(), scene.athletes[4]
        order = page.locator("[data-row]").evaluate_all("rows => rows.map((row) => row.id)")
        following = order[order.index(f"row-{mine.id}") + 1]
        scene.row(page, mine).locator("[data-action=open]").focus()
        scene.end(mine)
        expect(scene.row(page, mine)).to_have_count(0)
        assert page.evaluate(ACTIVE_ROW) == following

    def test_is_not_disturbed_while_searching(self, scene: Scene) -> None:
        page = scene.open()
        search = page.locator("[data-search]")
        search.press_sequentially("athlete 0")
        search.press("ArrowLeft")
        scene.end(scene.athletes[3])
        expect(scene.row(page, scene.athletes[3])).to_have_count(0)
        assert search.evaluate("one => [one.value, one.selectionStart]") == ["athlete 0", 8]
        assert page.evaluate("document.activeElement.matches('[data-search]')")
        expect(page.locator("[data-row]:visible")).to_have_count(9)

    def test_is_not_disturbed_while_typing_in_a_row(self, scene: Scene) -> None:
        page, mine, other = scene.open(), scene.athletes[6], scene.athletes[8]
        scene.row(page, mine).evaluate(
            """row => {
              const note = document.createElement("textarea");
              row.append(note);
              note.focus();
            }"""
        )
        note = scene.row(page, mine).locator("textarea")
        note.press_sequentially("a no")
        scene.tell(mine, "WHILE typing")
        scene.tell(other, "ALSO told")
        expect(scene.row(page, other)).to_contain_text("ALSO told", ignore_case=True)
        assert note.evaluate("one => [one.value, one === document.activeElement]") == ["a no", True]

    def test_of_a_hidden_page_fetches_nothing_until_it_is_seen(self, scene: Scene) -> None:
        hidden, seen, athlete = scene.open(), scene.open(), scene.athletes[0]
        fetched: list[str] = []
        hidden.evaluate("window.isHidden = true")
        hidden.on("request", lambda request: fetched.append(request.url))
        scene.tell(athlete, "MEANWHILE")
        expect(scene.row(seen, athlete)).to_contain_text("MEANWHILE", ignore_case=True)
        assert fetched == []
        hidden.evaluate(
            "() => { window.isHidden = false; document.dispatchEvent(new Event('visibilitychange')); }"
        )
        expect(scene.row(hidden, athlete)).to_contain_text("MEANWHILE", ignore_case=True)


class TestEnd:
    def test_of_the_session_takes_everything_off_the_page(self, scene: Scene) -> None:
        page = scene.open()
        scene.row(page, scene.athletes[0]).locator("[data-action=open]").focus()
        scene.beside(lambda: scene.squad.coach.page.post("/sign-out"))
        expect(page.locator("#roster h1")).to_have_text("You are signed out")
        assert "CANARY" not in page.content().upper()
        assert page.evaluate("document.activeElement.id") == "main"

    def test_of_the_right_to_the_team_does_too(self, scene: Scene) -> None:
        page = scene.open()

        def leave() -> None:
            TeamMember.objects.filter(team=scene.squad.team).delete()
            announce_team(scene.squad.team.id)

        scene.beside(leave)
        expect(page.locator("#roster h1")).to_have_text("This team is no longer open to you")
        assert "CANARY" not in page.content().upper()

    def test_of_the_session_is_found_out_where_there_is_no_stream(self, scene: Scene) -> None:
        scene.context.route("**/live", lambda route: route.fulfill(status=404))
        page = scene.open(is_live=False)
        expect(page.locator("[data-state]")).to_have_text("offline")
        scene.beside(lambda: scene.squad.coach.page.post("/sign-out"))
        expect(page.locator("#roster h1")).to_have_text("You are signed out")


class TestAHostileName:
    @pytest.mark.parametrize("kind", list(HOSTILE))
    def test_that_arrives_is_a_name_and_keeps_to_its_place(self, scene: Scene, kind: str) -> None:
        page = scene.open()
        told = HOSTILE[kind][:120].strip()
        fresh = scene.beside(lambda: make_person(told))
        scene.beside(lambda: fill_panel(fresh))
        scene.join(fresh)
        row, plain = scene.row(page, fresh), scene.row(page, scene.athletes[0])
        expect(row).to_be_visible()
        name = row.locator("[data-action=open]")
        assert name.evaluate("one => one.textContent") == told
        assert name.evaluate("one => one.querySelector('bdi').childElementCount") == 0
        # Everything beside the name stands where it does in the row of a plain one.
        places = (
            "row => [...row.querySelectorAll('td')].map((one) => one.getBoundingClientRect().x)"
        )
        assert row.evaluate(places) == plain.evaluate(places)
        assert row.evaluate(WORDS_IN_ORDER) == plain.evaluate(WORDS_IN_ORDER)


class TestAFetchThatFails:
    """Only what says that the reader may not see this any more ends a page."""

    def answer(self, scene: Scene, **answer: Any) -> None:
        """Have the page's own requests answered so, and make it ask."""
        scene.context.route(
            f"**{scene.squad.page}",
            lambda route: (
                route.fulfill(**answer)
                if "hx-request" in route.request.headers
                else route.continue_()
            ),
        )
        scene.tell(scene.athletes[0], "MEANWHILE")

    @pytest.mark.parametrize("status", [400, 422, 429, 503, 200])
    def test_leaves_the_page_which_says_so_and_tries_again(self, scene: Scene, status: int) -> None:
        page, state = scene.open(), "not up to date, trying again"
        self.answer(scene, status=status, body="<p>Something of a proxy</p>")
        expect(page.locator("[data-state]")).to_have_text(state)
        expect(page.locator("[data-announce]")).to_contain_text("may be out of date")
        assert page.locator("[data-row]").count() == 14
        scene.context.unroute(f"**{scene.squad.page}")
        expect(scene.row(page, scene.athletes[0])).to_contain_text("MEANWHILE", ignore_case=True)
        expect(page.locator("[data-state]")).to_have_text("live")
        assert is_the_same(page)

    @pytest.mark.parametrize(
        ("status", "said"),
        [
            (401, "You are signed out"),
            (403, "This team is no longer open to you"),
            (404, "This team is no longer open to you"),
        ],
    )
    def test_ends_the_page_where_the_right_is_over(
        self, scene: Scene, status: int, said: str
    ) -> None:
        page = scene.open()
        self.answer(scene, status=status, body="")
        expect(page.locator("#roster h1")).to_have_text(said)
        assert "CANARY" not in page.content().upper()


class TestStream:
    def test_that_is_refused_is_tried_again(self, scene: Scene) -> None:
        scene.context.route("**/live", lambda route: route.fulfill(status=503))
        page = scene.open(is_live=False)
        expect(page.locator("[data-state]")).to_have_text("offline")
        scene.context.unroute("**/live")
        expect(page.locator("[data-state]")).to_have_text("live")


class TestKeys:
    def test_go_through_the_rows_and_open_one(self, scene: Scene) -> None:
        page = scene.open()
        order = page.locator("[data-row]:visible").evaluate_all("rows => rows.map((row) => row.id)")
        walked = []
        for key in "jjjkj":
            page.keyboard.press(key)
            walked.append(page.evaluate(ACTIVE_ROW))
        assert walked == [order[0], order[1], order[2], order[1], order[2]]
        width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert width == "3px"
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/athletes/{order[2].removeprefix('row-')}")
        page.evaluate("window.violations = []")

    def test_press_what_the_row_in_use_offers(self, scene: Scene) -> None:
        page, mine = scene.open(), scene.athletes[1]
        page.evaluate(
            """() => {
              window.pressed = [];
              for (const row of document.querySelectorAll("[data-row]")) {
                for (const action of ["review", "undo"]) {
                  const button = document.createElement("button");
                  button.dataset.action = action;
                  button.addEventListener("click", () => window.pressed.push([row.id, action]));
                  row.querySelector("[data-act]").append(button);  // first, and no fetch takes it away
                }
              }
            }"""
        )
        page.keyboard.press("r")
        scene.row(page, mine).locator("[data-action=open]").focus()
        for key in ("r", "Control+u", "Alt+r", "u"):
            page.keyboard.press(key)
        row = f"row-{mine.id}"
        assert page.evaluate("window.pressed") == [[row, "review"], [row, "undo"]]

    def test_are_letters_where_somebody_types(self, scene: Scene) -> None:
        page = scene.open()
        page.keyboard.press("/")
        page.keyboard.type("jkru/?")
        assert page.locator("[data-search]").input_value() == "jkru/?"
        assert page.locator("dialog[open]").count() == 0

    def test_are_explained_and_can_be_turned_off_for_good(self, scene: Scene) -> None:
        page = scene.open()
        page.keyboard.press("?")
        dialog = page.get_by_role("dialog", name="Keyboard")
        expect(dialog).to_be_visible()
        page.keyboard.press("j")
        assert page.locator("[data-selected]").count() == 0
        dialog.get_by_label("Single keys do this").uncheck()
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_be_hidden()
        page.reload()
        expect(page.locator("[data-state]")).to_have_text("live")
        page.locator("#main").focus()
        page.keyboard.press("j")
        assert page.locator("[data-selected]").count() == 0
        page.get_by_role("button", name="Keyboard").click()
        dialog.get_by_label("Single keys do this").check()
        dialog.get_by_role("button", name="Close").click()
        page.keyboard.press("j")
        assert page.locator("[data-selected]").count() == 1


class TestPolicy:
    def test_is_kept_all_along_and_a_breach_would_be_reported(self, scene: Scene) -> None:
        def reports() -> list[str]:
            return [line for line in scene.live.printed if "csp_report" in line]

        page, athlete = scene.open(), scene.athletes[0]
        scene.tell(athlete, "ONE more")
        expect(scene.row(page, athlete)).to_contain_text("ONE more", ignore_case=True)
        assert reports() == []
        page.evaluate(
            "document.head.append(Object.assign(document.createElement('script'), { text: '1' }))"
        )
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while not reports() and time.monotonic() < deadline:
            page.wait_for_timeout(50)
        (report,) = reports()
        assert "script-src-elem" in report
        assert "coach/teams/<uuid:team_id>" in report
        assert str(scene.squad.team.id) not in report
        scene.live.printed.remove(report)
        assert page.evaluate("window.violations") == ["script-src-elem"]
        page.evaluate("window.violations = []")
