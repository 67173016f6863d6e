"""Web Push as the browser delivers it: shown once, answered with and without a network."""

import base64
import json
import re
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import CDPSession, Worker, expect

from apps.accounts.models import Device
from tests.apps.webapp.conftest import CHROMIUM, App, Devices, a_uuid, rows_of
from tests.conftest import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.xdist_group("webapp"),
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
SHOWN = """
() => self.registration.getNotifications().then((all) =>
  all.map(({ title, body, tag, actions }) => [title, body, tag, actions.map(({ action }) => action)]))
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
        self.cdp.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": self.app.url, "registrationId": self.registration, "data": data},
        )
        self.app.page.wait_for_timeout(300)

    def shown(self) -> list[Any]:
        """Return the notifications that stand on the screen."""
        found: list[Any] = self.worker.evaluate(SHOWN)
        return found

    def shows(self, number: int) -> list[Any]:
        """Wait until so many notifications stand."""
        for _ in range(200):
            if len(self.shown()) == number:
                break
            self.app.page.wait_for_timeout(50)
        found = self.shown()
        assert len(found) == number, found
        return found

    def tap(self, tag: str, action: str = "") -> None:
        """Tap on what stands under a tag, or on one of its buttons."""
        self.worker.evaluate(TAP, {"tag": tag, "action": action})


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
    while not found:
        app.page.wait_for_timeout(50)
    return Pushed(app, app.ready(), cdp, found[-1])


def due_reminder(devices: Devices, person: Person, app: App) -> str:
    """Make a vitamin D retest due; return the reminder's id."""
    app.add_vitamin_d()
    app.is_sent()
    devices.work()
    reminders = rows_of(person, "reminder", app.beside)
    (due,) = [row["id"] for row in reminders if row["body"]["rule"] == "rem.vitd_retest_low"]
    return str(due)


def encoded(content: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


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
        phone.app.is_sent()
        phone.deliver("remind", tag="r1", reminder=reminder)
        phone.deliver("remind", tag="r2", reminder=a_uuid())
        assert [tag for _, _, tag, _ in phone.shows(1)] == ["r2"]

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
        point = ec.generate_private_key(ec.SECP256R1()).public_key()
        key = encoded(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        app.page.route(
            "**/v1/push/config",
            lambda route: route.fulfill(json={"vapid_public_key": key, "channels": ["webpush"]}),
        )
        address = {
            "endpoint": f"https://push.example.org/{uuid.uuid4()}",
            "keys": {"p256dh": key, "auth": encoded(b"0" * 16)},
        }
        # The browser's push service is out of reach here, so what it would answer is given.
        app.has(
            """(address) => {
              const given = { ...address, unsubscribe: async () => { window.ended = true; }, toJSON: () => address };
              PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
                window.asked = [userVisibleOnly, applicationServerKey.length];
                PushManager.prototype.getSubscription = async () => given;
                return given;
              };
            }""",
            address,
        )
        app.go("#/settings")
        app.page.get_by_role("button", name="Turn on").click()
        expect(app.page.locator("#push-words")).to_have_text(re.compile("is told when"))
        assert app.has("window.asked") == [True, 65]
        (device,) = app.beside(
            lambda: list(Device.objects.filter(user=person.user, platform="web"))
        )
        assert device.push_channel == "webpush"
        told = json.loads(device.push_token)
        assert (told["endpoint"], told["p256dh"]) == (address["endpoint"], key)

        app.page.get_by_role("button", name="Turn off").click()
        expect(app.page.get_by_role("button", name="Turn on")).to_be_visible()
        assert app.has("window.ended") is True

    def test_signed_out_nothing_is_shown(self, devices: Devices) -> None:
        phone = pushed(devices, devices.person())
        phone.app.go("#/settings")
        phone.app.page.get_by_role("button", name="Sign out").click()
        phone.app.page.get_by_role("heading", name="Sign in").wait_for()
        phone.deliver("remind", tag="r1", reminder=a_uuid())
        phone.app.page.wait_for_timeout(1000)
        assert phone.shown() == []
