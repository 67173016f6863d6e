"""T-scores from a raw density, scores as printed, and the class of a scan."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.bone.scores import as_printed, class_of_t, class_of_z, t_score_of
from backend.bone.tables import CONSTANTS
from backend.models import run

NECK = {
    "bmd_g_cm2": 0.7,
    "site": "femoral_neck",
    "manufacturer": "hologic",
    "reference": "nhanes3_white_female",
}
SCORES = st.floats(-12, 12)


def missing(*names: str) -> dict[str, object]:
    return {"status": "missing_input", "missing": list(names)}


def wrong(field: str) -> dict[str, object]:
    return {"status": "out_of_range", "field": field}


def refused(reason: str) -> dict[str, object]:
    return {"status": "not_applicable", "reason": reason}


class TestAsPrinted:
    @pytest.mark.parametrize(
        ("score", "printed"),
        [
            (-2.45, -2.5),
            (-2.449, -2.4),
            (-2.4499999999999997, -2.5),
            (-2.4500000000000006, -2.5),
            (2.45, 2.5),
            (0.05, 0.1),
            (-0.05, -0.1),
            (-0.95, -1.0),
            (-1.05, -1.1),
            (-1.15, -1.2),
            (2.675, 2.7),
            (-2, -2.0),
        ],
    )
    def test_rounds_halves_away_from_zero_as_a_person_reads_them(
        self, score: float, printed: float
    ) -> None:
        assert as_printed(score) == printed

    def test_knows_no_negative_zero(self) -> None:
        assert math.copysign(1, as_printed(-0.04)) == 1

    @given(SCORES)
    def test_is_symmetric_near_and_settled(self, score: float) -> None:
        printed = as_printed(score)
        assert as_printed(-score) == -printed
        assert abs(printed - score) <= 0.05 + 1e-9
        assert as_printed(printed) == printed

    @given(st.integers(-1200, 1200))
    def test_reads_every_hundredth_alike_above_and_below_zero(self, hundredths: int) -> None:
        tenths, rest = divmod(abs(hundredths), 10)
        expected = (tenths + (rest >= 5)) / 10
        assert as_printed(hundredths / 100) == math.copysign(expected, hundredths or 1)


class TestTScore:
    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"site": "total_hip"}, refused("no_reference_for_site")),
            ({"site": "total_hip", "manufacturer": "ge_lunar"}, refused("no_reference_for_site")),
            ({"manufacturer": "ge_lunar"}, refused("device_not_hologic")),
            ({"manufacturer": "ge_lunar", "bmd_g_cm2": 9}, refused("device_not_hologic")),
            ({"site": "x", "bmd_g_cm2": None}, missing("bmd_g_cm2")),
            ({"reference": None, "manufacturer": "x"}, missing("reference")),
            ({"bmd_g_cm2": 0.19}, wrong("bmd_g_cm2")),
            ({"bmd_g_cm2": 2.01}, wrong("bmd_g_cm2")),
            ({"bmd_g_cm2": True}, wrong("bmd_g_cm2")),
            ({"reference": "nhanes3_black_male"}, wrong("reference")),
            ({"site": 3}, wrong("site")),
            ({"manufacturer": 3}, wrong("manufacturer")),
        ],
    )
    def test_checks_in_the_stated_order(self, change: Any, expected: Any) -> None:
        assert run("bone.t_score_fn", NECK | change) == expected

    @pytest.mark.parametrize("bmd", [0.2, 2, 2.0])
    def test_includes_the_limits(self, bmd: float) -> None:
        assert run("bone.t_score_fn", NECK | {"bmd_g_cm2": bmd})["status"] == "ok"

    def test_reads_the_maker_as_it_is_written(self) -> None:
        assert run("bone.t_score_fn", NECK | {"manufacturer": "Hologic"})["status"] == "ok"

    @pytest.mark.parametrize(
        ("reference", "bmd", "t_score"),
        [
            ("nhanes3_white_female", 0.858, 0),
            ("nhanes3_white_female", 0.738, -1),
            ("nhanes3_white_male", 0.934, 0),
            ("nhanes3_white_male", 0.797, -1),
        ],
    )
    def test_counts_the_deviations_of_its_reference(
        self, reference: str, bmd: float, t_score: float
    ) -> None:
        result = run("bone.t_score_fn", NECK | {"reference": reference, "bmd_g_cm2": bmd})
        assert result["t_score"] == pytest.approx(t_score, abs=1e-9)

    @given(st.floats(-5, 5), st.sampled_from(sorted(CONSTANTS.references)))
    def test_gives_the_density_back(self, score: float, name: str) -> None:
        reference = CONSTANTS.references[name]
        bmd = reference.mean_g_cm2 + score * reference.sd_g_cm2
        assert t_score_of(bmd, reference) == pytest.approx(score, abs=1e-9)


class TestScale:
    @pytest.mark.parametrize(
        ("person", "scale"),
        [
            ({"sex": "male", "age": 49}, "Z"),
            ({"sex": "male", "age": 50}, "T"),
            ({"sex": "male", "age": 49, "menopausal_status": "post"}, "Z"),
            ({"sex": "female", "age": 44}, "Z"),
            ({"sex": "female", "age": 55}, "T"),
            ({"sex": "female", "age": 20}, "Z"),
            ({"sex": "female", "age": 60, "menopausal_status": "pre"}, "Z"),
            ({"sex": "female", "age": 30, "menopausal_status": "post"}, "T"),
            ({"sex": "female", "age": 50, "menopausal_status": "transition"}, "T"),
        ],
    )
    def test_follows_sex_age_and_menopause(self, person: Any, scale: str) -> None:
        inputs = person | {"t_lowest": -1.5, "z_lowest": -1.5}
        assert run("bone.classify", inputs)["scale"] == scale
        needed = "t_lowest" if scale == "T" else "z_lowest"
        assert run("bone.classify", inputs | {needed: None}) == missing(needed)

    @pytest.mark.parametrize("age", [45, 50, 54])
    def test_must_know_the_menopause_of_a_woman_in_between(self, age: int) -> None:
        inputs = {"sex": "female", "age": age, "t_lowest": -1, "z_lowest": -1}
        assert run("bone.classify", inputs) == missing("menopausal_status")

    def test_leaves_the_other_score_unread(self) -> None:
        inputs = {"sex": "male", "age": 70, "t_lowest": -1, "z_lowest": "none"}
        assert run("bone.classify", inputs)["category"] == "normal"


class TestClass:
    @pytest.mark.parametrize(
        ("t_lowest", "category"),
        [
            (0, "normal"),
            (-1.0, "normal"),
            (-1.04, "normal"),
            (-1.05, "low_bone_mass"),
            (-2.4, "low_bone_mass"),
            (-2.44, "low_bone_mass"),
            (-2.45, "osteoporosis_range"),
            (-2.5, "osteoporosis_range"),
            (-4, "osteoporosis_range"),
        ],
    )
    def test_of_t_goes_by_the_rounded_score(self, t_lowest: float, category: str) -> None:
        result = run("bone.classify", {"sex": "male", "age": 70, "t_lowest": t_lowest})
        assert result == {"status": "ok", "scale": "T", "category": category}

    @pytest.mark.parametrize(("z_lowest", "low"), [(-1.94, False), (-1.95, True), (-2, True)])
    def test_of_z_has_words_of_its_own_below_twenty(self, z_lowest: float, low: bool) -> None:
        person = {"sex": "male", "z_lowest": z_lowest, "t_lowest": -3}
        child = run("bone.classify", person | {"age": 19})
        adult = run("bone.classify", person | {"age": 20})
        within = "within_expected_for_age"
        assert child == {
            "status": "ok",
            "scale": "Z",
            "category": "low_for_age" if low else within,
            "paediatric": True,
        }
        assert adult == {
            "status": "ok",
            "scale": "Z",
            "category": "below_expected_for_age" if low else within,
        }

    @given(SCORES, SCORES)
    def test_never_worsens_as_a_score_rises(self, one: float, other: float) -> None:
        low, high = sorted((one, other))
        order = ["osteoporosis_range", "low_bone_mass", "normal"]
        assert order.index(class_of_t(low).category) <= order.index(class_of_t(high).category)
        order = ["below_expected_for_age", "within_expected_for_age"]
        assert order.index(class_of_z(low).category) <= order.index(class_of_z(high).category)


class TestInputs:
    @pytest.mark.parametrize(
        ("inputs", "expected"),
        [
            ({}, missing("age", "sex")),
            ({"age": 14}, missing("sex", "z_lowest")),
            ({"age": 70}, missing("sex")),
            ({"sex": "female", "t_lowest": -1}, missing("age")),
            ({"age": 14, "sex": "other"}, missing("z_lowest")),
            ({"age": 14, "sex": "other", "z_lowest": -1}, wrong("sex")),
            ({"age": 70, "sex": "other", "t_lowest": -1}, wrong("sex")),
            ({"age": -1, "sex": "male", "t_lowest": -1}, wrong("age")),
            ({"age": True, "sex": "male", "t_lowest": -1}, wrong("age")),
            ({"age": 70, "sex": "male", "t_lowest": -12.01}, wrong("t_lowest")),
            ({"age": 70, "sex": "male", "t_lowest": 12.01}, wrong("t_lowest")),
            ({"age": 130.1, "sex": "male", "t_lowest": -1}, wrong("age")),
            ({"age": 70, "sex": "male", "t_lowest": "-1"}, wrong("t_lowest")),
            ({"age": 30, "sex": "male", "z_lowest": 25}, wrong("z_lowest")),
            (
                {"age": 60, "sex": "female", "menopausal_status": "peri", "t_lowest": -1},
                wrong("menopausal_status"),
            ),
        ],
    )
    def test_are_missing_before_they_are_wrong(self, inputs: Any, expected: Any) -> None:
        assert run("bone.classify", inputs) == expected
