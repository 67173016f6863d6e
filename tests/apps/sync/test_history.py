"""Reads beside the changes: digest, receipts, single records, and their history."""

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.apps.sync.ops import (
    changed,
    deleted,
    feed,
    lab,
    one,
    op_id,
    replayed,
    restored,
    results,
    workout,
)
from tests.apps.sync.test_reading import drain
from tests.conftest import Person

Json = dict[str, Any]


def get(person: Person, path: str, **query: str) -> Json:
    """Return a good answer of the person's own feed."""
    answer = person.get(f"/v1/athletes/me/{path}", **query)
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    return dict(answer.json())


def fingerprints(rows: list[Json]) -> dict[str, Json]:
    """Return the digest a phone makes of its copy."""
    found: dict[str, Json] = {}
    for row in rows:
        parts = uuid.UUID(row["id"]).bytes + uuid.UUID(row["v"]).bytes
        number = int.from_bytes(hashlib.sha256(parts).digest()[:8], "big")
        told = found.setdefault(row["type"], {"count": 0, "xor": "0" * 16})
        told["count"] += 1
        told["xor"] = f"{int(told['xor'], 16) ^ number:016x}"
    return found


class TestDigest:
    def test_c60_equals_that_of_a_whole_copy_and_of_no_other(self, athlete: Person) -> None:
        ops = [*(workout() for _ in range(9)), lab(), lab()]
        athlete.sync(ops)
        athlete.sync([deleted(ops[0]), changed(ops[1], set={"rpe": 3})])
        digest = get(athlete, "digest")
        rows, _ = drain(athlete)
        assert digest["types"] == fingerprints(rows)
        assert set(digest["types"]) == {"workout_session", "lab_result"}
        assert digest["types"]["workout_session"]["count"] == 8
        assert get(athlete, "digest")["witness"] == digest["witness"]
        for number in range(len(rows)):
            dropped = rows[:number] + rows[number + 1 :]
            assert fingerprints(dropped) != digest["types"]
        stale = [{**rows[0], "v": str(uuid.uuid4())}, *rows[1:]]
        assert fingerprints(stale) != digest["types"]

    def test_is_of_the_moment_its_witness_names(self, athlete: Person) -> None:
        athlete.sync([workout()])
        first = get(athlete, "digest")
        told = athlete.sync([workout()]).json()["witness"]
        second = get(athlete, "digest")
        assert second["witness"] == told != first["witness"]
        assert second["types"] != first["types"]

    def test_of_a_feed_never_used_is_unknown(self, athlete: Person) -> None:
        answer = athlete.get("/v1/athletes/me/digest")
        assert (answer.status_code, answer.json()["code"]) == (404, "feed-unknown")

    def test_is_one_statement(self, athlete: Person, sql_statements: Callable[[], Any]) -> None:
        athlete.sync([workout() for _ in range(50)])
        with sql_statements() as statements:
            get(athlete, "digest")
        assert len([s for s in statements if "sync_" in s]) == 1


class TestLookup:
    def ask(self, person: Person, ops: list[Any]) -> Any:
        return person.post("/v1/athletes/me/ops/lookup", {"ops": ops})

    def test_tells_the_known_ones_with_their_outcome(self, athlete: Person) -> None:
        good, bad, unknown = workout(), workout(started_at="never"), str(uuid.uuid4())
        lost = {**good, "op": op_id()}
        results(athlete, good, bad)
        one(athlete, replayed(lost, 1, {**good["set"], "rpe": 1}))
        answer = self.ask(athlete, [unknown, lost["op"], bad["op"], good["op"], good["op"]])
        assert answer.status_code == 200, answer.content
        told = {op["op"]: op for op in answer.json()["ops"]}
        assert list(told) == [lost["op"], bad["op"], good["op"]]
        assert told[good["op"]] == {
            "op": good["op"], "status": "applied", "type": "workout_session", "id": good["id"],
            "rev": 1, "seq": 1,
        }  # fmt: skip
        assert (told[bad["op"]]["status"], told[bad["op"]]["code"]) == ("rejected", "invalid")
        assert told[lost["op"]]["status"] == "superseded"
        assert answer.json()["witness"]["seq"] >= 2

    def test_knows_nothing_of_other_feeds(self, athlete: Person, stranger: Person) -> None:
        theirs = workout()
        stranger.sync([theirs])
        athlete.sync([workout()])
        assert self.ask(athlete, [theirs["op"]]).json()["ops"] == []

    def test_does_not_count_a_group_as_an_op(self, athlete: Person) -> None:
        group = str(uuid.uuid4())
        ops = [{**workout(), "group": group}, {**workout(), "group": group}]
        assert {r["status"] for r in results(athlete, *ops)} == {"applied"}
        known = self.ask(athlete, [group, *(op["op"] for op in ops)]).json()["ops"]
        assert [op["op"] for op in known] == [op["op"] for op in ops]

    def test_takes_5000_and_no_more(
        self, athlete: Person, sql_statements: Callable[[], Any]
    ) -> None:
        athlete.sync([workout()])
        many = [str(uuid.uuid4()) for _ in range(5_001)]
        answer = self.ask(athlete, many)
        assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")
        assert answer.json()["limits"] == {"max_lookup": 5_000}
        with sql_statements() as statements:
            assert self.ask(athlete, many[1:]).json()["ops"] == []
        assert len([s for s in statements if "sync_" in s]) == 1

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({}, 400, "malformed-request"),
            ({"ops": "all"}, 400, "malformed-request"),
            ({"ops": ["nonsense"]}, 400, "malformed-request"),
            ({"ops": [], "more": 1}, 422, "unknown-field"),
            ([], 400, "malformed-request"),
        ],
    )
    def test_refuses_what_is_no_question(
        self, athlete: Person, body: Any, status: int, code: str
    ) -> None:
        answer = athlete.post("/v1/athletes/me/ops/lookup", body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


class TestRecord:
    def test_is_shown_as_it_stands(self, athlete: Person) -> None:
        op = workout(note="mine", rpe=4)
        athlete.sync([op, changed(op, set={"rpe": 5})])
        told = get(athlete, f"records/{op['id']}")
        (row,) = feed(athlete)
        assert told["record"] == {
            name: row[name] for name in ("type", "id", "v", "rev", "seq", "schema", "body")
        }
        assert told["by"] == {"actor": "athlete"}
        assert told["occurred_at"].startswith("2026-03-01T17:00:00")
        assert told["created_at"] <= told["updated_at"]
        assert get(athlete, f"records/{op['id'].upper()}") == told

    def test_that_was_deleted_is_shown_as_its_tombstone(self, athlete: Person) -> None:
        op = workout()
        athlete.sync([op, deleted(op)])
        record = get(athlete, f"records/{op['id']}")["record"]
        assert (record["deleted"], record["rev"], "body" in record) == (True, 2, False)

    @pytest.mark.parametrize("tail", ["", "/versions"])
    def test_of_another_or_of_nobody_is_not_found(
        self, athlete: Person, stranger: Person, tail: str
    ) -> None:
        theirs, own = workout(), workout()
        stranger.sync([theirs])
        athlete.sync([own])
        odd = ("nonsense", "%00", "9" * 5_000, 2**63, f"{{{own['id']}}}", f"urn:uuid:{own['id']}")
        answers = [
            athlete.get(f"/v1/athletes/me/records/{record}{tail}")
            for record in (theirs["id"], uuid.uuid4(), *odd)
        ]
        assert {(a.status_code, a.content) for a in answers} == {(404, answers[0].content)}
        assert answers[0].json()["code"] == "not-found"


class TestHistory:
    def test_tells_every_version_newest_first_with_who_and_when(self, athlete: Person) -> None:
        op = workout(rpe=4)
        edit = changed(op, set={"rpe": 5})
        gone = deleted(op, edit["op"])
        back = restored(op, gone["op"])
        results(athlete, op, edit, gone, back)
        told = get(athlete, f"records/{op['id']}/versions")
        assert (told["id"], told["type"], told["next_cursor"]) == (
            op["id"], "workout_session", None,
        )  # fmt: skip
        versions = told["versions"]
        assert [v["op"] for v in versions] == [o["op"] for o in (back, gone, edit, op)]
        assert [v["rev"] for v in versions] == [4, 3, 2, 1]
        assert [v.get("body", {}).get("rpe") for v in versions] == [5, None, 5, 4]
        assert {v["device"] for v in versions} == {str(athlete.device_id)}
        assert {v["by"]["actor"] for v in versions} == {"athlete"}

    def test_keeps_the_losers_of_clashes(self, athlete: Person) -> None:
        op = workout(rpe=4, title="first")
        later = changed(op, set={"rpe": 9}, edited_at="2026-03-02T10:00:00Z")
        earlier = changed(op, set={"rpe": 2, "title": "x"}, edited_at="2026-03-02T09:00:00Z")
        lost = changed(op, set={"rpe": 1}, edited_at="2026-03-02T08:00:00Z")
        results(athlete, op)
        results(athlete, later)
        results(athlete, earlier)
        results(athlete, lost)
        versions = get(athlete, f"records/{op['id']}/versions")["versions"]
        by_op = {version["op"]: version for version in versions}
        assert [(c["path"], c["sent"], c["stored"]) for c in by_op[earlier["op"]]["detail"]["clashes"]] == [
            ("/rpe", 2, 9)
        ]  # fmt: skip
        assert by_op[lost["op"]]["status"] == "merged"
        assert "seq" not in by_op[lost["op"]], "it moved nothing and is here all the same"
        assert by_op[lost["op"]]["detail"]["clashes"][0]["sent"] == 1

    def test_keeps_refused_edits_with_their_reason(self, athlete: Person) -> None:
        op = lab(value=41.5)
        results(athlete, op)
        results(athlete, changed(op, set={"value": 42.5}))
        guarded = changed(op, set={"value": 43.5})
        bad = changed(op, set={"value": "many"})
        assert [r["status"] for r in results(athlete, guarded, bad)] == ["conflict", "rejected"]
        versions = get(athlete, f"records/{op['id']}/versions")["versions"]
        by_op = {version["op"]: version for version in versions}
        assert by_op[guarded["op"]]["detail"]["clashes"][0]["sent"] == 43.5
        assert by_op[bad["op"]]["detail"]["code"] == "invalid"
        assert len(versions) == 4

    def test_of_what_the_server_writes_says_so(self, athlete: Person) -> None:
        results(athlete, workout(started_at="never"))
        (issue,) = [row for row in feed(athlete) if row["type"] == "sync_issue"]
        (version,) = get(athlete, f"records/{issue['id']}/versions")["versions"]
        assert version["status"] == "applied"
        assert version["by"] == {"actor": "server"}
        assert version["body"]["code"] == "invalid"

    def test_comes_in_pages_without_gap_or_double(
        self, athlete: Person, sql_statements: Callable[[], Any]
    ) -> None:
        op = workout(rpe=0)
        results(athlete, op)
        base, sent = op["op"], [op["op"]]
        for number in range(1, 8):
            edits = [changed(op, base, set={"title": f"{number}"})]
            edits.append(changed(op, edits[0]["op"], set={"title": f"{number}b"}))
            edits.append(changed(op, edits[1]["op"], set={"title": f"{number}b"}))  # noop
            assert [r["status"] for r in results(athlete, *edits)][2] == "noop"
            base = edits[1]["op"]
            sent += [edit["op"] for edit in edits]
        seen, cursor = [], None
        while True:
            query = {"limit": "4"} | ({"cursor": cursor} if cursor else {})
            with sql_statements() as statements:
                page = get(athlete, f"records/{op['id']}/versions", **query)
            assert len([s for s in statements if "sync_log" in s]) == 1
            assert len(page["versions"]) <= 4
            seen += [version["op"] for version in page["versions"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == len(sent)
        assert set(seen) == set(sent)
        revs = [v["rev"] for v in get(athlete, f"records/{op['id']}/versions")["versions"]]
        assert revs == sorted(revs, reverse=True)
