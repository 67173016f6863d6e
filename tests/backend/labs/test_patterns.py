"""Patterns of several results: each cut, their order, and what kidneys rule out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.labs.patterns import HIGH_CALCIUM, SAFETY_PATTERNS, patterns_of
from backend.models import run
from tests.backend.asking import wrong

LOW_D = {"vitd_ng_ml": 19.9, "pth_pg_ml": 65.1}


class TestPatterns:
    @pytest.mark.parametrize(
        ("inputs", "expected"),
        [
            ({}, []),
            (LOW_D, ["low_d_high_pth"]),
            (LOW_D | {"ca_mg_dl": 10.2}, ["low_d_high_pth"]),
            (LOW_D | {"ca_mg_dl": 10.21}, ["high_calcium_pth_not_suppressed"]),
            (LOW_D | {"vitd_ng_ml": 20}, []),
            (LOW_D | {"pth_pg_ml": 65}, []),
            (LOW_D | {"pth_pg_ml": 65, "pth_url": 64.9}, ["low_d_high_pth"]),
            (LOW_D | {"pth_url": 70}, []),
            (LOW_D | {"pth_url": None, "ca_url": None}, ["low_d_high_pth"]),
            (LOW_D | {"egfr": 29.9}, ["advanced_ckd_context"]),
            (LOW_D | {"egfr": 30}, ["low_d_high_pth"]),
            (LOW_D | {"dialysis": True}, ["advanced_ckd_context"]),
            (LOW_D | {"dialysis": False}, ["low_d_high_pth"]),
            ({"vitd_ng_ml": 100}, []),
            ({"vitd_ng_ml": 100.1}, ["vitd_above_100"]),
            ({"vitd_ng_ml": 150}, ["vitd_above_100"]),
            ({"vitd_ng_ml": 150.1}, ["vitd_toxicity_range"]),
            ({"ca_mg_dl": 10.3}, ["high_calcium_pth_unknown"]),
            ({"ca_mg_dl": 10.3, "pth_pg_ml": 20}, ["high_calcium_pth_not_suppressed"]),
            ({"ca_mg_dl": 10.3, "pth_pg_ml": 19.9}, ["high_calcium_pth_suppressed"]),
            ({"ca_mg_dl": 10.3, "pth_pg_ml": 0}, ["high_calcium_pth_suppressed"]),
            ({"ca_mg_dl": 10.3, "ca_url": 10.5}, []),
            (
                {"ca_mg_dl": 12, "vitd_ng_ml": 160, "pth_pg_ml": 8, "dialysis": True},
                ["advanced_ckd_context", "vitd_toxicity_range", "high_calcium_pth_suppressed"],
            ),
        ],
    )  # fmt: skip
    def test_are_named_in_the_stated_order(self, inputs: Any, expected: Any) -> None:
        assert run("lab.patterns", inputs) == {"status": "ok", "patterns": expected}

    @pytest.mark.parametrize(
        ("field", "value"),
        [("vitd_ng_ml", 500.1), ("pth_pg_ml", -1), ("ca_mg_dl", 2.4), ("ca_mg_dl", True),
         ("pth_url", 0), ("ca_url", "10"), ("egfr", -1), ("dialysis", 1)],
    )  # fmt: skip
    def test_are_not_read_from_what_can_not_be_true(self, field: str, value: Any) -> None:
        assert run("lab.patterns", {field: value}) == wrong(field)

    @given(
        vitd=st.none() | st.floats(0, 500), pth=st.none() | st.floats(0, 6000),
        calcium=st.none() | st.floats(3, 20), ckd=st.booleans(),
    )  # fmt: skip
    def test_high_calcium_is_always_named_and_never_beside_low_vitamin_d(
        self, vitd: Any, pth: Any, calcium: Any, ckd: bool
    ) -> None:
        found = patterns_of(vitd_ng_ml=vitd, pth_pg_ml=pth, ca_mg_dl=calcium, advanced_ckd=ckd)
        high = calcium is not None and calcium > 10.2
        assert len(HIGH_CALCIUM.intersection(found)) == high
        assert not (high or ckd) or "low_d_high_pth" not in found
        assert len(found) == len(set(found))

    def test_some_of_them_are_matters_of_safety(self) -> None:
        assert {
            "high_calcium_pth_unknown", "high_calcium_pth_not_suppressed",
            "high_calcium_pth_suppressed", "vitd_toxicity_range",
        } == SAFETY_PATTERNS  # fmt: skip
