"""Sessions with measured impacts."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.loading.days import load_day
from backend.loading.impacts import impact_blocks
from backend.loading.rate import rate_session
from backend.models import run
from backend.readmodels import SessionLoad
from backend.records.workout_session import ImpactBin, Impacts
from tests.backend.build import TODAY, exercise, uid, workout

BINS: list[dict[str, Any]] = [
    {"lower_g": 1.0, "upper_g": 2.0, "count": 900},
    {"lower_g": 5.5, "upper_g": 6.5, "count": 40},
    {"lower_g": 8.0, "upper_g": None, "count": 3},
]
HISTOGRAM: dict[str, Any] = {
    "placement": "hip", "axis": "resultant", "gravity_included": True,
    "sampling_hz": 100, "coverage": 0.95, "bins": BINS,
}  # fmt: skip
SETS = [exercise("countermovement_jump", {"reps": 20})]


def rate(impacts: object = HISTOGRAM, **fields: object) -> SessionLoad:
    body = {"activity": "running", "body_mass_kg": 70, "impacts": impacts} | fields
    return rate_session(uid(1), workout(**body))


class TestMeasuredSession:
    def test_takes_the_force_of_each_bin(self) -> None:
        rated = rate()
        peaks = {1.5: 900.0, 6.0: 40.0, 8.0: 3.0}
        expected = [
            (force["grf_bw"], count)
            for peak, count in peaks.items()
            for force in [
                run(
                    "load.grf_from_acc",
                    {
                        "peak_g": peak, "gravity_included": True, "placement": "hip",
                        "axis": "resultant", "body_mass_kg": 70,
                    },
                )
            ]
        ]  # fmt: skip
        assert rated.tier == "A"
        assert [(block.bw, block.cycles) for block in rated.blocks] == expected
        assert (rated.cycles_ge_3bw, rated.habitual_cycles, rated.flags) == (43, 900, ())

    def test_beats_sets_and_sport(self) -> None:
        assert rate(exercises=SETS).blocks == rate().blocks

    def test_counts_for_the_day_as_measured(self) -> None:
        day = load_day(TODAY, [rate()], previous_loading_end=None)
        assert day.blu_by_tier == {"A": pytest.approx(day.blu), "B": 0.0, "C": 0.0}
        assert day.day_class == "high"

    def test_heavy_repetitions_still_count(self) -> None:
        squats = exercise("squat", {"reps": 5, "load_kg": 100, "rpe": 9})
        rated = rate(exercises=[squats])
        assert (rated.tier, rated.heavy_reps, rated.volume_kg) == ("A", 5, 500)

    def test_adds_gravity_that_was_removed(self) -> None:
        bins = [{"lower_g": 4.5, "upper_g": 5.5, "count": 40}]
        removed = rate(HISTOGRAM | {"bins": bins, "gravity_included": False})
        assert removed.blocks == rate(HISTOGRAM | {"bins": BINS[1:2]}).blocks

    def test_a_measured_session_without_impacts_is_measured(self) -> None:
        rated = rate(HISTOGRAM | {"bins": [BINS[1] | {"count": 0}]})
        assert (rated.tier, rated.blu, rated.blocks) == ("A", 0.0, ())

    def test_leaves_out_what_is_less_than_standing(self) -> None:
        below = {"lower_g": 0.2, "upper_g": 1.0, "count": 5000}
        assert rate(HISTOGRAM | {"bins": [below, *BINS]}) == rate()

    @pytest.mark.parametrize(
        ("impacts", "fields", "flag"),
        [
            ({"placement": "wrist"}, {}, "impacts_placement_not_supported"),
            ({"placement": "of a newer app"}, {}, "impacts_placement_not_supported"),
            ({"axis": "of a newer app"}, {}, "impacts_axis_unknown"),
            ({"sampling_hz": 49.9}, {}, "impacts_sampling_too_slow"),
            ({"coverage": 0.79}, {}, "impacts_coverage_too_low"),
            ({"bins": []}, {}, "impacts_bins_invalid"),
            ({"bins": [BINS[1] | {"upper_g": 5.5}]}, {}, "impacts_bins_invalid"),
            ({"bins": [*BINS, {"lower_g": 16.1, "upper_g": None, "count": 1}]}, {},
             "impacts_out_of_range"),
            ({}, {"body_mass_kg": None}, "body_mass_kg_missing"),
            ({}, {"body_mass_kg": 24.9}, "body_mass_kg_out_of_range"),
            ({}, {"body_mass_kg": 0}, "body_mass_kg_out_of_range"),
        ],
    )  # fmt: skip
    def test_says_why_it_is_not_used(self, impacts: Any, fields: Any, flag: Any) -> None:
        rated = rate(HISTOGRAM | impacts, **fields)
        assert (rated.tier, rated.flags) == ("C", (flag,))
        assert rate(HISTOGRAM | impacts, exercises=SETS, **fields).tier == "B"

    @pytest.mark.parametrize(
        ("impacts", "fields"),
        [
            ({"sampling_hz": 50}, {}),
            ({"coverage": 0.8}, {}),
            ({"placement": "lower_back", "axis": "vertical"}, {}),
            ({"bins": [{"lower_g": 16, "upper_g": None, "count": 1}]}, {}),
            ({"bins": [{"lower_g": 17, "upper_g": None, "count": 0}]}, {}),
            ({}, {"body_mass_kg": 25}),
            ({}, {"body_mass_kg": 250}),
        ],
    )
    def test_includes_the_limits(self, impacts: Any, fields: Any) -> None:
        assert rate(HISTOGRAM | impacts, **fields).tier == "A"


class TestImpactBlocks:
    @given(counts=st.lists(st.integers(0, 1000), min_size=8, max_size=8), mass=st.floats(25, 250))
    def test_keeps_every_impact(self, counts: Any, mass: Any) -> None:
        bins = tuple(ImpactBin(1 + n, 2 + n, count) for n, count in enumerate(counts))
        histogram = msgspec.structs.replace(
            msgspec.convert(HISTOGRAM, Impacts, strict=False), bins=bins
        )
        blocks = impact_blocks(histogram, body_mass_kg=mass)
        assert sum(block.cycles for block in blocks) == sum(counts)
        assert [block.bw for block in blocks] == sorted(block.bw for block in blocks)
