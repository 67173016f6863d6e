"""Calls to servers that misbehave, and to places nobody may be led to."""

import socket
from collections import Counter
from functools import partial
from ipaddress import ip_network
from typing import Any

import pytest

from apps.common import wire as subject
from apps.common.curl_answers import MAX_BODY_BYTES
from apps.common.outbound import Guard
from apps.common.wire import Call, Reply, Wire
from tests.apps.common.addresses import HOSTS, NEVER, REBOUND
from tests.peers import PATIENCE_S, PushPeer

MAX_TURNS = 20_000


def ask(wire: Wire, *calls: Call) -> list[Reply]:
    """Make all calls at once and return the replies in order."""
    replies: dict[int, Reply] = {}
    for number, call in enumerate(calls):
        wire.start(call, partial(replies.__setitem__, number))
    for _ in range(MAX_TURNS):
        if not wire.turn(0.5):
            break
    return [replies[number] for number in range(len(calls))]


def post(url: str, **members: Any) -> Call:
    """Return a call whose time ends for what never comes only, unless its test is about that."""
    return Call(method="POST", url=url, body=b"{}", **{"timeout_s": PATIENCE_S, **members})


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sockets that were made for libcurl, which it could connect."""
    made: list[int] = []

    class Recorded(socket.socket):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            made.append(self.fileno())

    monkeypatch.setattr("apps.common.curl_answers.socket.socket", Recorded)
    return made


REFUSED = {"refused-address", "refused-url", "no-address"}


class WallAlone(Guard):
    """A guard that is asked at the socket only, as when a check of URLs were fooled."""

    def check_url(self, url: str) -> None:
        """Find nothing wrong."""


class TestAGuardedCall:
    @pytest.mark.parametrize("host", HOSTS)
    def test_opens_no_socket_to_a_place_that_is_not_public(
        self, host: str, push_peer: PushPeer, opened: list[int]
    ) -> None:
        strict = WallAlone(ports=[443, push_peer.port])
        with Wire(guard=strict) as wire:
            for port in (443, push_peer.port):
                url = f"https://{host}:{port}/"
                (reply,) = ask(wire, post(url, is_guarded=True))
                assert (reply.was_sent, reply.status) == (False, 0)
                assert reply.error in REFUSED | {"no-connection"}
        assert opened == []
        assert push_peer.log() == []

    @pytest.mark.parametrize("addresses", REBOUND)
    def test_opens_no_socket_when_a_harmless_name_turns_out_to_be_private(
        self, addresses: str, push_peer: PushPeer, opened: list[int]
    ) -> None:
        line = f"push.example.com:{push_peer.port}:{addresses}"
        strict = Guard(ports=[push_peer.port])
        with Wire(guard=strict, resolve=[line]) as wire:
            url = f"https://push.example.com:{push_peer.port}/x"
            (reply,) = ask(wire, post(url, is_guarded=True))
        assert (reply.was_sent, reply.error) == (False, "refused-address")
        assert opened == []
        assert push_peer.log() == []

    @pytest.mark.parametrize("host", HOSTS)
    def test_is_refused_by_its_spelling_already(self, host: str, opened: list[int]) -> None:
        if host == "ip6-localhost":
            host = "intern"  # a name of this machine alone, as any without a dot
        with Wire(guard=Guard()) as wire:
            (reply,) = ask(wire, post(f"https://{host}/", is_guarded=True))
        assert (reply.was_sent, reply.error in REFUSED) == (False, True)
        assert opened == []

    @pytest.mark.parametrize("url", NEVER)
    def test_opens_no_socket_by_another_scheme_or_port(self, url: str, opened: list[int]) -> None:
        with Wire(guard=Guard()) as wire:
            (reply,) = ask(wire, post(url, is_guarded=True))
        assert not reply.was_sent
        assert reply.error in REFUSED | {"no-connection"}
        assert opened == []

    def test_goes_where_the_operator_allows_by_the_checked_address(
        self, push_peer: PushPeer, opened: list[int]
    ) -> None:
        """The sockets are counted: the tests above would see one."""
        line = f"push.example.com:{push_peer.port}:127.0.0.1"
        loopback = Guard(allowed=[ip_network("127.0.0.0/8")], ports=[push_peer.port])
        with Wire(guard=loopback, resolve=[line]) as wire:
            url = f"https://push.example.com:{push_peer.port}/x"
            (reply,) = ask(wire, post(url, is_guarded=True))
        assert (reply.status, reply.error, reply.was_sent) == (200, "", True)
        assert len(opened) == 1

    def test_does_not_share_the_connection_of_a_call_that_is_not_guarded(
        self, push_peer: PushPeer, opened: list[int]
    ) -> None:
        url = push_peer.origin
        with Wire(guard=WallAlone(ports=[push_peer.port])) as wire:
            assert ask(wire, post(f"{url}/ours"))[0].status == 200
            sockets = len(opened)
            (reply,) = ask(wire, post(f"{url}/theirs", is_guarded=True))
            assert (reply.error, reply.was_sent) == ("refused-address", False)
            assert len(opened) == sockets
            assert ask(wire, post(f"{url}/ours-again"))[0].status == 200
        assert [e["key"] for e in push_peer.log()] == ["any/ours", "any/ours-again"]


class TestTheEnvironment:
    def test_neither_names_a_proxy_nor_signs_in(
        self,
        push_peer: PushPeer,
        wire: Wire,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Any,
    ) -> None:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / ".netrc").write_text("machine localhost login somebody password CANARY\n")
        assert ask(wire, post(f"{push_peer.origin}/x"))[0].status == 200
        (entry,) = push_peer.log()
        assert "authorization" not in entry["headers"]
        assert entry["headers"]["user-agent"] == "mechanostat"


class TestAReply:
    def test_is_read_up_to_the_limit(self, push_peer: PushPeer, wire: Wire) -> None:
        push_peer.behave("any/huge", always={"do": "huge"})
        huge, fine = ask(wire, *(post(f"{push_peer.origin}/{p}") for p in ("huge", "fine")))
        assert (huge.status, len(huge.body), huge.is_cut) == (200, MAX_BODY_BYTES, True)
        assert (huge.error, fine.status) == ("", 200)

    def test_over_http_1_is_read_up_to_the_limit_too(self, push_peer: PushPeer, wire: Wire) -> None:
        push_peer.behave("any/huge", always={"do": "huge"})
        (huge,) = ask(wire, post(f"{push_peer.origin}/huge", http2=False))
        assert (huge.status, len(huge.body), huge.is_cut) == (200, MAX_BODY_BYTES, True)
        assert {e["version"] for e in push_peer.log()} == {"1.1"}

    def test_with_headers_without_end_is_given_up(self, push_peer: PushPeer, wire: Wire) -> None:
        many = {f"x-{number}": "y" * 1_000 for number in range(60)}
        step = {"do": "answer", "status": 200, "headers": many | {"x-last": "z" * 9_000}}
        push_peer.behave("any/headers", always=step)
        calls = [post(f"{push_peer.origin}/{p}") for p in ("headers", "fine")]
        endless, fine = ask(wire, *calls)
        assert (endless.error, endless.was_sent) == ("connection-lost", True)
        assert fine.status == 200

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_that_points_elsewhere_is_not_followed(
        self, status: int, push_peer: PushPeer, wire: Wire
    ) -> None:
        for place in (f"{push_peer.origin}/elsewhere", "http://127.0.0.1/", "file:///etc/passwd"):
            headers = {"location": place}
            push_peer.behave("any/x", {"do": "answer", "status": status, "headers": headers})
            (reply,) = ask(wire, post(f"{push_peer.origin}/x"))
            assert (reply.status, reply.error) == (status, "")
        assert {e["key"] for e in push_peer.log()} == {"any/x"}

    @pytest.mark.parametrize(
        ("step", "error"),
        [("hang", "timeout"), ("slow", "timeout"), ("reset-stream", "connection-lost")],
    )
    def test_that_never_ends_was_sent_and_disturbs_no_other(
        self, step: str, error: str, push_peer: PushPeer, wire: Wire
    ) -> None:
        push_peer.behave("any/stuck", always={"do": step})
        ask(wire, post(f"{push_peer.origin}/first"))  # connects
        calls = [post(f"{push_peer.origin}/{p}") for p in ("a", "b", "c")]
        # On a slow machine the time may be over before the request has left.
        for timeout_s in (1, 4, 16, 64) if error == "timeout" else (PATIENCE_S,):
            stuck, *fine = ask(wire, post(f"{push_peer.origin}/stuck", timeout_s=timeout_s), *calls)
            assert stuck.error == error
            assert [reply.status for reply in fine] == [200] * 3
            if stuck.was_sent:
                break
        assert stuck.was_sent
        assert {e["connection"] for e in push_peer.log()} == {1}

    def test_of_a_connection_that_was_reset_may_have_been_preceded_by_the_request(
        self, push_peer: PushPeer, wire: Wire
    ) -> None:
        push_peer.behave("any/reset", always={"do": "reset"})
        (reply,) = ask(wire, post(f"{push_peer.origin}/reset"))
        assert (reply.error, reply.was_sent, reply.status) == ("connection-lost", True, 0)

    def test_says_that_nothing_was_sent_when_no_connection_came_about(
        self, push_peer: PushPeer
    ) -> None:
        nowhere, unknown = post("https://localhost:1/"), post("https://no.such.invalid/")
        with Wire(ca_file=push_peer.ca_file) as wire:
            first, second = ask(wire, nowhere, unknown)
        assert (first.error, first.was_sent) == ("no-connection", False)
        assert (second.error, second.was_sent) == ("no-address", False)

    def test_says_that_nothing_was_sent_when_the_certificate_is_not_trusted_or_anothers(
        self, push_peer: PushPeer
    ) -> None:
        line = f"other.example.com:{push_peer.port}:127.0.0.1"
        for given, host in (("", "localhost"), (push_peer.ca_file, "other.example.com")):
            with Wire(ca_file=given, resolve=[line]) as wire:
                (reply,) = ask(wire, post(f"https://{host}:{push_peer.port}/"))
            assert (reply.error, reply.was_sent) == ("tls-failed", False)
        assert push_peer.log() == []

    def test_that_is_not_http_may_still_mean_that_the_request_was_read(
        self, push_peer: PushPeer, wire: Wire
    ) -> None:
        (reply,) = ask(wire, post(push_peer.nonsense))
        assert (reply.error, reply.was_sent, reply.status) == ("connection-lost", True, 0)


class TestACall:
    @pytest.mark.parametrize(
        "members",
        [
            {"url": "https://localhost/\r\nx: y"},
            {"url": "https://localhost/\x00"},
            {"url": "https://löcalhost/"},
            {"url": "https://localhost/", "headers": {"a": "b\r\nc: d"}},
            {"url": "https://localhost/", "headers": {"a\n": "b"}},
        ],
        ids=str,
    )
    def test_that_would_write_lines_of_its_own_is_not_made(
        self, members: dict[str, Any], opened: list[int]
    ) -> None:
        with Wire(guard=Guard()) as wire:
            (reply,) = ask(wire, Call(method="POST", **members))
        assert (reply.error, reply.was_sent) == ("refused-url", False)
        assert opened == []

    def test_that_fails_leaves_its_handle_as_new(self, push_peer: PushPeer, wire: Wire) -> None:
        """Handles are used again: nothing of one call is seen in the next."""
        secret = {"authorization": "bearer CANARY", "apns-topic": "left-behind"}
        ask(wire, post(f"{push_peer.origin}/a", headers=secret))
        ask(wire, Call(method="GET", url=f"{push_peer.origin}/b"))
        first, second = push_peer.log()
        assert first["headers"]["apns-topic"] == "left-behind"
        assert "apns-topic" not in second["headers"]
        assert second["size"] == 0


class TestATurn:
    def test_calls_back_what_a_call_back_begins(self, push_peer: PushPeer, wire: Wire) -> None:
        seen: list[int] = []

        def once_more(reply: Reply) -> None:
            seen.append(reply.status)
            if len(seen) < 5:
                wire.start(post(f"{push_peer.origin}/x"), once_more)

        wire.start(post(f"{push_peer.origin}/x"), once_more)
        while wire.turn(0.5):
            pass
        assert seen == [200] * 5

    def test_loses_no_reply_when_a_call_back_fails(self, push_peer: PushPeer, wire: Wire) -> None:
        seen: list[int] = []

        def fail(reply: Reply) -> None:
            raise ZeroDivisionError

        wire.start(Call(method="POST", url="http://refused/"), fail)
        for _ in range(3):
            wire.start(post(f"{push_peer.origin}/x"), lambda reply: seen.append(reply.status))
        failures = 0
        while wire.in_flight:
            try:
                wire.turn(0.5)
            except ZeroDivisionError:
                failures += 1
        assert (failures, seen) == (1, [200] * 3)

    def test_comes_back_although_nothing_happened(self, push_peer: PushPeer, wire: Wire) -> None:
        push_peer.behave("any/hang", always={"do": "hang"})
        wire.start(post(f"{push_peer.origin}/hang"), lambda reply: None)
        turns = 0
        while not push_peer.log() and turns < MAX_TURNS:
            turns += 1
            assert wire.turn(0.01) == 1
        assert [wire.turn(0.0) for _ in range(100)] == [1] * 100

    def test_keeps_the_order_of_what_waits(self, wire: Wire) -> None:
        seen: list[str] = []
        wire.after(0.02, lambda: seen.append("second"))
        wire.after(0.0, lambda: seen.append("first"))
        assert wire.in_flight == 2
        while wire.turn(1.0):
            pass
        assert seen == ["first", "second"]

    def test_answers_a_thousand_calls_on_few_connections(
        self, push_peer: PushPeer, wire: Wire
    ) -> None:
        urls = [f"{push_peer.origin}/{number}" for number in range(1_000)]
        replies = ask(wire, *map(post, urls))
        assert Counter(reply.status for reply in replies) == {200: 1_000}
        assert len({e["connection"] for e in push_peer.log()}) <= subject.CONNECTIONS_PER_HOST

    def test_may_be_the_last_with_calls_in_flight(self, push_peer: PushPeer) -> None:
        seen: list[Reply] = []
        push_peer.behave("any/hang", always={"do": "hang"})
        with Wire() as wire:
            for _ in range(3):
                wire.start(post(f"{push_peer.origin}/hang"), seen.append)
            wire.turn(0.1)
        assert seen == []
