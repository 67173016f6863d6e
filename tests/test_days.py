from datetime import UTC, datetime, timedelta

import pytest

from tests.days import LONGEST_TEST, until_day_is_long_enough


class TestUntilDayIsLongEnough:
    @pytest.mark.parametrize("hour", [0, 1, 12, 22, 23])
    def test_is_nothing_at_nearly_every_time(self, hour: int) -> None:
        assert until_day_is_long_enough(datetime(2026, 12, 31, hour, tzinfo=UTC)) == timedelta()

    def test_is_to_the_next_day_just_before_it(self) -> None:
        late = datetime(2026, 12, 31, 23, 59, 50, tzinfo=UTC)
        assert (late + until_day_is_long_enough(late)).isoformat() == "2027-01-01T00:00:01+00:00"
        enough = datetime(2027, 1, 1, tzinfo=UTC) - LONGEST_TEST
        assert until_day_is_long_enough(enough) == timedelta()
