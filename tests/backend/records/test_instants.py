"""Instants and days of records: what can be held, and what is odd but kept."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.days import parse_instant
from backend.feed.bodies import InvalidBody, accept
from backend.records import REGISTRY
from backend.records.reading import flags_of, has_leap_second, read
from backend.records.times import EARLIEST, FUTURE_LIMIT, time_flags
from backend.records.workout_session import WorkoutSession
from tests.backend.records.examples import NOW, encoded, example

WORKOUT = REGISTRY["workout_session"]
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
DAYS = st.timedeltas(timedelta(days=-3), timedelta(days=3))
LEAP = "2016-12-31T23:59:60Z"


def refused_at(kind: str, **fields: Any) -> str:
    with pytest.raises(InvalidBody) as refusal:
        accept(REGISTRY[kind], encoded(kind, **fields))
    return refusal.value.pointer


def flags(kind: str, **fields: Any) -> tuple[str, ...]:
    body = encoded(kind, **fields)
    return flags_of(REGISTRY[kind], accept(REGISTRY[kind], body), body, now=NOW)


class TestInstants:
    @pytest.mark.parametrize(
        "text",
        ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00",
         "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-05-30T24:00:00Z",
         "2026-05-30T18:00:00+14:01", "2026-05-30T18:00:00-14:01", "2026-05-30T18:00:00+99:99",
         "2026-05-30T18:00:00", "2026-05-30", "soon", ""],
    )  # fmt: skip
    @pytest.mark.parametrize(
        ("kind", "name"), [("workout_session", "ended_at"), ("lab_result", "issued_at")]
    )
    def test_no_calendar_holds_are_refused(self, kind: str, name: str, text: str) -> None:
        assert refused_at(kind, **{name: text}) == f"/set/{name}"

    @pytest.mark.parametrize("offset", ["+14:00", "-12:00", "-14:00", "+05:45", "Z"])
    def test_of_every_zone_are_held(self, offset: str) -> None:
        accept(WORKOUT, encoded("workout_session", started_at=f"2026-05-30T18:00:00{offset}"))

    def test_deep_inside_are_looked_at_too(self) -> None:
        exercises = example("workout_session")["exercises"]
        exercises[0]["sets"][1]["started_at"] = "1850-01-01T00:00:00Z"
        pointer = "/set/exercises/0/sets/1/started_at"
        assert refused_at("workout_session", exercises=exercises) == pointer
        laps = [{"uid": "a"}, {"uid": "b", "ended_at": "2026-05-30T18:00:00+15:00"}]
        assert refused_at("workout_session", laps=laps) == "/set/laps/1/ended_at"

    @pytest.mark.parametrize(
        "collected",
        ["0000", "0001-01-01T00:00:00+14:00", "2026-02-30", "2026-05-30T18:00:00+14:01"],
    )
    def test_of_partial_precision_are_held_to_the_same(self, collected: str) -> None:
        assert refused_at("lab_result", collected_at=collected) == "/set/collected_at"

    @given(st.sampled_from([EARLIEST, NOW, NOW + FUTURE_LIMIT]), DAYS, OFFSETS, OFFSETS)
    def test_of_any_zones_are_judged_by_the_instant(
        self, about: datetime, days: timedelta, offset: timezone, zone: timezone
    ) -> None:
        moment, now = (about + days).astimezone(offset), NOW.astimezone(zone)
        early, late = moment < EARLIEST, moment > now + FUTURE_LIMIT
        assert time_flags(moment, now) == ("too_early",) * early + ("in_future",) * late


class TestLeapSeconds:
    @pytest.mark.parametrize("text", [LEAP, "2017-01-01T01:59:60.5+02:00"])
    def test_are_read_as_the_next_instant(self, text: str) -> None:
        body = encoded("workout_session", started_at=text, ended_at="2017-01-01T01:00:00Z")
        typed = accept(WORKOUT, body)
        assert isinstance(typed, WorkoutSession)
        assert typed.started_at == datetime(2017, 1, 1, tzinfo=UTC)
        assert WORKOUT.occurred_at(typed) == datetime(2017, 1, 1, tzinfo=UTC)

    def test_are_flagged(self) -> None:
        fields = {"ended_at": "2017-01-01T01:00:00Z", "local_date": "2016-12-31"}
        assert flags("workout_session", started_at=LEAP, **fields) == ("leap_second",)
        assert flags("lab_result", collected_at=LEAP) == ("leap_second",)
        assert flags("lab_result", issued_at=LEAP) == ("leap_second",)

    def test_of_a_result_are_read_as_the_next_instant(self) -> None:
        assert parse_instant(LEAP) == (datetime(2017, 1, 1, tzinfo=UTC), "second")

    def test_do_not_change_the_stored_text(self) -> None:
        body = encoded("strength_test", tested_at=LEAP)
        assert read(REGISTRY["strength_test"].body, body).tested_at.second == 0  # type: ignore[attr-defined]  # its struct's
        assert LEAP.encode() in body

    @pytest.mark.parametrize(
        "text", ["2016-12-31T23:59:61Z", "9999-12-31T23:59:60Z", "2016-02-30T23:59:60Z",
                 "2016-12-31T23:60:60Z", "2016-12-31T23:59:60+99:00"],
    )  # fmt: skip
    def test_that_are_none_are_refused(self, text: str) -> None:
        assert refused_at("workout_session", started_at=text) == "/set/started_at"

    def test_in_a_number_or_a_word_are_none(self) -> None:
        assert not has_leap_second(b'{"reps":60,"note":"at 23:59:60 sharp"}')

    def test_do_not_hide_another_fault(self) -> None:
        with pytest.raises(msgspec.ValidationError):
            read(WorkoutSession, encoded("workout_session", started_at=LEAP, rpe="7"))


class TestOddTimes:
    @pytest.mark.parametrize(
        ("kind", "change", "expected"),
        [
            ("workout_session", {"started_at": "2031-05-30T18:00:00Z", "ended_at": "2031-05-30T19:00:00Z"}, "in_future"),
            ("workout_session", {"started_at": "1949-05-30T18:00:00Z", "ended_at": "1949-05-30T19:00:00Z"}, "too_early"),
            ("workout_session", {"ended_at": "2026-05-30T15:00:00Z"}, "ends_before_start"),
            ("workout_session", {"ended_at": "2026-07-09T15:00:00Z"}, "implausible"),
            ("workout_session", {"local_date": "2026-05-27"}, "local_date_differs"),
            ("lab_result", {"collected_at": "2027"}, "in_future"),
            ("lab_result", {"collected_at": "1970-01-01T00:00:00Z"}, "too_early"),
            ("body_composition", {"measured_at": "2026-06-04T12:00:01Z"}, "in_future"),
            ("dxa_scan", {"scanned_at": "1989-12-31T00:00:00Z"}, "too_early"),
            ("strength_test", {"tested_at": "2031-01-01T00:00:00Z"}, "in_future"),
            ("intake_log", {"taken_at": "2031-01-01T00:00:00Z"}, "in_future"),
            ("intake_log", {"local_date": "2026-05-18"}, "local_date_differs"),
            ("reminder_ack", {"acted_at": "2031-01-01T00:00:00Z"}, "in_future"),
            ("injury", {"onset_date": "2027-01-01", "closed_date": None}, "in_future"),
            ("injury", {"closed_date": "2026-01-09"}, "ends_before_start"),
            ("energy_screen", {"answered_at": "2031-01-01T00:00:00Z"}, "in_future"),
            ("cycle_log", {"local_date": "2026-06-05"}, "in_future"),
            ("medication", {"ended_date": "2026-01-31"}, "ends_before_start"),
            ("risk_result", {"calculated_on": "2030-01-01"}, "in_future"),
            ("intervention", {"ended_date": "2026-04-30"}, "ends_before_start"),
        ],
    )  # fmt: skip
    def test_are_kept_and_flagged(self, kind: str, change: Any, expected: str) -> None:
        assert flags(kind, **change) == (expected,)

    @pytest.mark.parametrize(
        ("kind", "change"),
        [
            ("workout_session", {"started_at": "2026-05-30T18:00:00+13:00", "ended_at": "2026-05-30T19:00:00+13:00"}),
            ("workout_session", {"started_at": "2026-05-29T18:00:00-11:00", "ended_at": "2026-05-29T19:00:00-11:00"}),
            ("injury", {"onset_date": "1975-06-01", "closed_date": None}),
            ("medication", {"started_date": "2026-09-01"}),
            ("cycle_log", {"local_date": "2026-06-02"}),
        ],
    )  # fmt: skip
    def test_that_only_look_odd_are_not(self, kind: str, change: Any) -> None:
        assert flags(kind, **change) == ()


class TestKeyedLists:
    @pytest.mark.parametrize(
        ("kind", "name", "pointer"),
        [
            ("workout_session", "exercises", "/set/exercises/1/uid"),
            ("workout_session", "laps", "/set/laps/1/uid"),
            ("dxa_scan", "site_results", "/set/site_results/2/uid"),
            ("strength_test", "trials", "/set/trials/2/uid"),
            ("intake_log", "items", "/set/items/2/uid"),
        ],
    )
    def test_name_each_element_once(self, kind: str, name: str, pointer: str) -> None:
        parts = example(kind)[name]
        assert refused_at(kind, **{name: [*parts, parts[0]]}) == pointer

    def test_inside_elements_name_each_element_once(self) -> None:
        exercises = example("workout_session")["exercises"]
        exercises[0]["sets"][1]["uid"] = "s1"
        assert refused_at("workout_session", exercises=exercises) == "/set/exercises/0/sets/1/uid"

    def test_inside_different_elements_may_use_a_name_again(self) -> None:
        one = example("workout_session")["exercises"][0]
        accept(WORKOUT, encoded("workout_session", exercises=[one, one | {"uid": "e2"}]))

    def test_need_a_uid(self) -> None:
        exercises = json.loads(json.dumps(example("workout_session")["exercises"]))
        del exercises[0]["sets"][0]["uid"]
        assert refused_at("workout_session", exercises=exercises) == "/set/exercises/0/sets/0/uid"
