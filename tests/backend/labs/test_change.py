"""Is a change real: limits, verdicts, the printed table, and the seasons of vitamin D."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.labs.analytes import variation_of
from backend.labs.change import change_of, months_apart
from backend.models import run
from backend.results import Result
from tests.backend.asking import ask, missing, wrong

# Section 4.1, last column: limits at 95 % in both directions with half the variation as assay.
PRINTED = {
    ("vitd_25oh", None): (-31, 45),
    ("pth", "male"): (-33, 49),
    ("pth", "female"): (-37, 60),
    ("calcium", None): (-6, 7),
    ("phosphate", None): (-22, 29),
    ("alp", None): (-18, 22),
    ("alp_bone", None): (-18, 21),
    ("ctx", None): (-37, 59),
    ("p1np", None): (-24, 31),
    ("albumin", None): (-9, 10),
    ("creatinine", None): (-13, 15),
    ("igf1", None): (-36, 57),
    ("testosterone", "male"): (-25, 33),
    ("hscrp", None): (-71, 247),
    ("tsh", None): (-45, 81),
}
# Printed from a variation with more digits than the one beside it.
ROUNDED = {"alp_bone", "hscrp", "tsh"}


def rcv(**change: object) -> Result:
    base: dict[str, object] = {"v1": 100, "v2": 100, "cvi_pct": 10, "cva_pct": 0}
    return ask("lab.rcv", base, **change)


class TestLimits:
    @pytest.mark.parametrize(("key", "limits"), PRINTED.items(), ids=str)
    def test_of_each_analyte_are_the_printed_ones(self, key: Any, limits: Any) -> None:
        variation = variation_of(*key)
        assert variation is not None
        change = change_of(1, 1, cvi_pct=float(variation.cvi_pct))
        slack = 2 if key[0] in ROUNDED else 0
        down, up = limits
        assert abs(round(change.rcv_down_pct) - down) <= slack
        assert abs(round(change.rcv_up_pct) - up) <= slack

    @given(cvi=st.floats(0, 500), cva=st.floats(0, 500), z=st.floats(0.01, 5))
    def test_up_and_down_undo_each_other(self, cvi: float, cva: float, z: float) -> None:
        change = change_of(1, 1, cvi_pct=cvi, cva_pct=cva, z=z)
        product = (1 + change.rcv_up_pct / 100) * (1 + change.rcv_down_pct / 100)
        assert product == pytest.approx(1, rel=1e-6)

    @given(small=st.floats(0, 200), large=st.floats(0, 200))
    def test_widen_with_the_variation(self, small: float, large: float) -> None:
        small, large = sorted((small, large))
        narrow, wide = (change_of(1, 1, cvi_pct=cvi) for cvi in (small, large))
        assert narrow.rcv_up_pct <= wide.rcv_up_pct
        assert narrow.rcv_down_pct >= wide.rcv_down_pct

    def test_take_half_the_variation_for_an_unknown_assay_and_none_for_a_perfect_one(self) -> None:
        assert rcv(cva_pct=None) == rcv(cva_pct=5)
        assert rcv(cva_pct=None) != rcv(cva_pct=0)


class TestVerdict:
    @given(ratio=st.floats(0.2, 5), cvi=st.floats(1, 60))
    def test_turns_round_when_the_values_are_swapped(self, ratio: float, cvi: float) -> None:
        there = change_of(1, ratio, cvi_pct=cvi)
        back = change_of(ratio, 1, cvi_pct=cvi)
        opposite = {"real_increase": "real_decrease", "real_decrease": "real_increase"}
        edges = (there.rcv_up_pct, there.rcv_down_pct)
        near = any(abs(there.change_pct - edge) < 1e-3 for edge in edges)
        assert near or back.verdict == opposite.get(there.verdict, there.verdict)

    def test_is_no_change_for_the_same_value_without_any_variation(self) -> None:
        assert rcv(cvi_pct=0)["verdict"] == "within_expected_variation"

    def test_uses_the_asymmetric_limits(self) -> None:
        up = change_of(1, 1, cvi_pct=10, cva_pct=0)
        assert up.rcv_classic_pct < up.rcv_up_pct
        between = (up.rcv_classic_pct + up.rcv_up_pct) / 2
        assert rcv(v2=100 + between)["verdict"] == "within_expected_variation"
        assert rcv(v2=100 - between)["verdict"] == "real_decrease"


class TestInputs:
    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"v1": None, "v2": -1, "cvi_pct": None}, missing("cvi_pct", "v1")),
            ({"v1": 0}, wrong("value")),
            ({"v2": 0}, wrong("value")),
            ({"v2": -3, "cvi_pct": -1}, wrong("value")),
            ({"v1": True}, wrong("value")),
            ({"v1": 1e-320, "v2": 1e15}, wrong("value")),
            ({"cvi_pct": -0.1}, wrong("cvi_pct")),
            ({"cva_pct": "5"}, wrong("cva_pct")),
            ({"z": 0}, wrong("z")),
        ],
    )
    def test_are_checked_missing_first(self, change: Any, expected: Any) -> None:
        assert rcv(**change) == expected


class TestSeasons:
    @pytest.mark.parametrize(
        ("first", "second", "apart", "cvi"),
        [(12, 2, 2, 12.1), (1, 12, 1, 12.1), (2, 12, 2, 12.1), (3, 6, 3, 18.1456), (1, 7, 6, 18.1456),
         (10, 3, 5, 18.1456), (3.0, 3, 0, 12.1)],
    )  # fmt: skip
    def test_meet_at_the_turn_of_the_year(
        self, first: Any, second: Any, apart: int, cvi: float
    ) -> None:
        result = run("lab.vitd_cvi", {"month1": first, "month2": second})
        assert result["months_apart"] == apart
        assert isinstance(result["months_apart"], int)
        assert result["cvi_pct"] == pytest.approx(cvi, abs=1e-3)

    @given(st.integers(1, 12), st.integers(1, 12))
    def test_are_symmetric_and_at_most_half_a_year(self, first: int, second: int) -> None:
        assert months_apart(first, second) == months_apart(second, first) <= 6

    @pytest.mark.parametrize("month", [0, 13, 2.5, True, "3"])
    def test_know_twelve_months(self, month: Any) -> None:
        assert run("lab.vitd_cvi", {"month1": 3, "month2": month}) == wrong("month2")

    def test_need_both_months(self) -> None:
        assert run("lab.vitd_cvi", {"month1": 40}) == missing("month2")
