"""R01 to R05: what a vitamin D result asks for."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from backend.records.athlete_profile import AthleteProfile
from tests.backend.build import TODAY, uid
from tests.backend.reminding.people import WOMAN_40, ago, asked, drug, due, lab, scan

LOW = lab("vitd_25oh", "14", 30, 1)
FINE = lab("vitd_25oh", "35", 30, 1)


def days(number: int) -> timedelta:
    return timedelta(days=number)


class TestRetest:
    def test_counts_from_a_supplement_that_began_later(self) -> None:
        assert due("vitd_retest_low", LOW, drug("vitamin_d", 10)) == ago(10) + days(84)
        assert due("vitd_retest_low", LOW, drug("vitamin_d", 40)) == ago(30) + days(84)

    def test_counts_from_a_dose_that_changed_later(self) -> None:
        changed = drug("vitamin_d", 40, dose_changed_date=ago(5))
        assert due("vitd_retest_low", LOW, changed) == ago(5) + days(84)

    @pytest.mark.parametrize(
        "other", [drug("vitamin_d", -5), drug("vitamin_d", 10, ended_date=ago(1)), drug("other", 9)]
    )
    def test_does_not_count_from_what_is_not_taken(self, other: Any) -> None:
        assert due("vitd_retest_low", LOW, other) == ago(30) + days(84)


class TestAnnual:
    def test_needs_an_indication(self) -> None:
        assert due("vitd_annual", FINE) is None
        assert due("vitd_annual", FINE, drug("bone_drug", 100)) == ago(30) + days(365)

    @pytest.mark.parametrize(
        ("others", "is_planned"),
        [
            ([scan(100, -2.5)], True),
            ([scan(500, -3.0, 70), scan(10, None, 71, bmd_g_cm2=0.9)], True),
            ([scan(100, -2.4)], False),
            ([lab("egfr", "59", 20, 2)], True),
            ([lab("egfr", "59.5", 20, 2)], False),  # reported as 60
            ([lab("egfr", "15", 20, 2)], True),
            ([lab("egfr", "14", 20, 2)], False),
            ([lab("vitd_25oh", "19.9", 300, 2)], True),
            ([lab("vitd_25oh", "20", 300, 2)], False),
        ],
    )
    def test_knows_its_indications(self, others: Any, is_planned: Any) -> None:
        woman = msgspec.structs.replace(WOMAN_40, menopausal_status="post")
        assert (due("vitd_annual", FINE, *others, profile=woman) is not None) is is_planned

    def test_is_silent_when_somebody_noted_that_there_is_none(self) -> None:
        noted = msgspec.structs.replace(WOMAN_40, vitamin_d_no_indication=True)
        assert due("vitd_annual", FINE, drug("bone_drug", 100), profile=noted) is None

    @pytest.mark.parametrize(
        ("latitude", "drawn", "planned", "reason"),
        [
            (52, date(2026, 1, 1), date(2027, 3, 1), "seasonal_nadir"),
            (-52, date(2026, 5, 4), date(2027, 9, 1), "seasonal_nadir"),  # 120 days away
            (-52, date(2026, 5, 3), date(2027, 5, 3), "one_year"),
            (34.9, date(2026, 1, 1), date(2027, 1, 1), "one_year"),
        ],
    )
    def test_moves_to_the_seasonal_low(
        self, latitude: Any, drawn: Any, planned: Any, reason: Any
    ) -> None:
        there = msgspec.structs.replace(WOMAN_40, latitude=latitude)
        seen = lab("vitd_25oh", "35", (TODAY - drawn).days, 1)
        found = asked("vitd_annual", seen, drug("bone_drug", 100), profile=there)
        assert found is not None
        assert (found.due_date, found.reason) == (planned, reason)

    def test_leaves_the_low_and_the_high_to_their_own_rules(self) -> None:
        treated = drug("bone_drug", 100)
        assert due("vitd_annual", LOW, treated) is None
        assert due("vitd_annual", lab("vitd_25oh", "100.1", 30, 1), treated) is None
        assert due("vitd_annual", lab("vitd_25oh", "100", 30, 1), treated) is not None


class TestHigh:
    def test_is_above_one_hundred_and_urgent_at_once(self) -> None:
        assert due("vitd_high", lab("vitd_25oh", "100", 3, 1)) is None
        found = asked("vitd_high", lab("vitd_25oh", "100.1", 3, 1))
        assert found is not None
        assert (found.due_date, found.priority, found.state) == (ago(3), 1, "due")
        assert "clinician" in found.text["en"]
        assert "21 August 2026" in found.text["en"], "84 days after 29 May"

    def test_is_due_again_after_84_days(self) -> None:
        seen = lab("vitd_25oh", "120", 0, 1)
        assert due("vitd_high", seen, as_of=TODAY + days(83)) == TODAY
        assert due("vitd_high", seen, as_of=TODAY + days(84)) == TODAY + days(84)

    def test_ends_with_a_newer_result(self) -> None:
        assert due("vitd_high", lab("vitd_25oh", "120", 90, 1), FINE) is None


class TestParathyroidHormoneAfterLow:
    def test_is_due_two_weeks_after_the_result(self) -> None:
        assert due("pth_after_low_d", LOW) == ago(30) + days(14)
        assert due("pth_after_low_d", lab("vitd_25oh", "20", 30, 1)) is None
        assert due("pth_after_low_d", lab("vitd_25oh", "19.9", 30, 1)) is not None

    @pytest.mark.parametrize(("drawn", "is_planned"), [(120, False), (121, True), (29, False)])
    def test_is_there_already_within_90_days_or_since(self, drawn: Any, is_planned: Any) -> None:
        found = due("pth_after_low_d", LOW, lab("pth", "40", drawn, 2))
        assert (found is not None) is is_planned

    def test_is_satisfied_by_a_later_one_however_late(self) -> None:
        old = lab("vitd_25oh", "14", 200, 1)
        assert due("pth_after_low_d", old) is not None
        assert due("pth_after_low_d", old, lab("pth", "40", 20, 2)) is None

    @pytest.mark.parametrize(("egfr", "is_planned"), [("29.9", False), ("30", True)])
    def test_is_a_clinicians_in_advanced_kidney_disease(self, egfr: Any, is_planned: Any) -> None:
        found = due("pth_after_low_d", LOW, lab("egfr", egfr, 10, 2))
        assert (found is not None) is is_planned
        on_dialysis = msgspec.structs.replace(WOMAN_40, dialysis=True)
        assert due("pth_after_low_d", LOW, profile=on_dialysis) is None


class TestParathyroidHormoneRecheck:
    HIGH_PTH = lab("pth", "80", 30, 2)

    def test_comes_with_the_retest(self) -> None:
        found = asked("pth_recheck", LOW, self.HIGH_PTH)
        assert found is not None
        assert (found.due_date, found.source_record) == (ago(30) + days(84), uid(2))
        assert found.due_date == due("vitd_retest_low", LOW, self.HIGH_PTH)

    @pytest.mark.parametrize(
        "others",
        [
            [LOW, lab("pth", "65", 30, 2)],
            [FINE, lab("pth", "80", 30, 2)],
            [LOW, lab("pth", "80", 30, 2), lab("calcium", "10.3", 30, 3)],
            [LOW],
        ],
    )
    def test_needs_the_pattern(self, others: Any) -> None:
        assert due("pth_recheck", *others) is None

    @pytest.mark.parametrize("topic", ["vitamin_d", "vitd_25oh", "pth"])
    def test_is_suppressed_as_the_retest_is(self, topic: str) -> None:
        managed = AthleteProfile(clinician_managed=(topic,))
        assert due("pth_recheck", LOW, self.HIGH_PTH, profile=managed) is None
