"""The due engine with push providers that can refuse: which devices get what, and what is learnt."""

import json
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec
import pytest
from django.test import override_settings
from django.utils import timezone

from apps.accounts.models import Device
from apps.accounts.services.push import register_push
from apps.accounts.services.sign_in import open_device
from apps.reminders.models import Attempt, Delivery
from apps.reminders.services import deliver, pauses
from apps.reminders.services.deliver import Run, deliver_due
from apps.reminders.services.inbox import mark_seen
from apps.reminders.services.record import MANY_STOPPED
from backend.records.ids import ack_id
from tests.apps.reminders.feed import change, deliveries, remind, reminder, set_profile
from tests.apps.reminders.postbox import Postbox
from tests.conftest import Person
from tests.peers import PushPeer


def now_() -> datetime:
    """Return the time providers go by, too."""
    return timezone.now()


def due() -> Any:
    """Return a reminder due today."""
    return reminder(due=now_().date(), state="due")


def add_phone(person: Person, channel: str = "apns", *, at: datetime | None = None) -> str:
    """Register another phone of the person for push; return its token."""
    signed = open_device(
        user=person.user, installation=uuid.uuid4(), name="Phone", platform="tests", now=now_()
    )
    token = secrets.token_hex(32)
    assert register_push(
        user=person.user, device_id=signed.device_id, channel=channel, token=token,
        environment="production", now=at or now_(),
    )  # fmt: skip
    return token


def add_browser(person: Person, peer: PushPeer) -> str:
    """Register a browser of the person; return the last part of its endpoint."""
    signed = open_device(
        user=person.user, installation=uuid.uuid4(), name="Browser", platform="tests", now=now_()
    )
    subscription = peer.subscribe()
    assert register_push(
        user=person.user, device_id=signed.device_id, channel="webpush",
        token=json.dumps(subscription), environment="production", now=now_(),
    )  # fmt: skip
    return str(subscription["endpoint"]).rpartition("/")[2]


def device_of(token: str) -> Device:
    """Return who has, or had, this token."""
    return Device.objects.get(push_token=token)


def shown(peer: PushPeer, token: str, kind: str = "remind") -> list[dict[str, Any]]:
    """Return what reached a phone, as its provider wrote down."""
    return [
        entry
        for entry in peer.log()
        if entry["key"].endswith(token)
        and entry["answered"] == 200
        and f"'kind': '{kind}'" in str(entry["body"])
    ]


def nudge(person: Person, *bodies: Any) -> list[uuid.UUID]:
    """Publish reminders of which no device needs to be woken."""
    keys = remind(person, *bodies or (due(),), now=now_())
    Delivery.objects.filter(athlete_id=person.id, kind="wake").delete()
    return keys


def run(*, later: timedelta = timedelta()) -> Run:
    """Let the engine look once."""
    return deliver_due(now=now_() + later)


@pytest.fixture
def awake(athlete: Person) -> Person:
    """An athlete who may be disturbed at any hour."""
    set_profile(athlete, quiet_hours="none", delivery_hour=0)
    return athlete


class TestAddresses:
    @pytest.mark.parametrize("channel", ["apns", "fcm"])
    def test_a_phone_gets_it_and_the_mailbox_does_not(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox, channel: str
    ) -> None:
        token = add_phone(awake, channel)
        nudge(awake)
        run()
        [entry] = shown(push_peer, token)
        [delivery] = deliveries(awake)
        assert (delivery.state, delivery.channel) == ("accepted", channel)
        assert delivery.collapse_id in str(entry)
        assert postbox.received == []

    def test_each_device_gets_it_once(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        tokens = [add_phone(awake), add_phone(awake, "fcm"), add_phone(awake)]
        nudge(awake)
        for _ in range(3):
            run()
        assert [len(shown(push_peer, token)) for token in tokens] == [1, 1, 1]
        assert len({d.collapse_id for d in deliveries(awake)}) == 1
        assert len(deliveries(awake)) == 3

    def test_all_devices_together_take_one_place_of_the_week(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        tokens = [add_phone(awake) for _ in range(3)]
        nudge(awake, *(due() for _ in range(3)))
        for _ in range(2):
            run()
        assert [len(shown(push_peer, token)) for token in tokens] == [2, 2, 2]
        waiting = [d for d in deliveries(awake) if d.state == "planned"]
        assert [d.last_code for d in waiting] == ["week-full"]

    def test_a_full_push_service_holds_up_the_rest_within_the_run_only(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(deliver, "MOST_PER_HOST", 1)
        browsers = [add_browser(awake, push_peer) for _ in range(3)]
        nudge(awake)
        assert run().outcomes["accepted"] == 3
        reached = [entry["key"].rpartition("/")[2] for entry in push_peer.log("webpush")]
        assert sorted(reached) == sorted(browsers)
        assert {d.attempts for d in deliveries(awake)} == {1}, "waiting is no attempt"

    def test_a_phone_added_after_the_plan_gets_it_too(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        nudge(awake)
        token = add_phone(awake)
        run()
        assert len(shown(push_peer, token)) == 1

    def test_a_channel_switched_off_is_left_out(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        token = add_phone(awake)
        set_profile(awake, reminder_channels_off=["push"])
        nudge(awake)
        run()
        assert shown(push_peer, token) == []
        assert len(postbox.mails_to(awake.user.email)) == 1

    def test_a_channel_without_keys_is_no_address(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        add_phone(awake)
        bare = {**push_peer.settings["PUSH"], "APNS_KEY": ""}
        with override_settings(PUSH=bare):
            nudge(awake)
            run()
        assert len(postbox.mails_to(awake.user.email)) == 1

    def test_says_nothing_about_health_or_the_person(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        for channel in ("apns", "fcm"):
            add_phone(awake, channel)
        nudge(awake)
        run()
        told = " ".join(str(entry.get("body")) for entry in push_peer.log())
        assert "You have an update in Mechanostat" in told
        for secret in ("CANARY", "41.7317", "vitamin", "vitd", "low_result", awake.user.email):
            assert secret.lower() not in told.lower()


class TestRefusal:
    def test_of_an_address_that_is_gone_goes_by_mail(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        token = add_phone(awake, at=now_() - timedelta(days=1))
        device = device_of(token)
        gone_at = int(now_().timestamp() * 1000)
        body = json.dumps({"reason": "Unregistered", "timestamp": gone_at})
        push_peer.behave(f"apns/{token}", {"do": "answer", "status": 410, "body": body})
        nudge(awake)
        run()
        device.refresh_from_db()
        assert (device.push_token, device.push_state) == ("", "stopped")
        assert awake.get("/v1/me/inbox").json()["push_stopped"] == ["Phone"]
        assert b"Push to Phone has stopped" in awake.page.get("/me/inbox").content
        run()
        assert len(postbox.mails_to(awake.user.email)) == 1
        assert sorted(d.state for d in deliveries(awake)) == ["accepted", "failed"]

    def test_of_one_address_leaves_the_other_phone_its_own(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        bad, good = add_phone(awake), add_phone(awake)
        push_peer.behave(
            f"apns/{bad}",
            {"do": "answer", "status": 400, "body": json.dumps({"reason": "BadDeviceToken"})},
        )
        nudge(awake)
        for _ in range(2):
            run()
        assert device_of(bad).push_stopped == "BadDeviceToken"
        assert len(shown(push_peer, good)) == 1
        assert postbox.received == []

    def test_of_many_addresses_is_our_mistake_and_stops_none(
        self,
        people: Callable[..., Person],
        push_peer: PushPeer,
        postbox: Postbox,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        tokens = []
        for _ in range(MANY_STOPPED + 5):
            person = people()
            set_profile(person, quiet_hours="none", delivery_hour=0)
            tokens.append(add_phone(person))
            refused = {
                "do": "answer",
                "status": 400,
                "body": json.dumps({"reason": "BadDeviceToken"}),
            }
            push_peer.behave(f"apns/{tokens[-1]}", always=refused)
            nudge(person)
        run()
        stopped = Device.objects.filter(push_token__in=tokens).exclude(push_stopped="").count()
        assert stopped == MANY_STOPPED
        assert "push_misconfigured" in caplog.text
        assert all(token not in caplog.text for token in tokens)

    def test_of_many_browsers_of_one_person_holds_nobody_elses(
        self, people: Callable[..., Person], push_peer: PushPeer, postbox: Postbox
    ) -> None:
        stubborn, other = people(), people()
        for person in (stubborn, other):
            set_profile(person, quiet_hours="none", delivery_hour=0)
        bad = [add_browser(stubborn, push_peer) for _ in range(MANY_STOPPED + 1)]
        for name in bad:
            push_peer.behave(f"webpush/{name}", always={"do": "answer", "status": 401})
        nudge(stubborn)
        for _ in range(2):
            run()
        assert {one.state for one in deliveries(stubborn)} >= {"failed", "planned"}
        good = add_browser(other, push_peer)
        nudge(other)
        run()
        [entry] = [one for one in push_peer.log("webpush") if one["key"].endswith(good)]
        assert entry["answered"] == 201

    @pytest.mark.parametrize("status", [429, 503])
    def test_for_now_holds_the_provider_and_nobody_else(
        self, people: Callable[..., Person], push_peer: PushPeer, postbox: Postbox, status: int
    ) -> None:
        apple, google = people(), people()
        for person in (apple, google):
            set_profile(person, quiet_hours="none", delivery_hour=0)
        token, other = add_phone(apple), add_phone(google, "fcm")
        busy = {
            "do": "answer", "status": status, "headers": {"retry-after": "120"},
            "body": json.dumps({"reason": "TooManyProviderTokenUpdates" if status == 429 else "Shutdown"}),
        }  # fmt: skip
        push_peer.behave(f"apns/{token}", busy)
        for person in (apple, google):
            nudge(person)
        run()
        assert len(shown(push_peer, other)) == 1
        assert pauses.paused_until("apns", now_()) is not None
        run(later=timedelta(seconds=90))
        assert shown(push_peer, token) == []
        run(later=timedelta(seconds=150))
        assert len(shown(push_peer, token)) == 1

    def test_by_a_lost_connection_is_repeated_under_the_same_names(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        token = add_phone(awake)
        push_peer.behave(f"apns/{token}", {"do": "reset"})
        nudge(awake)
        run()
        assert [d.state for d in deliveries(awake)] == ["uncertain"]
        run(later=timedelta(minutes=2))
        entries = [entry for entry in push_peer.log("apns") if entry["key"].endswith(token)]
        assert len(entries) == 2
        assert len({entry["collapse"] for entry in entries}) == 1
        assert [d.state for d in deliveries(awake)] == ["accepted"]

    def test_is_written_down_attempt_by_attempt(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        token = add_phone(awake)
        push_peer.behave(f"apns/{token}", {"do": "answer", "status": 500})
        nudge(awake)
        for minutes in (0, 30):
            run(later=timedelta(minutes=minutes))
        logged = Attempt.objects.filter(athlete_id=awake.id).order_by("at")
        assert [one.outcome for one in logged] == ["later", "accepted"]
        assert token not in " ".join(one.code + one.provider_id for one in logged)


class TestWithdrawal:
    def test_takes_down_what_was_answered_elsewhere(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        tokens = [add_phone(awake), add_phone(awake)]
        [key] = nudge(awake)
        for _ in range(2):
            run()
        self.answer_on(device_of(tokens[0]), awake, key)
        change(awake, key, reminder(due=now_().date(), state="done"), now=now_())
        for _ in range(2):
            run()
        assert shown(push_peer, tokens[0], "withdraw") == []
        [entry] = shown(push_peer, tokens[1], "withdraw")
        [first] = shown(push_peer, tokens[1])
        assert entry["collapse"] == first["collapse"]

    def test_takes_down_what_may_have_arrived_although_it_waits_to_be_tried_again(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        token = add_phone(awake)
        push_peer.behave(f"apns/{token}", {"do": "reset"})
        [key] = nudge(awake)
        run()
        pauses.pause("apns", asked_s=600, now=now_())
        run(later=timedelta(minutes=2))
        [waiting] = deliveries(awake)
        assert (waiting.state, waiting.last_code) == ("uncertain", "held")
        change(awake, key, reminder(due=now_().date(), state="done"), now=now_())
        assert Delivery.objects.filter(athlete_id=awake.id, kind="withdraw").count() == 1

    def test_leaves_what_was_read_ahead_of_its_nudge(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        token = add_phone(awake)
        today = now_().date()
        [key] = nudge(awake, reminder(due=today + timedelta(days=2), state="scheduled"))
        mark_seen(athlete_id=awake.id, reminder_id=key, now=now_())
        that_day = now_() + timedelta(days=2)
        seen = reminder(due=today + timedelta(days=2), state="seen")
        change(awake, key, seen, now=datetime.combine(that_day, time(), UTC) - timedelta(hours=1))
        deliver_due(now=that_day)
        change(awake, key, msgspec.structs.replace(seen, reason="again"), now=that_day)
        deliver_due(now=that_day)
        assert len(shown(push_peer, token)) == 1
        assert shown(push_peer, token, "withdraw") == []
        mark_seen(athlete_id=awake.id, reminder_id=key, now=that_day)
        change(awake, key, seen, now=that_day)
        deliver_due(now=that_day)
        assert len(shown(push_peer, token, "withdraw")) == 1

    def answer_on(self, device: Device, person: Person, key: uuid.UUID) -> None:
        """Answer the reminder on one of the person's devices."""
        signed = open_device(
            user=person.user, installation=device.installation, name="Phone", platform="tests",
            now=now_(),
        )  # fmt: skip
        phone = Person(user=person.user, token=signed.access_token, device_id=device.id)
        acted_at = now_().strftime("%Y-%m-%dT%H:%M:%SZ")
        op = {
            "op": str(uuid.uuid4()), "type": "reminder_ack",
            "id": str(ack_id(key, "done", acted_at)), "action": "put", "base": None, "schema": 1,
            "set": {"reminder": str(key), "action": "done", "acted_at": acted_at},
        }  # fmt: skip
        assert phone.sync([op]).json()["results"][0]["status"] == "applied"

    def test_is_not_sent_for_what_was_never_shown(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        add_phone(awake)
        later = now_().date() + timedelta(days=9)
        [key] = remind(awake, reminder(due=later, state="scheduled"), now=now_())
        change(awake, key, reminder(due=later, state="closed"), now=now_())
        run()
        assert Delivery.objects.filter(athlete_id=awake.id, kind="withdraw").count() == 0


class TestWake:
    def wakes(self, person: Person) -> list[Delivery]:
        return list(Delivery.objects.filter(athlete_id=person.id, kind="wake"))

    def test_goes_to_a_device_that_did_not_cause_the_change(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        token = add_phone(awake)
        remind(awake, reminder(due=now_().date() + timedelta(days=9)), now=now_())
        run()
        [entry] = shown(push_peer, token, "wake")
        assert "alert" not in str(entry["body"])

    def test_never_goes_to_the_device_that_caused_it(
        self, athlete: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        register_push(
            user=athlete.user, device_id=athlete.device_id, channel="apns",
            token=secrets.token_hex(32), environment="production", now=now_(),
        )  # fmt: skip
        set_profile(athlete, quiet_hours="none")
        remind(athlete, reminder(due=now_().date() + timedelta(days=9)), now=now_())
        assert self.wakes(athlete) == []

    def test_is_collapsed_and_twenty_minutes_apart(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        token = add_phone(awake)
        began = now_()
        for minute in range(0, 60, 5):
            set_profile(awake, height_cm=170 + minute / 10)
            remind(
                awake,
                reminder(due=began.date() + timedelta(days=9)),
                now=began + timedelta(minutes=minute),
            )
            deliver_due(now=began + timedelta(minutes=minute))
        entries = shown(push_peer, token, "wake")
        assert len(entries) == 3
        assert len({entry["collapse"] for entry in entries}) == 1

    def test_is_not_sent_to_who_has_pulled_meanwhile(
        self, awake: Person, push_peer: PushPeer, postbox: Postbox
    ) -> None:
        signed = open_device(
            user=awake.user, installation=uuid.uuid4(), name="B", platform="tests", now=now_()
        )
        phone = Person(user=awake.user, token=signed.access_token, device_id=signed.device_id)
        register_push(
            user=awake.user, device_id=phone.device_id, channel="apns",
            token=secrets.token_hex(32), environment="production", now=now_(),
        )  # fmt: skip
        remind(awake, reminder(due=now_().date() + timedelta(days=9)), now=now_())
        assert [one.state for one in self.wakes(awake)] == ["planned"]
        cursor = phone.sync([]).json()["page"]["cursor"]
        phone.sync([], cursor=cursor)
        run()
        [wake] = self.wakes(awake)
        assert (wake.state, wake.last_code) == ("expired", "not-needed")
        assert push_peer.log("apns") == []
