"""Change between two scans of one site."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.bone.change import NoPrecision, change_between
from backend.models import run

PAIR = {
    "site": "total_hip",
    "bmd1": 0.8,
    "bmd2": 0.83,
    "same_device": True,
    "days_between": 400,
}
BMD = st.floats(0.2, 2)
TURNED = {"increase": "decrease", "decrease": "increase", "no_real_change": "no_real_change"}


def missing(*names: str) -> dict[str, object]:
    return {"status": "missing_input", "missing": list(names)}


class TestLeastSignificantChange:
    @pytest.mark.parametrize(
        ("site", "pct"), [("lumbar_spine", 1.9), ("total_hip", 1.8), ("femoral_neck", 2.5)]
    )
    def test_falls_back_on_a_share_of_the_first_density(self, site: str, pct: float) -> None:
        result = run("bone.lsc_change", PAIR | {"site": site})
        assert result["lsc_g_cm2"] == pytest.approx(2.77 * pct / 100 * 0.8)
        assert result["lsc_source"] == "default"

    @pytest.mark.parametrize("site", ["lumbar_spine", "radius_33", "tblh"])
    def test_is_the_facilitys_own_where_it_is_known(self, site: str) -> None:
        result = run("bone.lsc_change", PAIR | {"site": site, "precision_sd_g_cm2": 0.02})
        assert result["lsc_g_cm2"] == pytest.approx(0.0554)
        assert result["lsc_source"] == "facility"

    @pytest.mark.parametrize("site", ["radius_33", "tblh"])
    def test_is_unknown_at_a_site_without_default(self, site: str) -> None:
        assert run("bone.lsc_change", PAIR | {"site": site}) == missing("precision_sd_g_cm2")
        with pytest.raises(NoPrecision):
            change_between(0.8, 0.9, site=site, days_between=400)

    @pytest.mark.parametrize(
        ("bmd2", "verdict"),
        [
            (0.8277, "increase"),
            (0.8276, "no_real_change"),
            (0.7723, "decrease"),
            (0.7724, "no_real_change"),
            (0.8277 - 1e-13, "increase"),
            (0.8277 - 1e-11, "no_real_change"),
            (0.8, "no_real_change"),
        ],
    )
    def test_makes_a_change_of_its_own_size_real(self, bmd2: float, verdict: str) -> None:
        inputs = PAIR | {"bmd2": bmd2, "precision_sd_g_cm2": 0.01}
        assert run("bone.lsc_change", inputs)["verdict"] == verdict

    @given(BMD, BMD, st.floats(0.001, 0.1))
    def test_turns_round_with_the_order_of_the_scans(
        self, one: float, other: float, precision: float
    ) -> None:
        there, back = (
            change_between(*pair, site="tblh", days_between=365, precision_sd_g_cm2=precision)
            for pair in ((one, other), (other, one))
        )
        assert there.verdict == TURNED[back.verdict]
        assert there.change_g_cm2 == -back.change_g_cm2


class TestYearlyRate:
    @pytest.mark.parametrize(
        ("days", "known"), [(182, False), (182.625, True), (183, True), (0, False)]
    )
    def test_is_given_from_half_a_year(self, days: float, known: bool) -> None:
        result = run("bone.lsc_change", PAIR | {"days_between": days})
        assert (result["annualised_pct"] is not None) is known

    def test_is_the_change_over_years_of_365_days_and_a_quarter(self) -> None:
        result = run("bone.lsc_change", PAIR | {"days_between": 730.5})
        assert result["annualised_pct"] == pytest.approx(3.75 / 2)


class TestAnotherDevice:
    def test_is_not_comparable_and_gives_no_numbers(self) -> None:
        result = run("bone.lsc_change", PAIR | {"same_device": False})
        assert result == {"status": "ok", "comparable": False, "verdict": "not_comparable"}

    def test_needs_no_precision(self) -> None:
        result = run("bone.lsc_change", PAIR | {"same_device": False, "site": "radius_33"})
        assert result["verdict"] == "not_comparable"

    def test_does_not_hide_a_density_that_can_not_be_true(self) -> None:
        result = run("bone.lsc_change", PAIR | {"same_device": False, "bmd2": 800})
        assert result == {"status": "out_of_range", "field": "bmd2"}


class TestInputs:
    def test_are_named_together_when_missing(self) -> None:
        inputs = {"site": "radius_33", "same_device": True, "bmd1": -1, "days_between": 9}
        assert run("bone.lsc_change", inputs) == missing("bmd2", "precision_sd_g_cm2")
        assert run("bone.lsc_change", {}) == missing(*sorted(PAIR))

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("site", "skull"),
            ("site", 4),
            ("bmd1", 0.19),
            ("bmd2", 2.01),
            ("bmd1", True),
            ("same_device", "yes"),
            ("same_device", 1),
            ("days_between", -1),
            ("precision_sd_g_cm2", 0),
            ("precision_sd_g_cm2", -0.01),
            ("precision_sd_g_cm2", 1.8),
        ],
    )
    def test_must_be_able_to_be_true(self, field: str, value: Any) -> None:
        result = run("bone.lsc_change", PAIR | {field: value})
        assert result == {"status": "out_of_range", "field": field}
