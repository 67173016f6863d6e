"""Forces from peaks of acceleration, and the daily impact score."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.loading.acceleration import ground_force
from backend.loading.tables import ACCELERATION
from backend.models import run
from tests.backend.loading.edges import missing, wrong

PEAK = {
    "peak_g": 6.0, "gravity_included": True, "placement": "hip", "axis": "resultant",
    "body_mass_kg": 70,
}  # fmt: skip
UNSUPPORTED = {"status": "not_applicable", "reason": "placement_not_supported"}


def force(**change: object) -> Any:
    return run("load.grf_from_acc", PEAK | change)


class TestTable:
    def test_says_how_far_each_value_was_checked(self) -> None:
        names = set(ACCELERATION.__struct_fields__) - {"version", "regressions"}
        rows: list[Any] = [getattr(ACCELERATION, name) for name in names]
        rows += ACCELERATION.regressions
        assert all(row.source and row.support in "VMDE" for row in rows)

    @pytest.mark.parametrize(
        ("placement", "axis", "newtons"),
        [
            ("hip", "resultant", 188.759 * 5 - 493.877 + 18.008 * 80 + 1.279 * 5 * 80),
            ("hip", "vertical", 177.403 * 5 - 786.169 + 23.953 * 80 + 1.355 * 5 * 80),
            ("lower_back", "resultant", 152.952 * 5 - 350.125 + 22.618 * 80 + 0.654 * 5 * 80),
            ("lower_back", "vertical", 131.396 * 5 - 287.919 + 24.338 * 80 + 0.642 * 5 * 80),
        ],
    )
    def test_holds_the_published_coefficients(
        self, placement: str, axis: str, newtons: float
    ) -> None:
        result = force(peak_g=5, placement=placement, axis=axis, body_mass_kg=80)
        assert result["grf_n"] == pytest.approx(newtons, rel=1e-12)
        assert result["grf_bw"] == pytest.approx(newtons / (80 * 9.80665), rel=1e-12)


class TestForceOfAPeak:
    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"placement": "wrist", "body_mass_kg": None}, missing("body_mass_kg")),
            ({"axis": None, "gravity_included": None}, missing("axis", "gravity_included")),
            ({"placement": "wrist", "body_mass_kg": 5, "peak_g": 99}, UNSUPPORTED),
            ({"placement": "other"}, UNSUPPORTED),
            ({"placement": True}, wrong("placement")),
            ({"body_mass_kg": 24.9, "peak_g": 99}, wrong("body_mass_kg")),
            ({"body_mass_kg": 250.1}, wrong("body_mass_kg")),
            ({"peak_g": 0.99}, wrong("peak_g")),
            ({"peak_g": 16.01}, wrong("peak_g")),
            ({"peak_g": -0.01, "gravity_included": False}, wrong("peak_g")),
            ({"peak_g": 15.01, "gravity_included": False}, wrong("peak_g")),
            ({"peak_g": True}, wrong("peak_g")),
            ({"gravity_included": 1}, wrong("gravity_included")),
            ({"axis": "sideways"}, wrong("axis")),
        ],
    )
    def test_checks_in_the_stated_order(self, change: Any, expected: Any) -> None:
        assert force(**change) == expected

    @pytest.mark.parametrize(
        "change",
        [
            {"peak_g": 1},
            {"peak_g": 16},
            {"peak_g": 0, "gravity_included": False},
            {"peak_g": 15, "gravity_included": False},
            {"body_mass_kg": 25},
            {"body_mass_kg": 250},
        ],
    )
    def test_includes_the_limits(self, change: Any) -> None:
        assert force(**change)["status"] == "ok"

    @pytest.mark.parametrize(
        ("change", "beyond"),
        [
            ({"body_mass_kg": 45}, False),
            ({"body_mass_kg": 44.9}, True),
            ({"body_mass_kg": 140}, False),
            ({"body_mass_kg": 140.1}, True),
            ({"peak_g": 10}, False),
            ({"peak_g": 10.01}, True),
            ({"peak_g": 9, "gravity_included": False}, False),
            ({"peak_g": 9.01, "gravity_included": False}, True),
        ],
    )
    def test_says_when_it_goes_beyond_the_study(self, change: Any, beyond: Any) -> None:
        assert force(**change)["extrapolated"] is beyond

    @pytest.mark.parametrize(
        ("peak", "included", "basis"),
        [
            (4, True, "jump_regression"),
            (3.999, True, "interpolated"),
            (3, False, "jump_regression"),
            (2.999, False, "interpolated"),
        ],
    )
    def test_the_regression_begins_at_4_g_with_gravity(
        self, peak: Any, included: Any, basis: Any
    ) -> None:
        assert force(peak_g=peak, gravity_included=included)["basis"] == basis

    @pytest.mark.parametrize("placement", ["hip", "lower_back"])
    @pytest.mark.parametrize("axis", ["resultant", "vertical"])
    def test_both_parts_meet(self, placement: str, axis: str) -> None:
        below, at = (
            ground_force(a, placement=placement, axis=axis, body_mass_kg=70).grf_bw
            for a in (math.nextafter(4, 0), 4.0)
        )
        assert below == pytest.approx(at, abs=1e-12)

    @given(
        peaks=st.tuples(st.floats(1, 16), st.floats(1, 16)),
        mass=st.floats(25, 250),
        placement=st.sampled_from(["hip", "lower_back"]),
        axis=st.sampled_from(["resultant", "vertical"]),
    )
    def test_a_harder_peak_is_a_larger_force(
        self, peaks: Any, mass: Any, placement: Any, axis: Any
    ) -> None:
        lower, higher = (
            ground_force(a, placement=placement, axis=axis, body_mass_kg=mass)
            for a in sorted(peaks)
        )
        assert lower.grf_bw <= higher.grf_bw + 1e-12
        assert lower.grf_n == pytest.approx(lower.grf_bw * mass * 9.80665)

    @given(peak=st.floats(0, 15), mass=st.floats(25, 250))
    def test_gravity_is_one_g(self, peak: Any, mass: Any) -> None:
        without = force(peak_g=peak, gravity_included=False, body_mass_kg=mass)
        assert without == force(peak_g=peak + 1, body_mass_kg=mass)


def score(*bins: Any, **change: object) -> Any:
    rows = [dict(zip(("lower_g", "upper_g", "count"), one, strict=True)) for one in bins]
    inputs = {"placement": "hip", "gravity_included": False, "bins": rows}
    return run("load.dis", inputs | change)


class TestImpactScore:
    def test_takes_gravity_off_first(self) -> None:
        with_gravity = score((5, 6, 60), gravity_included=True)
        assert with_gravity == score((4, 5, 60))
        assert with_gravity["dis"] == pytest.approx(4 * math.log(61))

    @pytest.mark.parametrize(
        ("bins", "expected"),
        [
            ([(0.5, 1.4, 10)], 0.0),
            ([(0.5, 1.5, 10)], math.log(11)),
            ([(1.0, None, 10)], math.log(11)),
            ([(0.99, None, 10)], 0.0),
            ([(10, 11, 5)], 10 * math.log(6)),
            ([(14, None, 5), (11, 12, 5)], 10 * math.log(11)),
            ([], 0.0),
            ([(3, 4, 0)], 0.0),
        ],
    )
    def test_levels(self, bins: Any, expected: Any) -> None:
        assert score(*bins)["dis"] == pytest.approx(expected)

    def test_a_whole_bin_counts_at_its_middle(self) -> None:
        assert score((3.5, 4.5, 60))["peaks_ge_4g"] == 60
        assert score((3.4, 4.5, 60))["peaks_ge_4g"] == 0

    @pytest.mark.parametrize(("lower", "upper"), [(3.7, 4.3), (3.9, 4.1), (3.05, 4.95)])
    def test_edges_are_read_as_printed(self, lower: Any, upper: Any) -> None:
        assert score((lower, upper, 1))["peaks_ge_4g"] == 1
        above = score((lower + 1, upper + 1, 1), gravity_included=True)
        assert above["peaks_ge_4g"] == 1

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"placement": "wrist", "bins": None}, UNSUPPORTED),
            ({"placement": "ankle"}, UNSUPPORTED),
            ({"placement": None}, missing("placement")),
            ({"bins": None, "gravity_included": None}, missing("bins", "gravity_included")),
            ({"bins": [{"upper_g": 5, "count": -1}]}, missing("lower_g")),
            ({"bins": [{"lower_g": -1, "count": 3}]}, wrong("lower_g")),
            ({"bins": [{"lower_g": 2, "upper_g": 1.9, "count": 3}]}, wrong("upper_g")),
            ({"bins": [{"lower_g": 2, "upper_g": 3, "count": -1}]}, wrong("count")),
            ({"bins": [{"lower_g": 2, "upper_g": 3, "count": True}]}, wrong("count")),
            ({"bins": [5]}, wrong("bins")),
            ({"gravity_included": "no"}, wrong("gravity_included")),
        ],
    )
    def test_checks_in_order(self, change: Any, expected: Any) -> None:
        assert score((4, 5, 59), **change) == expected

    def test_needs_no_body_mass_and_works_at_the_lower_back(self) -> None:
        assert score((4, 5, 60), placement="lower_back")["target_60_met"] is True

    @given(
        counts=st.lists(st.integers(0, 500), min_size=6, max_size=6),
        order=st.permutations(range(6)),
    )
    def test_the_order_of_bins_does_not_matter(self, counts: Any, order: Any) -> None:
        bins = [(1 + n / 2, 1.5 + n / 2, count) for n, count in enumerate(counts)]
        assert score(*bins) == score(*(bins[n] for n in order))

    @given(bins=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 99)), max_size=5))
    def test_one_more_impact_never_lowers_it(self, bins: Any) -> None:
        rows = [(low, low + 1, count) for low, count in bins]
        more = score(*rows, (2, 3, 1))
        assert more["dis"] > score(*rows)["dis"]
