"""Each row of the table of outcomes, by what the peer answered and wrote down."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.common.wire import Wire
from apps.reminders.transports import Transport
from backend.push.letter import Kind, Target
from backend.push.receipt import Outcome, Receipt
from tests.apps.reminders.transports.sending import (
    SENTENCE,
    android,
    browser,
    http_date,
    iphone,
    key_of,
    letter,
    send,
)
from tests.peers import PushPeer

Transports = dict[str, Transport]
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
GONE_AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


def said(status: int, body: object = None, **headers: str) -> dict[str, Any]:
    """Return a step of the peer that gives one answer."""
    text = body if isinstance(body, str) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"do": "answer", "status": status, "body": text, "headers": named}


def of_apns(status: int, reason: str, **members: object) -> dict[str, Any]:
    return said(status, {"reason": reason, **members})


def of_fcm(status: int, word: str, code: str, *details: object, **headers: str) -> dict[str, Any]:
    found = [{"@type": FCM_ERROR, "errorCode": code}, *details]
    return said(status, {"error": {"code": status, "status": word, "details": found}}, **headers)


ON_TOKEN = {"fieldViolations": [{"field": "message.token", "description": "not a token"}]}
ON_TTL = {"fieldViolations": [{"field": "message.android.ttl", "description": "no"}]}

O = Outcome  # noqa: E741 (a table reads better by one letter)
TABLE: list[tuple[str, dict[str, Any], Receipt]] = [
    (
        "apns",
        of_apns(410, "Unregistered", timestamp=int(GONE_AT.timestamp() * 1000)),
        Receipt(outcome=O.GONE, code="Unregistered", gone_at=GONE_AT),
    ),
    ("apns", of_apns(410, "ExpiredToken"), Receipt(outcome=O.GONE, code="ExpiredToken")),
    ("apns", of_apns(400, "BadDeviceToken"), Receipt(outcome=O.STOPPED, code="BadDeviceToken")),
    (
        "apns",
        of_apns(400, "DeviceTokenNotForTopic"),
        Receipt(outcome=O.STOPPED, code="DeviceTokenNotForTopic"),
    ),
    (
        "apns",
        of_apns(403, "InvalidProviderToken"),
        Receipt(outcome=O.LATER, code="InvalidProviderToken", is_provider_wide=True),
    ),
    ("apns", of_apns(413, "PayloadTooLarge"), Receipt(outcome=O.REFUSED, code="PayloadTooLarge")),
    ("apns", of_apns(400, "BadCollapseId"), Receipt(outcome=O.REFUSED, code="BadCollapseId")),
    ("apns", of_apns(429, "TooManyRequests"), Receipt(outcome=O.LATER, code="TooManyRequests")),
    (
        "apns",
        of_apns(429, "TooManyProviderTokenUpdates"),
        Receipt(outcome=O.LATER, code="TooManyProviderTokenUpdates", is_provider_wide=True),
    ),
    (
        "apns",
        said(503, {"reason": "ServiceUnavailable"}, retry_after="120"),
        Receipt(
            outcome=O.LATER, code="ServiceUnavailable", retry_after_s=120, is_provider_wide=True
        ),
    ),
    (
        "apns",
        of_apns(500, "InternalServerError"),
        Receipt(outcome=O.LATER, code="InternalServerError", is_provider_wide=True),
    ),
    ("apns", said(418, "<html>"), Receipt(outcome=O.REFUSED, code="http-418")),
    ("apns", said(302, "", location="/x"), Receipt(outcome=O.UNKNOWN, code="http-302")),
    ("apns", said(599, "?"), Receipt(outcome=O.UNKNOWN, code="http-599")),
    ("fcm", of_fcm(404, "NOT_FOUND", "UNREGISTERED"), Receipt(outcome=O.GONE, code="UNREGISTERED")),
    (
        "fcm",
        of_fcm(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
        Receipt(outcome=O.STOPPED, code="SENDER_ID_MISMATCH"),
    ),
    (
        "fcm",
        of_fcm(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", ON_TOKEN),
        Receipt(outcome=O.STOPPED, code="INVALID_ARGUMENT"),
    ),
    (
        "fcm",
        of_fcm(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", ON_TTL),
        Receipt(outcome=O.REFUSED, code="INVALID_ARGUMENT"),
    ),
    (
        "fcm",
        of_fcm(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", retry_after="60"),
        Receipt(outcome=O.LATER, code="QUOTA_EXCEEDED", retry_after_s=60, is_provider_wide=True),
    ),
    (
        "fcm",
        of_fcm(503, "UNAVAILABLE", "UNAVAILABLE"),
        Receipt(outcome=O.LATER, code="UNAVAILABLE", is_provider_wide=True),
    ),
    (
        "fcm",
        of_fcm(500, "INTERNAL", "INTERNAL"),
        Receipt(outcome=O.LATER, code="INTERNAL", is_provider_wide=True),
    ),
    (
        "fcm",
        said(403, {"error": {"status": "PERMISSION_DENIED"}}),
        Receipt(outcome=O.LATER, code="PERMISSION_DENIED", is_provider_wide=True),
    ),
    (
        "fcm",
        said(404, "<html>no such project"),
        Receipt(outcome=O.LATER, code="http-404", is_provider_wide=True),
    ),
    ("webpush", said(404, "gone"), Receipt(outcome=O.GONE, code="http-404")),
    ("webpush", said(410, "gone"), Receipt(outcome=O.GONE, code="http-410")),
    ("webpush", said(403, "other key"), Receipt(outcome=O.STOPPED, code="http-403")),
    ("webpush", said(401, "other key"), Receipt(outcome=O.STOPPED, code="http-401")),
    ("webpush", said(413, "large"), Receipt(outcome=O.REFUSED, code="http-413")),
    ("webpush", said(400, "Secret"), Receipt(outcome=O.REFUSED, code="http-400")),
    (
        "webpush",
        said(429, "", retry_after="30"),
        Receipt(outcome=O.LATER, code="http-429", retry_after_s=30, is_provider_wide=True),
    ),
    (
        "webpush",
        said(503, ""),
        Receipt(outcome=O.LATER, code="http-503", is_provider_wide=True),
    ),
    ("webpush", said(307, "", location="/x"), Receipt(outcome=O.UNKNOWN, code="http-307")),
]


def address(channel: str, peer: PushPeer) -> Target:
    """Return a new address of a channel."""
    return {"apns": iphone, "fcm": android}[channel]() if channel != "webpush" else browser(peer)


def name(row: tuple[str, dict[str, Any], Receipt]) -> str:
    return f"{row[0]}-{row[1]['status']}-{row[2].code}"


class TestAnAnswer:
    @pytest.mark.parametrize("row", TABLE, ids=name)
    def test_means_what_the_table_says_and_is_not_asked_for_twice(
        self, row: Any, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        channel, step, expected = row
        refused, fine = address(channel, push_peer), address(channel, push_peer)
        push_peer.behave(key_of(refused), always=step)

        told, other = send(wire, transports, (letter(), refused), (letter(), fine))

        assert told == expected
        assert other.outcome is Outcome.ACCEPTED
        answered = [(e["key"], e["answered"]) for e in push_peer.log(channel)]
        good = 201 if channel == "webpush" else 200
        assert sorted(answered) == sorted([(key_of(refused), step["status"]), (key_of(fine), good)])

    def test_may_give_the_time_to_wait_as_a_date(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        target = iphone()
        date = http_date(timezone.now() + timedelta(hours=3))
        push_peer.behave(key_of(target), said(503, {}, retry_after=date))

        (told,) = send(wire, transports, (letter(), target))

        assert told.retry_after_s is not None
        assert 2.9 * 3600 < told.retry_after_s <= 3 * 3600


class TestWhatArrives:
    """The peer refuses what a provider would refuse, so 200 says that it was sound."""

    @pytest.mark.parametrize("kind", Kind)
    def test_at_an_iphone(
        self, kind: Kind, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        sent = letter(kind)
        (told,) = send(wire, transports, (sent, iphone()))
        (entry,) = push_peer.log("apns")

        assert told.outcome is Outcome.ACCEPTED
        assert told.provider_id == str(sent.notification_id) == entry["headers"]["apns-id"]
        assert entry["version"] == "2.0"
        assert entry["collapse"] == sent.collapse_id
        assert entry["headers"]["apns-expiration"] == str(int(sent.expires_at.timestamp()))
        aps = entry["body"].pop("aps")
        assert entry["body"]["kind"] == kind
        assert entry["body"]["reminder"] == str(sent.reminder)
        if kind is Kind.REMIND:
            assert entry["headers"]["apns-priority"] == "10"
            assert aps["alert"] == {"body": SENTENCE}
            assert aps["mutable-content"] == 1
            assert aps["category"] == "REMINDER"
            assert entry["body"]["links"] == sent.links
        else:
            assert aps == {"content-available": 1}
            assert "sentence" not in entry["body"]

    def test_at_an_iphone_of_a_developer(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        targets = [iphone("sandbox"), iphone()]
        told = send(wire, transports, *((letter(), target) for target in targets))
        assert {each.outcome for each in told} == {Outcome.ACCEPTED}

    @pytest.mark.parametrize("kind", Kind)
    def test_at_an_android_phone(
        self, kind: Kind, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        sent = letter(kind)
        (told,) = send(wire, transports, (sent, android()))
        (entry,) = push_peer.log("fcm")

        assert told.outcome is Outcome.ACCEPTED
        assert told.provider_id.startswith("projects/")
        message = entry["body"]
        assert message["data"]["v"] == "1"
        assert message["data"]["tag"] == sent.collapse_id == entry["collapse"]
        if kind is Kind.REMIND:
            assert message["notification"] == {"body": SENTENCE}
            assert json.loads(message["data"]["links"]) == sent.links
            assert message["android"]["priority"] == "HIGH"
            assert message["android"]["notification"] == {
                "tag": sent.collapse_id,
                "visibility": "PRIVATE",
            }
        else:
            assert "notification" not in message
            assert "notification" not in message["android"]

    @pytest.mark.parametrize("kind", Kind)
    def test_at_a_browser_that_decrypts_it(
        self, kind: Kind, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        sent = letter(kind)
        (told,) = send(wire, transports, (sent, browser(push_peer)))
        (entry,) = push_peer.log("webpush")

        assert told.outcome is Outcome.ACCEPTED
        assert entry["body"]["id"] == str(sent.notification_id)
        assert entry["body"]["tag"] == sent.collapse_id
        assert len(entry["collapse"]) == 32
        assert 0 < int(entry["headers"]["ttl"]) <= 20 * 3600
        shown = kind is Kind.REMIND
        assert entry["headers"]["urgency"] == ("normal" if shown else "low")
        assert entry["body"].get("sentence") == (SENTENCE if shown else None)

    def test_under_the_same_topic_when_it_is_sent_again(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        sent, target = letter(), browser(push_peer)
        send(wire, transports, (sent, target), (sent, target), (letter(), target))
        one, same, another = sorted(e["collapse"] for e in push_peer.log())
        assert len({one, same, another}) == 2

    def test_is_never_larger_than_providers_take(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        long = letter(links={"done": "https://app.example.org/" + "x" * 4_000})
        targets = [iphone(), android(), browser(push_peer)]
        told = send(wire, transports, *((long, target) for target in targets))
        assert [(each.outcome, each.code) for each in told] == [
            (Outcome.REFUSED, "push.letter_too_large")
        ] * 3
        assert [e["channel"] for e in push_peer.log() if e["channel"] != "oauth"] == []
