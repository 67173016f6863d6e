"""The nutritional risk index: ideal mass, classes, order of checks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.nutrition.gnri import gnri_class, gnri_of, ideal_mass_kg
from backend.results import Result
from tests.backend.asking import ask, missing, refused, wrong


def gnri(**change: object) -> Result:
    base: dict[str, object] = {
        "sex": "male", "age": 72, "albumin_g_l": 40, "body_mass_kg": 70, "height_cm": 170,
    }  # fmt: skip
    return ask("nutr.gnri", base, **change)


class TestIdealMass:
    @pytest.mark.parametrize(
        ("sex", "height", "formula", "kg"),
        [
            ("male", 170, "lorentz", 65),
            ("female", 170, "lorentz", 62),
            ("male", 150, "lorentz", 50),
            ("female", 150, "lorentz", 50),
            ("male", 170, "bmi22", 63.58),
            ("female", 170, "bmi22", 63.58),
        ],
    )
    def test_follows_the_formula(self, sex: str, height: float, formula: str, kg: float) -> None:
        assert ideal_mass_kg(sex=sex, height_cm=height, formula=formula) == pytest.approx(kg)
        result = gnri(sex=sex, height_cm=height, ibw=formula)
        assert result["ideal_kg"] == pytest.approx(kg)

    def test_is_lorentz_unless_asked(self) -> None:
        assert gnri(ibw=None) == gnri() == gnri(ibw="lorentz") != gnri(ibw="bmi22")


class TestIndex:
    def test_gains_nothing_from_mass_above_the_ideal(self) -> None:
        assert gnri(body_mass_kg=65)["gnri"] == gnri(body_mass_kg=120)["gnri"]

    @pytest.mark.parametrize(
        ("index", "cls"),
        [
            (81.99, "major_risk"), (82, "moderate_risk"), (91.99, "moderate_risk"),
            (92, "low_risk"), (98, "low_risk"), (98.01, "no_risk"),
        ],
    )  # fmt: skip
    def test_has_classes_with_98_still_a_risk(self, index: float, cls: str) -> None:
        assert gnri_class(index) == cls

    def test_adds_albumin_and_the_share_of_the_ideal_mass(self) -> None:
        risk = gnri_of(albumin_g_l=30, body_mass_kg=32.5, ideal_kg=65)
        assert risk.gnri == pytest.approx(1.489 * 30 + 41.7 / 2)
        assert risk.cls == gnri_class(risk.gnri) == "major_risk"

    @given(
        low=st.floats(10, 60), high=st.floats(10, 60), light=st.floats(30, 150),
        heavy=st.floats(30, 150),
    )  # fmt: skip
    def test_never_falls_with_albumin_or_mass(
        self, low: float, high: float, light: float, heavy: float
    ) -> None:
        low, high = sorted((low, high))
        light, heavy = sorted((light, heavy))
        worse = gnri_of(albumin_g_l=low, body_mass_kg=light, ideal_kg=65)
        assert worse.gnri <= gnri_of(albumin_g_l=high, body_mass_kg=heavy, ideal_kg=65).gnri


class TestChecks:
    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"age": 17, "sex": None, "height_cm": None}, missing("height_cm", "sex")),
            ({"age": 17, "albumin_g_l": -1}, refused("paediatric")),
            ({"albumin_g_l": 4.0}, wrong("albumin_g_l")),
            ({"height_cm": 1.7}, wrong("height_cm")),
            ({"height_cm": 83, "sex": "male"}, wrong("height_cm")),
            ({"height_cm": 241}, wrong("height_cm")),
            ({"body_mass_kg": 0}, wrong("body_mass_kg")),
            ({"body_mass_kg": True}, wrong("body_mass_kg")),
            ({"sex": "f"}, wrong("sex")),
            ({"ibw": "broca"}, wrong("ibw")),
            ({"age": -1}, wrong("age")),
        ],
    )
    def test_come_missing_then_children_then_range(self, change: Any, expected: Any) -> None:
        assert gnri(**change) == expected

    def test_let_an_adult_of_18_in(self) -> None:
        assert gnri(age=18)["status"] == "ok"
