"""Monotony and strain of a training week."""

from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from backend.loading.volume import is_monotony_above
from backend.models import run
from tests.backend.loading.edges import missing, wrong


def week(*daily: object) -> Any:
    return run("load.monotony", {"daily": list(daily)})


class TestMonotony:
    @pytest.mark.parametrize("value", [0.1, 300, 1e15])
    def test_equal_days_have_no_spread(self, value: Any) -> None:
        result = week(*[value] * 7)
        assert result["weekly_load"] == pytest.approx(7 * value)
        del result["weekly_load"]
        assert result == {
            "status": "ok", "monotony": None, "strain": None, "flag": "zero_variance",
        }  # fmt: skip

    def test_rest_alone_is_no_load_rather_than_no_spread(self) -> None:
        assert week(0, 0, 0, 0, 0, 0, 0.0)["flag"] == "no_load"

    def test_has_a_flag_only_with_nulls(self) -> None:
        assert week(1, 0, 0, 0, 0, 0, 0).keys() == {"status", "weekly_load", "monotony", "strain"}

    @pytest.mark.parametrize(
        ("inputs", "expected"),
        [
            ({}, missing("daily")),
            ({"daily": [300, None, 0]}, missing("daily")),
            ({"daily": [1] * 6}, wrong("daily")),
            ({"daily": [1] * 8}, wrong("daily")),
            ({"daily": []}, wrong("daily")),
            ({"daily": [1, 2, 3, 4, 5, 6, -1]}, wrong("daily")),
            ({"daily": [1, 2, 3, 4, 5, 6, True]}, wrong("daily")),
            ({"daily": 7}, wrong("daily")),
        ],
    )
    def test_takes_exactly_seven_days(self, inputs: Any, expected: Any) -> None:
        assert run("load.monotony", inputs) == expected

    @given(st.lists(st.integers(0, 20) | st.floats(0, 14_400), min_size=7, max_size=7))
    @example([0.1] * 7)
    @example([300.0] * 6 + [300.00000000000006])
    @example([0.0] * 7)
    def test_is_above_a_limit_as_the_model_says(self, daily: Any) -> None:
        told = week(*daily)["monotony"]
        for limit in (2, told or 1.0):
            assert is_monotony_above(daily, limit) == (told is not None and told > limit)

    @given(
        daily=st.lists(st.integers(0, 2000), min_size=7, max_size=7),
        order=st.permutations(range(7)),
    )
    def test_the_order_of_days_does_not_matter(self, daily: Any, order: Any) -> None:
        assert week(*daily) == week(*(daily[n] for n in order))

    @given(daily=st.lists(st.integers(0, 2000), min_size=7, max_size=7), factor=st.integers(2, 9))
    def test_harder_days_of_the_same_shape_are_as_monotonous(self, daily: Any, factor: Any) -> None:
        assume(len(set(daily)) > 1)
        one, more = week(*daily), week(*(factor * day for day in daily))
        assert more["monotony"] == pytest.approx(one["monotony"])
        assert more["strain"] == pytest.approx(factor * one["strain"])
        assert one["strain"] == pytest.approx(one["weekly_load"] * one["monotony"])
