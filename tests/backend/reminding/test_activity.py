"""When grip strength is due, and when to nudge towards loading."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.models import run
from backend.reminding.activity import loading_nudge
from backend.reminding.intervals import INTERVALS
from tests.backend.loading.edges import missing, wrong


class TestTable:
    def test_says_how_far_each_value_was_checked(self) -> None:
        names = set(INTERVALS.__struct_fields__) - {"version", "kidney"}
        rows: list[Any] = [getattr(INTERVALS, name) for name in names]
        rows += INTERVALS.kidney
        assert all(row.source and row.support in "VMDE" for row in rows)


class TestGrip:
    GIVEN = {"age": 40, "test_date": "2026-01-01"}

    @pytest.mark.parametrize(
        ("change", "when", "reason"),
        [
            ({}, "2027-01-01", None),
            ({"age": 18}, "2027-01-01", None),
            ({"age": 59, "low": True}, "2027-01-01", None),
            ({"age": 60}, "2026-06-30", None),
            ({"age": 60, "low": False}, "2026-06-30", None),
            ({"age": 60, "low": True}, "2026-04-01", None),
            ({"age": 17}, None, "paediatric"),
            ({"age": 0, "low": True}, None, "paediatric"),
        ],
    )
    def test_comes_again(self, change: Any, when: Any, reason: Any) -> None:
        result = run("rem.grip_test", self.GIVEN | change)
        assert result == {"status": "ok", "due": when, "reason": reason}

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"age": None, "test_date": None}, missing("age", "test_date")),
            ({"age": 10, "test_date": None}, missing("test_date")),
            ({"age": -1}, wrong("age")),
            ({"age": 131}, wrong("age")),
            ({"age": True}, wrong("age")),
            ({"low": "low"}, wrong("low")),
            ({"age": 10, "test_date": "never"}, wrong("test_date")),
        ],
    )
    def test_checks_in_order(self, change: Any, expected: Any) -> None:
        assert run("rem.grip_test", self.GIVEN | change) == expected


class TestLoadingGap:
    GIVEN = {"last_osteogenic_date": "2026-03-01", "as_of": "2026-03-10"}
    SUPPRESSED = {"status": "ok", "fire": False, "due": None, "reason": "suppressed"}

    def run(self, **change: object) -> Any:
        return run("rem.loading_gap", self.GIVEN | change)

    @pytest.mark.parametrize(
        ("ignored", "when"),
        [(None, 4), (0, 4), (1, 6), (2, 8), (3, 15), (4, 15), (1e15, 15)],
    )
    def test_grows_rarer_when_it_is_ignored(self, ignored: Any, when: Any) -> None:
        on = date(2026, 3, when)
        expected = {"status": "ok", "due": on.isoformat(), "reason": None}
        before = on - timedelta(days=1)
        assert self.run(ignored_count=ignored, as_of=before) == expected | {"fire": False}
        assert self.run(ignored_count=ignored, as_of=on) == expected | {"fire": True}

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"planned_rest_until": "2026-03-09"}, None),
            ({"planned_rest_until": "2026-03-10"}, "suppressed"),
            ({"planned_rest_until": "2026-03-11"}, "suppressed"),
            ({"impact_contraindicated": True}, "suppressed"),
            ({"impact_contraindicated": True, "last_osteogenic_date": None}, "suppressed"),
            ({"planned_rest_until": "2026-03-10", "last_osteogenic_date": None}, "suppressed"),
            ({"last_osteogenic_date": None}, "no_history"),
        ],
    )
    def test_is_silent_with_a_reason(self, change: Any, reason: Any) -> None:
        result = self.run(**change)
        assert result["reason"] == reason
        assert result["fire"] is (reason is None)
        assert (result["due"] is None) is (reason is not None)

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"as_of": None, "ignored_count": -1}, missing("as_of")),
            ({"ignored_count": -1}, wrong("ignored_count")),
            ({"ignored_count": 1.5}, wrong("ignored_count")),
            ({"ignored_count": True}, wrong("ignored_count")),
            ({"last_osteogenic_date": "yesterday"}, wrong("last_osteogenic_date")),
            ({"planned_rest_until": 5}, wrong("planned_rest_until")),
            ({"impact_contraindicated": 1}, wrong("impact_contraindicated")),
        ],
    )
    def test_checks_in_order(self, change: Any, expected: Any) -> None:
        assert self.run(**change) == expected

    @given(
        last=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
        days=st.integers(0, 30),
        ignored=st.integers(0, 9),
    )
    def test_once_due_it_stays_due(self, last: Any, days: Any, ignored: Any) -> None:
        today, tomorrow = (
            loading_nudge(last, as_of=last + timedelta(days=day), ignored_count=ignored)
            for day in (days, days + 1)
        )
        assert tomorrow.due == today.due
        assert tomorrow.fire >= today.fire
