"""The circuit breaker, by a clock the test holds."""

import threading

import pytest

from apps.common.breaker import Breaker


class Clock:
    """Time as the test says."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(pause_s=5.0, clock=clock)


class TestBreaker:
    def test_lets_everybody_ask_a_server_that_answers(self, breaker: Breaker) -> None:
        for _ in range(3):
            assert breaker.allows()
            breaker.worked()

    def test_lets_nobody_ask_during_the_pause(self, breaker: Breaker, clock: Clock) -> None:
        breaker.failed()
        clock.now += 4.9
        assert [breaker.allows() for _ in range(3)] == [False] * 3

    def test_lets_one_ask_after_the_pause(self, breaker: Breaker, clock: Clock) -> None:
        breaker.failed()
        clock.now += 5.0
        assert [breaker.allows() for _ in range(3)] == [True, False, False]

    def test_pauses_again_when_that_one_fails(self, breaker: Breaker, clock: Clock) -> None:
        breaker.failed()
        clock.now += 5.0
        assert breaker.allows()
        breaker.failed()
        clock.now += 4.9
        assert not breaker.allows()

    def test_opens_for_all_when_that_one_succeeds(self, breaker: Breaker, clock: Clock) -> None:
        breaker.failed()
        clock.now += 5.0
        assert breaker.allows()
        breaker.worked()
        assert [breaker.allows() for _ in range(3)] == [True] * 3

    def test_lets_another_ask_when_that_one_never_came_back(
        self, breaker: Breaker, clock: Clock
    ) -> None:
        breaker.failed()
        clock.now += 5.0
        assert breaker.allows()
        clock.now += 5.0
        assert [breaker.allows() for _ in range(2)] == [True, False]

    def test_lets_exactly_one_of_many_threads_ask(self, breaker: Breaker, clock: Clock) -> None:
        breaker.failed()
        clock.now += 5.0
        allowed: list[bool] = []
        threads = [
            threading.Thread(target=lambda: allowed.append(breaker.allows())) for _ in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(allowed) == [False] * 15 + [True]
