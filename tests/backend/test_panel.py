"""What a coach sees of one athlete, and why."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from backend.panel import group, panel_parts
from backend.records.athlete_profile import AthleteProfile
from backend.reminding.plan import plan
from backend.summary.compose import compose
from tests.backend.build import ADULT, TODAY, about, days_back, uid, vitamin_d, week

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
STEADY = [week(n) for n in reversed(range(10))]
DUE = date(2026, 5, 1) + timedelta(days=84)


def planned(*observations: Any, profile: Any = ADULT, as_of: Any = TODAY) -> Any:
    """Return what is planned beside a parathyroid hormone, so that only the retest is open."""
    pth = vitamin_d("40", record=77, analyte="pth", unit="pg/mL")
    there = about(*observations, pth, profile=profile, as_of=as_of)
    return plan(there, athlete_id=uid(99))


def parts(
    *observations: Any,
    weeks: Any = STEADY,
    covered: Any = 28,
    profile: Any = ADULT,
    reminded_on: Any = None,
    **fields: Any,
) -> Any:
    summary = compose(
        as_of=TODAY, covers_seq=1, profile=profile, load_days=days_back(1, 3, 8, 15, 22),
        coverage_days=covered, observations=observations,
    )  # fmt: skip
    as_of = reminded_on or TODAY
    inputs = {
        "as_of": as_of,
        "summary": summary,
        "reminders": planned(*observations, profile=profile, as_of=as_of),
        "weeks": weeks,
        "availability": "limited",
        "last_data_on": TODAY,
    }
    return panel_parts(**(inputs | fields))


def weeks_with(**last: Any) -> Any:
    return [*STEADY[:-1], msgspec.structs.replace(STEADY[-1], **last)]


class TestPanelParts:
    def test_has_a_part_per_consent_category(self) -> None:
        made = parts()
        assert list(made) == ["sessions", "loading", "labs", "reminders"]
        assert made["loading"].sparkline == (100.0,) * 10
        assert [made[name].sparkline for name in ("sessions", "labs", "reminders")] == [()] * 3
        assert made["sessions"].facts == {
            "covered_days": "28", "sessions_7d": "3", "minutes_7d": "120",
            "availability": "limited", "last_data_on": "2026-06-01",
        }  # fmt: skip
        assert not [reason for part in made.values() for reason in part.reasons]

    def test_a_step_up_names_the_own_baseline(self) -> None:
        (reason,) = parts(weeks=weeks_with(blu=160.0))["loading"].reasons
        assert (reason.code, reason.severity, reason.baseline) == ("loading_step_up", 2, 100)
        assert reason.number == pytest.approx(60)
        assert "+60 %" in reason.sentence
        assert "(100 units)" in reason.sentence

    @pytest.mark.parametrize(("blu", "covered"), [(150.0, 28), (160.0, 26)])
    def test_a_step_needs_more_than_half_and_known_weeks(self, blu: Any, covered: Any) -> None:
        assert parts(weeks=weeks_with(blu=blu), covered=covered)["loading"].reasons == ()

    def test_a_step_from_a_tiny_baseline_says_nothing(self) -> None:
        weeks = [msgspec.structs.replace(one, blu=9.0) for one in STEADY[:-1]]
        assert parts(weeks=[*weeks, week(blu=90.0)])["loading"].reasons == ()

    def quiet(self, **fields: Any) -> Any:
        return [*STEADY[:-2], week(1, high_days=0, **fields), week(0, high_days=0, **fields)]

    def test_a_gap_is_seen_against_the_six_weeks_before(self) -> None:
        (reason,) = parts(weeks=self.quiet())["loading"].reasons
        assert (reason.code, reason.number, reason.baseline) == ("loading_gap", 0, 3)
        assert reason.since == TODAY - timedelta(days=13)

    @pytest.mark.parametrize(("back", "count"), [(1, 1), (2, 0), (None, 0)])
    def test_a_gap_needs_known_days(self, back: Any, count: Any) -> None:
        last = None if back is None else TODAY - timedelta(days=back)
        assert len(parts(weeks=self.quiet(), last_data_on=last)["loading"].reasons) == count

    def test_moderate_days_close_a_gap_for_some(self) -> None:
        weeks = self.quiet(moderate_days=2)
        assert len(parts(weeks=weeks)["loading"].reasons) == 1
        assert parts(weeks=weeks, moderate_counts=True)["loading"].reasons == ()

    def test_says_nothing_of_loading_where_it_is_not_rated(self) -> None:
        profile = AthleteProfile(impact_contraindicated=True)
        part = parts(weeks=weeks_with(blu=300.0), profile=profile)["loading"]
        assert (part.band, part.reasons) == ("not_applied", ())

    @pytest.mark.parametrize(
        ("on", "code", "number"),
        [
            (DUE + timedelta(days=19), "vitd_retest_overdue", 19),
            (DUE, "vitd_retest_due", 0),
            (DUE - timedelta(days=30), "vitd_retest_due", 30),
            (DUE - timedelta(days=31), None, None),
        ],
    )
    def test_a_retest_is_due_or_overdue_by_days(self, on: Any, code: Any, number: Any) -> None:
        part = parts(vitamin_d("14"), reminded_on=on)["reminders"]
        assert [(r.code, r.number, r.record_ids) for r in part.reasons] == (
            [(code, number, (uid(1),))] if code else []
        )
        assert part.facts == {"open": "1", "next_due_on": DUE.isoformat()}

    def test_a_closed_reminder_is_no_reason(self) -> None:
        (reminder,) = planned(vitamin_d("14"), as_of=DUE)
        closed = msgspec.structs.replace(reminder, state="done")
        part = parts(reminders=[closed], as_of=DUE)["reminders"]
        assert (part.reasons, part.facts) == ((), {"open": "0"})

    @pytest.mark.parametrize(("value", "severity"), [("9", 2), ("14", 1), ("25", None), ("160", 3)])
    def test_a_vitamin_d_finding_quotes_value_and_unit_under_labs_only(
        self, value: Any, severity: Any
    ) -> None:
        made = parts(vitamin_d(value))
        assert [r.severity for r in made["labs"].reasons] == ([severity] if severity else [])
        assert made["labs"].facts["vitd_25oh"] == f"{value} ng/mL"
        if severity:
            assert f"{value} ng/mL" in made["labs"].reasons[0].sentence
        others = msgspec.json.encode([made[n] for n in ("sessions", "loading", "reminders")])
        assert f"{value} ng/mL".encode() not in others

    def test_thin_coverage_is_told_under_sessions(self) -> None:
        (reason,) = parts(covered=5)["sessions"].reasons
        assert (reason.code, reason.number, reason.baseline) == ("coverage_thin", 5, 14)


class TestGroup:
    def reasons(self, *observations: Any, on: Any = TODAY, **fields: Any) -> Any:
        made = parts(*observations, reminded_on=on, **fields)
        return [reason for part in made.values() for reason in part.reasons]

    def test_a_severe_reason_needs_a_look(self) -> None:
        assert (
            group(reasons=self.reasons(vitamin_d("9")), last_data_at=None, now=NOW)
            == "needs_a_look"
        )

    @pytest.mark.parametrize(
        ("back", "where"),
        [
            (timedelta(days=7), "silent"),
            (timedelta(days=7, seconds=-1), "steady"),
            (None, "silent"),
        ],
    )
    def test_seven_days_without_data_is_silent(self, back: Any, where: Any) -> None:
        last = None if back is None else NOW - back
        assert group(reasons=[], last_data_at=last, now=NOW) == where

    def test_a_retest_within_30_days_is_due_soon(self) -> None:
        reasons = self.reasons(vitamin_d("14"), on=DUE - timedelta(days=3))
        assert group(reasons=reasons, last_data_at=NOW, now=NOW) == "due_soon"

    def test_an_overdue_retest_needs_a_look(self) -> None:
        reasons = self.reasons(vitamin_d("14"), on=DUE + timedelta(days=1))
        assert group(reasons=reasons, last_data_at=NOW, now=NOW) == "needs_a_look"

    def test_a_small_reason_alone_is_steady(self) -> None:
        reasons = self.reasons(vitamin_d("14"), covered=5)
        assert group(reasons=reasons, last_data_at=NOW, now=NOW) == "steady"
