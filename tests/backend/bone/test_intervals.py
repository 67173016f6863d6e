"""When to scan again, in months and as a day; and the trabecular bone score."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.bone.intervals import interval_after
from backend.bone.trabecular import band_of
from backend.models import run

OLD_WOMAN = {"sex": "female", "age": 67}
OTHERS = [
    {"sex": "female", "age": 66},
    {"sex": "male", "age": 67},
    {"sex": "male", "age": 30},
]


def missing(*names: str) -> dict[str, object]:
    return {"status": "missing_input", "missing": list(names)}


def wrong(field: str) -> dict[str, object]:
    return {"status": "out_of_range", "field": field}


def interval(months: int, basis: str) -> dict[str, object]:
    return {"status": "ok", "months": months, "basis": basis}


class TestInterval:
    @pytest.mark.parametrize(
        ("t_lowest", "months"),
        [(0, 180), (-1.4, 180), (-1.44, 180), (-1.45, 60), (-1.5, 60), (-1.9, 60), (-1.94, 60),
         (-1.95, 12), (-2.0, 12), (-2.4, 12), (-2.44, 12)],
    )  # fmt: skip
    def test_of_women_from_67_follows_the_cohort(self, t_lowest: float, months: int) -> None:
        result = run("bone.dxa_interval", OLD_WOMAN | {"t_lowest": t_lowest})
        assert result == interval(months, "gourlay_2012")

    @pytest.mark.parametrize("person", OTHERS)
    @pytest.mark.parametrize(
        ("t_lowest", "months"),
        [(0, 60), (-0.9, 60), (-0.94, 60), (-0.95, 36), (-1, 36), (-1.9, 36), (-1.95, 24),
         (-2, 24), (-2.4, 24)],
    )  # fmt: skip
    def test_of_anyone_else_is_a_convention(
        self, person: Any, t_lowest: float, months: int
    ) -> None:
        result = run("bone.dxa_interval", person | {"t_lowest": t_lowest})
        assert result == interval(months, "convention")

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"t_lowest": -2.45}, interval(24, "clinician_directed")),
            ({"t_lowest": -2.5}, interval(24, "clinician_directed")),
            ({"prior_fragility_fracture": True}, interval(24, "clinician_directed")),
            ({"prior_fragility_fracture": False}, interval(180, "gourlay_2012")),
            (
                {"prior_fragility_fracture": True, "glucocorticoid": True},
                interval(12, "glucocorticoid"),
            ),
            ({"glucocorticoid": True, "t_lowest": -3}, interval(12, "glucocorticoid")),
            ({"bone_drug_started_months_ago": 0}, interval(12, "on_treatment")),
            ({"bone_drug_started_months_ago": 11.9}, interval(12, "on_treatment")),
            ({"bone_drug_started_months_ago": 12}, interval(24, "on_treatment")),
            (
                {"bone_drug_started_months_ago": 12, "glucocorticoid": True},
                interval(24, "on_treatment"),
            ),
        ],
    )
    def test_is_that_of_the_first_rule_that_fits(self, change: Any, expected: Any) -> None:
        inputs = OLD_WOMAN | {"t_lowest": -1} | change
        assert run("bone.dxa_interval", inputs) == expected

    @pytest.mark.parametrize(
        ("inputs", "expected"),
        [
            ({"glucocorticoid": True}, missing("age", "sex", "t_lowest")),
            (OLD_WOMAN | {"bone_drug_started_months_ago": -1}, missing("t_lowest")),
            (
                OLD_WOMAN | {"t_lowest": -1, "bone_drug_started_months_ago": -1},
                wrong("bone_drug_started_months_ago"),
            ),
            (OLD_WOMAN | {"t_lowest": 13}, wrong("t_lowest")),
            (OLD_WOMAN | {"t_lowest": -1, "glucocorticoid": 1}, wrong("glucocorticoid")),
            (OLD_WOMAN | {"t_lowest": -1, "age": -1}, wrong("age")),
            (OLD_WOMAN | {"t_lowest": -1, "sex": "x"}, wrong("sex")),
            (
                OLD_WOMAN | {"t_lowest": -1, "prior_fragility_fracture": "no"},
                wrong("prior_fragility_fracture"),
            ),
        ],
    )
    def test_asks_for_all_before_it_reads_any(self, inputs: Any, expected: Any) -> None:
        assert run("bone.dxa_interval", inputs) == expected

    @given(
        st.sampled_from(["female", "male"]),
        st.integers(20, 100),
        st.floats(-2.4, 4),
        st.floats(-2.4, 4),
    )
    def test_never_shortens_as_an_untreated_score_rises(
        self, sex: str, age: int, one: float, other: float
    ) -> None:
        low, high = sorted((one, other))
        shorter = interval_after(sex=sex, age=age, t_lowest=low)
        assert shorter.months <= interval_after(sex=sex, age=age, t_lowest=high).months


class TestFollowUp:
    @pytest.mark.parametrize(
        ("scan_date", "t_lowest", "due"),
        [
            ("2024-02-29", -2.0, "2025-02-28"),
            ("2023-02-28", -2.0, "2024-02-28"),
            ("2025-12-31", -2.0, "2026-12-31"),
            ("2024-02-29", 0, "2039-02-28"),
            ("2024-06-15", -1.7, "2029-06-15"),
        ],
    )
    def test_counts_calendar_months(self, scan_date: str, t_lowest: float, due: str) -> None:
        result = run("rem.dxa_followup", OLD_WOMAN | {"scan_date": scan_date, "t_lowest": t_lowest})
        assert result == {"status": "ok", "due": due, "basis": "gourlay_2012"}

    def test_takes_a_date_as_well_as_its_text(self) -> None:
        inputs = OLD_WOMAN | {"t_lowest": -2, "scan_date": date(2024, 2, 29)}
        assert run("rem.dxa_followup", inputs)["due"] == "2025-02-28"

    @pytest.mark.parametrize(
        ("inputs", "expected"),
        [
            ({}, missing("age", "scan_date", "sex", "t_lowest")),
            (OLD_WOMAN | {"scan_date": "soon"}, missing("t_lowest")),
            (OLD_WOMAN | {"t_lowest": -1, "scan_date": "2026-02-30"}, wrong("scan_date")),
            (OLD_WOMAN | {"t_lowest": -1, "scan_date": 20260101}, wrong("scan_date")),
            (OLD_WOMAN | {"t_lowest": 99, "scan_date": "2026-02-01"}, wrong("t_lowest")),
        ],
    )
    def test_asks_for_the_scan_and_what_its_interval_needs(
        self, inputs: Any, expected: Any
    ) -> None:
        assert run("rem.dxa_followup", inputs) == expected


class TestTrabecularScore:
    @pytest.mark.parametrize(
        ("score", "band"),
        [
            (1.35, "normal"),
            (1.349, "partially_degraded"),
            (1.201, "partially_degraded"),
            (1.2, "degraded"),
            (1.0, "degraded"),
            (1, "degraded"),
        ],
    )
    def test_has_three_bands(self, score: float, band: str) -> None:
        assert run("bone.tbs", {"tbs": score}) == {"status": "ok", "band": band}

    @pytest.mark.parametrize("value", [True, "1.3", 0, -1, 1350])
    def test_must_be_able_to_be_true(self, value: Any) -> None:
        assert run("bone.tbs", {"tbs": value}) == wrong("tbs")

    def test_is_missing_when_null(self) -> None:
        assert run("bone.tbs", {"tbs": None}) == missing("tbs")

    @given(st.floats(0.3, 2.5), st.floats(0.3, 2.5))
    def test_never_worsens_as_it_rises(self, one: float, other: float) -> None:
        order = ["degraded", "partially_degraded", "normal"]
        low, high = sorted((one, other))
        assert order.index(band_of(low)) <= order.index(band_of(high))
