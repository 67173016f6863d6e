"""R15, R16, R19 and R21: questionnaires, cycles, a silent phone, and diet logs."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.backend.build import days_back, uid
from tests.backend.reminding.people import (
    GIRL_15,
    WOMAN_40,
    Row,
    aged,
    ago,
    all_of,
    answered,
    asked,
    due,
    record,
)

TRAINING = days_back(*(back for back in range(1, 57) if back % 7 in (1, 2, 3, 4, 5)))


def days(number: int) -> timedelta:
    return timedelta(days=number)


def screen(back: int, **answers: Any) -> Row:
    low: dict[str, Any] = {
        "dietary": "none", "bmi": 22, "menarche_age": 13, "menses_12mo": 12, "z_lowest": 0,
        "bsi_count": 0,
    }  # fmt: skip
    at = f"{ago(back)}T12:00:00+00:00"
    return record("energy_screen", 40, answered_at=at, **{**low, **answers})


def cycle(back: int, kind: str = "period_start", number: int = 45, **more: Any) -> Row:
    return record("cycle_log", number, local_date=ago(back), kind=kind, **more)


def diet(back: int, code: str = "protein", *, whole: bool = True) -> Row:
    items = [{"uid": "a", "code": code, "amount": 80, "unit": "g"}]
    return record("intake_log", 47, taken_at=f"{ago(back)}T12:00:00+00:00", local_date=ago(back),
                  kind="food", items=items, complete_day=whole)  # fmt: skip


class TestEnergyScreen:
    @pytest.mark.parametrize(("back", "is_planned"), [(179, False), (180, True)])
    def test_is_asked_again_twice_a_year(self, back: int, is_planned: bool) -> None:
        found = asked("energy_screen", screen(back), weeks=TRAINING)
        assert (found is not None) is is_planned
        if found is not None:
            assert (found.due_date, found.source_record) == (ago(back) + days(180), uid(40))

    @pytest.mark.parametrize(
        "answers",
        [
            {"dietary": "some_restriction_or_history", "menses_12mo": 8},  # moderate
            {"dietary": None, "bmi": None},  # indeterminate
            {"dietary": "eating_disorder_criteria", "menses_12mo": 2, "bsi_count": 2},  # high
        ],
    )
    def test_is_asked_sooner_unless_the_risk_was_low(self, answers: Any) -> None:
        assert due("energy_screen", screen(89, **answers), weeks=TRAINING) is None
        assert due("energy_screen", screen(90, **answers), weeks=TRAINING) == ago(0)

    def test_is_asked_first_after_eight_weeks(self) -> None:
        assert due("energy_screen", weeks=TRAINING, first_session=ago(56)) == ago(0)
        assert due("energy_screen", weeks=TRAINING, first_session=ago(55)) is None

    @pytest.mark.parametrize("gone", [1, 5, 50, 54])
    def test_is_for_five_sessions_in_each_of_eight_weeks(self, gone: int) -> None:
        weeks = [day for day in TRAINING if day.local_date != ago(gone)]
        assert len(weeks) == len(TRAINING) - 1
        assert due("energy_screen", screen(300), weeks=weeks) is None
        twice = [
            msgspec.structs.replace(day, sessions=2) if day.local_date == ago(gone + 1) else day
            for day in weeks
        ]
        back = due("energy_screen", screen(300), weeks=twice)
        assert (back is not None) is (gone % 7 != 5)  # the doubled day must be of that week

    def test_is_silent_under_care(self) -> None:
        managed = msgspec.structs.replace(WOMAN_40, clinician_managed=("reds",))
        assert due("energy_screen", screen(300), weeks=TRAINING, profile=managed) is None


class TestMensesGap:
    @pytest.mark.parametrize(("back", "planned"), [(89, None), (90, ago(0)), (100, ago(10))])
    def test_is_told_after_90_days(self, back: int, planned: Any) -> None:
        assert due("menses_gap", cycle(back)) == planned

    def test_counts_from_the_last_day_that_had_one(self) -> None:
        assert due("menses_gap", cycle(95), cycle(89, "period_end", 46)) is None
        assert due("menses_gap", cycle(95), cycle(1, "none_today", 46)) == ago(5)

    @pytest.mark.parametrize(
        "told",
        [
            {"menopausal_status": "transition"},
            {"menopausal_status": None},
            {"pregnant": True},
            {"hormonal_contraception": True},
            {"clinician_managed": ("cycle",)},
        ],
    )
    def test_is_silent_for(self, told: Any) -> None:
        profile = msgspec.structs.replace(WOMAN_40, **told)
        assert due("menses_gap", cycle(100), profile=profile) is None

    def test_is_silent_when_the_newest_log_tells_of_hormones(self) -> None:
        hormones = cycle(1, "none_today", 46, hormonal_contraception=True)
        assert due("menses_gap", cycle(100), hormones) is None
        without = cycle(1, "none_today", 46, hormonal_contraception=False)
        before = cycle(100, hormonal_contraception=True)
        assert due("menses_gap", before, without) is not None

    def test_needs_a_logged_period(self) -> None:
        assert due("menses_gap") is None
        assert due("menses_gap", cycle(100, "none_today")) is None

    def test_does_not_tell_a_coach_what_it_is_about(self) -> None:
        found = asked("menses_gap", cycle(100))
        assert found is not None
        assert found.topic == "recovery"
        assert not {"cycle", "period", "menses"} & set(found.text["en"].lower().split())


class TestSyncStale:
    @pytest.mark.parametrize(("back", "planned"), [(6, None), (7, ago(0)), (30, ago(23))])
    def test_is_told_after_seven_days(self, back: int, planned: Any) -> None:
        assert due("sync_stale", last_sync=ago(back)) == planned

    def test_speaks_to_children_and_in_pregnancy(self) -> None:
        for profile in (GIRL_15, msgspec.structs.replace(WOMAN_40, pregnant=True)):
            assert due("sync_stale", last_sync=ago(9), profile=profile) is not None

    def test_is_paused_by_who_wants_no_reminders(self) -> None:
        quiet = msgspec.structs.replace(WOMAN_40, reminders_per_week=0)
        assert due("sync_stale", last_sync=ago(9), profile=quiet) is None
        assert due("sync_stale") is None

    def test_is_another_one_after_a_silence_that_was_answered(self) -> None:
        before = asked("sync_stale", last_sync=ago(40), as_of=ago(30))
        assert before is not None
        now = asked("sync_stale", answered(before, 30), last_sync=ago(10))
        assert now is not None
        assert (now.due_date, now.state) == (ago(3), "due")


class TestDietLog:
    @pytest.mark.parametrize("code", ["protein", "calcium"])
    def test_is_due_90_days_after_the_last_whole_day(self, code: str) -> None:
        assert due("diet_log", diet(89, code)) is None
        assert due("diet_log", diet(90, code)) == ago(0)

    @pytest.mark.parametrize("row", [diet(100, "creatine"), diet(100, whole=False)])
    def test_needs_a_whole_day_of_protein_or_calcium(self, row: Any) -> None:
        assert due("diet_log", row) is None

    def test_is_silent_for_who_opted_out(self) -> None:
        quiet = msgspec.structs.replace(WOMAN_40, reminders_per_week=0)
        assert due("diet_log", diet(100), profile=quiet) is None


def test_children_hear_of_a_silent_phone_and_of_injuries_alone() -> None:
    girl = aged(17, menopausal_status="pre")
    rows = [
        cycle(100), screen(300), diet(100),
        record("injury", 60, kind="fracture", site="wrist", onset_date=ago(50)),
        record("medication", 50, code="levothyroxine", started_date=ago(400)),
    ]  # fmt: skip
    heard = {one.rule for one in all_of(*rows, profile=girl, weeks=TRAINING, last_sync=ago(9))}
    assert heard == {"rem.injury_check", "rem.sync_stale"}
    grown = aged(18, menopausal_status="pre")
    more = {one.rule for one in all_of(*rows, profile=grown, weeks=TRAINING, last_sync=ago(9))}
    assert more > heard | {"rem.menses_gap", "rem.energy_screen", "rem.diet_log"}
