"""How measures moved: which two values are compared, and when nothing is said."""

from typing import Any

import msgspec
import pytest

from backend.readmodels import LoadDay, Observation
from backend.records.athlete_profile import AthleteProfile
from backend.summary.plans import intervention_looks
from backend.summary.trends import Trend, trend_of
from tests.backend.build import about, days_back, vitamin_d
from tests.backend.test_summary_findings import (
    GIRL_15,
    WOMAN_30,
    ago,
    facts,
    gait,
    grip,
    lean,
    noon,
    record,
    scan,
)

PREGNANT = msgspec.structs.replace(WOMAN_30, pregnant=True)


def trend(
    measure: str,
    *records: Any,
    profile: AthleteProfile = WOMAN_30,
    observations: Any = (),
    load_days: list[LoadDay] | None = None,
    coverage_days: int = 28,
) -> Trend | None:
    there = about(
        *observations, profile=profile, facts=facts(*records), load_days=load_days or (),
        coverage_days=coverage_days,
    )  # fmt: skip
    return trend_of(there, measure)


def verdict(measure: str, *records: Any, **more: Any) -> object:
    found = trend(measure, *records, **more)
    return None if found is None else found["verdict"]


def result(days: int, value: str, number: int, **more: Any) -> Observation:
    told = {"lab": "North", "method": "LC-MS", **more}
    return vitamin_d(value, on=ago(days), record=number, **told)


class TestLoading:
    def test_of_thirteen_known_weeks_is_judged(self) -> None:
        steady = days_back(*range(0, 91, 2))
        assert verdict("blu_week", load_days=steady) == "no_real_change"
        more = [*days_back(*range(7, 91, 2)), *days_back(*range(7))]
        assert verdict("blu_week", load_days=more) == "improving"

    def test_of_a_new_person_is_not_compared_with_weeks_before_the_first_session(self) -> None:
        found = trend("blu_week", load_days=days_back(*range(50)))
        assert found is not None
        assert found["verdict"] == "not_comparable"
        assert "before" not in found
        assert verdict("blu_week", load_days=days_back(*range(84))) == "not_comparable"
        assert verdict("blu_week", load_days=days_back(*range(85))) == "no_real_change"

    def test_of_the_first_week_is_the_first_value(self) -> None:
        assert verdict("blu_week", load_days=days_back(0, 2)) == "first_value"
        assert verdict("blu_week") is None

    def test_of_a_silent_phone_is_not_a_loss(self) -> None:
        before = days_back(*range(8, 91))
        assert verdict("blu_week", load_days=before, coverage_days=20) == "not_comparable"
        assert verdict("blu_week", load_days=before, coverage_days=27) == "not_comparable"
        assert verdict("blu_week", load_days=before, coverage_days=28) == "worsening"


class TestSettings:
    @pytest.mark.parametrize("ids", [(1, 2), (2, 1)])
    def test_of_both_hands_the_worse_counts_whatever_their_ids(self, ids: tuple[int, int]) -> None:
        hands = [
            grip(9, 30, ids[0], side="right"), grip(9, 45, ids[1], side="left"),
            grip(200, 40, 3, side="right"), grip(200, 38, 4, side="left"),
        ]  # fmt: skip
        found = trend("grip_kg", *hands)
        assert found is not None
        assert (found["verdict"], found["before"], found["after"]) == ("worsening", 40, 30)

    def test_no_change_of_one_hand_comes_before_a_gain_of_the_other(self) -> None:
        hands = [
            grip(9, 50, 1, side="right"), grip(9, 38, 2, side="left"),
            grip(200, 40, 3, side="right"), grip(200, 38, 4, side="left"),
        ]  # fmt: skip
        assert verdict("grip_kg", *hands) == "no_real_change"

    @pytest.mark.parametrize("ids", [(1, 2), (2, 1)])
    def test_a_hand_that_can_be_compared_is(self, ids: tuple[int, int]) -> None:
        rows = [
            grip(9, 30, ids[0], side="right"),
            grip(9, 45, ids[1], side="left"),
            grip(200, 40, 3, side="right"),
        ]
        assert verdict("grip_kg", *rows) == "worsening"

    @pytest.mark.parametrize("ids", [(1, 2), (2, 1)])
    def test_of_two_tests_of_a_day_the_best_counts(self, ids: tuple[int, int]) -> None:
        rows = [grip(9, 20, ids[0]), grip(9, 40, ids[1]), grip(200, 40, 3)]
        assert verdict("grip_kg", *rows) == "no_real_change"

    @pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
    def test_of_both_hips_the_worse_counts(self, ids: tuple[str, str]) -> None:
        def hips(days: int, number: int, left: float, right: float) -> Any:
            sides = [("left", left), ("right", right)]
            results = [
                {"uid": uid_, "site": "total_hip", "side": side, "bmd_g_cm2": bmd}
                for uid_, (side, bmd) in zip(ids, sides, strict=True)
            ]
            return record(
                "dxa_scan", number, scanned_at=noon(days), manufacturer="GE", model="Lunar",
                device_id="A1", site_results=results,
            )  # fmt: skip

        for newest in ((0.8, 0.6), (0.6, 0.8)):
            rows = (hips(700, 1, 0.8, 0.8), hips(9, 2, *newest))
            assert verdict("bmd_total_hip", *rows) == "worsening"

    def test_another_device_today_is_not_compared_with_older_ones(self) -> None:
        rows = [grip(9, 30, 1, device="New"), grip(99, 30, 2), grip(200, 40, 3)]
        assert verdict("grip_kg", *rows) == "not_comparable"


class TestPregnancy:
    def test_says_nothing_of_what_does_not_apply_then(self) -> None:
        rows = (
            lean(9, 15, 1), lean(300, 20, 2),
            scan(9, 3, total_hip={"bmd_g_cm2": 0.6}), scan(700, 4, total_hip={"bmd_g_cm2": 0.8}),
            grip(9, 30, 5), grip(300, 40, 6),
        )  # fmt: skip
        labs = [result(9, "10", 7), result(100, "40", 8)]
        labs += [result(days, "1", 9 + days, analyte="creatinine") for days in (9, 100)]
        for measure in ("alm_kg", "bmd_total_hip", "vitd_25oh", "creatinine"):
            assert verdict(measure, *rows, observations=labs) is not None
            assert verdict(measure, *rows, observations=labs, profile=PREGNANT) is None
        assert verdict("grip_kg", *rows, profile=PREGNANT) == "worsening"

    def test_looks_at_no_such_measure_around_a_change(self) -> None:
        change = record("intervention", 91, what="vitamin D", started_date=str(ago(100)))
        labs = [result(9, "40", 7), result(150, "10", 8)]
        for profile, measures in ((WOMAN_30, ["vitd_25oh"]), (PREGNANT, [])):
            (look,) = intervention_looks(about(*labs, profile=profile, facts=facts(change)))
            assert [one.measure for one in look.measures] == measures


class TestUnderEighteen:
    def test_growth_is_neither_better_nor_worse(self) -> None:
        mass = (lean(9, 20, 1), lean(300, 15, 2))
        bone = (
            scan(9, 3, total_hip={"bmd_g_cm2": 0.8}), scan(700, 4, total_hip={"bmd_g_cm2": 0.6}),
        )  # fmt: skip
        assert verdict("alm_kg", *mass) == verdict("bmd_total_hip", *bone) == "improving"
        assert verdict("alm_kg", *mass, profile=GIRL_15) == "changed"
        assert verdict("bmd_total_hip", *bone, profile=GIRL_15) == "changed"
        still = (lean(9, 20, 1), lean(300, 20, 2))
        assert verdict("alm_kg", *still, profile=GIRL_15) == "no_real_change"


class TestLaboratories:
    @pytest.mark.parametrize(
        ("before", "after", "is_compared"),
        [
            ({}, {}, True),
            ({"method": None}, {"method": None}, True),
            ({"lab": None}, {"lab": None}, False),
            ({"lab": ""}, {"lab": ""}, False),
            ({"lab": None, "method": None}, {"lab": None, "method": None}, False),
            ({"lab": None}, {}, False),
            ({}, {"lab": None}, False),
            ({"lab": "South"}, {}, False),
            ({"method": "ECLIA"}, {}, False),
        ],
    )
    def test_are_compared_with_themselves_alone(
        self, before: Any, after: Any, is_compared: bool
    ) -> None:
        seen = [result(9, "40", 1, **after), result(100, "10", 2, **before)]
        told = verdict("vitd_25oh", observations=seen)
        assert told == ("improving" if is_compared else "not_comparable")

    def test_that_are_unknown_are_not_compared_around_a_change(self) -> None:
        change = record("intervention", 91, what="vitamin D", started_date=str(ago(100)))
        labs = [result(9, "40", 7, lab=None), result(150, "10", 8, lab=None)]
        (look,) = intervention_looks(about(*labs, profile=WOMAN_30, facts=facts(change)))
        assert look.measures == ()

    @pytest.mark.parametrize(
        ("analyte", "told"), [("vitd_25oh", "improving"), ("albumin", "first_value")]
    )
    def test_of_an_ill_day_are_left_out_where_illness_moves_them(
        self, analyte: str, told: str
    ) -> None:
        seen = [
            result(9, "40", 1, analyte=analyte),
            result(100, "10", 2, analyte=analyte),
            result(9, "80", 3, analyte="hscrp"),
        ]
        assert verdict(analyte, observations=seen) == told


def test_a_single_value_is_the_first() -> None:
    assert verdict("gait_m_s", gait(9, 1.2)) == "first_value"
    assert verdict("vitd_25oh", observations=[result(9, "40", 1, lab=None)]) == "first_value"
