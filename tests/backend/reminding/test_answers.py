"""What answers of several devices come to."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.records.reminder_ack import ReminderAck
from backend.reminding.answers import Answer, answers_of, due_on, state_of
from backend.reminding.plan import plan, reminder_id
from backend.summary.facts import Fact, Facts
from backend.summary.situation import situation
from tests.backend.build import ADULT, TODAY, uid, vitamin_d

ONE = uid(500)
ATHLETE = uid(900)


def ack(action: str, minute: int, number: int = 0, *, of: UUID = ONE, **more: Any) -> Fact[Any]:
    at = datetime(2026, 6, 1, 8, minute, tzinfo=UTC)
    return Fact(
        uid(600 + minute + number),
        TODAY,
        ReminderAck(reminder=of, action=action, acted_at=at, **more),
    )


class TestAnswers:
    @pytest.mark.parametrize("turned", [False, True])
    def test_the_latest_one_stands_whichever_came_first(self, turned: bool) -> None:
        acks = [ack("dismissed", 1), ack("done", 2)]
        assert answers_of(reversed(acks) if turned else acks) == {ONE: Answer("done")}

    def test_seeing_a_reminder_again_undoes_nothing(self) -> None:
        assert answers_of([ack("done", 1), ack("seen", 2)]) == {ONE: Answer("done")}
        assert answers_of([ack("seen", 1)]) == {ONE: Answer("seen")}

    def test_a_snooze_without_a_day_is_a_week(self) -> None:
        assert answers_of([ack("snoozed", 1)]) == {
            ONE: Answer("snoozed", TODAY + timedelta(days=7))
        }

    def test_an_unknown_action_leaves_it_as_it_is(self) -> None:
        assert answers_of([ack("laughed", 1)]) == {}

    def test_snoozing_never_brings_a_reminder_forward(self) -> None:
        later = TODAY + timedelta(days=30)
        assert due_on(later, Answer("snoozed", TODAY)) == later

    @pytest.mark.parametrize(
        ("answer", "before", "after"),
        [
            (None, "scheduled", "due"),
            (Answer("seen"), "scheduled", "seen"),
            (Answer("snoozed", TODAY), "snoozed", "due"),
            (Answer("done"), "done", "done"),
            (Answer("dismissed"), "dismissed", "dismissed"),
        ],
    )
    def test_give_the_state_before_and_from_the_due_day(
        self, answer: Answer | None, before: str, after: str
    ) -> None:
        assert state_of(is_due=False, answer=answer) == before
        assert state_of(is_due=True, answer=answer) == after


class TestPlan:
    def states(self, *acks: Fact[Any], drawn: date = date(2026, 2, 1)) -> dict[str, Any]:
        about = situation(
            as_of=TODAY, profile=ADULT, load_days=(), coverage_days=0,
            observations=[vitamin_d("15", on=drawn)], facts=Facts(acks=tuple(acks)),
        )  # fmt: skip
        found = plan(about, athlete_id=ATHLETE)
        return {one.rule: (one.state, one.due_date) for one in found}

    def test_follows_the_answers(self) -> None:
        retest = reminder_id(ATHLETE, "rem.vitd_retest_low", uid(1))
        due = date(2026, 4, 26)
        assert self.states()["rem.vitd_retest_low"] == ("due", due)
        seen = self.states(ack("seen", 1, of=retest))
        assert seen["rem.vitd_retest_low"] == ("seen", due)
        until = TODAY + timedelta(days=3)
        snoozed = self.states(ack("snoozed", 1, of=retest, snooze_until=until))
        assert snoozed["rem.vitd_retest_low"] == ("snoozed", until)
        assert self.states(ack("done", 2, of=retest))["rem.vitd_retest_low"][0] == "done"

    def test_of_another_reminder_does_not_matter(self) -> None:
        assert self.states(ack("done", 2))["rem.vitd_retest_low"][0] == "due"
