"""The short physical performance battery."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.models import run
from backend.muscle.battery import balance_points, chair_points, gait_points, points_of

BEST = {
    "side_by_side_s": 10,
    "semi_tandem_s": 10,
    "tandem_s": 10,
    "walk_s": 3,
    "walk_distance_m": 4,
    "chair_5x_s": 9,
}
SECONDS = st.floats(0.1, 120)


class TestPoints:
    @pytest.mark.parametrize(
        ("stances_s", "points"),
        [
            ((9.99, 10, 10), 0),
            ((10, 9.99, 10), 1),
            ((10, 10, 0), 2),
            ((10, 10, 2.99), 2),
            ((10, 10, 3), 3),
            ((10, 10, 9.99), 3),
            ((10, 10, 10), 4),
            ((30, 30, 30), 4),
        ],
    )
    def test_of_balance_stop_at_the_first_stance_not_held(
        self, stances_s: tuple[float, float, float], points: int
    ) -> None:
        assert balance_points(*stances_s) == points

    @pytest.mark.parametrize(
        ("course_m", "walk_s", "points"),
        [
            (4, 4.81, 4), (4, 4.82, 3), (4, 6.20, 3), (4, 6.21, 2), (4, 8.70, 2), (4, 8.71, 1),
            (3, 3.61, 4), (3, 3.62, 3), (3, 4.65, 3), (3, 4.66, 2), (3, 6.52, 2), (3, 6.53, 1),
            (4, 600, 1), (3, None, 0), (4, None, 0),
        ],
    )  # fmt: skip
    def test_of_gait_follow_the_course(
        self, course_m: float, walk_s: float | None, points: int
    ) -> None:
        assert gait_points(walk_s, course_m=course_m) == points

    @pytest.mark.parametrize(
        ("chair_s", "points"),
        [
            (11.19, 4), (11.2, 3), (13.69, 3), (13.7, 2), (16.69, 2), (16.7, 1), (60, 1),
            (60.1, 0), (None, 0),
        ],
    )  # fmt: skip
    def test_of_the_chair_include_their_limits(self, chair_s: float | None, points: int) -> None:
        assert chair_points(chair_s) == points

    @given(SECONDS, SECONDS, SECONDS, SECONDS)
    def test_never_rise_as_a_person_slows(
        self, walk: float, slower: float, chair: float, longer: float
    ) -> None:
        fast = points_of((10, 10, 10), walk_s=walk, course_m=4, chair_5x_s=chair)
        slow = points_of((10, 10, 10), walk_s=walk + slower, course_m=4, chair_5x_s=chair + longer)
        assert 0 <= slow.total <= fast.total <= 12
        assert slow.total == slow.balance + slow.gait + slow.chair


class TestBattery:
    @pytest.mark.parametrize("name", ["walk_s", "chair_5x_s"])
    def test_reads_a_time_that_is_absent_or_null_as_unable(self, name: str) -> None:
        absent = {key: value for key, value in BEST.items() if key != name}
        assert run("muscle.sppb", absent) == run("muscle.sppb", BEST | {name: None})
        assert run("muscle.sppb", absent)["total"] == 8

    def test_asks_for_every_stance_and_the_course(self) -> None:
        assert run("muscle.sppb", {"side_by_side_s": -1}) == {
            "status": "missing_input",
            "missing": ["semi_tandem_s", "tandem_s", "walk_distance_m"],
        }

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("side_by_side_s", -0.1),
            ("semi_tandem_s", "10"),
            ("tandem_s", True),
            ("walk_s", 0),
            ("walk_s", -3),
            ("walk_distance_m", 3.5),
            ("walk_distance_m", 6),
            ("walk_distance_m", "4"),
            ("chair_5x_s", 0),
        ],
    )
    def test_refuses_what_can_not_be_true(self, field: str, value: Any) -> None:
        result = run("muscle.sppb", BEST | {field: value})
        assert result == {"status": "out_of_range", "field": field}

    @pytest.mark.parametrize("course_m", [3, 3.0, 4, 4.0])
    def test_takes_whole_metres_as_integers_or_floats(self, course_m: float) -> None:
        assert run("muscle.sppb", BEST | {"walk_distance_m": course_m})["total"] == 12
