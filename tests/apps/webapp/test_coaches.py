"""What coaches write, may see and looked at, on the athlete's phone, with and without a network."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, expect

from apps.coaching.models import ConsentGrant
from apps.coaching.services.consent import end_grant, pause_grant
from apps.coaching.services.notes import change_note, delete_note, write_note
from apps.coaching.services.teams import create_team
from apps.coaching.services.telling_looks import tell_looks
from tests.apps.coaching.conftest import Squad, leave_nobody_to_tell
from tests.apps.webapp.conftest import CHROMIUM, App, Devices, rows_of
from tests.conftest import Person, make_person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed here"),
]
ROOT = Path(__file__).parents[3]
SHARED = frozenset({"sessions", "labs_status"})


@dataclass
class Both:
    """An athlete who shares with a team, and its coach."""

    squad: Squad
    athlete: Person
    grant: ConsentGrant
    beside: Callable[[Callable[[], Any]], Any]

    def write(self, text: str = "Two easy days.", **fields: Any) -> UUID:
        """Write a note as the coach does."""
        made: UUID = self.beside(
            lambda: write_note(
                coach=self.squad.coach.user, team_id=self.squad.team.id,
                athlete_id=self.athlete.id, text=text, now=timezone.now(), **fields,
            )
        )  # fmt: skip
        return made

    def take_back(self, note_id: UUID) -> None:
        """Delete a note as the coach does."""
        self.beside(
            lambda: delete_note(
                coach=self.squad.coach.user, team_id=self.squad.team.id,
                athlete_id=self.athlete.id, note_id=note_id, now=timezone.now(),
            )
        )  # fmt: skip

    def ends(self) -> None:
        """End the consent as the athlete does on the server's page."""
        self.beside(
            lambda: end_grant(athlete=self.athlete.user, grant_id=self.grant.id, now=timezone.now())
        )

    def answers(self) -> list[str | None]:
        """Return the answers the server has."""
        return [
            row["body"].get("answer") for row in rows_of(self.athlete, "coach_note", self.beside)
        ]


@pytest.fixture
def both(devices: Devices) -> Both:
    """Aiko shares with Kim's team."""

    def people() -> Both:
        coach = make_person("Kim Coach")
        team = create_team(head=coach.user, name="Middle distance", now=timezone.now())
        squad, athlete = Squad(coach, team), make_person("Aiko Ito")
        return Both(squad, athlete, squad.join(athlete, SHARED), devices.beside)

    made: Both = devices.beside(people)
    return made


@pytest.fixture(scope="module")
def axe() -> str:
    """Return the checker that runs in a page."""
    source = [ROOT / "tools" / "axe" / "source.sh"]
    return subprocess.run(source, check=True, capture_output=True, text=True).stdout


def answer(app: App, text: str) -> Locator:
    """Answer the only note on the screen; return its card."""
    app.go("#/notes")
    note = app.page.get_by_role("list", name="Notes").locator("> li")
    note.locator("summary").click()
    note.get_by_role("textbox").fill(text)
    note.get_by_role("button", name=re.compile("answer")).click()
    return note


class TestNotes:
    def test_stand_newest_first_with_who_wrote_them_and_a_rest(
        self, devices: Devices, both: Both
    ) -> None:
        rest = date(2031, 1, 2)
        both.write("First <b>bold</b>")
        both.write("Second", planned_rest_until=rest)
        app = devices.app(both.athlete)
        app.page.get_by_role("link", name="Coach").click()
        notes = app.page.get_by_role("list", name="Notes").locator("> li")
        expect(notes.locator("> .app-words")).to_have_text(["Second", "First <b>bold</b>"])
        expect(notes.first).to_contain_text("Kim Coach · Middle distance")
        expect(notes.first).to_contain_text("Planned rest until 2 January 2031")
        expect(notes.first.locator("time").first).to_have_attribute(
            "datetime", re.compile(str(timezone.now().year))
        )

    def test_are_answered_without_a_network_and_sent_with_one(
        self, devices: Devices, both: Both
    ) -> None:
        both.write()
        app = devices.app(both.athlete)
        app.context.set_offline(True)
        note = answer(app, "Thanks, I will.")
        expect(note.locator(".app-answer")).to_contain_text("Waiting to be sent")
        app.page.reload()
        app.go("#/notes")
        expect(note.locator(".app-answer")).to_contain_text("Thanks, I will.")
        expect(note.locator(".app-answer")).to_contain_text("Waiting to be sent")
        assert both.answers() == [None]

        app.context.set_offline(False)
        app.is_sent()
        expect(note.locator(".app-answer .tag")).to_have_text("Sent")
        assert both.answers() == ["Thanks, I will."]

    def test_take_another_answer_and_none(self, devices: Devices, both: Both) -> None:
        both.write()
        app = devices.app(both.athlete)
        answer(app, "Yes")
        app.is_sent()
        answer(app, "No")
        app.is_sent()
        assert both.answers() == ["No"]
        note = answer(app, " ")
        app.is_sent()
        assert both.answers() == [None]
        expect(note.locator(".app-answer")).to_have_count(0)

    def test_wait_while_somebody_is_typing(self, devices: Devices, both: Both) -> None:
        both.write()
        app = devices.app(both.athlete)
        app.go("#/notes")
        app.page.locator("summary").click()
        app.page.get_by_role("textbox").press_sequentially("Half a")
        both.write("Another one")
        app.sync_soon()
        app.page.keyboard.type(" word")
        expect(app.page.get_by_role("textbox")).to_have_value("Half a word")
        app.go("#/inbox")
        app.go("#/notes")
        expect(app.page.get_by_role("list", name="Notes").locator("> li")).to_have_count(2)
        expect(app.page.get_by_role("textbox")).to_have_value("Half a word")

    def test_a_press_ends_on_what_it_began_on(self, devices: Devices, both: Both) -> None:
        both.write()
        app = devices.app(both.athlete)
        app.go("#/notes")
        notes = app.page.get_by_role("list", name="Notes").locator("> li")
        notes.locator("summary").hover()
        app.page.mouse.down()
        both.write("Another one")
        app.sync_soon()
        app.is_drawn()
        assert notes.count() == 1
        app.page.mouse.up()
        expect(notes).to_have_count(2)
        expect(notes.last.locator("details")).to_have_attribute("open", "")

    def test_an_answer_merges_with_what_the_coach_changed_meanwhile(
        self, devices: Devices, both: Both
    ) -> None:
        written = both.write()
        app = devices.app(both.athlete)
        app.context.set_offline(True)
        answer(app, "Fine")
        both.beside(
            lambda: change_note(
                coach=both.squad.coach.user, team_id=both.squad.team.id,
                athlete_id=both.athlete.id, note_id=written, changes={"text": "Three easy days."},
                now=timezone.now(),
            )
        )  # fmt: skip
        app.context.set_offline(False)
        app.is_sent()
        expect(app.page.locator(".app-words").first).to_have_text("Three easy days.")
        assert both.answers() == ["Fine"]


class TestWhatIsNotTaken:
    def test_is_told_with_the_words_when_the_note_was_taken_back(
        self, devices: Devices, both: Both
    ) -> None:
        written = both.write()
        app = devices.app(both.athlete)
        app.context.set_offline(True)
        answer(app, "My knee still hurts.")
        both.take_back(written)
        app.context.set_offline(False)
        kept = app.page.locator(".app-kept")
        expect(kept).to_contain_text("The coach took this note back")
        expect(kept).to_contain_text("My knee still hurts.")
        app.go("#/today")
        app.page.get_by_role("link", name="An answer of yours was not taken").click()
        expect(app.page.locator("#screen")).to_have_attribute("data-screen", "notes")
        kept.get_by_role("button", name="Put it away").click()
        expect(kept).to_have_count(0)
        assert app.stored("attention") == []
        assert both.answers() == []

    def test_a_draft_outlives_the_note(self, devices: Devices, both: Both) -> None:
        written = both.write()
        app = devices.app(both.athlete)
        app.go("#/notes")
        app.page.locator("summary").click()
        app.page.get_by_role("textbox").fill("Half a word")
        app.page.locator("#main").focus()
        both.take_back(written)
        app.sync_soon()
        kept = app.page.locator(".app-kept")
        expect(kept).to_contain_text("before you sent your answer")
        expect(kept).to_contain_text("Half a word")

    def test_a_draft_is_nothing_for_the_next_person(self, devices: Devices, both: Both) -> None:
        both.write()
        app = devices.app(both.athlete)
        app.go("#/notes")
        app.page.locator("summary").click()
        app.page.get_by_role("textbox").fill("Half a word")
        app.has("async () => (await import('/static/webapp/account.js')).signOut()")
        other = devices.person("Bo Next")
        app.sign_in(other.user.email)
        app.is_sent()
        app.go("#/notes")
        expect(app.page.locator("#screen")).to_contain_text("No notes")
        expect(app.page.locator("#screen")).not_to_contain_text("Half a word")

    def test_a_second_answer_can_not_bring_a_note_back(self, devices: Devices, both: Both) -> None:
        written = both.write()
        app = devices.app(both.athlete)
        app.context.set_offline(True)
        answer(app, "One")
        answer(app, "Two")
        both.take_back(written)
        app.context.set_offline(False)
        kept = app.page.locator(".app-kept")
        expect(kept).to_have_count(2)
        expect(kept.locator("blockquote")).to_have_text(["One", "Two"])
        expect(kept.get_by_role("button", name="Send again")).to_have_count(0)

    def test_nothing_else_of_a_note_can_be_written(self, devices: Devices, both: Both) -> None:
        written = both.write()
        app = devices.app(both.athlete)
        app.has(
            """async (id) => {
              const { edit } = await import("/static/webapp/store.js");
              await edit({ type: "coach_note", id, set: { text: "Run more.", answer: "Yes" } });
            }""",
            str(written),
        )
        app.go("#/notes")
        app.sync_soon()
        kept = app.page.locator(".app-kept")
        expect(kept).to_contain_text("Your answer was not taken (forbidden).")
        expect(kept).to_contain_text("Yes")
        expect(app.page.locator("li > .app-words")).to_have_text("Two easy days.")

    def test_notes_stay_and_are_answered_when_sharing_ended(
        self, devices: Devices, both: Both
    ) -> None:
        both.write()
        app = devices.app(both.athlete)
        app.context.set_offline(True)
        answer(app, "Good bye")
        both.ends()
        app.context.set_offline(False)
        app.is_sent()
        expect(app.page.locator(".app-answer .tag")).to_have_text("Sent")
        assert both.answers() == ["Good bye"]
        app.go("#/sharing")
        expect(app.page.locator("#screen")).to_contain_text("Nobody can see your data today")


class TestSharing:
    def test_says_who_sees_what_until_when_and_where_to_change_it(
        self, devices: Devices, both: Both
    ) -> None:
        app = devices.app(both.athlete)
        app.context.set_offline(True)
        app.go("#/sharing")
        team = app.page.get_by_role("list", name="Teams you share with").locator("> li")
        expect(team).to_contain_text("Middle distance")
        expect(team.locator("summary")).to_have_text("Sessions · Lab results, status only")
        team.locator("summary").press("Enter")
        expect(team).to_contain_text("whether a result is in its range, outside it or due")
        ends = both.grant.ends_at - timedelta(seconds=1)
        expect(team.locator("time").last).to_have_attribute("datetime", str(ends.date()))
        link = app.page.get_by_role("link", name="Change, pause or end sharing")
        expect(link).to_have_attribute("href", "/me/sharing")

    def test_follows_a_pause(self, devices: Devices, both: Both) -> None:
        app = devices.app(both.athlete)
        both.beside(
            lambda: pause_grant(
                athlete=both.athlete.user, grant_id=both.grant.id, now=timezone.now()
            )
        )
        app.go("#/sharing")
        app.sync_soon()
        expect(app.page.locator("#screen .tag")).to_have_text("Paused")
        expect(app.page.locator("#screen")).to_contain_text("Nobody can see your data today")

    def test_is_not_in_the_way_of_who_has_no_coach(self, devices: Devices) -> None:
        app = devices.app(devices.person())
        expect(app.page.get_by_role("link", name="Coach")).to_have_count(0)
        app.go("#/sharing")
        expect(app.page.locator("#screen")).to_contain_text("You share with nobody")


class TestLooks:
    def test_stand_by_day_in_words(self, devices: Devices, both: Both) -> None:
        def look() -> None:
            leave_nobody_to_tell()
            assert both.squad.coach.get(both.squad.panel).status_code == 200
            assert both.squad.coach.get(both.squad.one(both.athlete.id)).status_code == 200
            tell_looks(now=timezone.now() + timedelta(seconds=5))

        both.beside(look)
        app = devices.app(both.athlete)
        app.context.set_offline(True)
        app.go("#/looks")
        day = app.page.locator("section[aria-labelledby^=day-]")
        expect(day).to_have_count(1)
        lines = day.locator("li")
        expect(lines).to_have_count(2)
        expect(day).to_contain_text("Your row in the team")
        expect(day).to_contain_text("Kim Coach · Middle distance")
        expect(day).to_contain_text("Sessions · Lab results, status only")


class TestReading:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_has_no_barriers_and_fits_a_phone(
        self, devices: Devices, both: Both, axe: str, scheme: Any
    ) -> None:
        both.write(
            "Please take two easy days.\nThen we look again.", planned_rest_until=date(2031, 1, 2)
        )
        both.write("x" * 300)

        def look() -> None:
            leave_nobody_to_tell()
            both.squad.coach.get(both.squad.panel)
            tell_looks(now=timezone.now() + timedelta(seconds=5))

        both.beside(look)
        app = devices.app(both.athlete)
        app.page.emulate_media(color_scheme=scheme)
        app.page.evaluate(axe)
        app.page.locator("#nav").get_by_role("link", name="Inbox").focus()
        app.page.keyboard.press("Tab")
        app.page.keyboard.press("Tab")
        app.page.keyboard.press("Enter")  # to the coach, and on by the tabs
        for name in ("notes", "sharing", "looks"):
            app.page.locator(f"#screen[data-screen={name}]").wait_for()
            expect(app.page.locator("#nav [aria-current=page]")).to_have_text("Coach")
            for each in app.page.locator("#screen summary").all():
                each.click()
            found = app.has(
                "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
            )
            assert [f"{one['id']}: {n['html']}" for one in found for n in one["nodes"]] == []
            for width in (320, 390, 1280):
                app.page.set_viewport_size({"width": width, "height": 844})
                assert app.has("document.documentElement.scrollWidth") <= width, name
            app.page.set_viewport_size({"width": 390, "height": 844})
            following = app.page.locator(".app-tabs a[aria-current=page] + a")
            if following.count():
                following.press("Enter")
