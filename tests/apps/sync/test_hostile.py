"""Ops that are well-formed and wrong: each is refused alone, none stops the phone."""

import uuid
from typing import Any

import pytest

from backend.records.ids import record_id
from tests.apps.insights.test_recompute import rows_of, vitamin_d
from tests.apps.sync.test_push import workout
from tests.conftest import Person


def edit(op: dict[str, Any], base: str | None = None, **members: Any) -> dict[str, Any]:
    """Return a put of the same record with other members."""
    put = {name: op[name] for name in ("type", "id", "action", "schema")}
    return {**put, "op": str(uuid.uuid4()), "base": base, **members}


class TestInstants:
    @pytest.mark.parametrize(
        ("bad", "pointer"),
        [
            (vitamin_d(drawn="yesterday"), "/set/collected_at"),
            (vitamin_d(drawn="1800-03-01T00:00:00Z"), "/set/collected_at"),
            (vitamin_d(drawn="2026-03-01T00:00:00+20:00"), "/set/collected_at"),
            (workout(started_at="1800-03-01T00:00:00Z"), "/set/started_at"),
            (workout(ended_at="2026-03-01T00:00:00+20:00"), "/set/ended_at"),
        ],
    )
    def test_that_can_not_be_held_are_refused_alone(
        self, athlete: Person, bad: dict[str, Any], pointer: str
    ) -> None:
        good = workout()
        answer = athlete.sync([{**bad, "op": str(uuid.uuid4())}, good])
        assert answer.status_code == 200
        refused, applied = answer.json()["results"]
        assert (refused["status"], refused["code"]) == ("rejected", "invalid")
        assert refused["pointers"] == [pointer]
        assert applied["status"] == "applied"

    @pytest.mark.parametrize(
        "clock", ["2026-03-01T00:00:00+20:00", "0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59Z"]
    )
    def test_of_a_mad_device_clock_do_no_harm(self, athlete: Person, clock: str) -> None:
        op = {**workout(), "edited_at": clock}
        answer = athlete.sync([op], sent_at=clock)
        assert [result["status"] for result in answer.json()["results"]] == ["applied"]


class TestUnset:
    def test_alone_removes_a_field(self, athlete: Person) -> None:
        op = workout(note="gone soon")
        athlete.sync([op, edit(op, op["op"], unset=["note"])])
        (row,) = rows_of(athlete, "workout_session")
        assert "note" not in row["body"]
        assert row["rev"] == 2

    def test_of_a_required_field_is_refused(self, athlete: Person) -> None:
        op = workout()
        results = athlete.sync([op, edit(op, op["op"], unset=["activity"])]).json()["results"]
        assert [result["status"] for result in results] == ["applied", "rejected"]


class TestImportedAgain:
    @pytest.fixture
    def first(self, athlete: Person) -> dict[str, Any]:
        op = workout(source={"system": "hk", "external_id": "e1", "version": 1})
        op["id"] = str(record_id(athlete.id, "workout_session", "hk", "e1"))
        athlete.sync([op])
        athlete.sync([edit(op, op["op"], set={"title": "mine", "activity": "walking"})])
        return op

    def test_in_the_same_version_changes_nothing(
        self, athlete: Person, first: dict[str, Any]
    ) -> None:
        (result,) = athlete.sync([edit(first, set=first["set"])]).json()["results"]
        assert result["status"] == "noop"

    def test_in_a_newer_version_is_merged_and_told(
        self, athlete: Person, first: dict[str, Any]
    ) -> None:
        newer = {**first["set"], "source": {**first["set"]["source"], "version": 2}}
        answer = athlete.sync([edit(first, set=newer)]).json()
        (result,) = answer["results"]
        assert result["status"] == "merged"
        assert result["record"]["body"]["title"] == "mine"
        (row,) = answer["page"]["rows"]
        assert row["body"] == result["record"]["body"]


class TestWanted:
    def test_records_of_this_request_come_whole(self, athlete: Person) -> None:
        op = workout()
        (row,) = athlete.sync([op], want=[op["id"]]).json()["page"]["rows"]
        assert row["body"] == op["set"]


class TestIds:
    def test_of_an_import_follow_from_its_source(self, athlete: Person) -> None:
        op = workout(source={"system": "hk", "external_id": "e1", "version": 1})
        (result,) = athlete.sync([op]).json()["results"]
        assert (result["status"], result["code"]) == ("rejected", "id-mismatch")
        assert result["pointers"] == ["/id"]

    def test_of_the_server_can_not_be_taken(self, athlete: Person) -> None:
        op = workout()
        athlete.sync([op, vitamin_d()])
        taken = str(uuid.UUID(int=uuid.uuid4().int & ~(0xF << 76) | 8 << 76))
        for members in ({"id": taken}, {"op": taken}):
            (result,) = athlete.sync([{**workout(), **members}]).json()["results"]
            assert (result["status"], result["code"]) == ("rejected", "id-mismatch")

    def test_of_the_profile_are_the_athletes_own(self, athlete: Person) -> None:
        profile = {
            "op": str(uuid.uuid4()), "type": "athlete_profile", "id": str(uuid.uuid4()),
            "action": "put", "base": None, "schema": 1, "set": {"sex": "female"},
        }  # fmt: skip
        ops = [profile, {**workout(), "id": str(athlete.id)}]
        results = athlete.sync(ops).json()["results"]
        assert [result["code"] for result in results] == ["id-mismatch"] * 2
        own = {**profile, "op": str(uuid.uuid4()), "id": str(athlete.id)}
        assert athlete.sync([own]).json()["results"][0]["status"] == "applied"

    def test_of_the_path_may_be_spelled_in_capitals(self, athlete: Person) -> None:
        answer = athlete.get(f"/v1/athletes/{str(athlete.id).upper()}/changes")
        assert answer.status_code == 200
