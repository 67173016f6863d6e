"""Web Push as the browser delivers it: shown once, answered with and without a network."""

import base64
import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import timezone
from playwright.sync_api import CDPSession, Worker, expect

from apps.accounts.models import Device
from tests.apps.webapp.conftest import CHROMIUM, PATIENCE_MS, App, Devices, a_uuid, rows_of
from tests.conftest import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed here"),
]
SENTENCE = "You have an update in Mechanostat."
# A tap as the browser would tell of it; what is only shown can not be tapped without a screen.
TAP = """
async ({ tag, action }) => {
  const shown = await self.registration.getNotifications({ tag });
  const event = new NotificationEvent("notificationclick", { notification: shown[0], action });
  let work;
  Object.defineProperty(event, "waitUntil", { value: (promise) => { work = promise; } });
  self.dispatchEvent(event);
  await work.catch((error) => { if (error.name !== "InvalidAccessError") throw error; });
}
"""
# The browser's push service is out of reach here, so what it would answer is given, to a page or a
# worker: one address for whoever asks, and the key that the server has.
SERVICE = """
({ address, key, had }) => {
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
  let given = null;
  const subscription = (told, made) => ({ ...told, options: { applicationServerKey: bytes(made).buffer }, toJSON: () => told,
    unsubscribe: async () => { (self.ended ??= []).push(told.endpoint); given = null; } });
  if (had) given = subscription(self.address, had);
  Object.assign(self, { address, key });
  PushManager.prototype.getSubscription = async () => given;
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    self.asked = [userVisibleOnly, applicationServerKey.length];
    return given = subscription(address, key);
  };
  self.ask ??= self.fetch;
  self.fetch = async (path, told) => path === "/v1/push/config" ? Response.json({ vapid_public_key: key }) : self.ask(path, told);
}
"""
REGISTER = "async () => (await import('/static/webapp/push.js')).turnOn()"
KEEP = "async () => (await import('/static/webapp/push.js')).keepRegistered()"
ENDED = """async () => {
  const { account } = await import("/static/webapp/store.js");
  return !(await account()).isPushEnding;
}"""
CHANGED = """
async () => {
  const event = new ExtendableEvent("pushsubscriptionchange");
  let work;
  Object.defineProperty(event, "waitUntil", { value: (promise) => { work = promise; } });
  self.dispatchEvent(event);
  await work;
}
"""
SHOWN = """
() => self.registration.getNotifications().then((all) =>
  all.map(({ title, body, tag, actions }) => [title, body, tag, actions.map(({ action }) => action)]))
"""


# Counts the messages that the worker has dealt with to the end.
COUNT = """
() => {
  if (self.broke) throw new Error(self.broke);
  if ("dealt" in self) return self.dealt;
  self.dealt = 0;
  const wait = ExtendableEvent.prototype.waitUntil;
  ExtendableEvent.prototype.waitUntil = function (promise) {
    wait.call(this, promise);
    if (this.type !== "push") return;
    promise.then(() => { self.dealt += 1; }, (error) => { self.broke = String(error); });
  };
  return 0;
}
"""


@dataclass
class Pushed:
    """A device that may show notifications, with the browser's own end of the push service."""

    app: App
    worker: Worker
    cdp: CDPSession
    registration: str

    def deliver(self, kind: str, **members: Any) -> None:
        """Deliver a message and wait until the worker has dealt with it."""
        letter = {"v": 1, "kind": kind, "id": a_uuid(), "sentence": SENTENCE, **members}
        self.deliver_raw(json.dumps(letter))

    def deliver_raw(self, data: str) -> None:
        """Deliver any text as a message."""
        before = self.worker.evaluate(COUNT)
        self.cdp.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": self.app.url, "registrationId": self.registration, "data": data},
        )
        self._wait(lambda: self.worker.evaluate(COUNT) > before, "the worker never ended its work")

    def shown(self) -> list[Any]:
        """Return the notifications that stand on the screen."""
        found: list[Any] = self.worker.evaluate(SHOWN)
        return found

    def shows(self, number: int) -> list[Any]:
        """Wait until so many notifications stand."""
        self._wait(lambda: len(self.shown()) == number, f"never {number} notifications")
        return self.shown()

    def tap(self, tag: str, action: str = "") -> None:
        """Tap on what stands under a tag, or on one of its buttons."""
        self.worker.evaluate(TAP, {"tag": tag, "action": action})

    def _wait(self, is_so: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while not is_so():
            assert time.monotonic() < deadline, otherwise
            self.app.page.wait_for_timeout(20)


def pushed(devices: Devices, person: Person) -> Pushed:
    """Return a signed-in device with notifications allowed."""
    app = devices.app(person, permissions=["notifications"])
    cdp = app.context.new_cdp_session(app.page)
    found: list[str] = []
    cdp.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"]),
    )
    cdp.send("ServiceWorker.enable")
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not found:
        assert time.monotonic() < deadline, "the browser told of no registration"
        app.page.wait_for_timeout(20)
    return Pushed(app, app.ready(), cdp, found[-1])


def due_reminder(devices: Devices, person: Person, app: App) -> str:
    """Make a vitamin D retest due; return the reminder's id."""
    app.add_vitamin_d()
    app.is_sent()
    devices.work()
    app.sync_soon()  # by itself it asks less often the longer it takes
    reminders = rows_of(person, "reminder", app.beside)
    (due,) = [row["id"] for row in reminders if row["body"]["rule"] == "rem.vitd_retest_low"]
    return str(due)


def encoded(content: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def a_key() -> str:
    """Return a public key as a browser or a server has it."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    return encoded(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def an_address() -> dict[str, Any]:
    """Return a subscription as a browser tells of it."""
    keys = {"p256dh": a_key(), "auth": encoded(b"0" * 16)}
    return {"endpoint": f"https://push.example.org/{uuid.uuid4()}", "keys": keys}


def browser_of(person: Person, app: App) -> Device:
    """Return what the server knows of a person's only browser."""
    device: Device = app.beside(lambda: Device.objects.get(user=person.user, platform="web"))
    return device


class TestRemind:
    def test_two_sends_under_one_tag_leave_one_notification(self, devices: Devices) -> None:
        phone = pushed(devices, devices.person())
        for _ in range(2):
            phone.deliver("remind", tag="one", reminder=a_uuid())
        ((title, body, tag, actions),) = phone.shows(1)
        assert (title, body, tag) == ("Mechanostat", SENTENCE, "one")
        assert actions == ["done", "snoozed"]

    def test_the_same_message_again_is_not_shown_again(self, devices: Devices) -> None:
        phone = pushed(devices, devices.person())
        told = {"id": a_uuid(), "tag": "one", "reminder": a_uuid()}
        phone.deliver("remind", **told)
        phone.shows(1)
        phone.tap("one")
        phone.deliver("remind", **told)
        phone.deliver("remind", tag="other", reminder=a_uuid())
        assert [tag for _, _, tag, _ in phone.shows(1)] == ["other"]

    def test_done_reaches_the_server_and_the_other_device_lets_go(self, devices: Devices) -> None:
        person = devices.person()
        phone, tablet = pushed(devices, person), pushed(devices, person)
        reminder = due_reminder(devices, person, phone.app)
        for device in (phone, tablet):
            device.deliver("remind", tag="r1", reminder=reminder)
            device.shows(1)

        phone.tap("r1", "done")
        phone.shows(0)
        (ack,) = [
            row["body"]
            for row in rows_of(person, "reminder_ack", phone.app.beside)
            if row["body"]["action"] == "done"
        ]
        assert ack["reminder"] == reminder
        devices.work()
        (row,) = [
            row for row in rows_of(person, "reminder", phone.app.beside) if row["id"] == reminder
        ]
        assert row["body"]["state"] == "done"

        tablet.deliver("withdraw", tag="r1")
        tablet.shows(0)
        tablet.app.go("#/inbox")
        expect(tablet.app.page.locator(".app-reminder", has_text="vitamin D")).to_have_count(0)

    def test_its_buttons_speak_the_profiles_language(self, devices: Devices) -> None:
        person = devices.person()
        phone = pushed(devices, person)
        profile = {"action": "put", "base": None, "schema": 1, "set": {"locale": "de"}}
        profile |= {"op": a_uuid(), "type": "athlete_profile", "id": str(person.id)}
        phone.app.beside(lambda: person.sync([profile]))
        phone.deliver("wake", tag="feed")
        phone.deliver("remind", tag="r1", reminder=a_uuid())
        phone.shows(1)
        titles = phone.worker.evaluate(
            """async () => (await self.registration.getNotifications())[0].actions.map(({ title }) => title)"""
        )
        assert titles == ["Erledigt", "Eine Woche später"]

    def test_an_answer_without_a_network_is_sent_later(self, devices: Devices) -> None:
        person = devices.person()
        phone = pushed(devices, person)
        reminder = due_reminder(devices, person, phone.app)
        phone.deliver("remind", tag="r1", reminder=reminder)
        phone.shows(1)
        phone.app.context.set_offline(True)
        phone.tap("r1", "snoozed")
        phone.shows(0)
        expect(phone.app.page.locator("#sync")).to_have_text(re.compile("^Offline, 1 waiting"))
        phone.app.context.set_offline(False)
        phone.app.is_sent()
        snoozed = [
            row["body"]
            for row in rows_of(person, "reminder_ack", phone.app.beside)
            if row["body"]["action"] == "snoozed"
        ]
        assert [ack["reminder"] for ack in snoozed] == [reminder]
        assert snoozed[0]["snooze_until"] > snoozed[0]["acted_at"][:10]

    def test_what_was_answered_here_is_not_shown(self, devices: Devices) -> None:
        person = devices.person()
        phone = pushed(devices, person)
        reminder = due_reminder(devices, person, phone.app)
        phone.app.go("#/inbox")
        item = phone.app.page.locator(".app-reminder", has_text="vitamin D").first
        item.get_by_role("button", name="Not me").click()
        expect(item).to_have_count(0)
        phone.app.is_sent()
        phone.deliver("remind", tag="r1", reminder=reminder)
        phone.deliver("remind", tag="r2", reminder=a_uuid())
        assert [tag for _, _, tag, _ in phone.shows(1)] == ["r2"]

    @pytest.mark.parametrize("state", ["scheduled", "snoozed"])
    def test_what_was_not_due_when_last_heard_of_is_shown(
        self, devices: Devices, state: str
    ) -> None:
        phone, reminder = pushed(devices, devices.person()), a_uuid()
        phone.app.has(
            """async ([id, state, day]) => {
              const { writing } = await import("/static/webapp/database.js");
              const ack = { reminder: id, action: "snoozed", acted_at: `${day}T08:00:00+00:00`, snooze_until: day };
              const row = { v: id, rev: 1, seq: 1, schema: 1, deleted: false, generation: 99, storedAt: Date.now(), day };
              await writing(async (tables) => {
                await tables.put("records", { ...row, id, type: "reminder", body: { rule: "rem.dxa_first",
                  topic: "dxa", state, due_date: day, text: {} } });
                if (state === "snoozed")
                  await tables.put("records", { ...row, id: crypto.randomUUID(), type: "reminder_ack", body: ack });
              });
            }""",
            [reminder, state, str(timezone.localdate())],
        )
        phone.app.context.set_offline(True)  # what the server says now does not come
        phone.deliver("remind", tag="r1", reminder=reminder)
        phone.shows(1)

    def test_a_plain_tap_opens_the_inbox(self, devices: Devices) -> None:
        phone = pushed(devices, devices.person())
        phone.deliver("remind", tag="r1", reminder=a_uuid())
        phone.shows(1)
        phone.tap("r1")
        phone.shows(0)
        phone.app.page.locator("#screen[data-screen=inbox]").wait_for()


class TestWake:
    def test_syncs_and_takes_down_what_is_settled(self, devices: Devices) -> None:
        person = devices.person()
        phone, tablet = pushed(devices, person), pushed(devices, person)
        reminder = due_reminder(devices, person, phone.app)
        tablet.deliver("remind", tag="r1", reminder=reminder)
        tablet.shows(1)
        phone.app.go("#/inbox")
        item = phone.app.page.locator(".app-reminder", has_text="vitamin D").first
        item.get_by_role("button", name="Done").click()
        expect(item).to_have_count(0)
        phone.app.is_sent()
        devices.work()
        tablet.deliver("wake", tag="feed")
        tablet.shows(0)

    @pytest.mark.parametrize(
        "data", ["", "{", "[]", '{"v":2,"kind":"remind","tag":"x"}', '"remind"']
    )
    def test_a_message_of_another_kind_shows_nothing(self, devices: Devices, data: str) -> None:
        phone = pushed(devices, devices.person())
        phone.deliver_raw(data)
        phone.deliver("remind", tag="after", reminder=str(uuid.uuid4()))
        assert [tag for _, _, tag, _ in phone.shows(1)] == ["after"]


class TestTurningOn:
    def test_a_browser_that_may_not_is_told_in_words(self, devices: Devices) -> None:
        app = devices.app(devices.person())
        app.page.add_init_script(
            "Object.defineProperty(Notification, 'permission', { get: () => 'denied' })"
        )
        app.page.reload()
        app.go("#/settings")
        expect(app.page.locator("#push-words")).to_contain_text("blocked for this site")

    def test_a_server_or_a_push_service_that_fails_is_told_in_words(self, devices: Devices) -> None:
        app = devices.app(devices.person(), permissions=["notifications"])
        app.go("#/settings")
        app.page.get_by_role("button", name="Turn on").click()
        words = app.page.locator("#push-words")
        expect(words).to_contain_text("Your inbox works without")
        expect(words).not_to_contain_text("This device is not notified")
        expect(app.page.get_by_role("button", name="Turn on")).to_be_enabled()

    def test_registers_the_browsers_address_under_the_device(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person, permissions=["notifications"])
        address, key = an_address(), a_key()
        app.has(SERVICE, {"address": address, "key": key})
        app.go("#/settings")
        app.page.get_by_role("button", name="Turn on").click()
        expect(app.page.locator("#push-words")).to_have_text(re.compile("is told when"))
        assert app.has("window.asked") == [True, 65]
        device = browser_of(person, app)
        assert device.push_channel == "webpush"
        told = json.loads(device.push_token)
        assert (told["endpoint"], told["p256dh"]) == (
            address["endpoint"],
            address["keys"]["p256dh"],
        )

        app.page.get_by_role("button", name="Turn off").click()
        expect(app.page.get_by_role("button", name="Turn on")).to_be_visible()
        assert app.has("window.ended") == [address["endpoint"]]
        assert browser_of(person, app).push_token == ""

    def test_turned_off_without_a_network_is_told_at_the_next_start(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person, permissions=["notifications"])
        app.has(SERVICE, {"address": an_address(), "key": a_key()})
        app.go("#/settings")
        app.page.get_by_role("button", name="Turn on").click()
        app.page.get_by_role("button", name="Turn off").wait_for()
        app.context.set_offline(True)
        app.page.get_by_role("button", name="Turn off").click()
        expect(app.page.get_by_role("button", name="Turn on")).to_be_visible()
        assert browser_of(person, app).push_token
        app.context.set_offline(False)
        app.page.reload()
        app.until(ENDED)
        assert browser_of(person, app).push_token == ""

    def test_another_key_of_the_server_needs_another_address(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person, permissions=["notifications"])
        old, new = an_address(), an_address()
        app.has(SERVICE, {"address": old, "key": a_key()})
        app.has(REGISTER)
        assert old["endpoint"] in browser_of(person, app).push_token
        app.has(SERVICE, {"address": new, "key": a_key(), "had": app.has("window.key")})
        app.has(KEEP)
        assert new["endpoint"] in browser_of(person, app).push_token
        app.has("window.asked = null")
        app.has(KEEP)
        assert app.has("window.asked") is None  # all is well

    def test_an_address_the_browser_changed_is_told_by_the_worker(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person, permissions=["notifications"])
        new = an_address()
        app.has(SERVICE, {"address": an_address(), "key": a_key()})
        app.has(REGISTER)
        worker = app.ready()
        worker.evaluate(SERVICE, {"address": new, "key": a_key()})
        worker.evaluate(CHANGED)
        assert new["endpoint"] in browser_of(person, app).push_token

    def test_signed_out_nothing_is_shown(self, devices: Devices) -> None:
        phone = pushed(devices, devices.person())
        phone.app.go("#/settings")
        phone.app.page.get_by_role("button", name="Sign out").click()
        phone.app.page.get_by_role("heading", name="Sign in").wait_for()
        phone.deliver("remind", tag="r1", reminder=a_uuid())
        assert phone.shown() == []
