"""Filtration from creatinine, and calcium corrected for albumin: formula, edges, order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.labs.kidney import corrected_calcium_of, egfr_of, stage_of
from backend.results import Result
from tests.backend.asking import ask, missing, refused, wrong


def egfr(**change: object) -> Result:
    base: dict[str, object] = {"creatinine_mg_dl": 1.0, "age": 50, "sex": "male"}
    return ask("lab.egfr_ckdepi2021", base, **change)


def corrected(**change: object) -> Result:
    base: dict[str, object] = {"calcium_mg_dl": 9.4, "albumin_g_dl": 3.0}
    return ask("lab.corrected_calcium", base, **change)


class TestEgfr:
    def test_is_the_published_value_of_a_woman(self) -> None:
        # 142 * (0.8/0.7)^-1.2 * 0.9938^65 * 1.012, by hand
        assert egfr(creatinine_mg_dl=0.8, age=65, sex="female")["egfr"] == pytest.approx(
            142 * (0.8 / 0.7) ** -1.2 * 0.9938**65 * 1.012
        )

    @pytest.mark.parametrize(
        ("value", "reported", "stage"),
        [
            (90.0, 90, "G1"),
            (89.5, 90, "G1"),
            (89.49, 89, "G2"),
            (60, 60, "G2"),
            (59.5, 60, "G2"),
            (59.4, 59, "G3a"),
            (45, 45, "G3a"),
            (44.4, 44, "G3b"),
            (44.5, 45, "G3a"),
            (30, 30, "G3b"),
            (29.5, 30, "G3b"),
            (29.4, 29, "G4"),
            (14.5, 15, "G4"),
            (14.4, 14, "G5"),
            (2.5, 3, "G5"),
        ],
    )
    def test_is_staged_as_a_whole_number_half_up(
        self, value: float, reported: int, stage: str
    ) -> None:
        assert stage_of(value) == (reported, stage)
        assert isinstance(stage_of(value)[0], int)

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (
                {"age": 17, "creatinine_mg_dl": None, "sex": None},
                missing("creatinine_mg_dl", "sex"),
            ),
            ({"age": 17, "creatinine_mg_dl": 99}, refused("paediatric")),
            ({"age": 17, "sex": "x"}, refused("paediatric")),
            ({"creatinine_mg_dl": 0.09}, wrong("creatinine_mg_dl")),
            ({"creatinine_mg_dl": 25.01}, wrong("creatinine_mg_dl")),
            ({"creatinine_mg_dl": 88.4}, wrong("creatinine_mg_dl")),
            ({"creatinine_mg_dl": True}, wrong("creatinine_mg_dl")),
            ({"sex": "other"}, wrong("sex")),
            ({"age": "50"}, wrong("age")),
            ({"age": 131}, wrong("age")),
        ],
    )
    def test_checks_missing_then_children_then_range(self, change: Any, expected: Any) -> None:
        assert egfr(**change) == expected

    @pytest.mark.parametrize(
        "change", [{"age": 18}, {"creatinine_mg_dl": 0.1}, {"creatinine_mg_dl": 25}]
    )
    def test_includes_the_limits(self, change: Any) -> None:
        assert egfr(**change)["status"] == "ok"

    @given(
        low=st.floats(0.1, 25), high=st.floats(0.1, 25), age=st.integers(18, 110),
        sex=st.sampled_from(["female", "male"]),
    )  # fmt: skip
    def test_never_rises_with_creatinine_nor_with_age(
        self, low: float, high: float, age: int, sex: str
    ) -> None:
        low, high = sorted((low, high))
        better = egfr_of(creatinine_mg_dl=low, age=age, sex=sex)
        assert better >= egfr_of(creatinine_mg_dl=high, age=age, sex=sex)
        assert better > egfr_of(creatinine_mg_dl=low, age=age + 1, sex=sex)


class TestCorrectedCalcium:
    def test_meets_the_upper_limit_without_passing_it(self) -> None:
        assert 9.4 + 0.8 > 10.2  # what binary sums say
        assert corrected() == {"status": "ok", "corrected_mg_dl": 10.2}

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"albumin_g_dl": None, "dialysis": True}, missing("albumin_g_dl")),
            ({"egfr": 29.9, "days_apart": 5}, refused("advanced_ckd")),
            ({"dialysis": True, "calcium_mg_dl": -1}, refused("advanced_ckd")),
            ({"days_apart": 1.5, "calcium_mg_dl": -1}, refused("not_same_sample")),
            ({"albumin_g_dl": 38}, wrong("albumin_g_dl")),
            ({"calcium_mg_dl": 2.4}, wrong("calcium_mg_dl")),
            ({"days_apart": -1}, wrong("days_apart")),
            ({"dialysis": "no"}, wrong("dialysis")),
        ],
    )
    def test_checks_missing_then_kidneys_then_samples_then_range(
        self, change: Any, expected: Any
    ) -> None:
        assert corrected(**change) == expected

    @pytest.mark.parametrize("change", [{"egfr": 30}, {"days_apart": 1}, {"dialysis": False}])
    def test_holds_at_the_limits(self, change: Any) -> None:
        assert corrected(**change)["status"] == "ok"

    @given(st.decimals("3", "20", places=1).map(float))
    def test_changes_nothing_at_the_usual_albumin(self, calcium: float) -> None:
        assert corrected_calcium_of(calcium_mg_dl=calcium, albumin_g_dl=4.0) == calcium
