"""One walk through all of it, in real browsers: asked, agreed, seen, done, told, ended."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from apps.coaching.services.teams import create_team
from apps.insights.services.recompute import recompute_athlete
from tests.apps.coaching.conftest import Squad
from tests.apps.insights.recordings import put
from tests.browsing import NEEDS_BROWSER, Beside, barriers, signed_in
from tests.conftest import Person, make_person
from tests.live import Live, live_process

pytestmark = NEEDS_BROWSER
COUNTS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""


@pytest.fixture
def live() -> Iterator[Live]:
    """The web process and the live one, which looks often: hints of a stalled server are lost."""
    with live_process(with_web=True, STREAM_CHECK="2", STREAM_POLL="2") as running:
        yield running


@dataclass
class Walk:
    """Two people, each at a browser of their own."""

    live: Live
    browser: Browser
    beside: Beside
    squad: Squad
    athlete: Person
    axe: str
    pages: list[Page] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def open(self, person: Person) -> Page:
        """Return a browser in which somebody is signed in."""
        context = signed_in(
            self.browser,
            self.live.web_url,
            person,
            self.beside,
            viewport={"width": 1280, "height": 800},
        )
        context.add_init_script(COUNTS)
        page = context.new_page()
        page.on("pageerror", lambda error: self.said.append(str(error)))
        self.pages.append(page)
        return page

    def go(self, page: Page, path: str) -> None:
        """Go to a page, which has no barriers."""
        page.goto(self.live.web_url + path)
        self.check(page)

    def check(self, page: Page) -> None:
        """Look for barriers and for what the content policy refused."""
        assert barriers(page, self.axe) == []
        assert page.evaluate("window.violations") == []

    def syncs(self, kind: str, body: dict[str, Any]) -> None:
        """Have the athlete's phone send a record, and the worker read on."""

        def work() -> None:
            answer = self.athlete.sync([put(kind, body)])
            assert answer.json()["results"][0]["status"] == "applied", answer.content
            recompute_athlete(athlete_id=self.athlete.id, now=timezone.now())

        self.beside(work)


@pytest.fixture
def walk(live: Live, browser: Browser, beside: Beside, axe: str) -> Iterator[Walk]:
    """A coach with a team of nobody, and an athlete; no script of theirs may break."""

    def people() -> tuple[Squad, Person]:
        coach = make_person("Kim Coach")
        team = create_team(head=coach.user, name="Middle distance", now=timezone.now())
        return Squad(coach, team), make_person("Aiko Ito")

    squad, athlete = beside(people)
    made = Walk(live, browser, beside, squad, athlete, axe)
    yield made
    violations = [told for page in made.pages for told in page.evaluate("window.violations")]
    for page in made.pages:
        page.context.close()
    assert (violations, made.said) == ([], [])


def vitamin_d(value: float) -> dict[str, Any]:
    """Return a result of last week."""
    drawn = timezone.now() - timedelta(days=7)
    return {
        "analyte": "vitd_25oh", "value": value, "unit": "nmol/L", "status": "final",
        "collected_at": drawn.isoformat(),
    }  # fmt: skip


class TestWalk:
    def test_from_the_invitation_to_the_end_of_sharing(self, walk: Walk) -> None:
        coach, athlete = walk.open(walk.squad.coach), walk.open(walk.athlete)
        link = self.coach_invites(walk, coach)
        walk.go(coach, walk.squad.page)
        expect(coach.locator("[data-state]")).to_have_text("live")
        coach.evaluate("window.isTheSame = true")

        self.athlete_narrows_and_accepts(walk, athlete, link)
        row = coach.locator(f"#row-{walk.athlete.id}")
        expect(row).to_have_count(1)

        walk.syncs("lab_result", vitamin_d(22))
        pressing = coach.locator("section", has_text="Needs a look").locator(
            f"#row-{walk.athlete.id}"
        )
        expect(pressing).to_contain_text("25-OH vitamin D 8.8 ng/mL")
        walk.check(coach)

        self.coach_reviews_undoes_and_nudges(walk, coach)
        self.athlete_reads_who_looked(walk, athlete)
        athlete.goto(walk.live.web_url + "/me/sharing")
        athlete.get_by_role("button", name="End sharing").click()
        expect(athlete.get_by_text("You share with nobody")).to_be_visible()
        expect(row).to_have_count(0)
        assert coach.evaluate("window.isTheSame")  # it was never loaded again
        walk.check(coach)

    def coach_invites(self, walk: Walk, coach: Page) -> str:
        walk.go(coach, f"{walk.squad.page}/invite")
        for category in ("sessions", "loading", "labs"):
            coach.locator(f"#category-{category}").check()
        coach.locator("#purpose").fill("Plan the season together.")
        coach.get_by_role("button", name="Make the invitation").click()
        link = coach.locator(".code").first
        link.wait_for()
        walk.check(coach)
        return str(link.inner_text())

    def athlete_narrows_and_accepts(self, walk: Walk, athlete: Page, link: str) -> None:
        walk.go(athlete, link.removeprefix(walk.live.web_url))
        for category in ("sessions", "labs"):
            athlete.locator(f"#category-{category}").check()
        expect(athlete.locator("#your-row")).to_contain_text("Aiko Ito")
        if (adult := athlete.locator("[name=is_adult]")).count():
            adult.check()
        athlete.get_by_role("button", name="Share what I chose").click()
        # The question names the team as well; its page would go away under the checker.
        expect(athlete.get_by_role("heading", name="Middle distance", exact=True)).to_be_visible()
        walk.check(athlete)

    def coach_reviews_undoes_and_nudges(self, walk: Walk, coach: Page) -> None:
        row = coach.locator(f"#row-{walk.athlete.id}")
        coach.locator("body").press("j")
        coach.keyboard.press("r")
        row.get_by_role("radio", name="Refer").check()
        row.get_by_role("button", name="Reviewed").click()
        expect(coach.locator("section", has_text="Needs a look")).to_have_count(0)
        expect(row).to_contain_text("Reviewed: refer by Kim Coach")

        row.get_by_role("button", name="Undo").click()
        expect(coach.locator("section", has_text="Needs a look")).to_have_count(1)
        expect(row).not_to_contain_text("Reviewed")

        other = coach.context.new_page()
        walk.go(other, f"{walk.squad.page}/athletes/{walk.athlete.id}")
        other.get_by_role("button", name="Nudge").click()
        expect(other.locator("main")).to_contain_text("Nudged")
        other.close()
        assert coach.evaluate("window.isTheSame")

    def athlete_reads_who_looked(self, walk: Walk, athlete: Page) -> None:
        walk.go(athlete, "/me/access")
        expect(athlete.locator("main")).to_contain_text("Kim Coach")
        expect(athlete.locator("main")).to_contain_text("Your row in the team")
        walk.go(athlete, "/me/inbox")
        expect(athlete.locator("main")).to_contain_text("Kim Coach")
