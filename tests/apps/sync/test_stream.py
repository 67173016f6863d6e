"""The stream of heads over real HTTP: the live process, its Redis and its database."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from django.test import override_settings
from django.utils import timezone

from apps.accounts.models import DeviceToken
from apps.accounts.services.sign_in import open_device
from apps.insights.services.recompute import recompute_athlete
from phone.errors import RequestRefused, SignedOut
from tests.apps.sync.test_push import workout
from tests.conftest import Person
from tests.live import PATIENCE_S, Live, OwnValkey, live_process, own_valkey, reading, until

pytestmark = pytest.mark.processes
NEVER = "3600"


def second_device(person: Person) -> Person:
    """Return the same person on another phone."""
    signed = open_device(
        user=person.user,
        installation=uuid.uuid4(),
        name="Other phone",
        platform="tests",
        now=timezone.now(),
    )
    return Person(person.user, signed.access_token, signed.device_id)


def head_after(answer: Any) -> str:
    """Return the head a sync left, as the stream writes it."""
    witness = answer.json()["witness"]
    return f"{witness['seq']}:{witness['mark']}"


def refusal(live: Live, person: Person | None) -> httpx2.Response:
    """Ask for a stream that is refused; return the answer."""
    headers = person.headers if person else {}
    return httpx2.get(f"{live.url}/v1/stream", headers=headers, timeout=PATIENCE_S)


class TestStream:
    def test_begins_with_the_head_of_ones_own_feed(self, live: Live, athlete: Person) -> None:
        head = head_after(athlete.sync([workout(), workout()]))
        with reading(live, athlete) as reader:
            assert reader.events == [{athlete.id: head}]

    def test_begins_at_zero_before_the_first_push(self, live: Live, athlete: Person) -> None:
        with reading(live, athlete) as reader:
            assert reader.heads == ["0:0000000000000000"]
            head = head_after(athlete.sync([workout()]))
            reader.comes_to(head)
        assert head_after(athlete.sync()) == head

    def test_tells_what_another_device_pushed(self, live: Live, athlete: Person) -> None:
        other = second_device(athlete)
        with reading(live, athlete) as reader:
            reader.comes_to(head_after(other.sync([workout()])))

    def test_hears_of_changes_by_redis_alone(self, athlete: Person, stranger: Person) -> None:
        """Nothing else would tell here: the database is read when a stream opens, and not again."""
        with (
            live_process(STREAM_CHECK=NEVER, STREAM_POLL=NEVER) as live,
            reading(live, athlete) as reader,
            reading(live, stranger) as theirs,
        ):
            for _ in range(3):
                reader.comes_to(head_after(athlete.sync([workout()])))
                theirs.comes_to(head_after(stranger.sync([workout()])))
            recompute_athlete(athlete_id=athlete.id, now=timezone.now())
            reader.comes_to(head_after(athlete.sync()))

    def test_tells_ones_own_push_too(self, live: Live, athlete: Person) -> None:
        other = second_device(athlete)
        with reading(live, athlete) as mine, reading(live, other) as theirs:
            head = head_after(athlete.sync([workout()]))
            mine.comes_to(head)
            theirs.comes_to(head)

    def test_tells_when_the_summary_is_there(self, live: Live, athlete: Person) -> None:
        first = head_after(athlete.sync([workout()]))
        with reading(live, athlete) as reader:
            recompute_athlete(athlete_id=athlete.id, now=timezone.now())
            after = head_after(athlete.sync())
            reader.comes_to(after)
        assert first != after

    def test_says_nothing_when_nothing_was_written(self, live: Live, athlete: Person) -> None:
        op = workout()
        other = second_device(athlete)
        with reading(live, athlete) as reader:
            first = head_after(other.sync([op]))
            reader.comes_to(first)
            other.sync([op])
            other.sync()
            other.get("/v1/athletes/me/changes")
            last = head_after(other.sync([workout()]))
            reader.comes_to(last)
            assert reader.heads == ["0:0000000000000000", first, last]

    def test_tells_nothing_of_a_stranger(
        self, live: Live, athlete: Person, stranger: Person
    ) -> None:
        with reading(live, athlete) as reader, reading(live, stranger) as theirs:
            theirs.comes_to(head_after(stranger.sync([workout()])))
            reader.comes_to(head_after(athlete.sync([workout()])))
            assert {feed for event in reader.events for feed in event} == {athlete.id}

    def test_gathers_quick_changes_and_ends_at_the_newest(
        self, live: Live, athlete: Person
    ) -> None:
        with reading(live, athlete) as reader:
            heads = [head_after(athlete.sync([workout()])) for _ in range(30)]
            reader.comes_to(heads[-1])
            told = [int(head.partition(":")[0]) for head in reader.heads]
            assert told == sorted(set(told))
            assert set(reader.heads[1:]) <= set(heads)

    def test_pings_and_advises_when_to_come_back(self, live: Live, athlete: Person) -> None:
        with httpx2.stream(
            "GET", f"{live.url}/v1/stream", headers=athlete.headers, timeout=PATIENCE_S
        ) as answer:
            assert answer.headers["Content-Type"] == "text/event-stream"
            assert answer.headers["Cache-Control"] == "no-store, no-transform"
            assert answer.headers["X-Accel-Buffering"] == "no"
            lines = answer.iter_lines()
            seen = [next(lines) for _ in range(6)]
        assert seen[0].startswith("retry: ")
        assert seen[2].startswith('data: {"feeds":{"')
        assert seen[4:] == [": ping", ""]


class TestRefusal:
    def test_of_a_stream_without_a_token(self, live: Live) -> None:
        answer = refusal(live, None)
        assert (answer.status_code, answer.json()["code"]) == (401, "token-expired")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.headers["Content-Type"] == "application/problem+json"

    def test_of_other_addresses_and_methods(self, live: Live, athlete: Person) -> None:
        told: dict[str, Any] = {"headers": athlete.headers, "timeout": PATIENCE_S}
        missing = httpx2.get(f"{live.url}/v1/nothing", **told)
        assert (missing.status_code, missing.json()["code"]) == (404, "not-found")
        posted = httpx2.post(f"{live.url}/v1/stream", **told)
        assert (posted.status_code, posted.headers["Allow"]) == (405, "GET")

    def test_of_a_fifth_stream_of_one_device(self, live: Live, athlete: Person) -> None:
        def is_refused() -> bool:
            return refusal(live, athlete).status_code == 429

        with (
            reading(live, athlete),
            reading(live, athlete),
            reading(live, athlete),
            reading(live, athlete),
        ):
            answer = refusal(live, athlete)
            assert (answer.status_code, answer.json()["code"]) == (429, "too-many-streams")
            assert int(answer.headers["Retry-After"]) >= 60
            with reading(live, second_device(athlete)) as reader:
                assert reader.error is None
        with reading(live, athlete) as reader:  # waits until those before are gone
            until(lambda: bool(reader.heads), "a place for this stream")

    def test_of_more_streams_than_the_process_may_hold(
        self, athlete: Person, stranger: Person
    ) -> None:
        with live_process(STREAMS_PER_PROCESS="1") as live, reading(live, athlete):
            answer = refusal(live, stranger)
            assert (answer.status_code, answer.json()["code"]) == (503, "streams-full")
            assert int(answer.headers["Retry-After"]) >= 30


class TestEnd:
    def test_comes_when_the_device_is_revoked(self, live: Live, athlete: Person) -> None:
        other = second_device(athlete)
        with reading(live, athlete) as reader, reading(live, other) as theirs:
            athlete.delete(f"/v1/devices/{other.device_id}")
            until(lambda: theirs.error is not None, "the end of the stream")
            reader.comes_to(head_after(athlete.sync([workout()])))
        assert isinstance(theirs.error, RequestRefused)
        assert theirs.error.problem.code == "device-revoked"

    def test_comes_when_the_phone_signs_out(self, live: Live, athlete: Person) -> None:
        with reading(live, athlete) as reader:
            athlete.post("/v1/auth/sign-out")
            until(lambda: reader.error is not None, "the end of the stream")
        assert isinstance(reader.error, SignedOut)

    def test_comes_when_the_account_is_closed(self, live: Live, athlete: Person) -> None:
        with reading(live, athlete) as reader:
            athlete.user.is_active = False
            athlete.user.save()
            until(lambda: reader.error is not None, "the end of the stream")
        assert isinstance(reader.error, SignedOut)

    def test_comes_when_the_token_ends(self, athlete: Person) -> None:
        tokens = DeviceToken.objects.filter(device_id=athlete.device_id)
        with live_process(STREAM_CHECK=NEVER) as live:
            for seconds in (1, 4, 16, 64):  # on a slow machine it may end before it is used
                ends_at = timezone.now() + timedelta(seconds=seconds)
                tokens.update(expires_at=ends_at)
                with reading(live, athlete) as reader:
                    until(lambda one=reader: one.error is not None, "the end of the stream")  # type: ignore[misc]  # a reader
                assert isinstance(reader.error, SignedOut)
                assert timezone.now() >= ends_at
                if reader.heads:
                    break
        assert reader.heads

    def test_comes_after_a_lifetime_and_the_next_stream_begins_with_all_heads(
        self, athlete: Person
    ) -> None:
        head = head_after(athlete.sync([workout()]))
        with live_process(STREAM_LIFETIME="1") as live, reading(live, athlete) as reader:
            until(lambda: reader.connections >= 3, "the third connection")
            assert set(reader.heads) == {head}
            reader.comes_to(head_after(athlete.sync([workout()])))
            assert reader.error is None

    def test_comes_whole_when_the_process_is_told_to_stop(self, athlete: Person) -> None:
        with live_process() as live:
            url = f"{live.url}/v1/stream"
            with httpx2.stream("GET", url, headers=athlete.headers, timeout=PATIENCE_S) as answer:
                pieces = answer.iter_bytes()
                next(pieces)
                live.tell_to_stop()
                for _ in pieces:  # to the end; one cut off would raise
                    continue
            until(
                lambda: any("live ended with 0" in line for line in live.printed),
                "the end of the process",
            )
            assert not any("Killing" in line for line in live.printed)


class TestLostRedis:
    @pytest.fixture
    def valkey(self) -> Iterator[OwnValkey]:
        with own_valkey() as running:
            yield running

    @pytest.fixture
    def alone(self, valkey: OwnValkey) -> Iterator[Live]:
        """A live process that looks for nothing but by Redis, or when it lost Redis."""
        with live_process(REDIS_URL=valkey.url, STREAM_CHECK=NEVER, STREAM_POLL="0.3") as running:
            yield running

    def test_delays_changes_and_loses_none(
        self, alone: Live, valkey: OwnValkey, athlete: Person
    ) -> None:
        other = second_device(athlete)
        with reading(alone, athlete) as reader:
            reader.comes_to(head_after(other.sync([workout()])))
            valkey.kill()
            reader.comes_to(head_after(other.sync([workout()])))
            until(lambda: alone.state().get("redis") == "down", "the loss being seen")
            valkey.start()
            reader.comes_to(head_after(other.sync([workout()])))
            until(lambda: alone.state().get("redis") == "ok", "the return being seen")
            reader.comes_to(head_after(other.sync([workout()])))
            assert reader.connections == 1

    def test_that_hangs_is_seen(self, alone: Live, valkey: OwnValkey, athlete: Person) -> None:
        with reading(alone, athlete) as reader:
            reader.comes_to(head_after(athlete.sync([workout()])))
            valkey.freeze()
            reader.comes_to(head_after(athlete.sync([workout()])))
            until(lambda: alone.state().get("redis") == "down", "the loss being seen")
            valkey.thaw()
            until(lambda: alone.state().get("redis") == "ok", "the return being seen")
            assert reader.connections == 1

    def test_at_the_start_is_no_hindrance(self, valkey: OwnValkey, athlete: Person) -> None:
        with live_process(REDIS_URL=valkey.url, STREAM_CHECK=NEVER, STREAM_POLL="0.3") as running:
            valkey.kill()
            with reading(running, athlete) as reader:
                reader.comes_to(head_after(athlete.sync([workout()])))

    def test_on_the_side_of_the_publisher_alone_is_made_good_by_the_check(
        self, live: Live, valkey: OwnValkey, athlete: Person
    ) -> None:
        with reading(live, athlete) as reader, override_settings(REDIS_URL=valkey.url):
            reader.comes_to(head_after(athlete.sync([workout()])))
