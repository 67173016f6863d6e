"""Every type through the API: stored as sent, refused alone, flagged and told."""

import json
import uuid
from typing import Any

import pytest
from django.utils import timezone

from apps.insights.services.recompute import recompute_athlete
from backend.records import REGISTRY
from tests.apps.insights.test_recompute import rows_of
from tests.backend.records.examples import EXAMPLES, example, id_of
from tests.conftest import Person


def put(kind: str, athlete: Person, **fields: Any) -> dict[str, Any]:
    """Return a put of a type's example with other fields."""
    return {
        "op": str(uuid.uuid4()), "type": kind, "id": str(id_of(kind, athlete.id)),
        "action": "put", "base": None, "schema": REGISTRY[kind].schema,
        "set": example(kind) | fields,
    }  # fmt: skip


class TestTypes:
    def test_come_back_as_they_were_sent(self, athlete: Person) -> None:
        # But what others write into a feed, of which the person only answers.
        own = [kind for kind in EXAMPLES if REGISTRY[kind].answers is None]
        ops = [put(kind, athlete) for kind in own]
        results = athlete.sync(ops).json()["results"]
        assert {(result["status"], *result.get("flags", [])) for result in results} == {
            ("applied",)
        }
        rows = athlete.get("/v1/athletes/me/changes").json()["page"]["rows"]
        assert {row["type"]: row["body"] for row in rows} == {op["type"]: op["set"] for op in ops}

    def test_keep_the_spelling_of_numbers(self, athlete: Person) -> None:
        op = put("strength_test", athlete)
        sent = json.dumps(op).replace(json.dumps(op["set"]), EXAMPLES["strength_test"])
        body = {"protocol": 1, "request": str(uuid.uuid4()), "ops": []}
        text = json.dumps(body).replace('"ops": []', f'"ops": [{sent}]')
        answer = athlete.post("/v1/athletes/me/sync", text)
        assert [one["status"] for one in answer.json()["results"]] == ["applied"]
        assert b'"value":32.50' in athlete.get("/v1/athletes/me/changes").content

    def test_no_model_reads_yet_do_not_disturb_those_it_does(self, athlete: Person) -> None:
        athlete.sync([put(kind, athlete) for kind in EXAMPLES])
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        assert len(rows_of(athlete, "risk_summary")) == 1

    @pytest.mark.parametrize(
        "kind", [kind.name for kind in REGISTRY.values() if kind.owner == "server"]
    )
    def test_of_the_server_take_no_push(self, athlete: Person, kind: str) -> None:
        op = {**put("goal", athlete), "type": kind}
        (result,) = athlete.sync([op]).json()["results"]
        assert (result["status"], result["code"]) == ("rejected", "server-owned")


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("workout_session", {"rpe": True}, "/set/rpe"),
    ("workout_session", {"distance_m": "41.5"}, "/set/distance_m"),
    ("workout_session", {"source": {"version": 2**63}}, "/set/source/version"),
    ("workout_session", {"started_at": "2026-05-30T18:00:00+14:01"}, "/set/started_at"),
    ("workout_session", {"local_date": "2026-02-30"}, "/set/local_date"),
    ("workout_session", {"laps": [{"uid": "a"}, {"uid": "a"}]}, "/set/laps/1/uid"),
    ("lab_result", {"value": -1}, "/set/value"),
    ("lab_result", {"unit": "kg", "unit_ucum": None}, "/set/unit"),
    ("lab_result", {"unit": "furlongs", "unit_ucum": None}, "/set/unit"),
    ("lab_result", {"comparator": "<<"}, "/set/comparator"),
    ("goal", {"new": {f"{n}": 0 for n in range(1_001)}}, "/set"),
    ("goal", {"new": {f"{n}": 0 for n in range(10_000)}}, "/set"),
]

KEPT: list[tuple[str, dict[str, Any], list[str]]] = [
    ("workout_session", {"ended_at": "2026-07-09T18:00:00+02:00"}, ["implausible"]),
    ("workout_session", {"started_at": "2016-12-31T23:59:60Z", "ended_at": "2017-01-01T01:00:00Z",
                         "local_date": "2017-01-01"}, ["leap_second"]),
    ("workout_session", {"started_at": "1949-05-30T18:00:00Z", "ended_at": "1949-05-30T19:00:00Z"}, ["too_early"]),
    ("workout_session", {"exercises": [{"uid": "e", "sets": [{"uid": "s", "load_kg": 10**9}]}]}, ["implausible"]),
    ("lab_result", {"value": 900}, ["implausible"]),
    ("lab_result", {"analyte": "ferritin", "codes": [], "unit": "furlongs", "unit_ucum": None}, []),
    ("lab_result", {"status": "of a newer app"}, []),
    ("goal", {"note": "<script>{{7*7}}${jndi:x}' OR 1=1-- \u202e", "__proto__": {"x": 1}}, []),
]  # fmt: skip


class TestValues:
    @pytest.mark.parametrize(("kind", "fields", "pointer"), REFUSED)
    def test_no_record_can_say_are_refused_alone(
        self, athlete: Person, kind: str, fields: dict[str, Any], pointer: str
    ) -> None:
        good = put("cycle_log", athlete)
        refused, applied = athlete.sync([put(kind, athlete, **fields), good]).json()["results"]
        assert (refused["status"], refused["code"]) == ("rejected", "invalid")
        assert refused["pointers"] == [pointer]
        assert refused["parked"] is True
        assert applied["status"] == "applied"

    @pytest.mark.parametrize(("kind", "fields", "flags"), KEPT)
    def test_that_are_only_odd_are_kept_as_sent(
        self, athlete: Person, kind: str, fields: dict[str, Any], flags: list[str]
    ) -> None:
        op = put(kind, athlete, **fields)
        (result,) = athlete.sync([op]).json()["results"]
        assert (result["status"], result.get("flags", [])) == ("applied", flags)
        (row,) = rows_of(athlete, kind)
        assert row["body"] == op["set"]
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
