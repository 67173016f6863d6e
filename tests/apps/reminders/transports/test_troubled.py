"""Providers in trouble: what was sent is told from what was not, and others do not notice."""

import json
from typing import Any

import pytest
from django.test import override_settings

from apps.common import outbound
from apps.common.wire import Wire
from apps.reminders.transports import Transport, open_transports, posting, push_channels
from backend.push.letter import Target
from backend.push.receipt import Outcome, Receipt
from tests.apps.reminders.transports.sending import (
    android,
    browser,
    iphone,
    key_of,
    letter,
    send,
)
from tests.peers import PushPeer

Transports = dict[str, Transport]
MB = 1024 * 1024


class TestOneConnection:
    def test_answers_all_of_sixty_pushes_although_the_server_says_goaway_in_the_middle(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        targets = [iphone() for _ in range(60)]
        letters = [letter() for _ in targets]
        push_peer.behave(key_of(targets[30]), {"do": "goaway"})

        told = send(wire, transports, *zip(letters, targets, strict=True))

        assert [each.outcome for each in told] == [Outcome.ACCEPTED] * 60
        log = push_peer.log("apns")
        assert {e["answered"] for e in log} == {200}
        assert sorted(e["collapse"] for e in log) == sorted(e.collapse_id for e in letters)
        assert any(e.get("goaway") for e in log)
        assert len({e["connection"] for e in log}) == 2

    def test_is_kept_for_the_pushes_that_follow(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        for _ in range(3):
            send(wire, transports, *((letter(), iphone()) for _ in range(20)))
        assert {e["connection"] for e in push_peer.log()} == {1}

    def test_sends_again_by_itself_what_the_server_refused_to_look_at(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        target = iphone()
        push_peer.behave(key_of(target), {"do": "refuse-stream"})
        (told,) = send(wire, transports, (letter(), target))
        assert told.outcome is Outcome.ACCEPTED
        assert [e["answered"] for e in push_peer.log()] == ["refuse-stream", 200]


class TestNoAnswer:
    @pytest.mark.parametrize("step", ["hang", "slow"])
    def test_in_time_leaves_the_outcome_unknown(
        self,
        step: str,
        push_peer: PushPeer,
        wire: Wire,
        transports: Transports,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        stuck, others = iphone(), [iphone(), android(), browser(push_peer)]
        push_peer.behave(key_of(stuck), always={"do": step})
        send(wire, transports, (letter(), iphone()))  # connects

        # On a slow machine the time may be over before the request has left.
        for timeout_s in (1.0, 4.0, 16.0, 64.0):
            receipts: list[Receipt] = []
            with monkeypatch.context() as short:
                short.setattr(posting, "TIMEOUT_S", timeout_s)
                transports[stuck.channel].start(letter(), stuck, receipts.append)
            fine = send(wire, transports, *((letter(), each) for each in others))
            assert [each.outcome for each in fine] == [Outcome.ACCEPTED] * 3
            [told] = receipts
            if told.outcome is Outcome.UNKNOWN:
                break
        assert (told.outcome, told.code) == (Outcome.UNKNOWN, "timeout")
        assert not told.is_provider_wide
        assert [e["answered"] for e in push_peer.log("apns") if e["key"] == key_of(stuck)] == [step]

    @pytest.mark.parametrize("step", ["reset", "reset-stream"])
    def test_after_the_request_was_taken_leaves_it_unknown(
        self, step: str, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        target = iphone()
        push_peer.behave(key_of(target), always={"do": step})
        (told,) = send(wire, transports, (letter(), target))
        assert (told.outcome, told.code) == (Outcome.UNKNOWN, "connection-lost")
        assert {e["answered"] for e in push_peer.log()} == {step}

    def test_of_a_server_that_is_not_there_means_it_was_surely_not_sent(
        self, push_peer: PushPeer, wire: Wire
    ) -> None:
        nowhere = push_peer.settings["PUSH"] | {"APNS_URL": "https://localhost:1"}
        with override_settings(PUSH=nowhere):
            (told,) = send(wire, open_transports(wire), (letter(), iphone()))
        assert (told.outcome, told.code) == (Outcome.LATER, "no-connection")
        assert told.is_provider_wide

    def test_of_a_server_with_another_authority_means_the_same(self, push_peer: PushPeer) -> None:
        with Wire(ca_file="") as distrustful:
            (told,) = send(distrustful, open_transports(distrustful), (letter(), iphone()))
        assert (told.outcome, told.code) == (Outcome.LATER, "tls-failed")
        assert push_peer.log() == []

    def test_that_is_http_leaves_the_outcome_unknown(self, push_peer: PushPeer, wire: Wire) -> None:
        noise = push_peer.settings["PUSH"] | {"APNS_URL": push_peer.nonsense}
        with override_settings(PUSH=noise):
            (told,) = send(wire, open_transports(wire), (letter(), iphone()))
        assert (told.outcome, told.code) == (Outcome.UNKNOWN, "connection-lost")


class TestAnEndpointThatMeansHarm:
    @pytest.mark.parametrize(
        ("step", "outcome"),
        [
            ({"do": "huge", "status": 201}, Outcome.ACCEPTED),
            ({"do": "huge", "status": 500}, Outcome.LATER),
            ({"do": "garbage"}, Outcome.ACCEPTED),
        ],
        ids=str,
    )
    def test_is_read_no_further_than_the_limit(
        self,
        step: dict[str, Any],
        outcome: Outcome,
        push_peer: PushPeer,
        wire: Wire,
        transports: Transports,
    ) -> None:
        bad, others = browser(push_peer), [browser(push_peer) for _ in range(10)]
        push_peer.behave(key_of(bad), always=step)

        told, *fine = send(wire, transports, *((letter(), each) for each in [bad, *others]))

        assert told.outcome is outcome
        assert [each.outcome for each in fine] == [Outcome.ACCEPTED] * 10
        (entry,) = [e for e in push_peer.log() if e["key"] == key_of(bad)]
        assert entry.get("written", 0) < 8 * MB

    def test_is_not_followed_to_another_place(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        target = browser(push_peer)
        there = {"location": f"{push_peer.origin}/elsewhere"}
        push_peer.behave(key_of(target), {"do": "answer", "status": 302, "headers": there})
        send(wire, transports, (letter(), target))
        assert [e["key"] for e in push_peer.log()] == [key_of(target)]

    @pytest.mark.parametrize("is_first", [True, False], ids=["at-once", "on-a-kept-connection"])
    def test_is_not_reached_at_a_private_address(
        self, is_first: bool, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        """The connection to APNs is to the same host and port, and no way round the guard."""
        target = browser(push_peer)
        outbound.guard.cache_clear()
        with override_settings(OUTBOUND_ALLOWED=[]), Wire() as strict:
            channels = open_transports(strict)
            if not is_first:
                (open_first,) = send(strict, channels, (letter(), iphone()))
                assert open_first.outcome is Outcome.ACCEPTED
            (told,) = send(strict, channels, (letter(), target))
        assert (told.outcome, told.code) == (Outcome.STOPPED, "refused-address")
        assert push_peer.log("webpush") == []

    def test_is_stopped_when_the_subscription_is_none(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        broken = Target(channel="webpush", token='{"endpoint":"http://127.0.0.1/"}')
        (told,) = send(wire, transports, (letter(), broken))
        assert (told.outcome, told.code) == (Outcome.STOPPED, "push.malformed_subscription")


class TestLogs:
    def test_name_no_address_no_token_and_no_words(
        self,
        push_peer: PushPeer,
        wire: Wire,
        transports: Transports,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        caplog.set_level("DEBUG")
        targets = [iphone(), android(), browser(push_peer)]
        sent = [letter(sentence="CANARY-5521") for _ in targets]
        push_peer.behave(key_of(targets[0]), {"do": "reset-stream"})
        push_peer.behave(key_of(targets[2]), {"do": "answer", "status": 500, "body": "CANARY"})
        told = send(wire, transports, *zip(sent, targets, strict=True))

        secrets = ["CANARY", "app.example.org", targets[0].token, targets[1].token, "ya29."]
        secrets.append(json.loads(targets[2].token)["endpoint"])
        written = caplog.text + "".join(capfd.readouterr())
        assert len(told) == 3
        assert [secret for secret in secrets if secret in written + str(told)] == []


class TestConfiguration:
    def test_leaves_out_a_channel_without_its_keys(self, push_peer: PushPeer, wire: Wire) -> None:
        assert push_channels() == ["apns", "fcm", "webpush"]
        bare = push_peer.settings["PUSH"] | {"APNS_KEY": "", "FCM_SERVICE_ACCOUNT": {}}
        with override_settings(PUSH=bare):
            assert push_channels() == list(open_transports(wire)) == ["webpush"]

    def test_names_the_provider_a_pause_is_about(
        self, push_peer: PushPeer, transports: Transports
    ) -> None:
        targets = [iphone(), android(), browser(push_peer)]
        names = [transports[each.channel].provider_of(each) for each in targets]
        assert names == ["apns", "fcm", "localhost"]
