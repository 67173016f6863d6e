"""The bone-specific physical activity questionnaire."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.loading.bpaq import WEIGHTS
from backend.models import run
from tests.backend.loading.edges import missing, wrong

TENNIS = {"R": 10.0, "n_per_week": 1}
PAST = {"R": 10.0, "years_before_15": 5, "years_from_15": 10}


def current(age: object = 24, *activities: object) -> Any:
    return run("load.bpaq_current", {"age": age, "activities": list(activities)})


class TestCurrent:
    @pytest.mark.parametrize(
        ("age", "weight"),
        [
            (0, 1.2), (9, 1.2), (9.9, 1.2), (10, 1.5), (14, 1.5), (14.9, 1.5), (15, 1.1),
            (35, 1.1), (35.9, 1.1), (36, 1.0), (90, 1.0),
        ],
    )  # fmt: skip
    def test_weighs_by_completed_years(self, age: Any, weight: Any) -> None:
        assert current(age, TENNIS)["cbpaq"] == pytest.approx(10 * weight)

    def test_each_further_session_adds_a_fifth(self) -> None:
        more = TENNIS | {"n_per_week": 4}
        assert current(40, more)["cbpaq"] == pytest.approx(10 + 0.2 * 10 * 3)

    def test_nothing_done_is_zero(self) -> None:
        assert current(40) == {"status": "ok", "cbpaq": 0.0}

    @pytest.mark.parametrize(
        ("inputs", "expected"),
        [
            ({}, missing("activities", "age")),
            ({"activities": [{"n_per_week": 2}, {"R": 3}]}, missing("R", "age", "n_per_week")),
            ({"activities": 5}, missing("age")),
            ({"activities": 5, "age": 20}, wrong("activities")),
            ({"activities": [TENNIS | {"R": None}], "age": -1}, missing("R")),
            ({"activities": [TENNIS], "age": -1}, wrong("age")),
            ({"activities": [TENNIS], "age": 131}, wrong("age")),
            ({"activities": [TENNIS | {"R": -1}], "age": 20}, wrong("R")),
            ({"activities": [TENNIS | {"n_per_week": -1}], "age": 20}, wrong("n_per_week")),
            ({"activities": [TENNIS], "age": True}, wrong("age")),
        ],
    )
    def test_checks_in_order(self, inputs: Any, expected: Any) -> None:
        assert run("load.bpaq_current", inputs) == expected

    @given(st.permutations([TENNIS | {"n_per_week": n} for n in range(1, 6)]))
    def test_the_order_of_activities_does_not_matter(self, activities: Any) -> None:
        expected = 1.1 * (5 * 10 + 0.2 * 10 * (0 + 1 + 2 + 3 + 4))
        assert current(20, *activities)["cbpaq"] == pytest.approx(expected)


class TestPast:
    def test_a_year_before_15_counts_more(self) -> None:
        result = run("load.bpaq_past", {"activities": [PAST, PAST | {"R": 2, "years_from_15": 0}]})
        assert result["pbpaq"] == pytest.approx(22.5 + 2 * 1.25)

    def test_nothing_done_is_zero(self) -> None:
        assert run("load.bpaq_past", {"activities": []}) == {"status": "ok", "pbpaq": 0.0}

    @pytest.mark.parametrize(
        ("inputs", "expected"),
        [
            ({}, missing("activities")),
            ({"activities": [{"R": -3}]}, missing("years_before_15", "years_from_15")),
            ({"activities": [PAST | {"R": -3}]}, wrong("R")),
            ({"activities": [PAST | {"years_before_15": -1}]}, wrong("years_before_15")),
            ({"activities": [PAST | {"years_from_15": "10"}]}, wrong("years_from_15")),
            ({"activities": "tennis"}, wrong("activities")),
        ],
    )
    def test_checks_in_order(self, inputs: Any, expected: Any) -> None:
        assert run("load.bpaq_past", inputs) == expected


class TestTable:
    def test_says_how_far_each_weight_was_checked(self) -> None:
        rows: list[Any] = [*WEIGHTS.ages, WEIGHTS.per_further_session, WEIGHTS.year_before_15]
        assert all(row.source and row.support in "VMDE" for row in rows)
