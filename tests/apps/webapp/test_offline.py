"""The story of the phone: entries without a network, and what comes of them with one."""

import json
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Request, expect

from tests.apps.webapp.conftest import CHROMIUM, Devices, a_uuid, rows_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed here"),
]


class TestInstalling:
    def test_meets_the_browsers_own_criteria(self, devices: Devices) -> None:
        app = devices.app()
        cdp = app.context.new_cdp_session(app.page)
        manifest = cdp.send("Page.getAppManifest")
        assert manifest["errors"] == []
        assert json.loads(manifest["data"])["start_url"] == "/app"
        errors = cdp.send("Page.getInstallabilityErrors")["installabilityErrors"]
        # A private window, as tests use, is never installable; nothing else may stand in the way.
        assert {one["errorId"] for one in errors} <= {"in-incognito"}
        state = app.has(
            "navigator.serviceWorker.ready.then(({ active, scope }) => [active.state, scope])"
        )
        assert state == ["activated", f"{app.url}/app"]

    def test_keeps_its_files_and_never_an_answer_of_the_api(self, devices: Devices) -> None:
        app = devices.app(devices.person())
        kept = app.has(
            """async () => {
              const paths = [];
              for (const name of await caches.keys())
                for (const request of await (await caches.open(name)).keys())
                  paths.push(new URL(request.url).pathname);
              return paths;
            }"""
        )
        assert "/app" in kept
        assert "/static/webapp/sync.js" in kept
        assert not [path for path in kept if path.startswith("/v1/")]

    def test_throws_the_files_of_an_older_release_away(self, devices: Devices) -> None:
        app = devices.app()
        app.has(
            """async () => {
              await caches.open("mechanostat-older");
              const registration = await navigator.serviceWorker.getRegistration("/app");
              await registration.unregister();
            }"""
        )
        app.open()
        app.ready()
        app.until("async () => !(await caches.keys()).includes('mechanostat-older')")
        assert len(app.has("caches.keys()")) == 1


class TestWithoutANetwork:
    def test_entries_are_kept_sent_later_and_change_the_summary(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person)
        expect(app.page.locator("#screen")).to_contain_text("Nothing recorded yet")

        app.context.set_offline(True)
        app.add_workout()
        expect(app.page.locator(".app-saved")).to_contain_text("when there is a network")
        app.page.reload()  # no network: the worker answers with what it kept
        app.page.locator("#nav").wait_for()
        app.add_vitamin_d()
        expect(app.page.locator("#sync")).to_have_text("Offline, 2 waiting")
        app.page.reload()
        app.go("#/entries")
        expect(app.page.locator(".app-entry")).to_have_count(2)
        expect(app.page.locator(".app-entry .tag")).to_have_text(["Waiting", "Waiting"])
        assert rows_of(person, "workout_session", app.beside) == []

        app.context.set_offline(False)
        app.is_sent()
        expect(app.page.locator(".app-entry .tag")).to_have_text(["Sent", "Sent"])
        (workout,) = rows_of(person, "workout_session", app.beside)
        assert workout["body"]["activity"] == "running"
        (result,) = rows_of(person, "lab_result", app.beside)
        assert (result["body"]["value"], result["body"]["unit"]) == (38.2, "nmol/L")

        devices.work()
        app.sync_soon()  # by itself it asks less often the longer it takes
        app.go("#/today")
        nutrition = app.page.locator("details", has_text="Nutrition and hormones")
        expect(nutrition).to_contain_text("38.2 nmol/L")
        nutrition.locator("summary").click()
        app.sync_soon()
        app.page.locator("#screen").evaluate("() => new Promise(requestAnimationFrame)")
        expect(nutrition).to_have_attribute("open", "")  # drawn again, and as it was
        app.page.get_by_role("link", name="Add your date of birth.").click()
        expect(app.page.get_by_label("Date of birth")).to_be_visible()
        app.go("#/inbox")
        expect(app.page.locator(".app-reminder", has_text="Repeat 25-OH vitamin D")).to_be_visible()
        expect(app.page.locator("#unread")).to_be_visible()

    def test_a_value_keeps_the_digits_that_were_typed(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person)
        app.add_vitamin_d("41.50")
        app.is_sent()
        answer = app.beside(lambda: person.get("/v1/athletes/me/changes").content)
        assert b'"value":41.50' in answer.replace(b" ", b"")
        other = devices.app(person)
        other.go("#/entries")
        expect(other.page.locator(".app-entry")).to_contain_text("41.50 nmol/L")

    def test_what_can_not_be_right_is_said_at_the_field(self, devices: Devices) -> None:
        app = devices.app(devices.person())
        app.go("#/lab")
        app.page.get_by_label("Value").fill("much")
        app.page.get_by_role("button", name="Save").click()
        expect(app.page.locator("#value-error")).to_have_text(re.compile("Enter the number"))
        expect(app.page.get_by_label("Value")).to_be_focused()
        assert app.stored("outbox") == []

    def test_a_device_that_can_not_keep_an_entry_says_so(self, devices: Devices) -> None:
        app = devices.app(devices.person())
        app.go("#/workout")
        app.has(
            """() => {
              const put = window.put = IDBObjectStore.prototype.put;
              IDBObjectStore.prototype.put = function (...told) {
                if (this.name === "outbox") throw new DOMException("The disk is full.", "QuotaExceededError");
                return put.apply(this, told);
              };
            }"""
        )
        app.page.get_by_role("button", name="Save").click()
        expect(app.page.locator("#notices")).to_contain_text("nothing was saved")
        expect(app.page.locator("#notices")).to_contain_text("no room left")
        expect(app.page.locator(".app-saved")).to_be_empty()
        assert app.stored("outbox") == []
        app.has(
            """() => {
              const form = document.querySelector("#screen form");
              form.requestSubmit();
              form.requestSubmit();
            }"""
        )
        app.is_drawn()
        expect(app.page.locator(".app-saved")).to_be_empty()  # what never was is not saved already
        app.has("() => { IDBObjectStore.prototype.put = window.put; }")
        app.page.get_by_role("button", name="Save").click()
        expect(app.page.locator(".app-saved")).to_contain_text("Saved on this device")
        expect(app.page.locator("#notices")).to_be_empty()

    def test_a_bound_is_sent_as_one(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person)
        app.add_vitamin_d("<10")
        app.is_sent()
        (result,) = rows_of(person, "lab_result", app.beside)
        assert (result["body"]["comparator"], result["body"]["value"]) == ("<", 10)


class TestLanguage:
    def test_is_the_profiles(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person)
        wish = {
            "title": "Dr. Weber anrufen",
            "due_date": str(timezone.localdate()),
            "topic": "vitd_25oh",
        }
        made = {"action": "put", "base": None, "schema": 1}
        ops = [
            {**made, "op": a_uuid(), "type": "reminder_wish", "id": a_uuid(), "set": wish},
            {**made, "op": a_uuid(), "type": "athlete_profile", "id": str(person.id), "set": {"locale": "de-AT"}},
        ]  # fmt: skip
        answer = app.beside(lambda: person.sync(ops).json())
        assert [one["status"] for one in answer["results"]] == ["applied", "applied"]
        app.add_workout()
        app.is_sent()
        devices.work()
        app.page.reload()
        app.go("#/today")
        expect(app.page.locator("#screen")).to_contain_text("Bereichen")
        app.go("#/inbox")
        own = app.page.locator(".app-reminder")
        expect(own.get_by_role("heading")).to_have_text("Dr. Weber anrufen")
        expect(own).to_contain_text("Grund: du wolltest es so.")
        expect(own.get_by_role("button", name="Erledigt")).to_be_visible()
        expect(app.page.locator("#sync")).to_have_text("Alles gesendet")
        assert app.has("document.documentElement.lang") == "de"
        expect(app.page.locator("#nav a").first).to_have_text("Heute")
        app.go("#/entries")
        expect(app.page.locator(".app-entry")).to_contain_text("Laufen")
        app.go("#/lab")
        app.page.get_by_label("Wert").fill("38,20")
        app.page.get_by_role("button", name="Speichern").click()
        expect(app.page.locator(".app-saved")).to_contain_text("Auf diesem Gerät gespeichert")
        app.go("#/entries")
        expect(app.page.locator("#screen")).to_contain_text("25-OH-Vitamin D 38,20 nmol/L")
        expect(app.page.locator("#sync")).to_have_text("Alles gesendet")
        (result,) = rows_of(person, "lab_result", app.beside)
        assert result["body"]["value"] == 38.2

    def test_is_chosen_in_the_settings(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person)
        app.go("#/settings")
        app.page.get_by_label("Language").select_option("de")
        app.page.locator("form").filter(has=app.page.get_by_label("Language")).get_by_role(
            "button", name="Save"
        ).click()
        expect(app.page.get_by_role("heading", level=1)).to_have_text("Einstellungen")
        expect(app.page.locator("#notices")).to_contain_text("Auf diesem Gerät gespeichert")
        expect(app.page.locator("#sync")).to_have_text("Alles gesendet")
        (profile,) = rows_of(person, "athlete_profile", app.beside)
        assert profile["body"] == {"locale": "de"}
        app.page.get_by_label("Sprache").select_option("en")
        app.page.locator("form").filter(has=app.page.get_by_label("Sprache")).get_by_role(
            "button", name="Speichern"
        ).click()
        expect(app.page.get_by_role("heading", level=1)).to_have_text("Settings")
        app.is_sent()

    def test_at_the_door_is_the_browsers_and_goes_into_a_new_account(
        self, devices: Devices
    ) -> None:
        context = devices.shelf.browser.new_context(locale="de-CH", reduced_motion="reduce")
        page = context.new_page()
        page.goto(f"{devices.web.url}/app#/sign-up")
        expect(page.get_by_role("heading", level=1)).to_have_text("Konto anlegen")
        email = f"{a_uuid()}@example.org"
        page.get_by_label("E-Mail-Adresse").fill(email)
        page.get_by_label("Dein Name").fill("Urs Frei")
        page.get_by_label("Passwort").fill("eine lange Wortfolge")
        page.get_by_role("button", name="Konto anlegen").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Noch nichts eingetragen")
        expect(page.locator("#sync")).to_have_text("Alles gesendet")
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("Noch nichts eingetragen")
        device = {"installation": a_uuid(), "name": "another", "platform": "test"}
        body = {"email": email, "password": "eine lange Wortfolge", "device": device}
        signed_in = page.request.post(f"{devices.web.url}/v1/auth/sign-in", data=body).json()
        told = page.request.get(
            f"{devices.web.url}/v1/athletes/me/changes?types=athlete_profile",
            headers={"Authorization": f"Bearer {signed_in['access_token']}"},
        ).json()
        context.close()
        (profile,) = told["page"]["rows"]
        assert profile["body"] == {"locale": "de"}


class TestNextStep:
    def test_leads_where_it_is_taken(self, devices: Devices) -> None:
        app = devices.app(devices.person())
        app.add_workout()
        app.is_sent()
        devices.work()
        app.sync_soon()
        app.go("#/today")
        app.page.get_by_role("link", name="Add your date of birth.").click()
        app.page.locator("#screen[data-screen=settings]").wait_for()
        expect(app.page.get_by_label("Date of birth")).to_be_in_viewport()


class TestReading:
    def test_says_where_one_is_and_what_became_of_entries(self, devices: Devices) -> None:
        app = devices.app(devices.person())
        app.add_workout()
        app.is_sent()
        for screen, heading in (
            ("today", "Your summary is on its way"),
            ("inbox", "Inbox"),
            ("workout", "Add a workout"),
            ("lab", "Add a lab result"),
            ("entries", "Entries"),
            ("settings", "Settings"),
        ):
            app.go(f"#/{screen}")
            expect(app.page.get_by_role("heading", level=1)).to_have_text(heading)
            current = app.page.locator("#nav [aria-current=page]")
            expect(current).to_have_count(1)
            unnamed = (
                app.page.locator("#screen")
                .locator("input, select, button")
                .evaluate_all(
                    """(all) => all.filter((each) => each.offsetParent && !each.labels?.length
                  && !each.getAttribute("aria-label") && !each.textContent.trim()).map((each) => each.outerHTML)"""
                )
            )
            assert unnamed == []
            for width in (320, 390, 1280):
                app.page.set_viewport_size({"width": width, "height": 800})
                assert app.has("document.documentElement.scrollWidth") <= width, screen

    def test_a_workout_can_be_entered_with_the_keyboard_alone(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person)
        app.go("#/workout")
        activity = app.page.get_by_label("Activity")
        activity.focus()
        app.page.keyboard.press("Home")
        for _ in range(activity.locator("option").count()):  # letters typed slowly each begin anew
            if activity.input_value() != "running":
                app.page.keyboard.press("ArrowDown")
        app.page.keyboard.press("Tab")
        app.page.get_by_label("Minutes").focus()
        app.page.keyboard.press("Control+a")
        app.page.keyboard.type("33")
        app.page.keyboard.press("Tab")
        app.page.keyboard.press("ArrowRight")
        app.page.keyboard.press("Tab")
        app.page.keyboard.press("Enter")
        expect(app.page.locator(".app-saved")).to_contain_text("Saved on this device")
        app.is_sent()
        (row,) = rows_of(person, "workout_session", app.beside)
        assert row["body"]["activity"] == "running"
        assert row["body"]["rpe"] == 6
        assert row["body"]["ended_at"][14:16] != row["body"]["started_at"][14:16]

    def test_changing_an_entry_sends_only_what_was_changed(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person)
        app.add_workout()
        app.is_sent()
        pushed: list[dict[str, object]] = []

        def note(asked: Request) -> None:
            if asked.url.endswith("/sync"):
                pushed.extend((asked.post_data_json or {})["ops"])

        app.page.on("requestfinished", note)
        app.go("#/entries")
        app.page.get_by_role("link", name="Change: Running").click()
        app.page.get_by_label("Minutes").fill("51")
        app.page.get_by_role("button", name="Save").click()
        expect(app.page.locator(".app-saved")).to_contain_text("Saved")
        app.is_sent()
        (row,) = rows_of(person, "workout_session", app.beside)
        assert row["rev"] == 2
        (op,) = pushed
        assert op["set"] == {"ended_at": row["body"]["ended_at"]}

    def test_wishes_follow_in_the_profile(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person)
        app.go("#/settings")
        app.page.get_by_label("Hour of day").select_option("18")
        app.page.get_by_label("Keep quiet hours").uncheck()
        app.page.get_by_role("button", name="Save").nth(1).click()
        app.is_sent()
        (profile,) = rows_of(person, "athlete_profile", app.beside)
        assert profile["id"] == str(person.id)
        assert profile["body"] == {"delivery_hour": 18, "quiet_hours": "none"}
