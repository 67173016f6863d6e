"""R09 to R11: tests of strength and function, and lean mass."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.backend.build import uid
from tests.backend.reminding.people import (
    WOMAN_40,
    Row,
    aged,
    ago,
    asked,
    due,
    injury,
    record,
)


def days(number: int) -> timedelta:
    return timedelta(days=number)


def grip(back: int, kg: float = 40, number: int = 10, **more: Any) -> Row:
    return timed("grip", back, kg, "kg", number, **more)


def timed(name: str, back: int, value: float, unit: str, number: int = 10, **more: Any) -> Row:
    trials = [{"uid": "t", "value": value, "unit": unit}]
    at = f"{ago(back)}T12:00:00+00:00"
    return record("strength_test", number, tested_at=at, test=name, trials=trials, **more)


def lean(back: int) -> Row:
    at = f"{ago(back)}T12:00:00+00:00"
    return record("body_composition", 30, measured_at=at, method="dxa", alm_kg=20)


class TestGrip:
    @pytest.mark.parametrize(
        ("years", "kg", "wait"),
        [(40, 10, 365), (59, 10, 365), (60, 16, 180), (60, 15.9, 90)],
    )
    def test_is_tested_again_by_age_and_strength(self, years: int, kg: Any, wait: int) -> None:
        found = asked("grip_test", grip(0, kg), profile=aged(years))
        assert found is not None
        assert (found.due_date, found.source_record) == (ago(0) + days(wait), uid(10))

    def test_goes_by_the_age_on_the_day_of_the_test(self) -> None:
        assert due("grip_test", grip(1), profile=aged(60)) == ago(1) + days(365)

    def test_is_low_only_when_both_hands_are(self) -> None:
        hands = (grip(0, 15, side="left"), grip(0, 17, 11, side="right"))
        assert due("grip_test", *hands, profile=aged(60)) == ago(0) + days(180)

    def test_is_held_to_the_definition_the_person_uses(self) -> None:
        other = aged(60, sarcopenia_definition="awgs2019")  # below 18 kg
        assert due("grip_test", grip(0, 17), profile=other) == ago(0) + days(90)

    @pytest.mark.parametrize("site", ["left wrist", "Hand", "scaphoid"])
    def test_waits_for_a_hurt_hand(self, site: str) -> None:
        assert due("grip_test", grip(500), injury("tendon", 9, site=site)) is None
        healed = injury("tendon", 9, site=site, closed_date=ago(1))
        assert due("grip_test", grip(500), healed) is not None
        assert due("grip_test", grip(500), injury("tendon", 9, site="achilles")) is not None

    def test_needs_a_first_test_and_an_age(self) -> None:
        assert due("grip_test") is None
        ageless = msgspec.structs.replace(WOMAN_40, born_date=None)
        assert due("grip_test", grip(500), profile=ageless) is None


class TestChairAndGait:
    @pytest.mark.parametrize(
        ("name", "unit"), [("chair_stand_5x", "s"), ("gait", "m/s"), ("sppb", "1")]
    )
    def test_are_due_twice_a_year_from_sixty(self, name: str, unit: str) -> None:
        row = timed(name, 20, 9, unit)
        assert due("chair_gait", row, profile=aged(60)) == ago(20) + days(180)
        assert due("chair_gait", row, profile=aged(59)) is None

    def test_count_from_the_newest(self) -> None:
        rows = (timed("gait", 90, 1, "m/s"), timed("chair_stand_5x", 30, 12, "s", 11))
        assert due("chair_gait", *rows, profile=aged(70)) == ago(30) + days(180)

    @pytest.mark.parametrize(
        "rows",
        [
            [timed("chair_stand_5x", 20, 9, "s", unable=True)],
            [timed("chair_stand_5x", 20, 9, "s"), injury("muscle", 3)],
            [grip(20)],
        ],
    )
    def test_are_not_for_who_is_unsafe_alone(self, rows: Any) -> None:
        assert due("chair_gait", *rows, profile=aged(70)) is None


class TestLeanMass:
    @pytest.mark.parametrize(("years", "wait"), [(59, 730), (60, 365)])
    def test_is_measured_again_on_the_same_device(self, years: int, wait: int) -> None:
        found = asked("alm_repeat", lean(0), profile=aged(years))
        assert found is not None
        assert (found.due_date, found.priority) == (ago(0) + days(wait), 5)
        assert "same device" in found.text["en"]

    def test_is_not_planned_in_pregnancy(self) -> None:
        pregnant = msgspec.structs.replace(WOMAN_40, pregnant=True)
        assert due("alm_repeat", lean(0), profile=pregnant) is None
