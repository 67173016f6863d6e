"""Every reason: a sentence with a number, records to look at, and a beginning that stays."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.days import months_later
from backend.panel import PanelPart, Reason
from backend.reminding.plan import reminder_id
from backend.summary.lint import violations
from tests.backend.build import TODAY, days_back, load_day, uid, vitamin_d
from tests.backend.panel.scenes import (
    ATHLETE,
    SCENES,
    STEADY,
    ago,
    injury,
    parts,
    period,
    quiet,
    rated,
    reasons,
    result,
    said,
    stepped,
    table,
    the,
)
from tests.backend.test_summary_findings import WOMAN_30, WOMAN_70, grip, record, scan

DOCS = Path(__file__).parents[3] / "docs" / "coaches.md"
BY_COUNT = {"coverage_thin", "monotony_high", "loading_step_up", "loading_gap"}  # of no record
WITHOUT_RECORDS = BY_COUNT | {"results_outside", "results_outside_contact", "blood_test_due"}


@pytest.mark.parametrize(("part", "code", "make"), SCENES, ids=[f"{s[0]}-{s[1]}" for s in SCENES])
class TestEveryReason:
    def found(self, part: str, code: str, make: Callable[[], dict[str, PanelPart]]) -> Reason:
        (found,) = [one for one in make()[part].reasons if one.code == code]
        return found

    def test_has_a_number_in_a_sentence_that_claims_no_more_than_is_known(
        self, part: str, code: str, make: Any
    ) -> None:
        found = self.found(part, code, make)
        assert re.search(r"\d", found.sentence)
        assert violations(found.sentence) == []
        assert found.number is not None
        assert 1 <= found.severity <= 3

    def test_names_its_records_where_they_may_be_read(
        self, part: str, code: str, make: Any
    ) -> None:
        found = self.found(part, code, make)
        assert bool(found.record_ids) is (code not in WITHOUT_RECORDS)
        assert re.fullmatch(r"[a-z][a-z0-9_]*", code)

    def test_began_no_later_than_today(self, part: str, code: str, make: Any) -> None:
        found = self.found(part, code, make)
        assert found.since <= TODAY
        assert found.mark == f"{code}@{found.since}"


class TestTable:
    def test_of_the_docs_shows_every_reason_as_it_is(self) -> None:
        assert table() in DOCS.read_text(), f"docs/coaches.md is to hold:\n{table()}"


def every_day(code: str, part: str, ahead_days: range, **given: Any) -> dict[date, Reason]:
    """Return the reason on each of some days after today on which it holds."""
    found = {}
    for ahead in ahead_days:
        as_of = TODAY + timedelta(days=ahead)
        for one in reasons(part, as_of=as_of, **given):
            if one.code == code:
                found[as_of] = one
    return found


class TestStepUp:
    def test_is_told_against_the_own_six_weeks(self) -> None:
        found = the("loading_step_up", "loading", days=stepped(1.62))
        assert found.number == pytest.approx(62)
        assert found.baseline == pytest.approx(120)
        assert "+62 %" in found.sentence
        assert "own mean of the 6 weeks before (120 units)" in found.sentence

    def test_is_told_against_three_weeks_while_six_are_not_known(self) -> None:
        days = [one for one in stepped(1.8) if one.local_date >= ago(27)]
        found = the("loading_step_up", "loading", days=days, first=ago(27))
        assert "own mean of the 3 weeks before" in found.sentence

    def test_back_to_the_usual_after_a_rest_says_that_it_is_the_usual(self) -> None:
        rest = {ago(n) for n in range(7, 28)}
        days = [
            msgspec.structs.replace(one, blu=12.0) if one.local_date in rest else one
            for one in STEADY
        ]
        days = [
            msgspec.structs.replace(one, blu=25.0) if one.local_date > ago(7) else one
            for one in days
        ]
        found = the("loading_step_up", "loading", days=days)
        assert "own mean of the 3 weeks before (36 units)" in found.sentence
        assert found.sentence.endswith("own mean of 6 weeks is 78")

    @pytest.mark.parametrize(("times", "covered"), [(1.5, 28), (1.8, 26)])
    def test_needs_more_than_half_and_known_weeks(self, times: float, covered: int) -> None:
        assert reasons("loading", days=stepped(times), covered=covered) == ()

    def test_begins_on_one_day_however_often_it_is_computed(self) -> None:
        steady = days_back(*(n for n in range(120) if n % 2), blu=40.0)
        more = [load_day(TODAY + timedelta(days=n), blu=90.0) for n in range(0, 40, 2)]
        found = every_day("loading_step_up", "loading", range(40), days=[*steady, *more])
        assert len(found) > 5
        assert len({one.mark for one in found.values()}) == 1
        assert min(found) == next(iter(found.values())).since

    def test_that_pauses_for_less_than_a_week_is_the_same_one(self) -> None:
        steady = days_back(*(n for n in range(120) if n % 7 == 3), blu=40.0)
        more = [load_day(TODAY + timedelta(days=n), blu=90.0) for n in (0, 10, 12)]
        found = every_day("loading_step_up", "loading", range(16), days=[*steady, *more])
        assert len(found) <= (max(found) - min(found)).days  # not there on every day between
        assert len({one.mark for one in found.values()}) == 1

    def test_that_comes_again_weeks_later_is_another_one(self) -> None:
        steady = days_back(*(n for n in range(150) if n % 2), blu=40.0)
        later = [load_day(TODAY + timedelta(days=n), blu=40.0) for n in range(3, 90, 2)]
        more = [load_day(TODAY + timedelta(days=n), blu=300.0) for n in (0, 50)]
        found = every_day("loading_step_up", "loading", range(70), days=[*steady, *later, *more])
        assert len({one.mark for one in found.values()}) == 2


class TestGap:
    def test_counts_days_against_the_own_weeks_before(self) -> None:
        found = the("loading_gap", "loading", days=quiet(18))
        assert (found.number, found.baseline, found.since) == (19, 3, ago(18))

    def test_of_13_days_is_none(self) -> None:
        assert reasons("loading", days=quiet(11)) == ()

    def test_begins_on_one_day_and_outlasts_the_weeks_that_are_read(self) -> None:
        going_on = [load_day(TODAY + timedelta(days=n), day_class="none") for n in range(60)]
        found = every_day("loading_gap", "loading", range(60), days=[*quiet(14), *going_on])
        assert len(found) == 60
        assert len({one.mark for one in found.values()}) == 1

    @pytest.mark.parametrize(("back", "count"), [(6, 1), (7, 0)])
    def test_is_not_told_of_who_is_silent(self, back: int, count: int) -> None:
        assert len(reasons("loading", days=quiet(18), last_data_on=ago(back))) == count

    def test_needs_known_days(self) -> None:
        assert reasons("loading", days=quiet(18), covered=26) == ()

    def test_needs_a_habit(self) -> None:
        seldom = days_back(20, 30, 41, 52)
        assert reasons("loading", days=seldom) == ()

    def test_is_closed_by_moderate_days_for_some(self) -> None:
        days = quiet(18, day_class="moderate")
        limited = msgspec.structs.replace(WOMAN_30, impact_limited=True)
        assert len(reasons("loading", days=days, profile=WOMAN_30)) == 1
        assert reasons("loading", days=days, profile=limited) == ()
        assert reasons("loading", days=days, profile=WOMAN_70) == ()


class TestAvailability:
    def test_of_the_newest_word_counts(self) -> None:
        words = [said(9, "out"), said(6, "limited"), said(4, "limited"), said(1, "full")]
        made = parts(said=words)["sessions"]
        assert made.reasons == ()
        assert made.facts["availability"] == "full"

    def test_begins_with_the_first_of_equal_words(self) -> None:
        words = [said(9, "out"), said(6, "limited"), said(4, "limited"), said(12, "limited")]
        found = the("availability_limited", "sessions", said=words)
        assert (found.since, found.number) == (ago(6), 2)
        assert found.record_ids == (uid(504), uid(506))

    def test_keeps_its_mark_while_more_of_the_same_is_said(self) -> None:
        words = [said(n, "limited") for n in range(0, 30, 3)]
        marks = {
            the(
                "availability_limited", "sessions",
                said=[one for one in words if one.local_date <= ago(back)], as_of=ago(back),
            ).mark
            for back in range(20)
        }  # fmt: skip
        assert len(marks) == 1

    def test_of_four_weeks_ago_says_nothing_of_today(self) -> None:
        assert reasons("sessions", said=[said(28, "out")]) == ()
        assert "availability" not in parts(said=[said(28, "out")])["sessions"].facts

    def test_of_tomorrow_is_not_said_yet(self) -> None:
        assert reasons("sessions", said=[said(-1, "out")]) == ()


class TestCoverage:
    def test_that_never_was_enough_began_with_the_first_session(self) -> None:
        marks = {
            the(
                "coverage_thin", "sessions", covered=5 + n, first=ago(4),
                as_of=TODAY + timedelta(days=n),
            ).mark
            for n in range(8)
        }  # fmt: skip
        assert marks == {f"coverage_thin@{ago(4)}"}

    def test_that_ran_out_began_on_the_day_it_did(self) -> None:
        marks = {
            the(
                "coverage_thin", "sessions", covered=13 - n, last_input=ago(15),
                as_of=TODAY + timedelta(days=n),
            ).mark
            for n in range(8)
        }  # fmt: skip
        assert marks == {f"coverage_thin@{TODAY}"}


class TestMonotony:
    def test_begins_on_one_day(self) -> None:
        on = [
            load_day(TODAY + timedelta(days=n), srpe_au=300.0 + 100 * (n % 2)) for n in range(1, 12)
        ]
        found = every_day("monotony_high", "sessions", range(12), days=[*rated(), *on])
        assert len(found) > 5
        assert len({one.mark for one in found.values()}) == 1


class TestReminders:
    def test_falling_on_one_day_under_one_word_are_one_reason(self) -> None:
        low = vitamin_d("14", on=ago(40))
        made = parts(low, result("calcium", "11.4", "mg/dL", 61, on=ago(40)))["reminders"]
        blood = [one for one in made.reasons if one.code == "blood_test_overdue"]
        assert len({one.since for one in blood}) == len(blood)

    def test_tell_their_own_ids(self) -> None:
        found = the(
            "vitd_retest_due", "reminders",
            vitamin_d("14", on=ago(80)), result("pth", "40", "pg/mL"),
        )  # fmt: skip
        assert found.record_ids == (reminder_id(ATHLETE, "rem.vitd_retest_low", uid(1)),)

    def test_become_overdue_with_another_mark(self) -> None:
        observations = vitamin_d("14", on=ago(80)), result("pth", "40", "pg/mL")
        codes: dict[str, set[date]] = {}
        for ahead in range(12):
            (found,) = reasons("reminders", *observations, as_of=TODAY + timedelta(days=ahead))
            codes.setdefault(found.code, set()).add(found.since)
        assert {code: len(since) for code, since in codes.items()} == {
            "vitd_retest_due": 1, "vitd_retest_overdue": 1,
        }  # fmt: skip

    def test_that_were_done_are_none(self) -> None:
        key = reminder_id(ATHLETE, "rem.vitd_retest_low", uid(1))
        ack = record(
            "reminder_ack", 5, reminder=str(key), action="done", acted_at=f"{ago(1)}T09:00:00Z"
        )
        observations = vitamin_d("14", on=ago(90)), result("pth", "40", "pg/mL")
        made = parts(*observations, records=[ack])["reminders"]
        assert (made.reasons, made.facts) == ((), {"open": "0"})


class TestLaboratory:
    @pytest.mark.parametrize(("value", "severity"), [("9", 2), ("14", 1), ("25", None), ("160", 3)])
    def test_quotes_value_and_unit_under_labs_only(self, value: str, severity: Any) -> None:
        made = parts(vitamin_d(value))
        assert [r.severity for r in made["labs"].reasons] == ([severity] if severity else [])
        assert made["labs"].facts["vitd_25oh"] == f"{value} ng/mL"
        others = msgspec.json.encode([part for name, part in made.items() if name != "labs"])
        assert f"{value} ng/mL".encode() not in others

    @pytest.mark.parametrize(("value", "line"), [("9", 12), ("14", 20), ("120", 100), ("160", 150)])
    def test_names_the_line_a_vitamin_d_is_held_against(self, value: str, line: int) -> None:
        (found,) = reasons("labs", vitamin_d(value))
        assert found.baseline == line
        assert f"{line} ng/mL)" in found.sentence

    def test_asks_to_contact_a_clinician_for_a_safety_finding_alone(self) -> None:
        toxic, low = (the(code, "labs", vitamin_d(value)) for code, value in (
            ("vitd_toxicity_range", "160"), ("vitd_very_low", "9"),
        ))  # fmt: skip
        assert toxic.sentence.endswith("contact with a clinician is advised")
        assert "clinician" not in low.sentence

    def test_counts_results_outside_in_the_status(self) -> None:
        observations = (
            vitamin_d("9"),
            result("phosphate", "2", "mg/dL", 61, ref_low="2.5", ref_high="4.5"),
            result("tsh", "1.2", "mIU/L", 62, ref_low="0.4", ref_high=4),
        )
        found = the("results_outside", "labs_status", *observations)
        assert (found.sentence, found.severity) == ("2 results outside their range", 2)

    def test_of_an_old_result_says_nothing(self) -> None:
        made = parts(vitamin_d("9", on=ago(400)))
        assert (made["labs"].reasons, made["labs"].facts) == ((), {})
        assert [one.code for one in made["labs_status"].reasons] == ["blood_test_due"]
        assert made["labs_status"].facts == {"blood_test": "due"}


class TestOthers:
    def test_two_injuries_of_one_day_are_one_reason(self) -> None:
        records = [injury(1, 9, "muscle", "calf"), injury(2, 9, "tendon", "Achilles tendon")]
        found = the("injury_open", "injuries", records=records)
        assert found.sentence == (
            "2 injuries (muscle, tendon) open for 9 days, since 23 May 2026: lower leg, ankle"
        )
        assert found.record_ids == (uid(1), uid(2))

    def test_an_injury_that_is_closed_is_none(self) -> None:
        records = [injury(1, 9, "muscle", "calf", closed_date=str(TODAY))]
        assert reasons("injuries", records=records) == ()

    def test_a_test_is_held_to_what_the_age_on_its_day_asks(self) -> None:
        just_60 = msgspec.structs.replace(WOMAN_30, born_date=months_later(ago(10), -60 * 12))
        for days, codes in ((5, ["strength_below_cutoff"]), (30, [])):
            found = reasons("strength", profile=just_60, records=[grip(days, 10)])
            assert [one.code for one in found] == codes

    def test_noise_is_no_reason(self) -> None:
        grips = [grip(200, 31, 10), grip(20, 28, 11)]
        assert reasons("strength", profile=WOMAN_30, records=grips) == ()
        scans = [
            scan(days, number, total_hip={"bmd_g_cm2": bmd, "z_score": 0.1})
            for days, number, bmd in ((400, 40, 0.900), (20, 41, 0.895))
        ]
        assert reasons("dxa", profile=WOMAN_30, records=scans) == ()

    def test_a_period_within_90_days_is_none(self) -> None:
        assert reasons("cycle", profile=WOMAN_30, records=[period(89)]) == ()
