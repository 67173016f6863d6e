"""A FRAX result that a person copied: what can not be so is named, all of it, sorted."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.results import Result
from tests.backend.asking import ask, missing, wrong


def frax(**change: object) -> Result:
    base: dict[str, object] = {
        "age_at_calc": 66, "mof_pct": 18, "hip_pct": 3.1, "country_model": "UK",
    }  # fmt: skip
    return ask("screen.frax_validate", base, **change)


class TestFrax:
    @pytest.mark.parametrize(
        ("change", "errors"),
        [
            ({}, []),
            ({"age_at_calc": 40}, []),
            ({"age_at_calc": 90}, []),
            ({"age_at_calc": 91}, ["age_outside_40_90"]),
            ({"age_at_calc": 39.9}, ["age_outside_40_90"]),
            ({"mof_pct": 0, "hip_pct": 0}, []),
            ({"mof_pct": 100, "hip_pct": 100}, []),
            ({"mof_pct": 100.1}, ["mof_pct_out_of_range"]),
            ({"hip_pct": -0.1}, ["hip_pct_out_of_range"]),
            ({"hip_pct": 18}, []),
            ({"hip_pct": 18.1}, ["hip_exceeds_mof"]),
            ({"mof_pct": None}, []),
            ({"hip_pct": None}, []),
            ({"mof_pct": None, "hip_pct": None}, []),
            ({"country_model": None}, ["country_model_missing"]),
            ({"country_model": " "}, ["country_model_missing"]),
            (
                {"age_at_calc": 30, "mof_pct": -1, "hip_pct": 101, "country_model": ""},
                ["age_outside_40_90", "country_model_missing", "hip_exceeds_mof",
                 "hip_pct_out_of_range", "mof_pct_out_of_range"],
            ),
        ],
    )  # fmt: skip
    def test_names_every_error(self, change: Any, errors: Any) -> None:
        assert frax(**change) == {"status": "ok", "accepted": not errors, "errors": errors}

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"age_at_calc": None, "country_model": None}, missing("age_at_calc")),
            ({"age_at_calc": "66"}, wrong("age_at_calc")),
            ({"mof_pct": True}, wrong("mof_pct")),
            ({"country_model": 44}, wrong("country_model")),
        ],
    )
    def test_needs_an_age_and_values_of_the_right_type(self, change: Any, expected: Any) -> None:
        assert frax(**change) == expected

    @given(mof=st.floats(-50, 150), hip=st.floats(-50, 150), age=st.integers(0, 120))
    def test_accepts_exactly_what_has_no_error(self, mof: float, hip: float, age: int) -> None:
        result = frax(mof_pct=mof, hip_pct=hip, age_at_calc=age)
        assert result["accepted"] is (0 <= hip <= mof <= 100 and 40 <= age <= 90)
        assert result["errors"] == sorted(result["errors"])  # type: ignore[call-overload]
