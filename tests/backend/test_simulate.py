"""The demo's people: the same every time, plausible, and each with the story they tell."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from backend.loading.rate import rate_session
from backend.readmodels import SessionLoad
from backend.records import REGISTRY
from backend.records.athlete_profile import AthleteProfile
from backend.records.ids import record_id
from backend.records.lab_result import LabResult, observe
from backend.records.workout_session import WorkoutSession
from backend.simulate import DemoAthlete, SimulatedRecord, demo_athletes, history

ENDING = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEEKDAYS = [ENDING + timedelta(days=shift) for shift in range(7)]
PEOPLE = {athlete.email: athlete for athlete in demo_athletes()}
every_athlete = pytest.mark.parametrize("athlete", PEOPLE.values(), ids=PEOPLE)


def records(athlete: DemoAthlete, kind: str, ending: date = ENDING) -> list[SimulatedRecord]:
    return [one for one in history(athlete, ending=ending, seed=1) if one.type == kind]


def loads(email: str, ending: date) -> dict[int, list[SessionLoad]]:
    """Return the rated sessions of a person by days before the end."""
    found: dict[int, list[SessionLoad]] = defaultdict(list)
    for one in records(PEOPLE[email], "workout_session", ending):
        body = msgspec.json.decode(one.body, type=WorkoutSession)
        found[(ending - body.local_date).days].append(rate_session(one.record_id, body))
    return found


def vitamin_d(email: str) -> list[tuple[int, float]]:
    """Return days before the end and ng/mL of each 25-OH vitamin D."""
    rows = []
    for one in records(PEOPLE[email], "lab_result"):
        seen = observe(one.record_id, one.body, zone=None, now=NOW)
        assert seen is not None
        assert seen.usable, seen.flags
        if seen.analyte == "vitd_25oh":
            assert seen.value is not None
            rows.append(((ENDING - seen.local_date).days, float(seen.value)))
    return rows


class TestDemoAthletes:
    def test_are_twelve_with_distinct_names_and_addresses(self) -> None:
        assert len(PEOPLE) == len({athlete.name for athlete in PEOPLE.values()}) == 12

    @every_athlete
    def test_have_a_valid_profile(self, athlete: DemoAthlete) -> None:
        profile = msgspec.json.decode(athlete.profile_on(ENDING), type=AthleteProfile)
        assert profile.zone == athlete.zone
        assert profile.sex in {"female", "male"}


class TestHistory:
    def test_is_long_for_all_together(self) -> None:
        assert sum(len(list(history(a, ending=ENDING, seed=2))) for a in PEOPLE.values()) > 3000

    @every_athlete
    def test_is_valid_ordered_and_never_in_the_future(self, athlete: DemoAthlete) -> None:
        found = list(history(athlete, ending=ENDING, seed=1))
        for one in found:
            kind = REGISTRY[one.type]
            body = msgspec.json.decode(one.body, type=kind.body)
            assert kind.plausibility(body, NOW) == ()
            assert kind.occurred_at(body) == one.occurred_at

        assert 150 <= sum(one.type == "workout_session" for one in found) <= 500
        assert [one.occurred_at for one in found] == sorted(one.occurred_at for one in found)
        assert len({one.record_id for one in found}) == len(found)
        assert max(one.occurred_at for one in found) < NOW

    @every_athlete
    def test_is_the_same_for_the_same_seed_only(self, athlete: DemoAthlete) -> None:
        first = list(history(athlete, ending=ENDING, seed=1))

        assert first == list(history(athlete, ending=ENDING, seed=1))
        assert first != list(history(athlete, ending=ENDING, seed=2))

    def test_has_digits_a_laboratory_would_print(self) -> None:
        for one in records(PEOPLE["jonas.weber"], "lab_result"):
            body = msgspec.json.decode(one.body, type=LabResult)
            assert body.lab == "Berlin Demo Laboratory"
            assert b'"value":"' not in one.body


@pytest.mark.parametrize("ending", WEEKDAYS)
class TestStories:
    def test_the_lifter_is_heavy_often_enough_on_any_weekday(self, ending: date) -> None:
        found = loads("ingrid.solheim", ending)
        heavy = [day for day in range(1, 28) if sum(s.heavy_reps for s in found[day]) >= 10]
        assert len(heavy) >= 8  # twice a week over four weeks

    def test_the_cyclist_trains_much_and_loads_nothing(self, ending: date) -> None:
        found = loads("mateo.fernandez", ending)
        recent = [session for day in range(1, 29) for session in found[day]]

        assert sum(session.minutes for session in recent) / 60 / 4 > 9.2
        assert sum(session.blu for session in recent) == 0

    def test_the_runner_steps_up_by_more_than_half(self, ending: date) -> None:
        found = loads("amara.okafor", ending)
        weeks = [
            sum(s.blu for day in range(7 * n, 7 * n + 7) for s in found[day]) for n in range(4)
        ]
        assert weeks[0] > 1.5 * sum(weeks[1:]) / 3

    def test_the_silent_one_did_nothing_for_twelve_days(self, ending: date) -> None:
        found = loads("yuki.tanaka", ending)
        assert 12 < min(day for day, sessions in found.items() if sessions) <= 16


class TestLaboratoryStories:
    def test_one_retest_is_overdue(self) -> None:
        days_ago, value = vitamin_d("jonas.weber")[-1]
        assert (days_ago, value < 20) == (100, True)

    def test_one_retest_is_due_within_a_week(self) -> None:
        days_ago, value = vitamin_d("priya.raman")[-1]
        assert 0 < 84 - days_ago <= 7
        assert value < 20

    def test_nobody_else_has_a_low_last_value(self) -> None:
        others = PEOPLE.keys() - {"jonas.weber", "priya.raman"}
        assert all(vitamin_d(email)[-1][1] >= 20 for email in others)


class TestRecordId:
    def test_tells_people_types_systems_and_things_apart(self) -> None:
        athlete, other = UUID(int=1), UUID(int=2)
        ids = {
            record_id(athlete, "workout_session", "fit", "1"),
            record_id(other, "workout_session", "fit", "1"),
            record_id(athlete, "lab_result", "fit", "1"),
            record_id(athlete, "workout_session", "fhir", "1"),
            record_id(athlete, "workout_session", "fit", "2"),
        }
        assert len(ids) == 5
        assert {one.version for one in ids} == {5}
        assert record_id(athlete, "lab_result", "fit", "1") in ids
