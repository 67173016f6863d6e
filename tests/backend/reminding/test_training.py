"""R13 and R14: days that load bone, and steps that are too large."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from backend.reminding.training import ignored_in_a_row
from tests.backend.build import TODAY, days_back, load_day
from tests.backend.reminding.people import (
    WOMAN_40,
    aged,
    ago,
    answered,
    asked,
    due,
    injury,
    lab,
    record,
    scan,
)


def days(number: int) -> timedelta:
    return timedelta(days=number)


def every(gap: int, until: int) -> list[Any]:
    """Return high days so far apart, the last one ``until`` days ago."""
    return days_back(*range(until, 91, gap))


class TestLoadingGap:
    @pytest.mark.parametrize(
        ("back", "planned"), [(2, None), (3, TODAY), (6, ago(3)), (90, ago(87))]
    )
    def test_fires_three_days_after_the_last_osteogenic_day(self, back: int, planned: Any) -> None:
        assert due("loading_gap", weeks=days_back(back)) == planned

    def test_says_nothing_without_history(self) -> None:
        assert due("loading_gap") is None
        assert due("loading_gap", weeks=days_back(91)) is None
        assert due("loading_gap", weeks=days_back(5, day_class="none")) is None

    @pytest.mark.parametrize(
        ("gaps", "ignored"),
        [
            ([3], 0), ([5], 0), ([6], 1), ([6, 8], 2), ([6, 7], 0), ([6, 8, 10], 3),
            ([6, 8, 10, 17], 4), ([6, 8, 10, 16], 0), ([6, 1, 1], 1), ([], 0),
        ],
    )  # fmt: skip
    def test_counts_nudges_that_nothing_followed(self, gaps: list[int], ignored: int) -> None:
        known = [date(2026, 1, 1)]
        for gap in gaps:
            known.append(known[-1] + days(gap))
        assert ignored_in_a_row(known) == ignored

    @pytest.mark.parametrize(
        ("gaps", "wait"), [([6], 5), ([6, 8], 7), ([6, 8, 10], 14), ([6, 8, 10, 17], 14)]
    )
    def test_grows_rarer_while_it_is_ignored(self, gaps: list[int], wait: int) -> None:
        backs = [wait]
        for gap in reversed(gaps):
            backs.append(backs[-1] + gap)
        assert due("loading_gap", weeks=days_back(*backs)) == TODAY
        assert due("loading_gap", weeks=days_back(*(one - 1 for one in backs))) is None

    def test_keeps_one_source_for_as_long_as_the_gap_lasts(self) -> None:
        weeks = days_back(3)
        first, later = (asked("loading_gap", weeks=weeks, as_of=TODAY + days(n)) for n in (0, 9))
        assert first is not None
        assert later is not None
        assert first.source_record == later.source_record

    @pytest.mark.parametrize("action", ["done", "dismissed", "snoozed", "seen"])
    def test_is_another_one_after_a_gap_that_was_answered(self, action: str) -> None:
        before = asked("loading_gap", weeks=days_back(12), as_of=ago(9))
        assert before is not None
        told = answered(before, 9, action, snooze_until=TODAY + days(30))
        now = asked("loading_gap", told, weeks=days_back(12, 8, 6, 4))
        assert now is not None
        assert (now.due_date, now.state) == (ago(1), "due")

    def test_counts_moderate_days_for_who_is_65_or_limited(self) -> None:
        weeks = [*days_back(9), *days_back(1, day_class="moderate")]
        assert due("loading_gap", weeks=weeks) == ago(6)
        assert due("loading_gap", weeks=weeks, profile=aged(64)) == ago(6)
        assert due("loading_gap", weeks=weeks, profile=aged(65)) is None
        limited = msgspec.structs.replace(WOMAN_40, impact_limited=True)
        assert due("loading_gap", weeks=weeks, profile=limited) is None

    @pytest.mark.parametrize("told", [{"impact_contraindicated": True}, {"pregnant": True}])
    def test_never_speaks_where_impact_must_not_be_suggested(self, told: Any) -> None:
        profile = msgspec.structs.replace(WOMAN_40, **told)
        assert due("loading_gap", weeks=days_back(9), profile=profile) is None

    @pytest.mark.parametrize(
        "row",
        [
            injury("bone_stress", 30),
            injury("bone_stress", 150, closed_date=ago(84)),
            injury("fracture", 900, site="hip", fragility=True),
            scan(100, -2.5),
            lab("hscrp", "10.1", 13, 1),
            record("intervention", 95, what="planned rest", started_date=ago(2), ended_date=TODAY),
            record("intervention", 95, what="flu", started_date=ago(2)),
            *(
                record("intervention", 95, what=what, started_date=ago(2))
                for what in (
                    "Rest week",
                    "Deload",
                    "rest",
                    "Ruhewoche",
                    "Ill since Monday",
                    "I have a cold.",
                    "off sick",
                    "krank",
                )
            ),
            record("intervention", 95, what="illness", started_date=ago(13)),
            record("intervention", 95, what="illness", started_date=ago(40), ended_date=TODAY),
            record("intervention", 95, what="sick", started_date=TODAY),
        ],
    )
    def test_is_suppressed_by(self, row: Any) -> None:
        woman = aged(60, menopausal_status="post")
        assert due("loading_gap", row, weeks=days_back(9), profile=woman) is None

    @pytest.mark.parametrize(
        "row",
        [
            injury("bone_stress", 150, closed_date=ago(85)),
            scan(100, -2.4),
            lab("hscrp", "10", 13, 1),
            lab("hscrp", "10.1", 14, 1),
            record("intervention", 95, what="rest", started_date=ago(9), ended_date=ago(1)),
            record("intervention", 95, what="restart of squats", started_date=ago(9)),
            *(
                record("intervention", 95, what=what, started_date=ago(2))
                for what in (
                    "Cold plunge",
                    "A cold shower",
                    "Longer rest between sets",
                    "Längere Pause zwischen den Sätzen",
                    "I'll jump more",
                    "flu shot",
                    "Grippe-Impfung",
                    "Krankengymnastik",
                    "seasick",
                )
            ),
            record("intervention", 95, what="Rest week", started_date=TODAY + days(1)),
            record(
                "intervention",
                95,
                what="deload",
                started_date=TODAY + days(30),
                ended_date=TODAY + days(37),
            ),
            record("intervention", 95, what="rest week", started_date=ago(14)),
            record("intervention", 95, what="illness", started_date=ago(100)),
        ],
    )
    def test_is_not_suppressed_by(self, row: Any) -> None:
        woman = aged(60, menopausal_status="post")
        assert due("loading_gap", row, weeks=days_back(9), profile=woman) == ago(6)


class TestRampCaution:
    STEADY = [load_day(ago(back), blu=30) for back in range(7, 91, 2)]

    def steep(self, *back: int) -> list[Any]:
        return [*self.STEADY, *(load_day(ago(one), blu=100) for one in back)]

    def told(self, weeks: Any, **known: Any) -> date | None:
        return due("ramp_caution", weeks=weeks, **{"first_session": ago(200), **known})

    def test_is_due_on_the_day_the_step_is_first_seen(self) -> None:
        assert self.told(self.STEADY) is None
        assert self.told(self.steep(0, 1)) == TODAY
        assert self.told(self.steep(2, 3)) == ago(3), "160 units that week, 105 in those before"

    def test_is_told_once_in_14_days(self) -> None:
        climbing = self.steep(*range(14))
        first = self.told(climbing)
        assert first is not None
        for later in range(1, 5):
            more = [*climbing, *(load_day(TODAY + days(n), blu=100) for n in range(1, later + 1))]
            told = self.told(more, as_of=TODAY + days(later))
            assert told is None or told == first or (told - first).days >= 14

    def test_is_told_again_after_14_days(self) -> None:
        weeks = [load_day(ago(back), blu=20) for back in range(21, 91)]
        weeks += [load_day(ago(back), blu=60) for back in range(14, 21)]
        weeks += [load_day(ago(back), blu=20) for back in range(7, 14)]
        weeks += [load_day(ago(back), blu=160) for back in range(7)]
        told = self.told(weeks)
        assert told is not None
        assert ago(6) <= told <= ago(0)

    def test_is_another_one_after_one_that_was_answered(self) -> None:
        weeks = [load_day(ago(back), blu=20) for back in range(21, 91)]
        weeks += [load_day(ago(back), blu=60) for back in range(14, 21)]
        known = {"first_session": ago(200)}
        before = asked("ramp_caution", weeks=weeks, as_of=ago(14), **known)
        assert before is not None
        weeks += [load_day(ago(back), blu=20) for back in range(7, 14)]
        weeks += [load_day(ago(back), blu=160) for back in range(7)]
        now = asked("ramp_caution", answered(before, 14), weeks=weeks, **known)
        assert now is not None
        assert now.state == "due"

    def test_needs_four_known_weeks(self) -> None:
        assert self.told(self.steep(0, 1), coverage_days=26) is None
        assert self.told(self.steep(0, 1), coverage_days=27) == TODAY

    def test_does_not_speak_where_loading_is_not_rated(self) -> None:
        profile = msgspec.structs.replace(WOMAN_40, impact_contraindicated=True)
        assert self.told(self.steep(0, 1), profile=profile) is None
