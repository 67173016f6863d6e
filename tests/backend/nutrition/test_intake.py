"""Protein and calcium per day: targets, levels, order of checks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.nutrition.intake import calcium_of, protein_of
from backend.results import Result
from tests.backend.asking import ask, missing, refused, wrong

RENAL = {"target_min": None, "level": None, "flag": "renal_guidance"}


def protein(**change: object) -> Result:
    base: dict[str, object] = {"protein_g_day": 80, "body_mass_kg": 80, "age": 40}
    return ask("nutr.protein", base, **change)


def calcium(**change: object) -> Result:
    base: dict[str, object] = {"age": 30, "sex": "female", "mg_day": 1000}
    return ask("nutr.calcium", base, **change)


class TestProtein:
    @pytest.mark.parametrize(
        ("change", "target", "level"),
        [
            ({}, 0.8, 0),
            ({"age": 64}, 0.8, 0),
            ({"age": 65}, 1.0, 0),
            ({"age": 65, "protein_g_day": 79.9}, 1.0, 1),
            ({"trains_3x_week": True}, 1.2, 1),
            ({"trains_3x_week": True, "age": 70, "protein_g_day": 96}, 1.2, 0),
            ({"trains_3x_week": False}, 0.8, 0),
            ({"protein_g_day": 63.9}, 0.8, 1),
            ({"protein_g_day": 52.8}, 0.8, 1),
            ({"protein_g_day": 52.7}, 0.8, 2),
            ({"protein_g_day": 0}, 0.8, 2),
            ({"egfr": 30}, 0.8, 0),
            ({"age": 18}, 0.8, 0),
        ],
    )
    def test_has_a_target_and_a_level(self, change: Any, target: float, level: int) -> None:
        result = protein(**change)
        assert (result["target_min"], result["level"], result["flag"]) == (target, level, None)

    @given(
        mass=st.decimals("40", "150", places=1).map(float),
        share=st.sampled_from(["0.66", "0.8", "1.0", "1.2"]),
    )
    def test_that_meets_a_limit_as_printed_reaches_it(self, mass: float, share: str) -> None:
        grams = round(mass * float(share), 3)
        intake = protein_of(
            protein_g_day=grams, body_mass_kg=mass, age={"1.0": 70}.get(share, 40),
            trains_3x_week=share == "1.2",
        )  # fmt: skip
        assert intake["level"] == (1 if share == "0.66" else 0)

    @pytest.mark.parametrize("change", [{"egfr": 29.9}, {"dialysis": True, "egfr": 90}])
    def test_has_no_target_where_kidneys_fail(self, change: Any) -> None:
        assert protein(**change) == {"status": "ok", "g_per_kg": 1.0, **RENAL}

    @given(less=st.floats(0, 300), more=st.floats(0, 300), age=st.integers(18, 100))
    def test_is_never_worse_for_more(self, less: float, more: float, age: int) -> None:
        less, more = sorted((less, more))
        levels = [
            protein_of(protein_g_day=grams, body_mass_kg=70, age=age)["level"]
            for grams in (less, more)
        ]
        assert levels[0] is not None
        assert levels[1] is not None
        assert levels[0] >= levels[1]

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"age": 17, "body_mass_kg": None, "dialysis": True}, missing("body_mass_kg")),
            ({"age": 17, "protein_g_day": -1}, refused("paediatric")),
            ({"protein_g_day": -1}, wrong("protein_g_day")),
            ({"body_mass_kg": 0}, wrong("body_mass_kg")),
            ({"trains_3x_week": 3}, wrong("trains_3x_week")),
            ({"egfr": -1}, wrong("egfr")),
        ],
    )
    def test_is_checked_in_order(self, change: Any, expected: Any) -> None:
        assert protein(**change) == expected


class TestCalcium:
    @pytest.mark.parametrize(
        ("sex", "age", "rda", "ul"),
        [
            ("female", 9, 1300, 3000), ("male", 18, 1300, 3000), ("female", 19, 1000, 2500),
            ("female", 50, 1000, 2500), ("male", 50, 1000, 2500), ("female", 51, 1200, 2000),
            ("male", 51, 1000, 2000), ("male", 70, 1000, 2000), ("male", 71, 1200, 2000),
            ("female", 71, 1200, 2000),
        ],
    )  # fmt: skip
    def test_follows_age_and_sex(self, sex: str, age: int, rda: int, ul: int) -> None:
        result = calcium(sex=sex, age=age)
        assert (result["rda_mg"], result["ul_mg"]) == (rda, ul)
        assert result["ratio"] == pytest.approx(1000 / rda)

    @pytest.mark.parametrize(
        ("mg_day", "level"),
        [(0, 1), (799.9, 1), (800, 0), (1000, 0), (2500, 0), (2500.1, 1)],
    )
    def test_is_enough_from_four_fifths_up_to_the_upper_level(
        self, mg_day: float, level: int
    ) -> None:
        assert calcium(mg_day=mg_day)["level"] == level

    @given(mg=st.floats(0, 20000), age=st.integers(9, 110), sex=st.sampled_from(["female", "male"]))
    def test_has_a_level_of_0_or_1(self, mg: float, age: int, sex: str) -> None:
        intake = calcium_of(age=age, sex=sex, mg_day=mg)
        assert intake["level"] == (0 if intake["ratio"] >= 0.8 and mg <= intake["ul_mg"] else 1)

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"age": 8, "sex": None}, missing("sex")),
            ({"age": 8, "mg_day": -1}, refused("age_below_9")),
            ({"age": 8, "sex": "x"}, refused("age_below_9")),
            ({"mg_day": -1}, wrong("mg_day")),
            ({"mg_day": "900"}, wrong("mg_day")),
            ({"sex": "other"}, wrong("sex")),
        ],
    )
    def test_is_checked_in_order(self, change: Any, expected: Any) -> None:
        assert calcium(**change) == expected
