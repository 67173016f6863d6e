"""Quotas per device: exact, cheap for the quiet, told in every answer, and there without Redis."""

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone
from redis import Redis

from apps.common import rates
from apps.common.rates import TooManyRequests, spend
from tests.apps.sync.ops import workout
from tests.conftest import Person

NOW_S = 1_900_000_000.0 - 1_900_000_000 % 60 + 17  # seventeen seconds into a minute


@pytest.fixture
def quota() -> Iterator[None]:
    """Twenty requests a minute."""
    with override_settings(SYNC_REQUESTS_PER_MINUTE=20):
        yield


@pytest.fixture
def another_process() -> Callable[[], None]:
    """Forget what this process has counted, as another one would not know it."""

    def forget() -> None:
        rates._own._counts.clear()

    return forget


def redis() -> Any:
    """Return the Redis the counts are shared in."""
    return Redis.from_url(settings.REDIS_URL)


@pytest.mark.usefixtures("quota")
class TestSpending:
    def test_lets_exactly_the_quota_pass_however_many_come_at_once(self) -> None:
        who, passed = uuid.uuid4().hex, []

        def ask() -> None:
            for _ in range(25):
                try:
                    spend(who, now_s=NOW_S)
                    passed.append(1)
                except TooManyRequests:
                    pass

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(passed) == 20

    def test_begins_anew_with_each_minute(self) -> None:
        who = uuid.uuid4().hex
        for _ in range(20):
            spend(who, now_s=NOW_S)
        with pytest.raises(TooManyRequests) as refused:
            spend(who, now_s=NOW_S)
        assert refused.value.retry_after_s == 43
        allowance = spend(who, now_s=NOW_S + 43)
        assert allowance is not None
        assert (allowance.remaining, allowance.reset_s) == (19, 60)

    def test_counts_what_other_processes_let_pass(
        self, another_process: Callable[[], None]
    ) -> None:
        who = uuid.uuid4().hex
        for _ in range(15):
            spend(who, now_s=NOW_S)
        another_process()
        passed = 0
        for _ in range(20):
            try:
                spend(who, now_s=NOW_S)
                passed += 1
            except TooManyRequests:
                break
        assert passed == 5

    def test_of_a_quiet_device_costs_no_round_trip(self) -> None:
        who = uuid.uuid4().hex
        for _ in range(2):
            spend(who, now_s=NOW_S)
        assert not list(redis().scan_iter(f"*{who}*"))
        spend(who, now_s=NOW_S)
        (key,) = redis().scan_iter(f"*{who}*")
        assert int(redis().get(key)) == 3, "the quiet ones are counted with the first that is not"
        assert 0 < redis().ttl(key) <= 120

    def test_of_one_device_is_not_anothers(self) -> None:
        one, other = uuid.uuid4().hex, uuid.uuid4().hex
        for _ in range(20):
            spend(one, now_s=NOW_S)
        allowance = spend(other, now_s=NOW_S)
        assert allowance is not None
        assert allowance.remaining == 19

    def test_goes_on_alone_when_redis_is_gone(self) -> None:
        gone = rates._Shared()
        with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
            gone = rates._Shared()
        assert gone.add(1, "who", 5) is None
        assert gone._paused_until > 0, "and is left alone for a while"
        assert gone.add(1, "who", 5) is None

    def test_of_no_quota_counts_nothing(self) -> None:
        with override_settings(SYNC_REQUESTS_PER_MINUTE=0):
            assert spend("anybody", now_s=NOW_S) is None


class TestAnswers:
    def test_tell_the_quota_and_what_is_left(self, athlete: Person) -> None:
        with (
            override_settings(SYNC_REQUESTS_PER_MINUTE=600),
            time_machine.travel(timezone.now().replace(second=17), tick=False),
        ):
            answers = [athlete.sync([]), athlete.get("/v1/athletes/me/changes")]
            answers += [athlete.sync([workout()]), athlete.get("/v1/feeds/heads")]
            refused = athlete.get("/v1/athletes/me/changes", q="1")
            wrong = athlete.get(f"/v1/athletes/{uuid.uuid4()}/changes")
        for number, answer in enumerate([*answers, refused, wrong], start=1):
            assert answer["RateLimit-Policy"] == '"device";q=600;w=60'
            assert answer["RateLimit"] == f'"device";r={600 - number};t=43'

    def test_of_file_routes_count_too(self, athlete: Person) -> None:
        tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "9"}
        with (
            override_settings(SYNC_REQUESTS_PER_MINUTE=2),
            time_machine.travel(timezone.now().replace(second=17), tick=False),
        ):
            unknown = athlete.get(f"/v1/athletes/me/blobs/{'0' * 64}")
            assert (unknown.status_code, unknown["RateLimit"]) == (404, '"device";r=1;t=43')
            athlete.sync([])
            refused = Client().post("/v1/uploads", headers=athlete.headers | tus)
        assert (refused.status_code, refused.json()["code"]) == (429, "rate-limited")
        assert (refused["Retry-After"], refused["Tus-Resumable"]) == ("43", "1.0.0")

    def test_beyond_it_are_429_and_evaluate_nothing(
        self, athlete: Person, sql_statements: Callable[[], Any]
    ) -> None:
        op = workout()
        with (
            override_settings(SYNC_REQUESTS_PER_MINUTE=3),
            time_machine.travel(timezone.now().replace(second=50), tick=False),
        ):
            for _ in range(3):
                assert athlete.sync([]).status_code == 200
            with sql_statements() as statements:
                answer = athlete.sync([op])
            told = answer.json()
            assert (answer.status_code, told["code"], told["retry"]) == (
                429, "rate-limited", "after",
            )  # fmt: skip
            assert answer["Retry-After"] == "10"
            assert answer["RateLimit"] == '"device";r=0;t=10'
            assert len(statements) == 1, "authentication and no more"
        assert athlete.get("/v1/athletes/me/changes").json()["page"]["rows"] == []

    def test_to_nobody_tell_nothing(self) -> None:
        assert "RateLimit" not in Client().get("/v1/athletes/me/changes")
