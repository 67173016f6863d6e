"""The feed's laws: retries, batches, cursors, refusals and the guard."""

import gzip
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from django.db import DatabaseError, connection
from django.test import Client

from apps.common.actor import acting_as
from tests.apps.sync.test_push import workout
from tests.conftest import Person, make_person


def changes(person: Person, **query: str) -> dict[str, Any]:
    """Return one pulled page."""
    answer = person.get("/v1/athletes/me/changes", **query)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


class TestRetry:
    def test_changes_nothing(self, athlete: Person, sql_statements: Callable[[], Any]) -> None:
        ops = [workout(), workout()]
        first = athlete.sync(ops).json()
        with sql_statements() as statements:
            again = athlete.sync(ops).json()
        assert [result["status"] for result in again["results"]] == ["duplicate"] * 2
        assert [result["was"] for result in again["results"]] == ["applied"] * 2
        assert [(r["v"], r["rev"], r["seq"]) for r in again["results"]] == [
            (r["v"], r["rev"], r["seq"]) for r in first["results"]
        ]
        assert again["witness"] == first["witness"]
        assert not [s for s in statements if s.lstrip().startswith(("WITH", "INSERT", "UPDATE"))]

    def test_refuses_an_op_id_with_other_content(self, athlete: Person) -> None:
        op = workout()
        athlete.sync([op])
        changed = {**op, "set": {**op["set"], "rpe": 9}}
        (result,) = athlete.sync([changed]).json()["results"]
        assert (result["status"], result["code"]) == ("rejected", "op-reused")
        assert changes(athlete)["page"]["rows"][0]["rev"] == 1


class TestChains:
    def test_folds_create_edit_edit_delete_into_one_row(self, athlete: Person) -> None:
        create = workout()
        edits = []
        base = create["op"]
        for rpe in (5, 6):
            edits.append(
                {
                    "op": str(uuid.uuid4()),
                    "type": "workout_session",
                    "id": create["id"],
                    "action": "put",
                    "base": base,
                    "set": {"rpe": rpe},
                }
            )
            base = edits[-1]["op"]
        delete = {
            "op": str(uuid.uuid4()),
            "type": "workout_session",
            "id": create["id"],
            "action": "delete",
            "base": base,
        }
        results = athlete.sync([create, *edits, delete]).json()["results"]
        assert [result["status"] for result in results] == ["applied"] * 4
        assert [result["rev"] for result in results] == [1, 2, 3, 4]
        with acting_as(athlete.id), connection.cursor() as cursor:
            cursor.execute("SELECT rev, seq, deleted FROM sync_record")
            assert cursor.fetchall() == [(4, 4, True)]
            cursor.execute("SELECT seq FROM sync_log ORDER BY seq")
            assert cursor.fetchall() == [(1,), (2,), (3,), (4,)]

    def test_blocks_an_edit_of_a_rejected_op(self, athlete: Person) -> None:
        bad = workout(started_at="yesterday")
        edit = {
            "op": str(uuid.uuid4()),
            "type": "workout_session",
            "id": bad["id"],
            "action": "put",
            "base": bad["op"],
            "set": {"rpe": 5},
        }
        results = athlete.sync([bad, edit]).json()["results"]
        assert [result["status"] for result in results] == ["rejected", "blocked"]
        assert results[1]["by"] == bad["op"]

    def test_does_not_bring_back_what_was_deleted(self, athlete: Person) -> None:
        create = workout()
        delete = {
            "op": str(uuid.uuid4()),
            "type": "workout_session",
            "id": create["id"],
            "action": "delete",
            "base": create["op"],
        }
        athlete.sync([create, delete])
        edit = {
            "op": str(uuid.uuid4()),
            "type": "workout_session",
            "id": create["id"],
            "action": "put",
            "base": create["op"],
            "set": {"rpe": 5},
        }
        (result,) = athlete.sync([edit]).json()["results"]
        assert (result["status"], result["code"]) == ("rejected", "deleted")
        assert result["record"]["deleted"] is True

    def test_says_noop_when_the_record_is_already_so(self, athlete: Person) -> None:
        create = workout(rpe=7)
        head = athlete.sync([create]).json()["witness"]
        same = {**create, "op": str(uuid.uuid4())}
        answer = athlete.sync([same]).json()
        assert answer["results"][0]["status"] == "noop"
        assert answer["results"][0]["v"] == create["op"]
        assert answer["witness"] == head


class TestBadOps:
    def test_stores_the_others_of_the_batch(self, athlete: Person) -> None:
        ops = [workout() for _ in range(50)]
        ops[25] = workout(exercises=[{"uid": "e0", "sets": [{"uid": "s0", "reps": "many"}]}])
        results = athlete.sync(ops).json()["results"]
        assert [r["status"] for r in results].count("applied") == 49
        bad = results[25]
        assert (bad["status"], bad["code"], bad["parked"]) == ("rejected", "invalid", True)
        assert bad["pointers"] == ["/set/exercises/0/sets/0/reps"]
        issues = [r for r in changes(athlete)["page"]["rows"] if r["type"] == "sync_issue"]
        assert [issue["body"]["op"] for issue in issues] == [ops[25]["op"]]

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"type": "horoscope"}, "unknown-type"),
            ({"type": "risk_summary"}, "server-owned"),
            ({"type": "reminder"}, "server-owned"),
            ({"action": "explode"}, "invalid"),
            ({"set": {}}, "invalid"),
            ({"set": [1]}, "invalid"),
            ({"base": str(uuid.uuid4())}, "unknown-base"),
            ({"set": {"note": "x" * 70_000}}, "too-large"),
        ],
    )
    def test_names_what_is_wrong(self, athlete: Person, change: dict[str, Any], code: str) -> None:
        (result,) = athlete.sync([{**workout(), **change}]).json()["results"]
        assert (result["status"], result["code"]) == ("rejected", code)

    def test_refuses_a_nul_in_text(self, athlete: Person) -> None:
        (result,) = athlete.sync([workout(mood="a\0b")]).json()["results"]
        assert (result["status"], result["code"]) == ("rejected", "invalid")
        op = workout(mood="fine")
        edit = {**op, "op": str(uuid.uuid4()), "base": op["op"], "set": {"mood": "a\0b"}}
        results = athlete.sync([op, edit]).json()["results"]
        assert [result["status"] for result in results] == ["applied", "rejected"]

    def test_keeps_unknown_fields(self, athlete: Person) -> None:
        op = workout(shoe={"model": "x", "drop_mm": 4.50})
        athlete.sync([op])
        edit = {
            "op": str(uuid.uuid4()),
            "type": "workout_session",
            "id": op["id"],
            "action": "put",
            "base": op["op"],
            "set": {"rpe": 5},
        }
        athlete.sync([edit])
        (row,) = changes(athlete)["page"]["rows"]
        assert row["body"]["shoe"] == {"model": "x", "drop_mm": 4.5}
        assert row["body"]["rpe"] == 5

    def test_flags_and_keeps_what_is_implausible(self, athlete: Person) -> None:
        op = workout(started_at="2031-03-01T18:00:00+01:00", ended_at="2031-03-01T19:00:00+01:00")
        (result,) = athlete.sync([op]).json()["results"]
        assert (result["status"], result["flags"]) == ("applied", ["in_future"])


class TestEnvelope:
    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ("{", 400, "malformed-request"),
            ("[]", 400, "malformed-request"),
            ('{"protocol":1,"request":"nonsense","ops":[]}', 400, "malformed-request"),
            (
                '{"protocol":2,"request":"0197a2c4-11aa-7c10-9d0e-2b7f9a4e6d01","ops":[]}',
                422,
                "invalid-envelope",
            ),
            (b'{"protocol":1,"request":"\xff"}', 400, "malformed-request"),
            ("[" * 100_000, 400, "malformed-request"),
            (r'{"protocol":1,"request":"\ud800"}', 400, "malformed-request"),
            ('{"protocol":1e999}', 400, "malformed-request"),
        ],
    )
    def test_is_refused_whole(
        self, athlete: Person, body: str | bytes, status: int, code: str
    ) -> None:
        answer = Client().post(
            "/v1/athletes/me/sync",
            body,
            content_type="application/json",
            headers=athlete.headers,
        )
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer["Content-Type"] == "application/problem+json"

    def test_refuses_an_op_id_twice(self, athlete: Person) -> None:
        op = workout()
        answer = athlete.sync([op, op])
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-envelope")
        assert changes(athlete)["page"]["rows"] == []

    def test_refuses_too_many_ops(self, athlete: Person) -> None:
        op = workout()
        ops = [{**op, "op": str(uuid.uuid4()), "set": {}} for _ in range(2_001)]
        answer = athlete.sync(ops)
        assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")
        assert answer.json()["limits"]["max_ops"] == 2_000

    def test_refuses_an_oversize_body(self, athlete: Person) -> None:
        answer = athlete.sync([], padding="x" * (5 * 1024 * 1024))
        assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")

    def test_stops_inflating_at_the_limit(self, athlete: Person) -> None:
        bomb = gzip.compress(b" " * (64 * 1024 * 1024))
        answer = Client().post(
            "/v1/athletes/me/sync",
            bomb,
            content_type="application/json",
            headers={**athlete.headers, "Content-Encoding": "gzip"},
        )
        assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")

    @pytest.mark.parametrize("encoding", ["gzip", "zstd"])
    def test_reads_compressed_bodies(self, athlete: Person, encoding: str) -> None:
        plain = b'{"protocol":1,"request":"0197a2c4-11aa-7c10-9d0e-2b7f9a4e6d01"}'
        packed = gzip.compress(plain) if encoding == "gzip" else zstandard.compress(plain)
        answer = Client().post(
            "/v1/athletes/me/sync",
            packed,
            content_type="application/json",
            headers={**athlete.headers, "Content-Encoding": encoding},
        )
        assert answer.status_code == 200

    def test_refuses_an_unknown_encoding(self, athlete: Person) -> None:
        answer = Client().post(
            "/v1/athletes/me/sync",
            b"x",
            content_type="application/json",
            headers={**athlete.headers, "Content-Encoding": "br"},
        )
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-encoding")


class TestRights:
    def test_refuses_a_bad_token(self, athlete: Person) -> None:
        athlete.token = "nonsense"
        answer = athlete.sync([])
        assert (answer.status_code, answer.json()["code"]) == (401, "token-expired")
        assert answer["WWW-Authenticate"] == "Bearer"

    def test_tells_a_removed_device(self, athlete: Person) -> None:
        athlete.delete(f"/v1/devices/{athlete.device_id}")
        answer = athlete.sync([])
        assert (answer.status_code, answer.json()["code"]) == (403, "device-revoked")

    def test_a_foreign_feed_and_a_missing_one_answer_alike(
        self, athlete: Person, stranger: Person
    ) -> None:
        athlete.sync([workout()])
        body = {"protocol": 1, "request": str(uuid.uuid4()), "ops": []}
        answers = [
            stranger.post(f"/v1/athletes/{feed}/sync", body)
            for feed in (athlete.id, uuid.uuid4(), "nobody")
        ]
        assert {(a.status_code, a.content) for a in answers} == {(403, answers[0].content)}
        assert answers[0].json()["code"] == "wrong-athlete"
        pulls = [
            stranger.get(f"/v1/athletes/{feed}/{what}")
            for feed in (athlete.id, uuid.uuid4(), "nobody")
            for what in ("changes", "digest", f"records/{uuid.uuid4()}")
        ]
        assert {(a.status_code, a.content) for a in pulls} == {(403, answers[0].content)}

    def test_nothing_is_written_around_the_lock(self, athlete: Person) -> None:
        athlete.sync([workout()])
        with (
            pytest.raises(DatabaseError, match="feed lock"),
            acting_as(athlete.id),
            connection.cursor() as cursor,
        ):
            cursor.execute("UPDATE sync_record SET rev = rev + 1")


class TestPull:
    def test_bootstraps_newest_first_and_then_tails(self, athlete: Person) -> None:
        ops = [workout(rpe=number % 10) for number in range(30)]
        athlete.sync(ops)
        page = changes(athlete, max_rows="7")["page"]
        assert [row["seq"] for row in page["rows"]] == list(range(30, 23, -1))
        seen = {row["id"] for row in page["rows"]}
        late = workout()
        athlete.sync([late])
        while not page["complete"]:
            page = changes(athlete, max_rows="7", cursor=page["cursor"])["page"]
            assert not seen & {row["id"] for row in page["rows"]}
            seen |= {row["id"] for row in page["rows"]}
        assert seen == {op["id"] for op in [*ops, late]}
        empty = changes(athlete, cursor=page["cursor"])["page"]
        assert (empty["rows"], empty["complete"]) == ([], True)

    def test_delivers_tombstones_in_the_tail(self, athlete: Person) -> None:
        create = workout()
        cursor = athlete.sync([create]).json()["page"]["cursor"]
        delete = {
            "op": str(uuid.uuid4()),
            "type": "workout_session",
            "id": create["id"],
            "action": "delete",
            "base": create["op"],
        }
        athlete.sync([delete])
        (row,) = changes(athlete, cursor=cursor)["page"]["rows"]
        assert (row["deleted"], row["seq"], row.get("body")) == (True, 2, None)

    def test_echoes_own_ops_without_their_bodies(self, athlete: Person) -> None:
        op = workout()
        (row,) = athlete.sync([op]).json()["page"]["rows"]
        assert row == {"id": op["id"], "v": op["op"], "rev": 1, "seq": 1, "echo": True}
        cursor = athlete.sync([]).json()["page"]["cursor"]
        asked = {"cursor": cursor, "want": [op["id"], str(uuid.uuid4())]}
        (row,) = athlete.sync([], **asked).json()["page"]["rows"]
        assert row["body"] == op["set"]

    def test_cuts_by_bytes_but_always_moves(self, athlete: Person) -> None:
        athlete.sync([workout(note="n" * 9_000), workout(note="n" * 9_000)])
        page = athlete.sync([], page={"max_rows": 10, "max_bytes": 1_000}).json()["page"]
        assert (len(page["rows"]), page["complete"]) == (1, False)

    def test_a_foreign_witness_is_a_fork(self, athlete: Person) -> None:
        athlete.sync([workout()])
        answer = athlete.sync([], witness={"seq": 1, "mark": "00000000000000aa"})
        assert (answer.status_code, answer.json()["code"]) == (409, "feed-forked")

    def test_another_epoch_is_told(self, athlete: Person) -> None:
        answer = athlete.sync([workout()], epoch=str(uuid.uuid4()))
        assert (answer.status_code, answer.json()["code"]) == (409, "epoch-changed")
        assert changes(athlete)["page"]["rows"] == []


class TestStatements:
    def test_of_a_push_are_as_many_for_1_100_and_2000_ops(
        self, sql_statements: Callable[[], Any]
    ) -> None:
        counts = set()
        for size in (1, 100, 2_000):
            person = make_person()
            person.sync([workout()])
            with sql_statements() as statements:
                results = person.sync([workout() for _ in range(size)]).json()["results"]
            assert {result["status"] for result in results} == {"applied"}
            counts.add(len(statements))
        assert counts == {8}

    def test_of_an_empty_pull_are_one_after_authentication(
        self, athlete: Person, sql_statements: Callable[[], Any]
    ) -> None:
        cursor = athlete.sync([workout()]).json()["page"]["cursor"]
        with sql_statements() as statements:
            athlete.get("/v1/athletes/me/changes", cursor=cursor)
        assert len(statements) == 2
        assert "devicetoken" in statements[0]
        with sql_statements() as statements:
            athlete.sync([], cursor=cursor)
        assert len(statements) == 2
