"""A simulated stretch of life gives the same nudges at the same instants as the plain model."""

from tests.apps.reminders.postbox import Postbox
from tests.nudges.year import play


class TestYear:
    def test_is_the_plain_models(self, postbox: Postbox) -> None:
        year = play(postbox, seeds=range(20), days=150)
        assert year.expected >= 10, "hardly anything happened"
        assert (year.missed, year.wrong) == ([], []), str(year)
        assert year.mails == year.expected
