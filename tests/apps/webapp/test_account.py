"""Whose entries they are: signing in and out, a token that ended, and text that would be markup."""

import pytest
from playwright.sync_api import expect

from apps.accounts.models import DeviceToken
from tests.apps.webapp.conftest import CHROMIUM, App, Devices, a_uuid, rows_of
from tests.conftest import PASSWORD, Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed here"),
]
HEALTH = ("outbox", "records", "held", "want", "attention", "receipts", "shown")


def end_tokens(person: Person, app: App) -> None:
    """Make the tokens of the person's browsers stop working."""
    browsers = DeviceToken.objects.filter(device__user=person.user, device__platform="web")
    assert app.beside(lambda: browsers.delete())[0] > 0


def sync_now(app: App) -> None:
    """Let the app try, as when it comes to the front."""
    app.has("document.dispatchEvent(new Event('visibilitychange'))")


class TestSigningUp:
    def test_opens_an_account_from_the_phone(self, devices: Devices) -> None:
        app = devices.app()
        app.go_door("#/sign-up")
        email = f"{a_uuid()}@example.org"
        app.page.get_by_label("E-mail address").fill(email)
        app.page.get_by_label("Your name").fill("New here")
        app.page.get_by_label("Password").fill(PASSWORD)
        app.page.get_by_role("button", name="Create account").click()
        app.page.locator("#nav").wait_for()
        app.is_sent()
        (state,) = app.stored("state")
        assert state["email"] == email
        assert state["token"]
        expect(app.page.locator("#screen")).to_contain_text("Welcome, New here")
        expect(app.page.get_by_role("heading", level=1)).to_have_text("Nothing recorded yet")
        expect(app.page.locator("#nav [aria-current=page]")).to_have_text("Today")

    def test_a_wrong_password_is_said(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app()
        app.page.get_by_label("E-mail address").fill(person.user.email)
        app.page.get_by_label("Password").fill("something-else-entirely")
        app.page.get_by_role("button", name="Sign in").click()
        expect(app.page.get_by_role("alert")).to_contain_text("is wrong")


class TestSigningOut:
    def test_wipes_everything_but_the_installation(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person)
        app.add_workout()
        app.is_sent()
        (before,) = app.stored("state")
        app.go("#/settings")
        app.page.get_by_role("button", name="Sign out").click()
        app.page.get_by_role("heading", name="Sign in").wait_for()
        assert [app.stored(store) for store in HEALTH] == [[]] * len(HEALTH)
        (after,) = app.stored("state")
        assert after["installation"] == before["installation"]
        assert not [after[name] for name in ("token", "athlete", "email", "cursor") if after[name]]
        answer = app.page.request.get(
            f"{app.url}/v1/devices", headers={"Authorization": f"Bearer {before['token']}"}
        )
        assert answer.status == 401

    def test_asks_first_when_something_was_not_sent(self, devices: Devices) -> None:
        app = devices.app(devices.person())
        app.context.set_offline(True)
        app.add_workout()
        app.go("#/settings")
        app.page.get_by_role("button", name="Sign out").click()
        expect(app.page.locator("#screen")).to_contain_text("1 entry has not been sent")
        app.page.get_by_role("button", name="Stay").click()
        assert len(app.stored("outbox")) == 1


class TestTokenThatEnded:
    def test_wipes_what_was_read_and_keeps_what_was_not_sent(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person)
        app.add_vitamin_d()
        app.is_sent()
        app.context.set_offline(True)
        app.add_workout()
        end_tokens(person, app)
        app.context.set_offline(False)
        app.page.get_by_role("heading", name="Sign in").wait_for()
        expect(app.page.locator("#screen")).to_contain_text("1 entry of")
        assert app.stored("records") == []
        assert len(app.stored("outbox")) == 1

        other = devices.person("Somebody else")
        app.page.get_by_label("E-mail address").fill(other.user.email)
        app.page.get_by_label("Password").fill(PASSWORD)
        app.page.get_by_role("button", name="Sign in").click()
        expect(app.page.get_by_role("alert")).to_contain_text("still keeps one entry")
        assert len(app.stored("outbox")) == 1

        app.sign_in(person.user.email)
        app.is_sent()
        assert len(rows_of(person, "workout_session", app.beside)) == 1
        assert rows_of(other, "workout_session", app.beside) == []
        app.go("#/entries")
        expect(app.page.locator(".app-entry")).to_have_count(2)

    def test_another_person_may_delete_them_and_go_on(self, devices: Devices) -> None:
        person, other = devices.person(), devices.person("Somebody else")
        app = devices.app(person)
        app.context.set_offline(True)
        app.add_workout()
        end_tokens(person, app)
        app.context.set_offline(False)
        app.page.get_by_role("heading", name="Sign in").wait_for()
        app.page.get_by_label("E-mail address").fill(other.user.email)
        app.page.get_by_label("Password").fill(PASSWORD)
        app.page.get_by_role("button", name="Sign in").click()
        app.page.get_by_role("button", name="Delete 1 entry for ever").click()
        expect(app.page.get_by_role("alert")).to_be_empty()  # the form is a new one
        app.sign_in(other.user.email)
        app.is_sent()
        assert rows_of(other, "workout_session", app.beside) == []

    def test_keeps_more_than_one_request_holds(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person)
        app.context.set_offline(True)
        kept = app.has(
            """async () => {
              const { edit } = await import("/static/webapp/store.js");
              const note = "a".repeat(60_000);
              const edits = [...Array(20)].map(() => ({ type: "workout_session", id: crypto.randomUUID(),
                set: { activity: "running", title: note } }));
              return (await edit(...edits)).length;
            }"""
        )
        end_tokens(person, app)
        app.page.reload()
        expect(app.page.locator("#sync")).to_have_text("Offline, 20 waiting")
        app.context.set_offline(False)
        app.page.get_by_role("heading", name="Sign in").wait_for()
        assert len(app.stored("outbox")) == kept == 20

    def test_nothing_unsent_leaves_nothing(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person)
        app.add_workout()
        app.is_sent()
        end_tokens(person, app)
        sync_now(app)
        app.page.get_by_role("heading", name="Sign in").wait_for()
        assert [app.stored(store) for store in HEALTH] == [[]] * len(HEALTH)


class TestHostileText:
    def test_is_shown_as_text(self, devices: Devices) -> None:
        markup = "<img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}"
        person = devices.person(markup)
        app = devices.app(person)
        app.page.on("dialog", lambda dialog: app.said.append(f"dialog: {dialog.message}"))
        workout = {
            "op": a_uuid(),
            "type": "workout_session",
            "id": a_uuid(),
            "action": "put",
            "base": None,
            "schema": 3,
            "set": {
                "started_at": "2026-03-01T18:00:00+01:00",
                "ended_at": "2026-03-01T18:45:00+01:00",
                "utc_offset_min": 60,
                "local_date": "2026-03-01",
                "activity": markup,
                "title": markup,
                "exercises": [{"uid": markup, "exercise": markup, "sets": []}],
            },
        }
        result = {
            "op": a_uuid(),
            "type": "lab_result",
            "id": a_uuid(),
            "action": "put",
            "base": None,
            "schema": 2,
            "set": {
                "analyte": markup,
                "value": 1,
                "unit": markup,
                "lab": markup,
                "collected_at": "2026-03-01",
                "status": "final",
            },
        }
        answer = app.beside(lambda: person.sync([workout, result]).json())
        assert [one["status"] for one in answer["results"]] == ["applied", "applied"]
        sync_now(app)
        app.go("#/entries")
        expect(app.page.locator(".app-entry")).to_have_count(2)
        expect(app.page.locator(".app-entry").first).to_contain_text("onerror=alert(1)")
        for screen in (f"#/workout/{workout['id']}", f"#/lab/{result['id']}", "#/settings"):
            app.has("hash => { location.hash = hash }", screen)
            app.page.locator(f"#screen[data-screen={screen.split('/')[1]}] h1").wait_for()
        assert app.page.locator("#screen img, #screen script").count() == 0
        assert not [words for words in app.said if words.startswith("dialog")]
