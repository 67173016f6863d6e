"""Ids that follow from what a record is: one thing, one record."""

import json
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from backend.records import REGISTRY
from backend.records.ids import ack_id, check_id, may_bear, record_id, server_id
from backend.records.reading import validate
from tests.backend.records.examples import EXAMPLES, encoded, example

ATHLETE = UUID("2c7b1a3e-93a0-4b8e-8f6d-1f2e3d4c5b6a")
OTHER = UUID("9b1c0a52-7d0c-4a0e-9f53-6a3c5f3f1f10")
SOURCE = {"system": "healthkit", "external_id": "A1", "version": 1}
FREE = sorted(EXAMPLES.keys() - {"athlete_profile", "reminder_ack"})


def may(kind: str, identifier: UUID, **fields: Any) -> bool:
    return may_say(kind, identifier, encoded(kind, **fields))


def may_say(name: str, identifier: UUID, body: bytes) -> bool:
    kind = REGISTRY[name]
    fits = check_id(kind, ATHLETE, identifier, validate(kind, body), body)
    return may_bear(kind, ATHLETE, identifier) and fits


class TestImports:
    @pytest.mark.parametrize("kind", FREE)
    def test_have_the_id_their_source_gives(self, kind: str) -> None:
        right = record_id(ATHLETE, kind, "healthkit", "A1")
        assert right == uuid5(ATHLETE, f"{kind}\x1fhealthkit\x1fA1")
        assert may(kind, right, source=SOURCE)

    @pytest.mark.parametrize("kind", FREE)
    def test_have_no_other(self, kind: str) -> None:
        for wrong in (
            uuid4(),
            record_id(OTHER, kind, "healthkit", "A1"),
            record_id(ATHLETE, "other", "healthkit", "A1"),
            record_id(ATHLETE, kind, "healthkit", "A2"),
            record_id(ATHLETE, kind, "fit", "A1"),
        ):
            assert not may(kind, wrong, source=SOURCE)

    @pytest.mark.parametrize(
        "source", [None, {}, {"system": "healthkit"}, {"external_id": "A1"}, {"method": "typed"}]
    )
    def test_are_those_with_both_names(self, source: Any) -> None:
        assert may("goal", uuid4(), source=source)

    def test_are_recognised_however_their_names_are_spelled(self) -> None:
        body = json.dumps(example("goal", source=SOURCE)).replace(
            "external_id", "external\\u005fid"
        )
        assert not may_say("goal", uuid4(), body.encode())

    def test_can_not_share_an_id_by_a_separator_in_a_name(self) -> None:
        first = {"system": "a\x1fb", "external_id": "c"}
        second = {"system": "a", "external_id": "b\x1fc"}
        shared = record_id(ATHLETE, "goal", "a\x1fb", "c")
        assert shared == record_id(ATHLETE, "goal", "a", "b\x1fc")
        assert not may("goal", shared, source=first)
        assert not may("goal", shared, source=second)


class TestAcks:
    def test_have_the_id_of_what_they_answer(self) -> None:
        body = example("reminder_ack")
        reminder, acted_at = UUID(body["reminder"]), body["acted_at"]
        right = ack_id(reminder, "snoozed", acted_at)
        assert right == uuid5(reminder, f"snoozed\x1f{acted_at}")
        assert may("reminder_ack", right)
        assert not may("reminder_ack", uuid4())
        assert not may("reminder_ack", ack_id(reminder, "done", acted_at))
        assert not may("reminder_ack", ack_id(OTHER, "snoozed", acted_at))

    def test_of_two_spellings_of_one_instant_are_two(self) -> None:
        reminder = UUID(example("reminder_ack")["reminder"])
        utc = ack_id(reminder, "done", "2026-05-30T18:00:00Z")
        assert utc != ack_id(reminder, "done", "2026-05-30T20:00:00+02:00")


class TestProfile:
    def test_has_the_athletes_id_and_nothing_else_has(self) -> None:
        assert may("athlete_profile", ATHLETE)
        assert may("athlete_profile", ATHLETE, source=SOURCE)
        assert not may("athlete_profile", uuid4())
        assert not any(may(kind, ATHLETE) for kind in FREE)


class TestServersIds:
    @pytest.mark.parametrize("kind", EXAMPLES)
    def test_are_no_devices(self, kind: str) -> None:
        assert not may(kind, server_id(ATHLETE, kind))
