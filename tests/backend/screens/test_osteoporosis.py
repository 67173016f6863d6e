"""Who should be measured: points, cuts, populations."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.results import Result
from backend.screens.osteoporosis import orai_of, ost_of, score_of
from tests.backend.asking import ask, missing, refused, wrong

ONLY_WOMEN = refused("women_45_plus_only")


def ost(**change: object) -> Result:
    base: dict[str, object] = {"sex": "female", "age": 60, "body_mass_kg": 70}
    return ask("screen.ost", base, **change)


def orai(**change: object) -> Result:
    base: dict[str, object] = {
        "sex": "female", "age": 54, "body_mass_kg": 70, "current_estrogen": True,
    }  # fmt: skip
    return ask("screen.orai", base, **change)


def score(**change: object) -> Result:
    base: dict[str, object] = {
        "sex": "female", "age": 59, "body_mass_kg": 60, "black": True,
        "rheumatoid_arthritis": False, "nontraumatic_fracture_types": 0, "ever_estrogen": True,
    }  # fmt: skip
    return ask("screen.score", base, **change)


class TestOst:
    @pytest.mark.parametrize(
        ("change", "index", "refer"),
        [
            ({}, 2, False),
            ({"body_mass_kg": 69.9}, 1, True),
            ({"body_mass_kg": 56}, 0, True),
            ({"body_mass_kg": 55.1}, 0, True),
            ({"body_mass_kg": 55}, -1, True),
            ({"body_mass_kg": 51}, -1, True),
            ({"sex": "male"}, 2, True),
            ({"sex": "male", "body_mass_kg": 80}, 4, False),
            ({"sex": "male", "age": 50, "body_mass_kg": 69.9}, 3, True),
            ({"menopausal_status": "transition"}, 2, False),
            ({"menopausal_status": "post"}, 2, False),
            ({"sex": "male", "menopausal_status": "pre"}, 2, True),
            ({"age": 30, "body_mass_kg": 60}, 6, False),
        ],
    )
    def test_is_cut_off_toward_zero(self, change: Any, index: int, refer: bool) -> None:
        result = ost(**change)
        assert result == {"status": "ok", "ost": index, "refer": refer}
        assert isinstance(result["ost"], int)

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"sex": "male", "age": 49, "body_mass_kg": None}, refused("age_below_50")),
            ({"sex": "male", "age": 49, "body_mass_kg": -1}, refused("age_below_50")),
            ({"menopausal_status": "pre", "age": None}, refused("premenopausal")),
            ({"age": 17}, refused("paediatric")),
            ({"sex": None, "age": 49, "body_mass_kg": -1}, missing("sex")),
            ({"sex": "male", "age": None, "body_mass_kg": None}, missing("age", "body_mass_kg")),
            ({"sex": "x"}, wrong("sex")),
            ({"age": "old"}, wrong("age")),
            ({"menopausal_status": "later"}, wrong("menopausal_status")),
            ({"body_mass_kg": 0}, wrong("body_mass_kg")),
        ],
    )
    def test_asks_who_before_what(self, change: Any, expected: Any) -> None:
        assert ost(**change) == expected

    @given(
        light=st.floats(20, 200), heavy=st.floats(20, 200), age=st.integers(50, 100),
        sex=st.sampled_from(["female", "male"]),
    )  # fmt: skip
    def test_refers_the_lighter_and_the_older_first(
        self, light: float, heavy: float, age: int, sex: str
    ) -> None:
        light, heavy = sorted((light, heavy))
        low = ost_of(sex=sex, age=age, body_mass_kg=light)
        high = ost_of(sex=sex, age=age, body_mass_kg=heavy)
        assert low[0] <= high[0]
        assert low[1] >= high[1]
        assert ost_of(sex=sex, age=age + 1, body_mass_kg=light)[0] <= low[0]


class TestOrai:
    @pytest.mark.parametrize(
        ("change", "index", "refer"),
        [
            ({}, 0, False),
            ({"age": 45}, 0, False),
            ({"age": 55}, 5, False),
            ({"age": 64}, 5, False),
            ({"age": 65}, 9, True),
            ({"age": 74}, 9, True),
            ({"age": 75}, 15, True),
            ({"body_mass_kg": 69.9}, 3, False),
            ({"body_mass_kg": 60}, 3, False),
            ({"body_mass_kg": 59.9}, 9, True),
            ({"current_estrogen": False}, 2, False),
            ({"age": 55, "body_mass_kg": 69, "current_estrogen": True}, 8, False),
        ],
    )
    def test_adds_points(self, change: Any, index: int, refer: bool) -> None:
        assert orai(**change) == {"status": "ok", "orai": index, "refer": refer}

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"age": 44, "body_mass_kg": None}, ONLY_WOMEN),
            ({"sex": "male", "age": None}, ONLY_WOMEN),
            ({"sex": "male", "current_estrogen": "x"}, ONLY_WOMEN),
            ({"sex": None, "current_estrogen": None}, missing("current_estrogen", "sex")),
            ({"age": None, "body_mass_kg": -1}, missing("age")),
            ({"current_estrogen": 1}, wrong("current_estrogen")),
            ({"sex": "x"}, wrong("sex")),
            ({"age": True}, wrong("age")),
        ],
    )
    def test_asks_who_before_what(self, change: Any, expected: Any) -> None:
        assert orai(**change) == expected

    @given(age=st.integers(45, 110), mass=st.floats(20, 200))
    def test_estrogen_takes_two_points(self, age: int, mass: float) -> None:
        without, _ = orai_of(age=age, body_mass_kg=mass, current_estrogen=False)
        assert orai_of(age=age, body_mass_kg=mass, current_estrogen=True)[0] == without - 2


class TestScore:
    @pytest.mark.parametrize(
        ("change", "points", "refer"),
        [
            ({}, 2, False),
            ({"age": 60}, 5, False),
            ({"age": 60, "ever_estrogen": False}, 6, True),
            ({"black": False}, 7, True),
            ({"rheumatoid_arthritis": True}, 6, True),
            ({"nontraumatic_fracture_types": 1}, 6, True),
            ({"nontraumatic_fracture_types": 3}, 14, True),
            ({"nontraumatic_fracture_types": 4}, 14, True),
            ({"age": 45}, -1, False),
            ({"age": 101}, 17, True),
            ({"body_mass_kg": 58.9}, 3, False),
            ({"body_mass_kg": 59}, 2, False),
        ],
    )
    def test_adds_and_takes_points(self, change: Any, points: int, refer: bool) -> None:
        result = score(**change)
        assert result == {"status": "ok", "score": points, "refer": refer}
        assert isinstance(result["score"], int)

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"age": 44, "black": None}, ONLY_WOMEN),
            ({"sex": "male", "body_mass_kg": -1}, ONLY_WOMEN),
            ({"black": None}, missing("black")),
            ({"ever_estrogen": None, "body_mass_kg": -1}, missing("ever_estrogen")),
            ({"nontraumatic_fracture_types": 1.5}, wrong("nontraumatic_fracture_types")),
            ({"nontraumatic_fracture_types": True}, wrong("nontraumatic_fracture_types")),
            ({"nontraumatic_fracture_types": -1}, wrong("nontraumatic_fracture_types")),
            ({"rheumatoid_arthritis": "no"}, wrong("rheumatoid_arthritis")),
        ],
    )
    def test_runs_only_on_what_the_person_stated(self, change: Any, expected: Any) -> None:
        assert score(**change) == expected

    @given(age=st.integers(45, 99), light=st.floats(20, 200), heavy=st.floats(20, 200))
    def test_never_rises_with_mass(self, age: int, light: float, heavy: float) -> None:
        light, heavy = sorted((light, heavy))
        of = [
            score_of(
                age=age, body_mass_kg=mass, black=False, rheumatoid_arthritis=False,
                nontraumatic_fracture_types=0, ever_estrogen=False,
            )[0]
            for mass in (light, heavy)
        ]  # fmt: skip
        assert of[0] >= of[1]
