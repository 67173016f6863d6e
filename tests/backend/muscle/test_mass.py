"""Appendicular lean mass by height and by body mass index."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.models import run
from backend.muscle.mass import index_of, lean_by_bmi

LIMITS = [
    ("height_m", 0.8, 0.799),
    ("height_m", 2.4, 2.401),
    ("alm_kg", 3, 2.99),
    ("alm_kg", 60, 60.01),
]
PERSON = {"sex": "male", "alm_kg": 24, "height_m": 1.78, "body_mass_kg": 90}


class TestLeanMassIndex:
    @pytest.mark.parametrize(("field", "inside", "outside"), LIMITS)
    def test_includes_the_limits_and_nothing_beyond(
        self, field: str, inside: float, outside: float
    ) -> None:
        inputs = {"alm_kg": 20, "height_m": 1.7}
        assert run("muscle.almi", inputs | {field: inside})["status"] == "ok"
        assert run("muscle.almi", inputs | {field: outside}) == {
            "status": "out_of_range",
            "field": field,
        }

    def test_takes_a_height_in_centimetres_for_a_slip(self) -> None:
        result = run("muscle.almi", {"alm_kg": 20, "height_m": 170})
        assert result == {"status": "out_of_range", "field": "height_m"}

    def test_says_what_is_missing_before_what_is_wrong(self) -> None:
        result = run("muscle.almi", {"alm_kg": -1})
        assert result == {"status": "missing_input", "missing": ["height_m"]}

    @pytest.mark.parametrize("value", [True, "20", [20]])
    def test_reads_only_numbers(self, value: Any) -> None:
        result = run("muscle.almi", {"alm_kg": value, "height_m": 1.7})
        assert result == {"status": "out_of_range", "field": "alm_kg"}

    @pytest.mark.parametrize(
        ("alm_kg", "height_m", "index"),
        [(14.08, 1.6, 5.5), (17.92, 1.6, 7.0), (20.23, 1.7, 7.0), (11.83, 1.3, 7.0)],
    )
    def test_on_a_cut_off_is_not_missed_by_a_binary_digit(
        self, alm_kg: float, height_m: float, index: float
    ) -> None:
        result = run("muscle.almi", {"alm_kg": alm_kg, "height_m": height_m})
        assert result["almi_kg_m2"] == index

    @given(st.floats(3, 60), st.floats(0.8, 2.4))
    def test_gives_the_mass_back_times_height_squared(self, alm_kg: float, height_m: float) -> None:
        assert index_of(alm_kg=alm_kg, height_m=height_m) * height_m**2 == pytest.approx(alm_kg)


class TestLeanMassByBodyMassIndex:
    @pytest.mark.parametrize(
        ("sex", "alm_kg", "low"),
        [("male", 39.45, False), ("male", 39.44, True), ("female", 25.6, False), ("female", 25.59, True)],
    )  # fmt: skip
    def test_is_low_below_the_cut_off_of_the_sex(self, sex: str, alm_kg: float, low: bool) -> None:
        # one metre and 50 kg make a body mass index of exactly 50
        inputs = {"sex": sex, "alm_kg": alm_kg, "height_m": 1, "body_mass_kg": 50}
        assert run("muscle.alm_bmi", inputs)["low"] is low

    @pytest.mark.parametrize(
        ("sex", "alm_kg", "height_m", "body_mass_kg"),
        [("male", 21.04, 1.5, 60), ("male", 15.78, 1.5, 45), ("female", 8.192, 1.5, 36)],
    )
    def test_is_not_low_on_the_cut_off_itself(
        self, sex: str, alm_kg: float, height_m: float, body_mass_kg: float
    ) -> None:
        inputs = {
            "sex": sex, "alm_kg": alm_kg, "height_m": height_m, "body_mass_kg": body_mass_kg
        }  # fmt: skip
        assert run("muscle.alm_bmi", inputs)["low"] is False

    def test_needs_the_sex(self) -> None:
        result = run("muscle.alm_bmi", PERSON | {"sex": None, "alm_kg": None, "height_m": 99})
        assert result == {"status": "missing_input", "missing": ["alm_kg", "sex"]}

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("sex", "other"),
            ("sex", True),
            ("height_m", 178),
            ("alm_kg", 61),
            ("body_mass_kg", 0),
            ("body_mass_kg", 24.9),
            ("body_mass_kg", 250.1),
        ],
    )
    def test_refuses_what_can_not_be_true(self, field: str, value: Any) -> None:
        result = run("muscle.alm_bmi", PERSON | {field: value})
        assert result == {"status": "out_of_range", "field": field}

    @pytest.mark.parametrize("body_mass_kg", [25, 250])
    def test_includes_the_limits_of_body_mass(self, body_mass_kg: float) -> None:
        assert run("muscle.alm_bmi", PERSON | {"body_mass_kg": body_mass_kg})["status"] == "ok"

    @given(st.floats(25, 250), st.floats(25, 250))
    def test_falls_as_body_mass_rises(self, one: float, other: float) -> None:
        light, heavy = sorted((one, other))
        more = lean_by_bmi(alm_kg=20, height_m=1.7, body_mass_kg=light)
        assert more >= lean_by_bmi(alm_kg=20, height_m=1.7, body_mass_kg=heavy)
