"""Reminders in people's own words, intervals of their own, and what coaches propose."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.records.ids import ack_id
from backend.records.reading import flags_of
from backend.records.reminder_wish import REMINDER_WISH, ReminderWish
from backend.reminding.bounds import BOUNDS, is_within
from backend.reminding.catalogue import RULES
from backend.reminding.own import source_of
from backend.reminding.plan import reminder_id
from tests.backend.build import TODAY, uid
from tests.backend.reminding.people import (
    GIRL_15,
    ME,
    WOMAN_40,
    Row,
    ago,
    all_of,
    asked,
    drug,
    injury,
    lab,
    record,
)
from tests.backend.reminding.test_plan import DEMANDING

WISH = uid(700)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def wish(number: int = 700, **body: Any) -> Row:
    return record("reminder_wish", number, **body)


def own(*given: Any, **known: Any) -> list[tuple[str, date]]:
    """Return state and day of the person's own reminders."""
    return [(one.state, one.due_date) for one in all_of(*given, **known) if one.rule == "rem.own"]


def told(day: date, action: str, on: date, number: int = 800, **more: Any) -> Row:
    """Return an answer to the time of the wish that was due on ``day``."""
    reminder = reminder_id(ME, "rem.own", source_of(WISH, day))
    at = f"{on}T12:00:00+00:00"
    body = {"reminder": str(reminder), "action": action, "acted_at": at, **more}
    return "reminder_ack", ack_id(reminder, action, at), msgspec.json.encode(body)


class TestOwnReminder:
    def test_is_due_on_its_day_in_the_persons_words(self) -> None:
        title = "Repeat DXA in {date} <b>März</b>, diagnose osteoporosis 100%"
        [planned] = all_of(wish(title=title, due_date=ago(0)))
        assert (planned.rule, planned.state, planned.due_date) == ("rem.own", "due", TODAY)
        assert planned.reason == "own"
        assert set(planned.text.values()) == {title}, "no template, no lint"

    def test_waits_for_its_day(self) -> None:
        assert own(wish(title="x", due_date=ago(-3))) == [("scheduled", ago(-3))]

    def test_closes_when_it_is_done(self) -> None:
        one = wish(title="x", due_date=ago(3))
        assert own(one, told(ago(3), "done", ago(1))) == [("done", ago(3))]
        assert own(one, told(ago(3), "dismissed", ago(1))) == [("dismissed", ago(3))]

    def test_opens_anew_when_it_gets_another_day(self) -> None:
        moved = wish(title="x", due_date=ago(-9))
        assert own(moved, told(ago(3), "done", ago(1))) == [("scheduled", ago(-9))]

    def test_comes_back_after_a_snooze(self) -> None:
        snoozed = told(ago(3), "snoozed", ago(1), snooze_until=str(ago(-6)))
        assert own(wish(title="x", due_date=ago(3)), snoozed) == [("snoozed", ago(-6))]

    def test_counts_in_the_cap(self) -> None:
        wishes = [wish(number, title="x", due_date=ago(1)) for number in range(700, 705)]
        states = [state for state, _ in own(*wishes)]
        assert sorted(states) == ["due"] * 3 + ["scheduled"] * 2
        crowded = all_of(*wishes, *DEMANDING)
        assert sum(one.state == "due" for one in crowded) == 3
        assert not [one for one in crowded if one.rule == "rem.own" and one.state == "due"]

    def test_is_for_everybody(self) -> None:
        pregnant = msgspec.structs.replace(WOMAN_40, pregnant=True, clinician_managed=("dxa",))
        for profile in (GIRL_15, pregnant):
            assert own(wish(title="x", due_date=ago(0), topic="dxa"), profile=profile)

    @pytest.mark.parametrize("off", ["own", "dxa"])
    def test_is_silent_with_its_topic_off(self, off: str) -> None:
        profile = msgspec.structs.replace(WOMAN_40, reminder_topics_off=(off,))
        assert own(wish(title="x", due_date=ago(0), topic="dxa"), profile=profile) == []

    @pytest.mark.parametrize(("topic", "kept"), [("dxa", "dxa"), (None, "own"), ("HIV", "own")])
    def test_has_a_topic_that_everybody_knows(self, topic: str | None, kept: str) -> None:
        [planned] = all_of(wish(title="x", due_date=ago(0), topic=topic))
        assert planned.topic == kept, "coaches may read the topic"


class TestRepeatedReminder:
    EVERY: ClassVar[dict[str, Any]] = {
        "title": "x",
        "due_date": date(2026, 1, 31),
        "every_months": 1,
    }

    def test_stays_at_its_first_time_until_it_is_answered(self) -> None:
        assert own(wish(**self.EVERY), as_of=date(2026, 5, 4)) == [("due", date(2026, 1, 31))]

    def test_moves_to_the_first_day_after_the_answer(self) -> None:
        done = told(date(2026, 1, 31), "done", date(2026, 4, 2))
        assert sorted(own(wish(**self.EVERY), done, as_of=date(2026, 4, 3))) == [
            ("done", date(2026, 1, 31)),
            ("scheduled", date(2026, 4, 30)),
        ]

    def test_done_ahead_of_its_day_moves_on(self) -> None:
        first = told(date(2026, 1, 31), "done", date(2026, 1, 31))
        ahead = told(date(2026, 2, 28), "done", date(2026, 2, 3), 801)
        assert ("scheduled", date(2026, 3, 31)) in own(
            wish(**self.EVERY), first, ahead, as_of=date(2026, 2, 4)
        )

    def test_ends_with_not_me(self) -> None:
        no = told(date(2026, 1, 31), "dismissed", date(2026, 2, 1))
        states = [state for state, _ in own(wish(**self.EVERY), no, as_of=date(2026, 9, 1))]
        assert states == ["dismissed"]

    def test_goes_on_for_years_of_answers(self) -> None:
        """A plain model beside it: the day after the one that was just done, each week."""
        start = date(2024, 1, 1)
        one = wish(title="x", due_date=start, every_days=7)
        acks: list[Row] = []
        due = start
        for week in range(60):
            on = due + timedelta(days=week % 9)
            assert ("due", due) in own(one, *acks, as_of=on)
            acks.append(told(due, "done", on, 1000 + week))
            due += timedelta(days=7)
            while due <= on:
                due += timedelta(days=7)

    @given(
        due=st.dates(date(1900, 1, 1), date(2199, 12, 31)),
        days=st.none() | st.integers(1, 3650),
        months=st.none() | st.integers(1, 120),
    )
    def test_has_one_open_time_whatever_was_entered(
        self, due: date, days: int | None, months: int | None
    ) -> None:
        one = wish(title="x", due_date=due, every_days=days, every_months=months)
        assert len(own(one)) == 1


class TestProposal:
    PROPOSED: ClassVar[dict[str, Any]] = {
        "title": "x",
        "due_date": ago(0),
        "proposed_by": str(UUID(int=5)),
    }
    EARLIER, LATER = "2026-01-01T12:00:00+00:00", "2026-01-02T12:00:00+00:00"

    @pytest.mark.parametrize(
        ("answers", "counts"),
        [
            ({}, False),
            ({"accepted_at": EARLIER}, True),
            ({"declined_at": EARLIER}, False),
            ({"accepted_at": EARLIER, "declined_at": LATER}, False),
            ({"accepted_at": LATER, "declined_at": EARLIER}, True),
        ],
    )
    def test_counts_once_the_athlete_accepted(self, answers: dict[str, Any], counts: bool) -> None:
        assert bool(own(wish(**self.PROPOSED, **answers))) is counts

    def test_says_that_somebody_proposed_it(self) -> None:
        [planned] = all_of(wish(**self.PROPOSED, accepted_at=self.EARLIER))
        assert planned.reason == "proposed"

    def test_of_an_interval_counts_once_accepted(self) -> None:
        low = lab("vitd_25oh", "14", 10, 1)
        change: dict[str, Any] = {"rule": "rem.vitd_retest_low", "interval_days": 60,
                  "proposed_by": str(UUID(int=5))}  # fmt: skip
        usual = asked("vitd_retest_low", low)
        assert asked("vitd_retest_low", low, wish(**change)) == usual
        accepted = asked("vitd_retest_low", low, wish(**change, accepted_at=self.EARLIER))
        assert accepted is not None
        assert accepted.due_date == ago(10) + timedelta(days=60)


class TestOwnInterval:
    @pytest.mark.parametrize(
        ("rule", "days", "since", "rows"),
        [
            ("vitd_retest_low", 60, 100, [lab("vitd_25oh", "14", 100, 1)]),
            ("grip_test", 100, 40, [record("strength_test", 10, test="grip",
                tested_at=f"{ago(40)}T12:00:00+00:00",
                trials=[{"uid": "t", "value": 30, "unit": "kg"}])]),
            ("tsh_levothyroxine", 50, 30, [drug("levothyroxine", 30)]),
            ("injury_check", 14, 20, [injury("fracture", 20)]),
            ("creatinine_ckd", 90, 50, [lab("egfr", "80", 50, 2)]),
        ],
    )  # fmt: skip
    def test_moves_the_due_date_and_says_whose_it_is(
        self, rule: str, days: int, since: int, rows: list[Any]
    ) -> None:
        change = wish(rule=f"rem.{rule}", interval_days=days)
        moved, usual = asked(rule, *rows, change), asked(rule, *rows)
        assert moved is not None
        assert usual is not None
        assert moved.due_date == ago(since) + timedelta(days=days) != usual.due_date
        assert moved.reason == "own_interval"
        assert (moved.rule, moved.source_record) == (usual.rule, usual.source_record)

    def test_lets_a_silent_rule_speak_sooner_or_later(self) -> None:
        known = {"last_sync": ago(5)}
        assert asked("sync_stale", **known) is None
        assert asked("sync_stale", wish(rule="rem.sync_stale", interval_days=5), **known)
        late = wish(rule="rem.sync_stale", interval_days=14)
        assert asked("sync_stale", late, last_sync=ago(9)) is None

    def test_is_never_longer_than_twice_the_rules_own(self) -> None:
        dose = drug("levothyroxine", 10)  # six weeks
        moved = asked(
            "tsh_levothyroxine", dose, wish(rule="rem.tsh_levothyroxine", interval_days=700)
        )
        assert moved is not None
        assert moved.due_date == ago(10) + timedelta(days=84)

    def test_takes_the_test_along_that_goes_with_it(self) -> None:
        pattern = [lab("vitd_25oh", "14", 100, 1), lab("pth", "90", 100, 2)]
        change = wish(rule="rem.vitd_retest_low", interval_days=120)
        days = {
            one.rule: one.due_date
            for one in all_of(*pattern, change)
            if one.rule in ("rem.vitd_retest_low", "rem.pth_recheck")
        }
        assert set(days.values()) == {ago(100) + timedelta(days=120)}

    def test_of_several_the_shortest_counts(self) -> None:
        low = lab("vitd_25oh", "14", 10, 1)
        two = [wish(n, rule="rem.vitd_retest_low", interval_days=d) for n, d in ((1, 90), (2, 70))]
        moved = asked("vitd_retest_low", low, *two)
        assert moved is not None
        assert moved.due_date == ago(10) + timedelta(days=70)

    @pytest.mark.parametrize(
        ("rule", "days"),
        [("rem.calcium_confirm", 7), ("rem.vitd_high", 84), ("rem.nothing", 10),
         ("rem.vitd_retest_low", 55), ("rem.vitd_retest_low", 169)],
    )  # fmt: skip
    def test_outside_of_the_bounds_is_flagged_and_does_not_count(
        self, rule: str, days: int
    ) -> None:
        body: dict[str, Any] = {"rule": rule, "interval_days": days}
        raw = msgspec.json.encode(body)
        typed = msgspec.json.decode(raw, type=ReminderWish)
        assert flags_of(REMINDER_WISH, typed, raw, now=NOW) == ("interval_out_of_bounds",)
        rows = [lab("calcium", "11", 3, 1), lab("vitd_25oh", "14", 10, 2)]
        assert all_of(*rows, wish(**body)) == all_of(*rows)

    def test_says_nothing_when_nothing_is_said(self) -> None:
        raw = b'{"title":"x"}'
        typed = msgspec.json.decode(raw, type=ReminderWish)
        assert flags_of(REMINDER_WISH, typed, raw, now=NOW) == ("incomplete",)
        assert all_of(wish(title="x"), wish(rule="rem.grip_test")) == []


class TestBounds:
    @pytest.mark.parametrize("rule", BOUNDS)
    def test_are_of_rules_that_may_wait(self, rule: str) -> None:
        first, last = BOUNDS[rule]
        assert RULES[rule].priority > 1
        assert 1 <= first < last
        assert is_within(rule, first)
        assert is_within(rule, last)
        assert not is_within(rule, last + 1)

    def test_have_every_rule_that_counts_from_a_day(self) -> None:
        fixed = {
            "rem.vitd_high", "rem.calcium_confirm", "rem.pth_recheck", "rem.dxa_first",
            "rem.loading_gap", "rem.ramp_caution", "rem.menses_gap",
        }  # fmt: skip
        assert set(RULES) - set(BOUNDS) == fixed
