"""R06, R12, R17 and R18: calcium, kidney function, turnover markers, thyroid."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.backend.build import TODAY, uid
from tests.backend.reminding.people import WOMAN_40, ago, answered, asked, drug, due, lab


def days(number: int) -> timedelta:
    return timedelta(days=number)


class TestCalcium:
    def test_is_confirmed_after_a_week_and_told_to_a_clinician_now(self) -> None:
        found = asked("calcium_confirm", lab("calcium", "10.3", 2, 1))
        assert found is not None
        assert (found.due_date, found.priority) == (ago(2) + days(7), 1)
        assert "now" in found.text["en"]
        assert found.source_record == uid(1)

    def test_is_high_above_the_limit_the_laboratory_printed(self) -> None:
        assert due("calcium_confirm", lab("calcium", "10.2", 2, 1)) is None
        narrow = lab("calcium", "10.1", 2, 1, ref_high=Decimal(10))
        assert due("calcium_confirm", narrow) is not None

    def test_goes_by_ionised_calcium_where_there_is_one(self) -> None:
        total, ionised = lab("calcium", "10.8", 2, 1), lab("calcium_ionised", "1.25", 2, 2)
        assert due("calcium_confirm", total, ionised) is None
        high = asked("calcium_confirm", lab("calcium_ionised", "1.40", 2, 2))
        assert high is not None
        assert high.source_record == uid(2)

    def test_ends_with_a_newer_result(self) -> None:
        assert (
            due("calcium_confirm", lab("calcium", "10.8", 9, 1), lab("calcium", "9", 1, 2)) is None
        )

    def test_speaks_in_pregnancy_too(self) -> None:
        pregnant = msgspec.structs.replace(WOMAN_40, pregnant=True)
        assert due("calcium_confirm", lab("calcium", "10.8", 2, 1), profile=pregnant) is not None


class TestKidneyFunction:
    @pytest.mark.parametrize(
        ("egfr", "wait"), [("90", 365), ("44.5", 365), ("44.4", 182), ("29.5", 182), ("29.4", 121), ("15", 121)]
    )  # fmt: skip
    def test_is_due_the_sooner_the_lower_it_is(self, egfr: Any, wait: Any) -> None:
        assert due("creatinine_ckd", lab("egfr", egfr, 10, 1)) == ago(10) + days(wait)

    def test_is_a_clinicians_in_kidney_failure(self) -> None:
        assert due("creatinine_ckd", lab("egfr", "14.9", 10, 1)) is None
        on_dialysis = msgspec.structs.replace(WOMAN_40, dialysis=True)
        assert due("creatinine_ckd", lab("egfr", "50", 10, 1), profile=on_dialysis) is None

    def test_goes_by_creatinine_when_that_is_newer(self) -> None:
        found = asked("creatinine_ckd", lab("egfr", "20", 40, 1), lab("creatinine", "0.8", 10, 2))
        assert found is not None
        assert (found.due_date, found.source_record) == (ago(10) + days(365), uid(2))

    def test_stays_due_when_the_result_is_older_than_a_year(self) -> None:
        found = asked("creatinine_ckd", lab("egfr", "90", 500, 1))
        assert found is not None
        assert (found.due_date, found.state) == (ago(135), "due")

    def test_is_not_asked_in_pregnancy(self) -> None:
        pregnant = msgspec.structs.replace(WOMAN_40, pregnant=True)
        assert due("creatinine_ckd", lab("egfr", "50", 10, 1), profile=pregnant) is None


class TestTurnoverMarkers:
    BASELINE = lab("ctx", "400", 45, 1)

    @pytest.mark.parametrize("analyte", ["ctx", "p1np"])
    def test_are_due_90_days_after_a_bone_drug_began(self, analyte: str) -> None:
        found = asked("btm_on_treatment", lab(analyte, "60", 45, 1), drug("bone_drug", 40))
        assert found is not None
        assert (found.due_date, found.source_record) == (ago(40) + days(90), uid(50))
        assert "fasting" in found.text["en"]

    def test_need_a_baseline(self) -> None:
        assert due("btm_on_treatment", drug("bone_drug", 40)) is None
        assert due("btm_on_treatment", lab("ctx", "400", 40, 1), drug("bone_drug", 40)) is not None

    def test_are_satisfied_by_one_since(self) -> None:
        since = lab("p1np", "30", 5, 2)
        assert due("btm_on_treatment", self.BASELINE, since, drug("bone_drug", 40)) is None

    @pytest.mark.parametrize(
        "other", [drug("bone_drug", 40, ended_date=ago(1)), drug("estrogen", 40)]
    )
    def test_are_not_asked_without_the_drug(self, other: Any) -> None:
        assert due("btm_on_treatment", self.BASELINE, other) is None


class TestThyroid:
    def test_is_due_once_a_year_on_levothyroxine(self) -> None:
        found = asked("tsh_levothyroxine", lab("tsh", "2", 20, 1), drug("levothyroxine", 900))
        assert found is not None
        assert (found.due_date, found.source_record) == (ago(20) + days(365), uid(1))
        assert found.reason == "yearly"
        assert due("tsh_levothyroxine", lab("tsh", "2", 20, 1)) is None

    def test_is_due_six_weeks_after_a_change_of_dose(self) -> None:
        changed = drug("levothyroxine", 900, dose_changed_date=ago(10))
        found = asked("tsh_levothyroxine", lab("tsh", "2", 20, 1), changed)
        assert found is not None
        assert (found.due_date, found.reason) == (ago(10) + days(42), "dose_changed")

    def test_is_another_one_after_a_change_that_was_answered(self) -> None:
        changed = drug("levothyroxine", 900, dose_changed_date=ago(200))
        before = asked("tsh_levothyroxine", changed, as_of=ago(100))
        assert before is not None
        again = drug("levothyroxine", 900, dose_changed_date=ago(50))
        now = asked("tsh_levothyroxine", answered(before, 100), again)
        assert now is not None
        assert (now.due_date, now.state) == (ago(8), "due")

    def test_is_due_six_weeks_after_the_start(self) -> None:
        found = asked("tsh_levothyroxine", drug("levothyroxine", 10))
        assert found is not None
        assert (found.due_date, found.source_record) == (ago(10) + days(42), uid(50))

    def test_is_satisfied_by_a_newer_result(self) -> None:
        changed = drug("levothyroxine", 900, dose_changed_date=ago(10))
        assert due("tsh_levothyroxine", lab("tsh", "2", 9, 1), changed) == ago(9) + days(365)

    def test_counts_no_change_that_is_only_planned(self) -> None:
        planned = drug("levothyroxine", 900, dose_changed_date=TODAY + days(3))
        assert due("tsh_levothyroxine", lab("tsh", "2", 20, 1), planned) == ago(20) + days(365)
