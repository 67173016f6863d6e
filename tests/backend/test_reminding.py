"""The retest reminder of a low vitamin D result."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.models import run
from backend.records.athlete_profile import AthleteProfile
from backend.reminding.plan import plan, reminder_id
from tests.backend.build import ADULT, TODAY, about, uid, vitamin_d

RULE = "rem.vitd_retest_low"
DUE = date(2026, 5, 1) + timedelta(days=84)


def planned(*observations: Any, profile: Any = ADULT, as_of: Any = TODAY) -> Any:
    """Return what the one rule of this module plans; others have their own tests."""
    situation = about(*observations, profile=profile, as_of=as_of)
    return [one for one in plan(situation, athlete_id=uid(99)) if one.rule == RULE]


class TestPlan:
    def test_asks_for_a_retest_84_days_after_a_low_result(self) -> None:
        (reminder,) = planned(vitamin_d("14"))
        assert reminder.rule == "rem.vitd_retest_low"
        assert (reminder.rule_version, reminder.priority) == (1, 2)
        assert (reminder.due_date, reminder.state) == (DUE, "scheduled")
        assert (reminder.topic, reminder.source_record) == ("vitd_25oh", uid(1))

    @pytest.mark.parametrize(
        ("as_of", "state"), [(DUE - timedelta(days=1), "scheduled"), (DUE, "due")]
    )
    def test_is_due_on_its_day(self, as_of: Any, state: Any) -> None:
        assert planned(vitamin_d("14"), as_of=as_of)[0].state == state

    @pytest.mark.parametrize(("value", "count"), [("19.99", 1), ("20", 0)])
    def test_low_is_below_20(self, value: Any, count: Any) -> None:
        assert len(planned(vitamin_d(value))) == count

    def test_a_newer_result_replaces_the_older_one(self) -> None:
        older = vitamin_d("9", on=date(2026, 1, 1), record=1)
        assert planned(older, vitamin_d("25", record=2)) == []
        (reminder,) = planned(older, vitamin_d("15", record=2))
        assert reminder.source_record == uid(2)

    def test_an_unusable_result_asks_for_nothing(self) -> None:
        assert planned(vitamin_d("14", usable=False, flags=("implausible",))) == []
        assert planned(vitamin_d(None, comparator="<")) == []

    @pytest.mark.parametrize(
        "profile",
        [
            AthleteProfile(pregnant=True),
            AthleteProfile(clinician_managed=("vitd_25oh",)),
            AthleteProfile(clinician_managed=("vitamin_d",)),
            AthleteProfile(born_date=TODAY.replace(year=TODAY.year - 18) + timedelta(days=1)),
        ],
    )
    def test_is_silent_for(self, profile: Any) -> None:
        assert planned(vitamin_d("14"), profile=profile) == []

    @pytest.mark.parametrize(
        "profile",
        [
            AthleteProfile(),
            AthleteProfile(clinician_managed=("thyroid",)),
            AthleteProfile(born_date=TODAY.replace(year=TODAY.year - 18)),
        ],
    )
    def test_speaks_to(self, profile: Any) -> None:
        assert len(planned(vitamin_d("14"), profile=profile)) == 1

    def test_shows_no_health_value_on_a_lock_screen(self) -> None:
        text = planned(vitamin_d("14"))[0].text["en"]
        assert "14" not in text
        assert "vitamin" not in text.lower()
        assert run("summary.text_lint", {"text": text})["violations"] == []

    @given(st.permutations([vitamin_d(str(n), record=n) for n in range(10, 24, 3)]))
    def test_the_order_of_results_does_not_matter(self, observations: Any) -> None:
        expected = planned(*sorted(observations, key=lambda o: o.record_id))
        assert planned(*observations) == expected


class TestReminderId:
    def test_is_stable_and_personal(self) -> None:
        ids = {
            reminder_id(uid(a), rule, uid(s))
            for a in (1, 2)
            for rule in ("R01", "R02")
            for s in (3, 4)
        }
        assert len(ids) == 8
        assert reminder_id(uid(1), "R01", uid(3)) in ids
