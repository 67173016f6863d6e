"""Whether a change of muscle is real."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.models import run
from backend.muscle.change import change_of

LEAN = {
    "measure": "alm_kg",
    "v1": 20,
    "v2": 22,
    "method1": "dxa",
    "method2": "dxa",
    "same_device": True,
}
TURNED = {"increase": "decrease", "decrease": "increase", "no_real_change": "no_real_change"}


def verdict(measure: str, v1: float, v2: float) -> object:
    return run("muscle.change", {"measure": measure, "v1": v1, "v2": v2})["verdict"]


class TestVerdict:
    @pytest.mark.parametrize(
        ("measure", "v1", "v2", "expected"),
        [
            ("grip_kg", 28, 33, "increase"),
            ("grip_kg", 33, 28, "decrease"),
            ("grip_kg", 28, 32.9, "no_real_change"),
            ("grip_kg", 33, 28.1, "no_real_change"),
            ("grip_kg", 30, 30, "no_real_change"),
            ("gait_m_s", 0.9, 1.0, "increase"),
            ("gait_m_s", 0.8, 0.9, "increase"),
            ("gait_m_s", 0.9, 0.8, "decrease"),
            ("gait_m_s", 1.0, 1.09, "no_real_change"),
            ("sppb", 9, 8, "decrease"),
            ("sppb", 9, 10, "increase"),
            ("sppb", 9, 9, "no_real_change"),
        ],
    )
    def test_takes_a_change_of_just_the_threshold_for_real(
        self, measure: str, v1: float, v2: float, expected: str
    ) -> None:
        assert verdict(measure, v1, v2) == expected

    @given(st.sampled_from(["grip_kg", "gait_m_s", "sppb"]), st.floats(0, 12), st.floats(0, 12))
    def test_turns_round_with_the_order_of_the_two(
        self, measure: str, one: float, other: float
    ) -> None:
        there, back = change_of(measure, one, other), change_of(measure, other, one)
        assert there.verdict == TURNED[back.verdict]
        assert there.change == -back.change

    def test_does_not_ask_grip_for_a_device(self) -> None:
        inputs = {"measure": "grip_kg", "v1": 20, "v2": 30, "same_device": False, "method1": "x"}
        assert run("muscle.change", inputs)["verdict"] == "increase"


class TestLeanMass:
    @pytest.mark.parametrize(
        ("v2", "expected"),
        [
            (21.108, "increase"),
            (21.107, "no_real_change"),
            (18.892, "decrease"),
            (18.893, "no_real_change"),
        ],
    )
    def test_changes_by_a_share_of_the_first_value(self, v2: float, expected: str) -> None:
        result = run("muscle.change", LEAN | {"v2": v2})
        assert result["threshold"] == pytest.approx(1.108)
        assert result["verdict"] == expected

    @pytest.mark.parametrize(
        "change",
        [
            {"method1": "bia"},
            {"method2": "bia"},
            {"method1": "bia", "method2": "bia"},
            {"method1": "mri", "method2": "mri"},
            {"same_device": False},
        ],
    )
    def test_compares_only_by_dxa_on_one_device(self, change: Any) -> None:
        result = run("muscle.change", LEAN | change)
        assert result == {"status": "ok", "verdict": "not_comparable"}

    @pytest.mark.parametrize("name", ["method1", "method2", "same_device"])
    def test_asks_how_it_was_measured(self, name: str) -> None:
        result = run("muscle.change", LEAN | {name: None, "v1": -1})
        assert result == {"status": "missing_input", "missing": [name]}

    @pytest.mark.parametrize("change", [{"v1": 2.9}, {"v2": 60.1}, {"same_device": "yes"}])
    def test_refuses_what_can_not_be_true(self, change: Any) -> None:
        result = run("muscle.change", LEAN | {"method1": "bia"} | change)
        assert result == {"status": "out_of_range", "field": next(iter(change))}


class TestInputs:
    @pytest.mark.parametrize("measure", ["tug_s", 3, True])
    def test_know_four_measures_once_nothing_is_missing(self, measure: Any) -> None:
        wrong = {"measure": measure, "v1": 1}
        assert run("muscle.change", wrong)["missing"] == ["v2"]
        assert run("muscle.change", wrong | {"v2": 2})["field"] == "measure"

    @pytest.mark.parametrize(
        ("measure", "value"),
        [("sppb", 12.5), ("sppb", -1), ("grip_kg", -1), ("gait_m_s", 13), ("grip_kg", True)],
    )
    def test_must_be_able_to_be_true(self, measure: str, value: Any) -> None:
        inputs = {"measure": measure, "v1": 5, "v2": value}
        assert run("muscle.change", inputs) == {"status": "out_of_range", "field": "v2"}
