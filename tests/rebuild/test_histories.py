"""What is derived equals what a rebuild and a second person with the final records come to.

`python -m tests.rebuild` plays hundreds of other histories.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.common.actor import acting_as, snapshot_as
from apps.insights.models import PanelRow
from apps.insights.services.derive import derive
from apps.insights.services.snapshot import read_snapshot
from tests.rebuild.bodies import BEGINS, SLOTS
from tests.rebuild.histories import ENDS, Event, Step, Tally, Writer, made, play

QUICK = 40


class TestWhatIsDerived:
    @pytest.mark.parametrize("half", [0, 1])
    def test_depends_on_the_records_alone(self, half: int) -> None:
        tally = Tally()
        for seed in range(half, QUICK, 2):
            play(made(seed), tally, seed=seed)
        assert tally.histories == QUICK // 2
        # Were these nothing, the histories above would prove little.
        assert tally.by_kind.keys() == SLOTS.keys()
        assert min(tally.corrected, tally.deleted, tally.rows, tally.findings) > 0, tally


def session(begins: datetime, hours: float) -> dict[str, Any]:
    """Return a workout in UTC."""
    return {
        "started_at": begins.isoformat(), "ended_at": (begins + timedelta(hours=hours)).isoformat(),
        "utc_offset_min": 0, "local_date": str(begins.date()), "activity": "running",
    }  # fmt: skip


def steps(*events: Event) -> list[Step]:
    """Return a history of one event a day, each computed."""
    return [
        Step(BEGINS + timedelta(days=number), (event,), computes=True)
        for number, event in enumerate(events)
    ]


class TestHistoriesThatDiffered:
    def test_a_result_keeps_the_flag_of_the_day_it_came(self) -> None:
        ahead = {
            "codes": [{"system": "http://loinc.org", "code": "62292-8"}], "value": 38.2,
            "unit": "nmol/L", "collected_at": (BEGINS + timedelta(days=4)).isoformat(),
            "status": "final",
        }  # fmt: skip
        play(steps(Event("lab_result", 0, ahead)), Tally())

    def test_the_session_of_an_earlier_day_may_end_last(self) -> None:
        long = session(BEGINS - timedelta(days=4), 47)
        short = session(BEGINS - timedelta(days=3), 1)
        play(steps(Event("workout_session", 0, long), Event("workout_session", 1, short)), Tally())

    def test_a_day_of_food_with_energy_can_be_summed_up(self) -> None:
        items = [{"uid": "e", "code": "energy", "amount": 2100, "unit": "kcal"}]
        at = BEGINS - timedelta(days=1)
        day = {
            "taken_at": at.isoformat(), "local_date": str(at.date()), "kind": "food",
            "items": items, "complete_day": True,
        }  # fmt: skip
        play(steps(Event("intake_log", 0, day)), Tally())

    def test_nothing_at_all_can_be_rebuilt(self) -> None:
        play([], Tally())


class TestEpisodes:
    def test_that_last_for_months_began_on_one_day_whenever_they_are_computed(self) -> None:
        def on(back: int) -> Event:
            rated = {"rpe": 5, "availability": "limited"}
            begins = BEGINS - timedelta(days=back, hours=2)
            return Event("workout_session", 50 + back, session(begins, 1 + back % 2 / 10) | rated)

        before = Step(BEGINS, tuple(on(back) for back in range(130)), computes=True)
        after = [  # a Monday is among them
            Step(BEGINS + timedelta(days=n), (on(-n),), computes=True) for n in range(1, 6)
        ]
        play([before, *after], Tally())

        writer, told = Writer(Tally()), set()
        for step in (before, *after):
            writer.push(step.events, at=step.at)
            writer.compute(at=step.at)
            with acting_as(writer.id):
                row = PanelRow.objects.get(athlete_id=writer.id, category="sessions")
            told.add(tuple(sorted((one["code"], one["since"]) for one in row.part["reasons"])))
        first = (BEGINS - timedelta(days=129)).date()
        alike = first + timedelta(days=5)  # six of seven rated alike, and one of rest before them
        assert told == {(("availability_limited", str(first)), ("monotony_high", str(alike)))}


class TestCoverage:
    def test_counts_the_day_on_which_the_newest_input_came_where_the_person_is(self) -> None:
        writer = Writer(Tally())
        events = [
            Event("athlete_profile", 0, {"zone": "Pacific/Auckland"}),
            Event("workout_session", 0, session(BEGINS - timedelta(days=60), 1)),
        ]
        writer.push(tuple(events), at=BEGINS)
        morning = datetime(2024, 11, 5, 20, tzinfo=UTC)  # of 6 November there
        with snapshot_as(writer.id):
            snapshot = read_snapshot(writer.id, now=morning)
        assert snapshot is not None
        seen = replace(snapshot, feed=replace(snapshot.feed, input_at=morning))
        loading = derive(writer.id, seen).summary.domains["loading"]
        assert loading.completeness == 1.0
        assert morning > ENDS
