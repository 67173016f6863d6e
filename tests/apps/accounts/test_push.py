"""Where a device can be woken: registered, moved, taken back, refused when malformed."""

import json
import secrets
import threading
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from apps.accounts.models import Device
from apps.accounts.services.push import forget_gone_push, register_push, stop_push
from apps.accounts.services.sign_in import open_device
from tests.conftest import Person

ENDPOINT = "https://push.example.com/send/"


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def subscription(**members: Any) -> dict[str, Any]:
    """Return what a browser would say, with members changed."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    return {
        "endpoint": ENDPOINT + secrets.token_urlsafe(24),
        "p256dh": text(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)),
        "auth": text(secrets.token_bytes(16)),
    } | members


def put(person: Person, token: object, channel: str = "webpush", **members: Any) -> Any:
    """Register the person's device."""
    body = {"channel": channel, "token": token if isinstance(token, str) else json.dumps(token)}
    path = f"/v1/devices/{person.device_id}/push-token"
    return Client().put(
        path, body | members, content_type="application/json", headers=person.headers
    )


def stored(person: Person) -> Device:
    return Device.objects.get(pk=person.device_id)


def shown(person: Person) -> dict[str, str]:
    """Return what the list of devices says of the person's own."""
    devices = person.get("/v1/devices").json()["devices"]
    found: dict[str, str] = next(d for d in devices if d["id"] == str(person.device_id))["push"]
    return found


NONE = {"channel": "", "state": "none", "code": ""}


class TestRegistering:
    def test_says_where_and_since_when_and_starts_again_what_was_stopped(
        self, athlete: Person
    ) -> None:
        assert shown(athlete) == NONE
        before = timezone.now()
        assert put(athlete, "ab" * 32, "apns", environment="sandbox").status_code == 204
        device = stored(athlete)
        assert (device.push_token, device.push_environment) == ("ab" * 32, "sandbox")
        assert device.push_registered_at is not None
        assert before <= device.push_registered_at <= timezone.now()

        stop_push(device_id=device.id, token="ab" * 32, code="BadDeviceToken")
        assert shown(athlete) == {"channel": "apns", "state": "stopped", "code": "BadDeviceToken"}
        put(athlete, "ab" * 32, "apns")
        assert shown(athlete) == {"channel": "apns", "state": "on", "code": ""}
        assert stored(athlete).push_environment == "production"

    def test_keeps_a_subscription_in_one_form_however_it_is_said(self, athlete: Person) -> None:
        given = subscription()
        nested = {
            "expirationTime": None,
            "endpoint": given["endpoint"],
            "keys": {"auth": given["auth"] + "==", "p256dh": given["p256dh"] + "="},
        }
        for said in (given, nested):
            assert put(athlete, json.dumps(said, indent=2)).status_code == 204
            assert json.loads(stored(athlete).push_token) == given
        assert stored(athlete).push_token == json.dumps(given, separators=(",", ":"))

    def test_moves_a_token_that_another_account_had(
        self, athlete: Person, stranger: Person
    ) -> None:
        for person in (athlete, stranger):
            assert put(person, "cd" * 32, "apns").status_code == 204
        assert shown(athlete) == NONE
        assert shown(stranger)["state"] == "on"

    def test_moves_a_browser_by_its_endpoint_whatever_the_keys(
        self, athlete: Person, stranger: Person
    ) -> None:
        first = subscription()
        put(athlete, first)
        put(stranger, subscription(endpoint=first["endpoint"]))
        assert shown(athlete) == NONE
        assert stored(athlete).push_token == ""
        assert shown(stranger) == {"channel": "webpush", "state": "on", "code": ""}

    def test_leaves_one_owner_when_many_register_at_once(
        self, people: Callable[..., Person]
    ) -> None:
        crowd = [people() for _ in range(6)]
        token = secrets.token_hex(32)
        gate = threading.Barrier(len(crowd))
        done: list[bool] = []

        def register(person: Person) -> None:
            gate.wait()
            try:
                done.append(
                    register_push(
                        user=person.user,
                        device_id=person.device_id,
                        channel="apns",
                        token=token,
                        environment="production",
                        now=timezone.now(),
                    )
                )
            finally:
                connection.close()

        threads = [threading.Thread(target=register, args=(person,)) for person in crowd]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert done == [True] * len(crowd)
        assert Device.objects.filter(push_token=token).count() == 1

    def test_of_somebody_elses_device_finds_nothing(
        self, athlete: Person, stranger: Person
    ) -> None:
        path = f"/v1/devices/{athlete.device_id}/push-token"
        body = {"channel": "apns", "token": "ef" * 32}
        answer = Client().put(path, body, content_type="application/json", headers=stranger.headers)
        assert answer.status_code == 404
        assert shown(athlete) == NONE


OFF_CURVE = text(b"\x04" + b"\x01" * 64)
MALFORMED: list[tuple[object, str]] = [
    ("not json", "/token"),
    ("[]", "/token"),
    ("null", "/token"),
    ('"https://push.example.com/"', "/token"),
    ("{" * 1_500, "/token"),
    ({}, "/token/endpoint"),
    (subscription(endpoint=None), "/token/endpoint"),
    (subscription(endpoint=["https://push.example.com/x"]), "/token/endpoint"),
    (subscription(endpoint="http://push.example.com/x"), "/token/endpoint"),
    (subscription(endpoint="ftp://push.example.com/x"), "/token/endpoint"),
    (subscription(endpoint="javascript:alert(1)"), "/token/endpoint"),
    (subscription(endpoint="https://user:pass@push.example.com/x"), "/token/endpoint"),
    (subscription(endpoint="https://push.example.com:8443/x"), "/token/endpoint"),
    (subscription(endpoint="https://push.example.com:0/x"), "/token/endpoint"),
    (subscription(endpoint="https://push.example.com:65536/x"), "/token/endpoint"),
    (subscription(endpoint="https://push.example.com/a b"), "/token/endpoint"),
    (subscription(endpoint="https://push.example.com/\r\nx: y"), "/token/endpoint"),
    (subscription(endpoint="https://push.example.com\\@127.0.0.1/"), "/token/endpoint"),
    (subscription(endpoint="https://push.exämple.com/x"), "/token/endpoint"),
    (subscription(endpoint="https://push.example.com/" + "x" * 1_500), "/token/endpoint"),
    (subscription(endpoint="https:///x"), "/token/endpoint"),
    (subscription(endpoint="https://localhost/x"), "/token/endpoint"),
    (subscription(endpoint="https://LOCALHOST./x"), "/token/endpoint"),
    (subscription(endpoint="https://a.localhost/x"), "/token/endpoint"),
    (subscription(endpoint="https://printer.local/x"), "/token/endpoint"),
    (subscription(endpoint="https://metadata.google.internal/x"), "/token/endpoint"),
    (subscription(endpoint="https://db/x"), "/token/endpoint"),
    (subscription(endpoint="https://127.0.0.1/x"), "/token/endpoint"),
    (subscription(endpoint="https://2130706433/x"), "/token/endpoint"),
    (subscription(endpoint="https://0x7f000001/x"), "/token/endpoint"),
    (subscription(endpoint="https://0177.0.0.1/x"), "/token/endpoint"),
    (subscription(endpoint="https://[::ffff:10.0.0.1]/x"), "/token/endpoint"),
    (subscription(endpoint="https://[fe80::1%25eth0]/x"), "/token/endpoint"),
    (subscription(endpoint="https://169.254.169.254/x"), "/token/endpoint"),
    (subscription(p256dh=None), "/token/p256dh"),
    (subscription(p256dh=""), "/token/p256dh"),
    (subscription(p256dh="A" * 87), "/token/p256dh"),
    (subscription(p256dh=OFF_CURVE), "/token/p256dh"),
    (subscription(p256dh="!" * 87), "/token/p256dh"),
    (subscription(p256dh="A" * 86), "/token/p256dh"),
    (subscription(auth=None), "/token/auth"),
    (subscription(auth="AAAA"), "/token/auth"),
    (subscription(auth="A" * 23), "/token/auth"),
    (subscription(auth=7), "/token/auth"),
    ({"endpoint": ENDPOINT, "keys": {"p256dh": 1}}, "/token/keys/p256dh"),
]


class TestAMalformedSubscription:
    @pytest.mark.parametrize(("token", "pointer"), MALFORMED, ids=range(len(MALFORMED)))
    def test_is_refused_with_a_pointer_to_what_is_wrong(
        self, token: object, pointer: str, athlete: Person
    ) -> None:
        answer = put(athlete, token)
        assert (answer.status_code, answer.json().get("pointer")) == (422, pointer)
        assert shown(athlete) == NONE

    @pytest.mark.parametrize("channel", ["apns", "fcm"])
    @pytest.mark.parametrize("token", ["a b", "tok\u00e9n", "a\x00b", "a/\u200bb"])
    def test_or_token_is_refused(self, channel: str, token: str, athlete: Person) -> None:
        assert put(athlete, token, channel).status_code == 422
        assert shown(athlete) == NONE

    @pytest.mark.parametrize(
        "members",
        [{"channel": "sms"}, {"environment": "beta"}, {"token": ""}, {"token": "x" * 2_001}],
    )
    def test_or_unknown_word_is_refused(self, members: dict[str, str], athlete: Person) -> None:
        said = {"token": "ab" * 32, "channel": "apns"} | members
        assert put(athlete, **said).status_code == 422


class TestTakingBack:
    def test_by_the_app_wakes_no_more(self, athlete: Person) -> None:
        put(athlete, "12" * 32, "apns")
        path = f"/v1/devices/{athlete.device_id}/push-token"
        assert [athlete.delete(path).status_code for _ in range(2)] == [204, 204]
        assert shown(athlete) == NONE
        assert stored(athlete).push_registered_at is None

    def test_happens_on_signing_out(self, athlete: Person) -> None:
        put(athlete, "34" * 32, "apns")
        assert athlete.post("/v1/auth/sign-out").status_code == 204
        device = stored(athlete)
        assert (device.push_token, device.push_address, device.push_state) == ("", None, "none")

    def test_happens_when_the_owner_ends_the_devices_access(self, athlete: Person) -> None:
        put(athlete, "56" * 32, "apns")
        assert athlete.delete(f"/v1/devices/{athlete.device_id}").status_code == 204
        device = stored(athlete)
        assert (device.push_token, device.push_address) == ("", None)

    def test_leaves_the_address_free_for_whoever_signs_in_next(
        self, athlete: Person, stranger: Person
    ) -> None:
        put(athlete, "78" * 32, "apns")
        athlete.post("/v1/auth/sign-out")
        assert put(stranger, "78" * 32, "apns").status_code == 204
        assert stored(stranger).push_state == "on"

    def test_of_one_device_leaves_the_others(self, athlete: Person) -> None:
        other = open_device(
            user=athlete.user,
            installation=uuid.uuid4(),
            name="Tablet",
            platform="tests",
            now=timezone.now(),
        )
        second = Person(athlete.user, other.access_token, other.device_id)
        put(athlete, "9a" * 32, "apns")
        put(second, "9b" * 32, "apns")
        athlete.post("/v1/auth/sign-out")
        assert shown(second)["state"] == "on"


class TestAnAddressThatIsGone:
    def test_is_deleted_unless_it_was_registered_since(self, athlete: Person) -> None:
        token = "bc" * 32
        put(athlete, token, "apns")
        device = stored(athlete)
        assert device.push_registered_at is not None
        earlier = device.push_registered_at - timedelta(seconds=1)
        later = device.push_registered_at + timedelta(seconds=1)

        assert not forget_gone_push(
            device_id=device.id, token=token, gone_at=earlier, code="Unregistered"
        )
        assert not forget_gone_push(
            device_id=device.id, token="other", gone_at=later, code="Unregistered"
        )
        assert shown(athlete)["state"] == "on"
        assert forget_gone_push(
            device_id=device.id, token=token, gone_at=later, code="Unregistered"
        )
        assert shown(athlete) == {
            "channel": "apns", "state": "stopped", "code": "Unregistered",
        }  # fmt: skip

    def test_is_deleted_when_the_provider_says_no_time(self, athlete: Person) -> None:
        put(athlete, "de" * 32, "apns")
        assert forget_gone_push(
            device_id=athlete.device_id, token="de" * 32, gone_at=None, code="Unregistered"
        )
        assert shown(athlete) == {
            "channel": "apns", "state": "stopped", "code": "Unregistered",
        }  # fmt: skip


class TestConfig:
    def test_names_the_channels_and_the_key_to_subscribe_with(self, athlete: Person) -> None:
        bare = {"APNS_KEY": "", "FCM_SERVICE_ACCOUNT": {}, "VAPID_PRIVATE_KEY": ""}
        with override_settings(PUSH=bare):
            told = athlete.get("/v1/push/config").json()
        assert told == {"vapid_public_key": None, "channels": []}

        private = ec.generate_private_key(ec.SECP256R1())
        number = private.private_numbers().private_value.to_bytes(32, "big")
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        with override_settings(PUSH=bare | {"VAPID_PRIVATE_KEY": text(number), "APNS_KEY": "k"}):
            told = athlete.get("/v1/push/config").json()
        assert told == {"vapid_public_key": text(point), "channels": ["apns", "webpush"]}
