"""Ops that an older server could not read: kept whole, and taken by a newer one."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.common.actor import acting_as
from apps.sync.parked import forget_parked, rerun_parked
from backend import records
from backend.feed import fold
from tests.apps.sync.ops import changed, lab, live, one, op_id, put, results, standing, workout
from tests.conftest import Person


@pytest.fixture
def older_server(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A server that does not know laboratory results yet, until the patch is undone."""
    known = {name: kind for name, kind in records.REGISTRY.items() if name != "lab_result"}
    monkeypatch.setattr(fold, "REGISTRY", known)
    return monkeypatch


class TestRerun:
    def test_takes_what_a_newer_server_can_read(
        self, athlete: Person, older_server: pytest.MonkeyPatch
    ) -> None:
        op = lab(41.5)
        refused = one(athlete, op)
        assert (refused["code"], refused["parked"]) == ("unknown-type", True)
        assert len(live(athlete, "sync_issue")) == 1
        older_server.undo()
        call_command("rerun_parked", athlete=athlete.user.email)
        assert standing(athlete, op) == op["set"]
        assert live(athlete, "sync_issue") == []
        assert one(athlete, op)["was"] == "applied"

    def test_keeps_what_is_still_refused(self, athlete: Person) -> None:
        bad = workout(started_at="yesterday")
        one(athlete, bad)
        head = athlete.sync([]).json()["witness"]
        with acting_as(athlete.id):
            told = rerun_parked(athlete_id=athlete.id)
        assert (told.tried, told.taken) == (1, 0)
        assert athlete.sync([]).json()["witness"] == head
        assert one(athlete, bad)["was"] == "rejected"

    @pytest.mark.parametrize(
        "bad",
        [{"unset": [5]}, {"schema": "1"}, {"edited_at": "yesterday"}, {"age_ms": -5}],
    )
    def test_takes_nothing_of_which_a_part_could_not_be_read(
        self, athlete: Person, bad: dict[str, Any]
    ) -> None:
        op = {**workout(), **bad}
        assert one(athlete, op)["parked"]
        with acting_as(athlete.id):
            assert rerun_parked(athlete_id=athlete.id).taken == 0
        assert standing(athlete, op) is None

    def test_takes_no_edit_with_a_doubled_key(self, athlete: Person) -> None:
        op = workout(note="first")
        text = json.dumps(op).replace('"note": "first"', '"note": "first", "note": "second"')
        body = f'{{"protocol": 1, "request": "{op_id()}", "ops": [{text}]}}'
        told = athlete.post("/v1/athletes/me/sync", body).json()["results"][0]
        assert (told["code"], told["parked"]) == ("invalid", True)
        with acting_as(athlete.id):
            assert rerun_parked(athlete_id=athlete.id).taken == 0
        assert standing(athlete, op) is None

    def test_does_not_undo_what_was_written_since(
        self, athlete: Person, older_server: pytest.MonkeyPatch
    ) -> None:
        op = {**lab(41.5), "age_ms": 3_600_000}
        one(athlete, op)
        older_server.undo()
        fixed = {**lab(41.5, note="typed anew"), "id": op["id"]}
        one(athlete, fixed)
        one(athlete, changed(fixed, set={"value": 44}))
        with acting_as(athlete.id):
            assert rerun_parked(athlete_id=athlete.id).taken == 0
        assert (standing(athlete, op) or {})["value"] == 44

    def test_forgets_after_180_days(self, athlete: Person) -> None:
        results(athlete, put("horoscope", {"sign": "leo"}, id=op_id()))
        with acting_as(athlete.id):
            assert forget_parked(athlete_id=athlete.id, now=timezone.now()) == 0
            later = timezone.now() + timedelta(days=181)
            assert forget_parked(athlete_id=athlete.id, now=later) == 1
            assert rerun_parked(athlete_id=athlete.id).tried == 0
