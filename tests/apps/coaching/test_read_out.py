"""The athlete's pages about sharing, and a team's settings: no barriers, and as they are read out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from apps.coaching.services.looking import look_at_athlete
from apps.coaching.services.notes import write_note
from apps.coaching.services.teams import create_team
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.deciding import invited
from tests.browsing import NEEDS_BROWSER, Beside, barriers, signed_in
from tests.conftest import Person, make_person
from tests.serving import WebProcess

pytestmark = NEEDS_BROWSER
SNAPSHOTS = Path(__file__).with_name("snapshots")


@dataclass
class Pages:
    """Where the pages are, and who opens them."""

    people: dict[str, Person]
    paths: dict[str, str]
    browser: Browser
    url: str
    beside: Beside

    def open(self, name: str, **device: Any) -> Page:
        """Open a page in a browser of its own."""
        person = self.people["coach" if name == "settings" else "athlete"]
        page = signed_in(self.browser, self.url, person, self.beside, **device).new_page()
        page.goto(self.paths[name])
        return page


def a_team_with_everything() -> tuple[dict[str, Person], dict[str, str]]:
    """Make an athlete who shares with a team that looked and wrote, and another team that asks."""
    coach, athlete, assistant = (
        make_person(name) for name in ("Kim Coach", "Aiko Ito", "Alex Aid")
    )
    now = timezone.now()
    squad = Squad(coach, create_team(head=coach.user, name="Middle distance", now=now))
    squad.team.members.create(user=assistant.user, role="assistant", joined_at=now)
    squad.join(athlete, frozenset({"sessions", "loading", "labs_status"}))
    about: dict[str, Any] = {"team_id": squad.team.id, "athlete_id": athlete.id, "now": now}
    look_at_athlete(viewer=coach.user, **about)
    write_note(coach=coach.user, text="Two easy days, please.", **about)
    other = make_person("Olu Other")
    asking = Squad(other, create_team(head=other.user, name="Throwers", now=now))
    asked = invited(asking, frozenset({"sessions", "labs", "cycle"}))
    paths = {
        "sharing": "/me/sharing", "access": "/me/access", "inbox": "/me/inbox",
        "invitation": "/invitations/" + asked.link.rpartition("/")[2],
        "settings": f"{squad.page}/settings",
    }  # fmt: skip
    return {"coach": coach, "athlete": athlete}, paths


@pytest.fixture(scope="module")
def pages(web: WebProcess, browser: Browser, beside: Beside) -> Pages:
    """The pages, which the tests only look at."""
    people, paths = beside(a_team_with_everything)
    return Pages(people, paths, browser, web.url, beside)


class TestBarriers:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("name", ["sharing", "access", "inbox", "invitation", "settings"])
    def test_are_none(self, pages: Pages, axe: str, name: str, scheme: Any) -> None:
        page = pages.open(name, color_scheme=scheme, viewport={"width": 390, "height": 844})
        folded = page.locator("main details:not([open]) > summary")
        for _ in range(folded.count()):  # each that opens leaves the others
            folded.first.click()
        assert barriers(page, axe) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.context.close()


class TestReadOut:
    @pytest.mark.parametrize("name", ["sharing", "access", "inbox", "invitation", "settings"])
    def test_is_as_written(self, pages: Pages, name: str) -> None:
        page = pages.open(name)
        written = (SNAPSHOTS / f"{name}.yml").read_text()
        expect(page.locator("main")).to_match_aria_snapshot(written)
        page.context.close()
