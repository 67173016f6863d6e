"""Groups that meet other rules: ids used twice, ids of the server, ops that leave no receipt."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings

from apps.common.actor import acting_as
from apps.sync.parked import rerun_parked
from backend.records.ids import server_id
from tests.apps.insights.test_recompute import rows_of
from tests.apps.sync.ops import (
    changed,
    live,
    one,
    op_id,
    put,
    replayed,
    results,
    standing,
    workout,
)
from tests.conftest import Person


def grouped(*ops: dict[str, Any], group: str | None = None) -> list[dict[str, Any]]:
    """Return the ops as one group."""
    group = group or op_id()
    return [{**op, "group": group} for op in ops]


def told(found: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    """Return what became of each op."""
    return [(result["status"], result.get("code")) for result in found]


def is_noted(person: Person, identifier: str) -> bool:
    """Return whether anything stands in the feed's log under an id."""
    with acting_as(person.id), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sync_log WHERE op_id = %s", [identifier])
        return cursor.fetchone() is not None


def of_the_server() -> str:
    """Return an id such as only the server gives."""
    return str(server_id(uuid.uuid4(), "anything"))


class TestThatFails:
    def test_with_an_op_id_of_another_op_says_so_of_that_one(self, athlete: Person) -> None:
        known = workout()
        one(athlete, known)
        bad = workout(started_at="never")
        assert told(results(athlete, *grouped(bad, known))) == [
            ("rejected", "invalid"), ("rejected", "op-reused"),
        ]  # fmt: skip
        assert told(results(athlete, *grouped(workout(), known))) == [
            ("blocked", "group-failed"), ("rejected", "op-reused"),
        ]  # fmt: skip
        assert standing(athlete, known) == known["set"]

    def test_leaves_a_version_replayed_before_as_it_is(self, athlete: Person) -> None:
        op = workout()
        replay = replayed(op, 3, op["set"])
        one(athlete, replay)
        found = results(athlete, *grouped(workout(started_at="never"), replay))
        assert told(found) == [("rejected", "invalid"), ("duplicate", None)]

    def test_tells_a_retry_all_it_told_at_first(self, athlete: Person) -> None:
        ops = grouped(workout(), workout(started_at="never"))
        blocked, rejected = results(athlete, *ops)
        again = results(athlete, *ops)
        assert [result["status"] for result in again] == ["duplicate"] * 2
        assert again[0]["by"] == blocked["by"] == ops[1]["op"]
        assert again[1]["pointers"] == rejected["pointers"] == ["/set/started_at"]

    @pytest.mark.parametrize("place", [0, 1])
    def test_for_an_id_of_the_server_keeps_no_receipt_of_it(
        self, athlete: Person, place: int
    ) -> None:
        ops = grouped(workout(), workout())
        ops[place]["op"] = of_the_server()
        bad = workout(started_at="never")
        for batch in (ops, grouped(bad, *ops)):
            found = results(athlete, *batch)
            assert ("rejected", "id-mismatch") in told(found)
            assert {result["status"] for result in found} == {"blocked", "rejected"}
            assert {result["status"] for result in results(athlete, *batch)} <= {
                "blocked", "rejected", "duplicate",
            }  # fmt: skip
        assert rows_of(athlete, "workout_session") == []
        assert not is_noted(athlete, ops[place]["op"])

    @override_settings(SYNC_MAX_RECORDS=1)
    def test_for_want_of_room_passes_once_there_is_some(self, athlete: Person) -> None:
        ops = grouped(workout(), workout())
        later = changed(ops[1], set={"rpe": 5})
        for _ in range(2):
            found = results(athlete, *ops)
            assert told(found) == [("blocked", "group-failed"), ("rejected", "quota")]
            assert found[0]["by"] == ops[1]["op"]
        assert told(results(athlete, *ops, later))[2] == ("blocked", "base-failed")
        with override_settings(SYNC_MAX_RECORDS=2):
            assert told(results(athlete, *ops)) == [("applied", None)] * 2

    @override_settings(SYNC_MAX_RECORDS=0)
    def test_for_another_reason_than_room_is_final(self, athlete: Person) -> None:
        bad = put("risk_summary", {})
        ops = grouped(bad, workout())
        assert told(results(athlete, *ops)) == [
            ("rejected", "server-owned"), ("blocked", "group-failed"),
        ]  # fmt: skip
        assert [r["was"] for r in results(athlete, *ops)] == ["rejected", "blocked"]


class TestIds:
    @pytest.mark.parametrize("whose", ["its own op's", "another op's", "a known op's"])
    def test_that_are_an_ops_are_refused_whole(self, athlete: Person, whose: str) -> None:
        other, member = workout(), workout()
        ops = [other, {**member, "group": other["op"]}]
        if whose == "its own op's":
            ops = [{**other, "group": other["op"]}]
        elif whose == "a known op's":
            one(athlete, ops.pop(0))
        answer = athlete.sync(ops)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-envelope")
        assert len(live(athlete, "workout_session")) == (whose == "a known op's")

    def test_of_the_server_are_refused_and_never_kept(self, athlete: Person) -> None:
        group = of_the_server()
        ops = grouped(workout(), workout(), group=group)
        for _ in range(2):
            first, second = results(athlete, *ops)
            assert (first["code"], first["pointers"]) == ("id-mismatch", ["/group"])
            assert (second["code"], second["by"]) == ("group-failed", ops[0]["op"])
        assert not is_noted(athlete, group)

    def test_of_a_group_are_no_ops(self, athlete: Person) -> None:
        ops = grouped(workout())
        results(athlete, *ops)
        for op in ({**workout(), "op": ops[0]["group"]},
                   replayed({**workout(), "op": ops[0]["group"]}, 1, workout()["set"])):  # fmt: skip
            assert told([one(athlete, op)]) == [("rejected", "op-reused")]


class TestReplay:
    def test_under_the_id_of_another_records_op_is_refused(self, athlete: Person) -> None:
        op = workout()
        one(athlete, op)
        other = {**op, "id": op_id()}
        assert told([one(athlete, replayed(other, 1, op["set"]))]) == [("rejected", "op-reused")]

    def test_leaves_room_for_the_edits_after_it(self, athlete: Person) -> None:
        op = workout()
        refused = one(athlete, replayed(op, 2**31 - 1, op["set"]))
        assert (refused["code"], refused["pointers"]) == ("invalid", ["/rev"])
        last = {**workout(), "op": op_id()}
        assert one(athlete, replayed(last, 2**30, last["set"]))["status"] == "applied"
        assert one(athlete, changed(last, set={"rpe": 5}))["rev"] == 2**30 + 1


class TestWithoutReceipt:
    def test_an_edit_of_what_was_refused_is_blocked(self, athlete: Person) -> None:
        op = {**workout(), "op": of_the_server()}
        edit = changed(op, set={"rpe": 5})
        found = results(athlete, op, edit)
        assert told(found) == [("rejected", "id-mismatch"), ("blocked", "base-failed")]
        assert found[1]["by"] == op["op"]


class TestParked:
    def test_ops_of_a_group_stay_parked_and_stop_no_other(self, athlete: Person) -> None:
        results(athlete, *grouped(workout(), workout(started_at="never")))
        one(athlete, workout(started_at="never"))
        with acting_as(athlete.id):
            done = rerun_parked(athlete_id=athlete.id)
        assert (done.tried, done.taken) == (1, 0)
