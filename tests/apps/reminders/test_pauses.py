"""How long a provider is left alone, and what lifts that."""

from datetime import datetime, timedelta

from apps.reminders.services import pauses
from tests.apps.reminders.feed import NOON, after

PROVIDER = "push.example.org"


def pause_s(now: datetime, asked_s: float | None = None) -> float:
    """Pause the provider; return for how many seconds from ``now``."""
    pauses.pause(PROVIDER, asked_s=asked_s, now=now)
    until = pauses.paused_until(PROVIDER, now)
    assert until is not None
    return (until - now).total_seconds()


class TestPause:
    def test_is_not_lifted_by_an_answer_that_was_on_its_way(self) -> None:
        assert pause_s(NOON, asked_s=600) >= 600
        pauses.worked(PROVIDER, now=after(seconds=1))
        assert pauses.paused_until(PROVIDER, after(minutes=9)) is not None

    def test_grows_with_each_failure_and_is_short_again_once_something_worked(self) -> None:
        now, lasted = NOON, []
        for _ in range(3):
            lasted.append(pause_s(now))
            now += timedelta(hours=1)
        assert lasted[0] < 60 <= lasted[1] < 120 <= lasted[2]
        pauses.worked(PROVIDER, now=now)
        assert pause_s(now) < 60
