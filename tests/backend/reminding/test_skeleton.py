"""R07, R08, R20 and R22: scans, injuries of bone, and entered probabilities of fracture."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from backend.days import months_later
from tests.backend.build import TODAY, uid
from tests.backend.reminding.people import (
    GIRL_15,
    ME,
    WOMAN_40,
    aged,
    ago,
    all_of,
    answered,
    asked,
    drug,
    due,
    injury,
    record,
    scan,
)


def days(number: int) -> timedelta:
    return timedelta(days=number)


def months(day: date, number: int) -> date:
    return months_later(day, number)


def mass(kg: float) -> Any:
    return record("body_composition", 80, measured_at=f"{ago(3)}T12:00:00+00:00", method="scale",
                  mass_kg=kg)  # fmt: skip


def frax(day: date) -> Any:
    return record("risk_result", 90, tool="FRAX", calculated_on=day, country_model="DE", mof_pct=9)


class TestFollowUp:
    @pytest.mark.parametrize(
        ("t_score", "wait", "basis"),
        [
            (-0.9, 60, "convention"),
            (-1.0, 36, "convention"),
            (-2.0, 24, "convention"),
            (-2.5, 24, "clinician_directed"),
        ],
    )
    def test_follows_the_lowest_score(self, t_score: Any, wait: Any, basis: Any) -> None:
        found = asked("dxa_followup", scan(200, t_score))
        assert found is not None
        assert (found.due_date, found.reason) == (months(ago(200), wait), basis)
        assert (found.source_record, found.priority) == (uid(70), 3)

    def test_goes_by_the_age_on_the_day_of_the_scan(self) -> None:
        at_67 = asked("dxa_followup", scan(365, -1.4), profile=aged(68))
        at_66 = asked("dxa_followup", scan(366, -1.4), profile=aged(67))
        assert at_67 is not None
        assert at_66 is not None
        assert (at_67.due_date, at_67.reason) == (months(ago(365), 180), "gourlay_2012")
        assert (at_66.due_date, at_66.reason) == (months(ago(366), 36), "convention")

    @pytest.mark.parametrize(
        ("began", "wait"),
        [(ago(100), 12), (months(ago(200), -11), 12), (months(ago(200), -12), 24)],
    )
    def test_is_nearer_after_a_bone_drug_began(self, began: date, wait: int) -> None:
        taken = drug("bone_drug", (TODAY - began).days)
        found = asked("dxa_followup", scan(200), taken)
        assert found is not None
        assert (found.due_date, found.reason) == (months(ago(200), wait), "on_treatment")

    def test_does_not_run_away_while_a_bone_drug_is_taken(self) -> None:
        rows = (scan(200), drug("bone_drug", 200))
        first = months(ago(200), 12)
        assert due("dxa_followup", *rows, as_of=first) == first
        assert due("dxa_followup", *rows, as_of=first + days(90)) == first

    def test_counts_glucocorticoids_from_three_months_on(self) -> None:
        three = (TODAY - months(TODAY, -3)).days
        for taken, wait in ((three, 12), (three - 1, 60)):
            assert due("dxa_followup", scan(200), drug("glucocorticoid", taken)) == months(
                ago(200), wait
            )

    def test_counts_a_fragility_fracture(self) -> None:
        broken = injury("fracture", 3000, site="wrist", fragility=True, closed_date=ago(2900))
        found = asked("dxa_followup", scan(200), broken)
        assert found is not None
        assert found.reason == "clinician_directed"

    def test_is_replaced_by_a_newer_scan(self) -> None:
        found = asked("dxa_followup", scan(200, number=70), scan(10, number=71))
        assert found is not None
        assert found.source_record == uid(71)

    def test_is_not_replaced_by_a_scan_without_a_score(self) -> None:
        found = asked("dxa_followup", scan(200, -2.8, 70), scan(10, None, 71, bmd_g_cm2=1.0))
        assert found is not None
        assert (found.source_record, found.reason) == (uid(70), "clinician_directed")
        assert found.due_date == months(ago(200), 24)

    def test_goes_by_the_lowest_score_of_every_site(self) -> None:
        spine = scan(10, -0.2, 71, site="lumbar_spine")
        found = asked("dxa_followup", scan(200, -2.8, 70), spine)
        assert found is not None
        assert (found.source_record, found.reason) == (uid(71), "clinician_directed")

    def test_needs_a_score_sex_and_age(self) -> None:
        assert due("dxa_followup", scan(200, None, z_score=-0.4)) is None
        for lacking in ({"sex": None}, {"born_date": None}):
            profile = msgspec.structs.replace(WOMAN_40, **lacking)
            assert due("dxa_followup", scan(200), profile=profile) is None

    def test_is_not_planned_in_pregnancy_nor_under_18(self) -> None:
        pregnant = msgspec.structs.replace(WOMAN_40, pregnant=True)
        assert due("dxa_followup", scan(200), profile=pregnant) is None
        assert due("dxa_followup", scan(200), profile=GIRL_15) is None


class TestFirstScan:
    @pytest.mark.parametrize(
        ("profile", "years"),
        [(aged(65), 65), (aged(70), 65), (aged(70, "male"), 70)],
    )
    def test_is_due_from_the_birthday_on(self, profile: Any, years: int) -> None:
        found = asked("dxa_first", profile=profile)
        assert found is not None
        assert (found.due_date, found.state) == (months(profile.born_date, 12 * years), "due")
        assert found.reason == "age"

    @pytest.mark.parametrize("profile", [aged(64), aged(69, "male"), WOMAN_40])
    def test_is_not_due_before(self, profile: Any) -> None:
        assert due("dxa_first", profile=profile) is None

    @pytest.mark.parametrize(
        ("profile", "kg", "is_planned"),
        [
            (aged(60, menopausal_status="post"), 68, True),  # 8 / 5 is 1
            (aged(60, menopausal_status="post"), 70, False),  # 2
            (aged(60, "male"), 79, True),  # 3
            (aged(60, "male"), 80, False),  # 4
            (aged(49, "male"), 40, False),
        ],
    )
    def test_is_due_when_a_screen_points_to_it(
        self, profile: Any, kg: float, is_planned: bool
    ) -> None:
        found = asked("dxa_first", mass(kg), profile=profile)
        assert (found is not None) is is_planned
        if found is not None:
            assert (found.reason, found.due_date) == ("screen", TODAY)

    def test_asks_on_the_same_day_until_the_next_birthday(self) -> None:
        profile = aged(60, menopausal_status="post")
        assert due("dxa_first", mass(60), profile=profile, as_of=TODAY + days(300)) == TODAY

    def test_counts_estrogen_only_when_it_is_known_to_be_over(self) -> None:
        woman = aged(55, menopausal_status="post")  # 5 for age, 3 for mass, 2 without estrogen
        ended = drug("estrogen", 900, ended_date=ago(10))
        assert due("dxa_first", mass(66), profile=woman) is None
        assert due("dxa_first", mass(66), drug("estrogen", 900), profile=woman) is None
        assert due("dxa_first", mass(66), ended, profile=woman) is not None

    def test_is_asked_by_age_although_a_screen_was_answered(self) -> None:
        woman = aged(65, menopausal_status="post")
        before = asked("dxa_first", mass(60), profile=woman, as_of=ago(1))
        assert before is not None
        assert before.reason == "screen"
        now = asked("dxa_first", mass(60), answered(before, 1), profile=woman)
        assert now is not None
        assert (now.reason, now.state) == ("age", "due")

    def test_is_due_after_a_fragility_fracture(self) -> None:
        broken = injury("fracture", 20, site="hip", fragility=True)
        found = asked("dxa_first", broken)
        assert found is not None
        assert (found.due_date, found.source_record) == (ago(20), uid(60))
        assert due("dxa_first", injury("fracture", 20, site="hip")) is None

    def test_ends_with_a_scan_or_one_that_is_booked(self) -> None:
        booked = record("intervention", 95, what="DXA booked", started_date=TODAY + days(9))
        over = record("intervention", 95, what="DXA", started_date=ago(9), ended_date=ago(8))
        assert due("dxa_first", scan(3), profile=aged(70)) is None
        assert due("dxa_first", booked, profile=aged(70)) is None
        assert due("dxa_first", over, profile=aged(70)) is not None


class TestInjuryCheck:
    @pytest.mark.parametrize("kind", ["bone_stress", "fracture"])
    def test_is_due_after_six_weeks(self, kind: str) -> None:
        found = asked("injury_check", injury(kind, 41))
        assert found is not None
        assert (found.due_date, found.state) == (ago(41) + days(42), "scheduled")
        assert asked("injury_check", injury(kind, 42)).state == "due"  # type: ignore[union-attr]  # planned above

    @pytest.mark.parametrize(
        "row", [injury("muscle", 50), injury("fracture", 50, closed_date=ago(1))]
    )
    def test_is_for_bone_that_is_not_healed(self, row: Any) -> None:
        assert due("injury_check", row) is None

    def test_is_one_for_each_injury_and_for_children_too(self) -> None:
        rows = (injury("fracture", 50, 60), injury("bone_stress", 20, 61))
        found = [one for one in all_of(*rows, profile=GIRL_15) if one.rule == "rem.injury_check"]
        assert [one.source_record for one in found] == [uid(60), uid(61)]


class TestFrax:
    def test_is_worked_out_anew_after_24_months(self) -> None:
        found = asked("frax_refresh", frax(date(2024, 2, 29)), profile=aged(60))
        assert found is not None
        assert (found.due_date, found.reason) == (date(2026, 2, 28), "expired")

    @pytest.mark.parametrize("row", [injury("fracture", 5, closed_date=ago(1)), scan(5)])
    def test_is_worked_out_anew_at_once_after_a_fracture_or_scan(self, row: Any) -> None:
        found = asked("frax_refresh", frax(ago(90)), row)
        assert found is not None
        assert (found.due_date, found.reason, found.state) == (
            ago(5),
            "new_fracture_or_scan",
            "due",
        )

    @pytest.mark.parametrize(
        "row", [injury("fracture", 90), injury("bone_stress", 5), scan(90), scan(300)]
    )
    def test_is_not_moved_by_what_it_knew_or_does_not_count(self, row: Any) -> None:
        assert due("frax_refresh", frax(ago(90)), row) == months(ago(90), 24)

    def test_asks_for_no_other_tool(self) -> None:
        other = record("risk_result", 90, tool="Garvan", calculated_on=ago(900))
        assert due("frax_refresh", other) is None


def test_sources_that_are_no_record_are_personal_and_stay() -> None:
    here, again = (asked("dxa_first", profile=aged(70)) for _ in range(2))
    assert here is not None
    assert again is not None
    assert here.source_record == again.source_record != ME
    assert here.source_record.version == 8
