"""Staging by EWGSOP2 and by AWGS 2019."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.models import run
from backend.muscle.staging import NotTested, Tested, staged_awgs2019, staged_ewgsop2

EUROPE, ASIA = "muscle.ewgsop2", "muscle.awgs2019"
WOMAN = {"sex": "female", "age": 70}
MAN = {"sex": "male", "age": 70}


def missing(*names: str) -> dict[str, object]:
    return {"status": "missing_input", "missing": list(names)}


def wrong(field: str) -> dict[str, object]:
    return {"status": "out_of_range", "field": field}


def refused(reason: str) -> dict[str, object]:
    return {"status": "not_applicable", "reason": reason}


@pytest.mark.parametrize("key", [EUROPE, ASIA])
class TestBoth:
    @pytest.mark.parametrize(
        ("age", "reason"),
        [(0, "paediatric"), (17, "paediatric"), (18, "age_below_60"), (59, "age_below_60")],
    )
    def test_refuse_the_young_before_asking_anything(self, key: str, age: int, reason: str) -> None:
        assert run(key, {"age": age}) == refused(reason)
        assert run(key, {"age": age, "sex": "male", "grip_kg": -1}) == refused(reason)

    def test_begin_at_sixty(self, key: str) -> None:
        assert run(key, MAN | {"age": 60, "grip_kg": 40})["stage"] == "none"

    def test_name_sex_and_age_when_missing(self, key: str) -> None:
        assert run(key, {"grip_kg": 20}) == missing("age", "sex")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"age": 131}, "age"),
            ({"age": -1}, "age"),
            ({"age": "70"}, "age"),
            ({"sex": "other"}, "sex"),
            ({"sex": 1}, "sex"),
            ({"grip_kg": True}, "grip_kg"),
            ({"grip_kg": -0.1}, "grip_kg"),
            ({"grip_kg": 270}, "grip_kg"),
            ({"chair_stand_5x_s": 0}, "chair_stand_5x_s"),
            ({"almi": 0}, "almi"),
            ({"gait_m_s": -1}, "gait_m_s"),
            ({"sppb": 12.01}, "sppb"),
            ({"gait_m_s": 12.01}, "gait_m_s"),
            ({"grip_kg": 150.1}, "grip_kg"),
            ({"age": 130.1}, "age"),
            ({"sppb": -1}, "sppb"),
        ],
    )
    def test_refuse_what_can_not_be_true(self, key: str, change: Any, field: str) -> None:
        assert run(key, MAN | {"grip_kg": 40} | change) == wrong(field)

    @pytest.mark.parametrize(
        "change",
        [
            {"age": 130},
            {"grip_kg": 0},
            {"grip_kg": 150},
            {"gait_m_s": 0},
            {"gait_m_s": 12},
            {"sppb": 0},
            {"sppb": 12},
        ],
    )
    def test_include_the_limits(self, key: str, change: Any) -> None:
        assert run(key, MAN | {"grip_kg": 40} | change)["status"] == "ok"

    def test_say_what_is_missing_before_what_is_wrong(self, key: str) -> None:
        assert run(key, {"age": 200, "grip_kg": -1}) == missing("sex")


class TestEuropeanStrength:
    @pytest.mark.parametrize(
        ("person", "tests", "low"),
        [
            (MAN, {"grip_kg": 27}, False),
            (MAN, {"grip_kg": 26.99}, True),
            (WOMAN, {"grip_kg": 16}, False),
            (WOMAN, {"grip_kg": 15.99}, True),
            (WOMAN, {"grip_kg": 0}, True),
            (MAN, {"chair_stand_5x_s": 15}, False),
            (MAN, {"chair_stand_5x_s": 15.01}, True),
            (MAN, {"chair_stand_unable": True}, True),
            (MAN, {"grip_kg": 40, "chair_stand_unable": True}, True),
            (MAN, {"grip_kg": 40, "chair_stand_5x_s": 15.01}, True),
            (MAN, {"grip_kg": 20, "chair_stand_5x_s": 9}, True),
            (MAN, {"grip_kg": 40, "chair_stand_unable": False}, False),
        ],
    )
    def test_is_low_when_any_test_is(self, person: Any, tests: Any, low: bool) -> None:
        assert run(EUROPE, person | tests)["low_strength"] is low

    @pytest.mark.parametrize(
        "tests", [{}, {"chair_stand_unable": False}, {"gait_m_s": 0.5, "sppb": 3, "almi": 5}]
    )
    def test_must_be_tested(self, tests: Any) -> None:
        assert run(EUROPE, MAN | tests) == missing("grip_kg_or_chair_stand_5x_s")
        assert run(EUROPE, {"age": 70} | tests) == missing("grip_kg_or_chair_stand_5x_s", "sex")

    def test_is_not_read_from_a_word(self) -> None:
        assert run(EUROPE, MAN | {"chair_stand_unable": "no"}) == wrong("chair_stand_unable")

    def test_has_to_be_known_by_the_plain_function_too(self) -> None:
        with pytest.raises(NotTested):
            staged_ewgsop2(Tested(gait_m_s=0.5), sex="male")


class TestEuropeanStages:
    @pytest.mark.parametrize(
        ("person", "almi", "low"),
        [(MAN, 7.0, False), (MAN, 6.99, True), (WOMAN, 5.5, False), (WOMAN, 5.49, True)],
    )
    def test_have_a_mass_cut_off_for_each_sex(self, person: Any, almi: float, low: bool) -> None:
        result = run(EUROPE, person | {"grip_kg": 40, "almi": almi})
        assert result["low_mass"] is low
        assert result["stage"] == ("low_mass_only" if low else "none")

    @pytest.mark.parametrize(
        ("tests", "low"),
        [
            ({"gait_m_s": 0.8}, True),
            ({"gait_m_s": 0.81}, False),
            ({"sppb": 8}, True),
            ({"sppb": 9}, False),
            ({"tug_s": 20}, True),
            ({"tug_s": 19.99}, False),
            ({"gait_m_s": 1.2, "sppb": 12, "tug_s": 20}, True),
            ({"gait_m_s": 0}, True),
        ],
    )
    def test_are_severe_when_any_performance_test_is_low(self, tests: Any, low: bool) -> None:
        result = run(EUROPE, MAN | {"grip_kg": 20, "almi": 6} | tests)
        assert result["low_performance"] is low
        assert result["stage"] == ("severe" if low else "confirmed")

    @pytest.mark.parametrize(
        ("tests", "stage"),
        [
            ({"grip_kg": 40}, "none"),
            ({"grip_kg": 40, "gait_m_s": 0.5}, "none"),
            ({"grip_kg": 20, "gait_m_s": 0.5}, "probable_mass_unknown"),
            ({"grip_kg": 20, "almi": 8, "gait_m_s": 0.5}, "probable"),
            ({"grip_kg": 20, "almi": 6}, "confirmed_performance_unknown"),
        ],
    )
    def test_follow_strength_then_mass_then_performance(self, tests: Any, stage: str) -> None:
        assert run(EUROPE, MAN | tests)["stage"] == stage

    def test_refuse_a_time_of_nothing(self) -> None:
        assert run(EUROPE, MAN | {"grip_kg": 20, "tug_s": 0}) == wrong("tug_s")


class TestAsianCutOffs:
    @pytest.mark.parametrize(
        ("person", "grip_kg", "low"),
        [(MAN, 28, False), (MAN, 27.99, True), (WOMAN, 18, False), (WOMAN, 17.99, True)],
    )
    def test_of_grip_are_their_own(self, person: Any, grip_kg: float, low: bool) -> None:
        assert run(ASIA, person | {"grip_kg": grip_kg})["low_strength"] is low

    @pytest.mark.parametrize(
        ("tests", "low"),
        [
            ({"gait_m_s": 1.0}, False),
            ({"gait_m_s": 0.99}, True),
            ({"chair_stand_5x_s": 12}, True),
            ({"chair_stand_5x_s": 11.99}, False),
            ({"sppb": 9}, True),
            ({"sppb": 10}, False),
            ({"sppb": 12, "gait_m_s": 1.3, "chair_stand_5x_s": 13}, True),
        ],
    )
    def test_of_performance_include_the_chair(self, tests: Any, low: bool) -> None:
        result = run(ASIA, MAN | tests)
        assert result["low_performance"] is low
        assert result["low_strength"] is None
        assert result["stage"] == ("possible" if low else "none")

    @pytest.mark.parametrize(
        ("person", "method", "almi", "low"),
        [
            (MAN, "dxa", 7.0, False),
            (MAN, "dxa", 6.99, True),
            (MAN, "bia", 7.0, False),
            (MAN, "bia", 6.99, True),
            (WOMAN, "dxa", 5.4, False),
            (WOMAN, "dxa", 5.39, True),
            (WOMAN, None, 5.4, False),
            (WOMAN, "bia", 5.7, False),
            (WOMAN, "bia", 5.69, True),
        ],
    )
    def test_of_mass_depend_on_the_method(
        self, person: Any, method: str | None, almi: float, low: bool
    ) -> None:
        inputs = person | {"grip_kg": 40, "almi": almi, "method": method}
        assert run(ASIA, inputs)["low_mass"] is low


class TestAsianStages:
    @pytest.mark.parametrize(
        ("tests", "stage"),
        [
            ({"grip_kg": 20, "gait_m_s": 0.5, "almi": 6}, "severe"),
            ({"grip_kg": 20, "gait_m_s": 1.5, "almi": 6}, "sarcopenia"),
            ({"grip_kg": 40, "gait_m_s": 0.5, "almi": 6}, "sarcopenia"),
            ({"gait_m_s": 0.5, "almi": 6}, "sarcopenia"),
            ({"grip_kg": 20, "almi": 6}, "sarcopenia"),
            ({"grip_kg": 20, "gait_m_s": 0.5}, "possible"),
            ({"grip_kg": 40, "gait_m_s": 0.5}, "possible"),
            ({"grip_kg": 20, "gait_m_s": 0.5, "almi": 7}, "low_function_normal_mass"),
            ({"grip_kg": 40, "sppb": 9, "almi": 7}, "low_function_normal_mass"),
            ({"grip_kg": 40, "gait_m_s": 1.5, "almi": 6}, "low_mass_only"),
            ({"gait_m_s": 1.5, "almi": 6}, "low_mass_only"),
            ({"grip_kg": 40, "almi": 7}, "none"),
        ],
    )
    def test_follow_the_table(self, tests: Any, stage: str) -> None:
        assert run(ASIA, MAN | tests)["stage"] == stage

    def test_need_some_test_of_function(self) -> None:
        assert run(ASIA, {"age": 70, "almi": 6}) == missing("grip_kg_or_performance", "sex")

    @pytest.mark.parametrize("tests", [{"tug_s": 30}, {"chair_stand_unable": True}])
    def test_do_not_read_the_tests_of_the_other_definition(self, tests: Any) -> None:
        assert run(ASIA, MAN | tests) == missing("grip_kg_or_performance")
        assert run(ASIA, MAN | {"grip_kg": 40} | dict.fromkeys(tests, "x"))["stage"] == "none"

    @pytest.mark.parametrize("method", ["mri", 1])
    def test_know_two_methods(self, method: Any) -> None:
        assert run(ASIA, MAN | {"grip_kg": 40, "method": method}) == wrong("method")

    def test_have_to_be_tested_for_the_plain_function_too(self) -> None:
        with pytest.raises(NotTested):
            staged_awgs2019(Tested(almi=6), sex="male")


class TestAnyPerson:
    @given(
        sex=st.sampled_from(["female", "male"]),
        grip=st.floats(0, 80),
        stronger=st.floats(0, 40),
        almi=st.none() | st.floats(3, 12),
        gait=st.none() | st.floats(0, 2),
    )
    def test_is_never_staged_worse_for_a_stronger_grip(
        self, sex: str, grip: float, stronger: float, almi: float | None, gait: float | None
    ) -> None:
        weak = Tested(grip_kg=grip, almi=almi, gait_m_s=gait)
        strong = Tested(grip_kg=grip + stronger, almi=almi, gait_m_s=gait)
        assert staged_ewgsop2(weak, sex=sex).low_strength in {
            True,
            staged_ewgsop2(strong, sex=sex).low_strength,
        }
        if staged_awgs2019(weak, sex=sex).stage == "none":
            assert staged_awgs2019(strong, sex=sex).stage == "none"
