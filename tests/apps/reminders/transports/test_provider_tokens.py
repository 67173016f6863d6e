"""One provider token for all workers: minted once, renewed once, shared, sealed."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from apps.common.breaker import Breaker
from apps.common.wire import Wire
from apps.reminders.transports import Transport, fcm, open_transports, provider_tokens
from apps.reminders.transports.apns import ApnsTransport
from apps.reminders.transports.provider_tokens import ProviderToken, TokenShelf
from backend.push.jwt import apns_token
from backend.push.receipt import Outcome
from tests.apps.reminders.transports.sending import android, iphone, key_of, letter, send
from tests.conftest import ROOT
from tests.peers import PushPeer

Transports = dict[str, Transport]
SENDER = [sys.executable, "-m", "tests.apps.reminders.transports.sender"]
EXPIRED = {"do": "answer", "status": 403, "body": '{"reason":"ExpiredProviderToken"}'}


@pytest.fixture
def server() -> Iterator["redis.Redis"]:
    """The Redis that all workers share."""
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        yield server


def put_old_token(minutes: float) -> str:
    """Leave a token of this age on the shelf, as a worker would that was asleep; return it."""
    keys = settings.PUSH
    now = timezone.now()
    then = now - timedelta(minutes=minutes)
    text = apns_token(
        key=keys["APNS_KEY"], key_id=keys["APNS_KEY_ID"], team=keys["APNS_TEAM_ID"], now=then
    )
    shelf = TokenShelf("apns", keys["APNS_KEY"])
    old = ProviderToken(text, then.timestamp(), now.timestamp() + 600)
    shelf.put(old, now_s=now.timestamp())
    return text


class TestWorkers:
    @pytest.mark.processes
    @pytest.mark.parametrize("channel", ["apns", "fcm"])
    def test_mint_one_token_between_them(
        self, channel: str, push_peer: PushPeer, transports: Transports
    ) -> None:
        told = {"channel": channel, "settings": push_peer.settings, "letters": 20}
        with ExitStack() as stack:
            workers = [
                stack.enter_context(
                    subprocess.Popen(
                        SENDER, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
                    )
                )
                for _ in range(3)
            ]
            for worker in workers:
                _say(worker, json.dumps(told))
            assert [_hear(worker) for worker in workers] == ["ready"] * 3
            for worker in workers:
                _say(worker, "")
            outcomes = [json.loads(_hear(worker)) for worker in workers]
        assert outcomes == [["accepted"] * 20] * 3
        assert len({e["token"] for e in push_peer.log(channel)}) == 1
        assert len(push_peer.log(channel)) == 60
        assert len(push_peer.log("oauth")) == (1 if channel == "fcm" else 0)

    def test_find_the_token_sealed_and_under_a_name_that_tells_nothing(
        self, push_peer: PushPeer, wire: Wire, transports: Transports, server: "redis.Redis"
    ) -> None:
        send(wire, transports, (letter(), iphone()), (letter(), android()))
        keys = sorted(server.scan_iter("push/*"))
        assert [key.rpartition(b"/")[0] for key in keys] == [b"push/token/apns", b"push/token/fcm"]
        for key in keys:
            value = server.get(key)
            assert isinstance(value, bytes)
            assert not [word for word in (b"ya29", b"eyJ", b"bearer") if word in value]
            ttl = server.ttl(key)
            assert isinstance(ttl, int)
            assert 0 < ttl <= 3600

    def test_replace_a_token_they_can_not_open(
        self, push_peer: PushPeer, wire: Wire, transports: Transports, server: "redis.Redis"
    ) -> None:
        send(wire, transports, (letter(), iphone()))
        (key,) = server.scan_iter("push/*")
        server.set(key, b"sealed under another secret")
        told = send(wire, open_transports(wire), *((letter(), iphone()) for _ in range(2)))
        assert {each.outcome for each in told} == {Outcome.ACCEPTED}
        assert server.get(key) != b"sealed under another secret"


def _say(worker: "subprocess.Popen[str]", line: str) -> None:
    assert worker.stdin is not None
    worker.stdin.write(line + "\n")
    worker.stdin.flush()


def _hear(worker: "subprocess.Popen[str]") -> str:
    assert worker.stdout is not None
    line: str = worker.stdout.readline()
    return line.strip()


class TestAnExpiredTokenOfApns:
    def test_is_minted_anew_once_and_each_push_retried_once(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        put_old_token(70)
        letters = [letter() for _ in range(10)]
        told = send(wire, transports, *((each, iphone()) for each in letters))

        assert {each.outcome for each in told} == {Outcome.ACCEPTED}
        log = push_peer.log("apns")
        old = {e["token"] for e in log if e["answered"] == 403}
        new = {e["token"] for e in log if e["answered"] == 200}
        assert (len(old), len(new), old & new) == (1, 1, set())
        for each in letters:
            answers = [e["answered"] for e in log if e["collapse"] == each.collapse_id]
            assert answers == [403, 200]

    def test_that_another_worker_has_replaced_is_not_minted_again(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        put_old_token(70)
        ours, theirs = transports, open_transports(wire)
        asleep = theirs["apns"]
        assert isinstance(asleep, ApnsTransport)
        asleep._token()  # it holds the old one, and will use it
        send(wire, ours, (letter(), iphone()))
        send(wire, theirs, (letter(), iphone()))
        log = push_peer.log("apns")
        assert [e["answered"] for e in log] == [403, 200, 403, 200]
        assert len({e["token"] for e in log}) == 2

    def test_is_retried_no_second_time(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        put_old_token(70)
        target = iphone()
        push_peer.behave(key_of(target), always=EXPIRED)
        (told,) = send(wire, transports, (letter(), target))
        assert (told.outcome, told.code) == (Outcome.LATER, "ExpiredProviderToken")
        assert told.is_provider_wide
        assert len(push_peer.log("apns")) == 2

    def test_is_not_minted_anew_when_ours_is_fresh_and_only_the_clocks_differ(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        push_peer.tell(clockOffsetS=4_000)
        told = send(wire, transports, *((letter(), iphone()) for _ in range(5)))
        assert {(each.outcome, each.code) for each in told} == {
            (Outcome.LATER, "ExpiredProviderToken")
        }
        log = push_peer.log("apns")
        assert (len(log), len({e["token"] for e in log})) == (5, 1)

    def test_is_let_go_before_the_provider_says_so(
        self, push_peer: PushPeer, wire: Wire, transports: Transports, server: "redis.Redis"
    ) -> None:
        send(wire, transports, (letter(), iphone()))
        (key,) = server.scan_iter("push/*")
        ttl = server.ttl(key)
        assert isinstance(ttl, int)
        assert 20 * 60 < ttl < 60 * 60


class TestAnAccessTokenOfFcm:
    def test_is_asked_for_once_however_many_letters_wait(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        told = send(wire, transports, *((letter(), android()) for _ in range(30)))
        assert {each.outcome for each in told} == {Outcome.ACCEPTED}
        assert [e["answered"] for e in push_peer.log("oauth")] == [200]

    def test_that_is_no_longer_good_is_replaced_once_and_each_push_retried_once(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        send(wire, transports, (letter(), android()))
        push_peer.tell(revoke=True)
        told = send(wire, transports, *((letter(), android()) for _ in range(10)))
        assert {each.outcome for each in told} == {Outcome.ACCEPTED}
        assert len(push_peer.log("oauth")) == 2
        answers = [e["answered"] for e in push_peer.log("fcm")]
        assert sorted(answers) == [200] * 11 + [401] * 10

    def test_that_is_refused_again_and_again_is_not_asked_for_without_end(
        self, push_peer: PushPeer, wire: Wire, transports: Transports
    ) -> None:
        target = android()
        body = json.dumps({"error": {"code": 401, "status": "UNAUTHENTICATED"}})
        push_peer.behave(key_of(target), always={"do": "answer", "status": 401, "body": body})
        (told,) = send(wire, transports, (letter(), target))
        assert (told.outcome, told.code) == (Outcome.LATER, "UNAUTHENTICATED")
        assert told.is_provider_wide
        assert len(push_peer.log("fcm")) == len(push_peer.log("oauth")) == 2

    @pytest.mark.parametrize(
        ("step", "code", "wait"),
        [
            (
                {"do": "answer", "status": 503, "headers": {"retry-after": "30"}},
                "no-access-token",
                30.0,
            ),
            ({"do": "answer", "status": 400, "body": '{"error":"x"}'}, "no-access-token", None),
            ({"do": "answer", "status": 200, "body": "[]"}, "no-access-token", None),
            (
                {"do": "answer", "status": 200, "body": '{"access_token":7}'},
                "no-access-token",
                None,
            ),
            ({"do": "garbage"}, "no-access-token", None),
            ({"do": "huge"}, "no-access-token", None),
            ({"do": "reset"}, "connection-lost", None),
        ],
        ids=str,
    )
    def test_that_can_not_be_had_means_that_nothing_was_sent(
        self,
        step: dict[str, Any],
        code: str,
        wait: float | None,
        push_peer: PushPeer,
        wire: Wire,
        transports: Transports,
    ) -> None:
        push_peer.behave("oauth", always=step)
        told = send(wire, transports, *((letter(), android()) for _ in range(3)))
        for each in told:
            assert (each.outcome, each.code) == (Outcome.LATER, code)
            assert (each.is_provider_wide, each.retry_after_s) == (True, wait)
        assert push_peer.log("fcm") == []

        push_peer.behave("oauth")
        (later,) = send(wire, transports, (letter(), android()))
        assert later.outcome is Outcome.ACCEPTED

    def test_is_asked_for_although_the_worker_that_was_to_ask_has_died(
        self,
        push_peer: PushPeer,
        wire: Wire,
        transports: Transports,
        server: "redis.Redis",
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(fcm, "PATIENCE_S", 0.3)
        send(wire, transports, (letter(), android()))
        (key,) = server.scan_iter("push/token/*")
        server.delete(key)
        server.set(key.replace(b"/token/", b"/minting/"), b"1", ex=60)

        (told,) = send(wire, open_transports(wire), (letter(), android()))

        assert told.outcome is Outcome.ACCEPTED
        assert len(push_peer.log("oauth")) == 2


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Redis that is away."""
    provider_tokens._server.cache_clear()
    monkeypatch.setattr(provider_tokens, "_breaker", Breaker(pause_s=5.0, clock=time.monotonic))
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        yield
    provider_tokens._server.cache_clear()


class TestWithoutRedis:
    def test_a_worker_mints_its_own_once(
        self, push_peer: PushPeer, wire: Wire, transports: Transports, no_redis: None
    ) -> None:
        for _ in range(3):
            letters = [(letter(), make()) for make in (iphone, android) for _ in range(5)]
            told = send(wire, transports, *letters)
            assert {each.outcome for each in told} == {Outcome.ACCEPTED}
        assert len({e["token"] for e in push_peer.log("apns")}) == 1
        assert len(push_peer.log("oauth")) == 1

    def test_a_worker_renews_its_own(
        self, push_peer: PushPeer, wire: Wire, transports: Transports, no_redis: None
    ) -> None:
        send(wire, transports, (letter(), android()))
        push_peer.tell(revoke=True)
        (told,) = send(wire, transports, (letter(), android()))
        assert told.outcome is Outcome.ACCEPTED
        assert len(push_peer.log("oauth")) == 2
