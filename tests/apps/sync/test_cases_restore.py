"""Phones give back what a restored server lost (contract, section 8), version by version.

To the server a lost version is simply one it does not have; the restores themselves, from real
base backups, are played by the state machine.
"""

import pytest

from tests.apps.sync.ops import (
    changed,
    deleted,
    feed,
    lab,
    live,
    one,
    op_id,
    replayed,
    results,
    standing,
    workout,
)
from tests.conftest import Person
from tests.phone import backup


class TestReplay:
    def test_stores_a_lost_version_under_its_old_id(self, athlete: Person) -> None:
        op = workout(rpe=7)
        result = one(athlete, replayed(op, 5, op["set"]))
        assert (result["status"], result["v"], result["rev"]) == ("applied", op["op"], 5)
        (row,) = live(athlete, "workout_session")
        assert (row["v"], row["rev"], row["body"]) == (op["op"], 5, op["set"])

    def test_c33_the_highest_revision_stands_whoever_replays_first(
        self, athlete: Person, stranger: Person
    ) -> None:
        op = workout(rpe=7)
        fourth = {**op, "op": op_id()}
        of_a = replayed(op, 5, op["set"])
        of_b = replayed(fourth, 4, {**op["set"], "rpe": 1})
        assert [one(athlete, o)["status"] for o in (of_b, of_a)] == ["applied", "applied"]
        assert [one(stranger, o)["status"] for o in (of_a, of_b)] == ["applied", "superseded"]
        for person in (athlete, stranger):
            (row,) = live(person, "workout_session")
            assert (row["rev"], row["v"], row["body"]["rpe"]) == (5, op["op"], 7)
        (issue,) = live(stranger, "sync_issue")
        assert (issue["body"]["code"], issue["body"]["op"]) == ("superseded", fourth["op"])

    def test_by_two_phones_is_one(self, athlete: Person) -> None:
        op = workout()
        one(athlete, replayed(op, 2, op["set"]))
        again = one(athlete, replayed(op, 2, op["set"], age_ms=5))
        assert (again["status"], again["was"]) == ("duplicate", "applied")

    def test_and_the_op_itself_from_an_outbox_are_one(self, athlete: Person) -> None:
        op = workout()
        one(athlete, replayed(op, 1, op["set"]))
        assert one(athlete, op)["was"] == "applied"
        other = workout()
        one(athlete, other)
        assert one(athlete, replayed(other, 1, other["set"]))["was"] == "applied"
        assert len(feed(athlete)) == 2

    def test_leaves_ops_valid_that_build_on_it(self, athlete: Person) -> None:
        op = workout()
        edit = changed(op, set={"rpe": 3})
        found = results(athlete, replayed(op, 3, op["set"]), edit)
        assert [(r["status"], r["rev"]) for r in found] == [("applied", 3), ("applied", 4)]

    def test_of_a_deletion_deletes(self, athlete: Person) -> None:
        op = workout()
        one(athlete, op)
        gone = deleted(op)
        assert one(athlete, replayed(gone, 2))["status"] == "applied"
        assert standing(athlete, op) is None

    def test_an_edit_of_a_superseded_version_merges(self, athlete: Person) -> None:
        op = workout(rpe=5, title="ours")
        one(athlete, op)
        lost = {**op, "op": op_id()}
        one(athlete, replayed(lost, 1, {**op["set"], "title": "theirs"}))
        result = one(athlete, changed(lost, set={"rpe": 9}))
        assert (result["status"], result.get("clashes")) == ("merged", None)
        assert ((standing(athlete, op) or {})["rpe"], result["record"]["rev"]) == (9, 2)

    @pytest.mark.parametrize(
        ("members", "code", "pointer"),
        [
            ({"rev": None}, "invalid", "/rev"),
            ({"deleted": True}, "invalid", "/body"),
            ({"body": {"value": "many"}}, "invalid", "/set/value"),
            ({"type": "risk_summary"}, "server-owned", "/type"),
            ({"type": "horoscope"}, "unknown-type", "/type"),
        ],
    )
    def test_that_can_not_be_is_refused(
        self, athlete: Person, members: dict[str, object], code: str, pointer: str
    ) -> None:
        op = lab()
        result = one(athlete, {**replayed(op, 2, op["set"]), **members})
        assert (result["status"], result["code"]) == ("rejected", code)
        assert result["pointers"] == [pointer]


class TestAFeedOpenedAfterTheBackup:
    def test_is_forked_and_not_erased(self, athlete: Person) -> None:
        told = athlete.sync([workout()]).json()
        backup.forget(athlete.id)  # the restored server has never heard of this feed
        answer = athlete.sync([], epoch=told["epoch"], witness=told["witness"])
        assert (answer.status_code, answer.json()["code"]) == (409, "feed-forked")
        assert athlete.sync([]).json()["epoch"] == told["epoch"]
