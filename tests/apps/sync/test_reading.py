"""Reading a feed through whatever happens meanwhile, by the cases of the contract."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from apps.common.actor import acting_as
from backend.feed.cursor import OWN, Cursor, Group, decode, encode
from backend.feed.paging import IDLE_JITTER_S, IDLE_POLL_S
from tests.apps.sync.ops import changed, deleted, lab, workout
from tests.conftest import Person, make_person

Json = dict[str, Any]


def pull(person: Person, cursor: str | None = None, **members: Any) -> Json:
    """Make a round trip without ops and return the answer."""
    answer = person.sync([], cursor=cursor, **members)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def drain(person: Person, cursor: str | None = None, **members: Any) -> tuple[list[Json], str]:
    """Pull page after page; return all rows in the order they came, and the last cursor."""
    rows: list[Json] = []
    while True:
        page = pull(person, cursor, **members)["page"]
        rows += page["rows"]
        cursor = page["cursor"]
        if page["complete"]:
            return rows, str(cursor)


def ids(rows: list[Json]) -> list[str]:
    """Return the records of rows."""
    return [row["id"] for row in rows]


def send_as_written(person: Person, ops: list[Json]) -> Any:
    """Push letters as they are, without escapes, as most phones do."""
    body = {"protocol": 1, "request": str(uuid.uuid4()), "ops": ops}
    text = json.dumps(body, ensure_ascii=False).encode()
    return person.post("/v1/athletes/me/sync", text)


class TestBootstrap:
    def test_c27_interrupted_for_days_goes_on_where_it_was(self, athlete: Person) -> None:
        ops = [workout() for _ in range(70)]
        athlete.sync(ops)
        seen: list[str] = []
        cursor = None
        for _ in range(7):
            page = pull(athlete, cursor, page={"max_rows": 7})["page"]
            seen += ids(page["rows"])
            cursor = page["cursor"]
        late = workout()
        athlete.sync([late, deleted(ops[0]), changed(ops[69], set={"rpe": 2})])
        with time_machine.travel(timezone.now() + timedelta(hours=48)):
            first = pull(athlete, cursor, page={"max_rows": 7})["page"]
            assert (first["phase"], first["reset"]) == ("bootstrap", None)
            assert ids(first["rows"]) == [op["id"] for op in reversed(ops[14:21])]
            rest, _ = drain(athlete, first["cursor"], page={"max_rows": 7})
        seen += ids(first["rows"])
        # What changed behind the reader's back comes again in the tail, and only that.
        tail = {late["id"], ops[0]["id"], ops[69]["id"]}
        assert [row["id"] for row in rest if row["id"] in seen] == [ops[69]["id"]]
        assert {*seen, *ids(rest)} == {op["id"] for op in ops} | tail
        assert [row["deleted"] for row in rest if row["id"] == ops[0]["id"]] == [True]

    def test_c28_of_1500_records_of_one_commit_brings_each_once(self, athlete: Person) -> None:
        ops = [workout() for _ in range(1_500)]
        athlete.sync(ops)
        rows, _ = drain(athlete, page={"max_rows": 7})
        assert ids(rows) == [op["id"] for op in reversed(ops)]
        assert len({row["seq"] for row in rows}) == 1_500

    def test_c29_a_row_larger_than_the_page_comes_alone_and_moves(self, athlete: Person) -> None:
        note = "n" * 9_000
        wide = {f"sheet_{number}": 1 for number in range(10)}
        ops = [workout(note=note), workout(title="t" * 9_500, note=note, **wide), workout()]
        athlete.sync(ops)
        page = {"max_rows": 100, "max_bytes": 1_024}
        first = pull(athlete, page=page)["page"]
        assert ids(first["rows"]) == [ops[2]["id"]]
        second = pull(athlete, first["cursor"], page=page)["page"]
        assert (ids(second["rows"]), second["complete"]) == ([ops[1]["id"]], False)
        third = pull(athlete, second["cursor"], page=page)["page"]
        assert (ids(third["rows"]), third["complete"]) == ([ops[0]["id"]], True)

    def test_is_cut_by_bytes_before_the_rows_leave_the_database(
        self, athlete: Person, sql_statements: Callable[[], Any]
    ) -> None:
        athlete.sync([workout(note="n" * 9_000) for _ in range(40)])
        rows, _ = drain(athlete, page={"max_rows": 2_000, "max_bytes": 30_000})
        assert len(rows) == 40
        page = pull(athlete, page={"max_rows": 2_000, "max_bytes": 30_000})["page"]
        assert len(page["rows"]) == 3

    @pytest.mark.parametrize("is_tail", [False, True])
    def test_is_cut_by_bytes_where_letters_take_several(
        self, athlete: Person, is_tail: bool
    ) -> None:
        cursor = drain(athlete)[1] if is_tail else None
        ops = [workout(note="\u044f" * 9_000) for _ in range(60)]
        for some in (ops[:30], ops[30:]):
            assert send_as_written(athlete, some).status_code == 200
        page = {"max_rows": 2_000, "max_bytes": 30_000}
        assert len(pull(athlete, cursor, page=page)["page"]["rows"]) == 1
        rows, _ = drain(athlete, cursor, page=page)
        assert sorted(ids(rows)) == sorted(op["id"] for op in ops)


class TestTail:
    def test_is_read_in_order_with_deletions(self, athlete: Person) -> None:
        ops = [workout() for _ in range(5)]
        _, cursor = drain(athlete) if athlete.sync(ops) else ([], "")
        athlete.sync([deleted(ops[3]), changed(ops[1], set={"rpe": 3})])
        page = pull(athlete, cursor)["page"]
        assert (page["phase"], page["complete"]) == ("tail", True)
        assert [(row["id"], row["deleted"]) for row in page["rows"]] == [
            (ops[3]["id"], True), (ops[1]["id"], False),
        ]  # fmt: skip

    def test_longer_than_a_short_one_comes_whole(self, athlete: Person) -> None:
        _, cursor = drain(athlete)
        ops = [workout() for _ in range(130)]
        athlete.sync(ops)
        page = pull(athlete, cursor)["page"]
        assert ids(page["rows"]) == [op["id"] for op in ops]
        assert page["complete"]

    @pytest.mark.parametrize("max_rows", [1, 49, 50, 51, 52, 129, 130])
    def test_is_cut_at_any_row(self, athlete: Person, max_rows: int) -> None:
        _, cursor = drain(athlete)
        ops = [workout() for _ in range(130)]
        athlete.sync(ops)
        rows, end = drain(athlete, cursor, page={"max_rows": max_rows})
        assert ids(rows) == [op["id"] for op in ops]
        assert pull(athlete, end)["page"]["rows"] == []

    def test_does_not_scan_again_what_was_filtered_out(self, athlete: Person) -> None:
        types = {"lab_result": 2}
        _, cursor = drain(athlete, types=types)
        head = athlete.sync([workout() for _ in range(3)]).json()["witness"]["seq"]
        page = pull(athlete, cursor, types=types)["page"]
        assert (page["rows"], page["complete"]) == ([], True)
        place = decode(page["cursor"])
        assert place is not None
        assert [group.position for group in place.groups] == [head]


class TestWanted:
    def test_come_within_a_pages_bytes_and_the_rest_when_asked_again(self, athlete: Person) -> None:
        ops = [workout(note="n" * 9_000) for _ in range(6)]
        athlete.sync(ops)
        _, cursor = drain(athlete)
        want, seen = {op["id"] for op in ops}, set()
        for _ in range(6):
            answer = pull(athlete, cursor, want=sorted(want), page={"max_bytes": 20_000})
            rows = ids(answer["page"]["rows"])
            assert 1 <= len(rows) <= 2
            seen |= set(rows)
            want -= set(rows)
            assert answer["page"]["complete"] == (not want)
            if not want:
                break
            assert answer["next_poll_s"] == 0
        assert seen == {op["id"] for op in ops}

    def test_that_are_not_there_leave_the_page_complete(self, athlete: Person) -> None:
        page = pull(athlete, want=[str(uuid.uuid4())])["page"]
        assert (page["rows"], page["complete"]) == ([], True)


class TestScope:
    def test_c55_types_an_app_learns_are_loaded_while_the_rest_goes_on(
        self, athlete: Person
    ) -> None:
        old = [workout() for _ in range(20)]
        labs = [lab() for _ in range(20)]
        athlete.sync([*old, *labs])
        _, cursor = drain(athlete, types={"workout_session": 3})
        edit = changed(old[0], set={"rpe": 9})
        athlete.sync([edit])
        both = {"workout_session": 3, "lab_result": 2}
        first = pull(athlete, cursor, types=both, page={"max_rows": 5})["page"]
        assert (first["reset"], first["phase"], first["complete"]) == (None, "bootstrap", False)
        assert ids(first["rows"])[0] == old[0]["id"], "what changed comes first"
        late = changed(old[1], set={"rpe": 8})
        athlete.sync([late, deleted(labs[19]), deleted(labs[0])])
        rest, end = drain(athlete, first["cursor"], types=both, page={"max_rows": 5})
        rows = [*first["rows"], *rest]
        assert [i for i in ids(rows) if i in {op["id"] for op in old}] == [
            old[0]["id"], old[1]["id"],
        ]  # fmt: skip
        assert {i for i in ids(rows) if i in {op["id"] for op in labs}} >= {
            op["id"] for op in labs[1:]
        }
        gone = {row["id"] for row in rows if row["deleted"]}
        assert gone <= {labs[0]["id"], labs[19]["id"]}
        assert labs[19]["id"] in gone, "it had been sent, so its deletion must follow"
        place = decode(end)
        assert place is not None
        assert len(place.groups) == 1, "all types stand at one place again"

    def test_types_an_app_gives_up_are_dropped_without_a_reset(self, athlete: Person) -> None:
        athlete.sync([workout(), lab()])
        _, cursor = drain(athlete)
        new = workout()
        athlete.sync([new, lab()])
        page = pull(athlete, cursor, types={"workout_session": 3})["page"]
        assert (page["reset"], page["complete"], ids(page["rows"])) == (None, True, [new["id"]])
        again = pull(athlete, page["cursor"], types={"workout_session": 3, "lab_result": 2})
        assert len(again["page"]["rows"]) == 2, "given up and wanted again is loaded anew"

    def test_growing_again_and_again_keeps_cursors_small(self, athlete: Person) -> None:
        ops = [*(workout() for _ in range(9)), *(lab() for _ in range(9))]
        athlete.sync(ops)
        names = ["workout_session", "lab_result", "athlete_profile", "risk_summary", "reminder"]
        seen, cursor = [], None
        for number in range(1, len(names) + 1):
            types = dict.fromkeys(names[:number], 9)
            page = pull(athlete, cursor, types=types, page={"max_rows": 1})["page"]
            seen += ids(page["rows"])
            cursor = page["cursor"]
            assert len(cursor) < 400
        rows, _ = drain(athlete, cursor, types=dict.fromkeys(names, 9))
        assert {*seen, *ids(rows)} == {op["id"] for op in ops}

    def test_of_nothing_is_complete_and_empty(self, athlete: Person) -> None:
        athlete.sync([workout()])
        page = pull(athlete, types={})["page"]
        assert (page["rows"], page["complete"], page["reset"]) == ([], True, None)
        page = pull(athlete, page["cursor"], types={"horoscope": 1})["page"]
        assert (page["rows"], page["complete"]) == ([], True)
        assert len(pull(athlete, page["cursor"])["page"]["rows"]) == 1

    def test_another_redaction_starts_over(self, athlete: Person) -> None:
        athlete.sync([workout()])
        _, cursor = drain(athlete)
        place = decode(cursor)
        assert place is not None
        assert place.profile == OWN
        other = encode(Cursor(place.epoch, b"team", place.groups))
        page = pull(athlete, other)["page"]
        assert (page["reset"], len(page["rows"])) == ("scope-changed", 1)


class TestSchemas:
    @pytest.mark.parametrize(
        ("announced", "schema", "spelled"),
        [
            (1, 1, {"kind": "running", "utc_offset_s": 3600}),
            (0, 1, {"kind": "running", "utc_offset_s": 3600}),
            (2, 2, {"activity": "running", "utc_offset_s": 3600}),
            (3, 3, {"activity": "running", "utc_offset_min": 60}),
            (99, 3, {"activity": "running", "utc_offset_min": 60}),
        ],
    )
    def test_that_an_app_announces_are_those_it_reads(
        self, athlete: Person, announced: int, schema: int, spelled: Json
    ) -> None:
        athlete.sync([workout(rpe=5)])
        (row,) = pull(athlete, types={"workout_session": announced})["page"]["rows"]
        names = {"kind", "activity", "utc_offset_s", "utc_offset_min"}
        assert row["schema"] == schema
        assert {name: row["body"][name] for name in names & set(row["body"])} == spelled
        assert row["body"]["rpe"] == 5
        (row,) = athlete.get("/v1/athletes/me/changes").json()["page"]["rows"]
        assert (row["schema"], row["body"]["activity"]) == (3, "running")


class TestCursor:
    @pytest.fixture
    def bad(self, athlete: Person, stranger: Person) -> dict[str, str]:
        stranger.sync([workout(title="CANARY"), workout()])
        _, theirs = drain(stranger)
        athlete.sync([workout()])
        _, mine = drain(athlete)
        place = decode(mine)
        assert place is not None
        return {
            "garbage": "garbage",
            "protocol 0": "AQ8r",
            "not text of ours": "é" * 10,
            "long": "A" * 500,
            "longer than any": "A" * 4_000,
            "flipped": mine[:-4] + ("AAAA" if mine[-4:] != "AAAA" else "BBBB"),
            "another athlete's": theirs,
            "of another epoch": encode(Cursor(uuid.uuid4(), OWN, place.groups)),
        }

    def test_c30_that_is_not_of_this_feed_starts_over(
        self, athlete: Person, bad: dict[str, str]
    ) -> None:
        for name, cursor in bad.items():
            answer = athlete.sync([], cursor=cursor)
            page = answer.json()["page"]
            assert (name, page["reset"], len(page["rows"])) == (name, "cursor-unreadable", 1)
            assert b"CANARY" not in answer.content

    def test_that_is_empty_starts_over(self, athlete: Person) -> None:
        assert athlete.sync([], cursor="").json()["page"]["reset"] == "cursor-unreadable"

    def test_that_is_not_of_this_feed_is_refused_where_nothing_can_start_over(
        self, athlete: Person, bad: dict[str, str]
    ) -> None:
        for cursor in bad.values():
            answer = athlete.get("/v1/athletes/me/changes", cursor=cursor)
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid-parameter")
            assert answer.json()["parameter"] == "cursor"

    def test_from_the_future_is_a_fork_and_no_op_is_evaluated(self, athlete: Person) -> None:
        athlete.sync([workout()])
        _, cursor = drain(athlete)
        place = decode(cursor)
        assert place is not None
        ahead = Group(place.groups[0].types, "tail", 99, 99)
        future = encode(Cursor(place.epoch, OWN, (ahead,)))
        op = workout()
        for answer in (
            athlete.sync([], cursor=future),
            athlete.sync([op], cursor=future),
            athlete.get("/v1/athletes/me/changes", cursor=future),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "feed-forked")
        assert op["id"] not in ids(drain(athlete)[0])

    def test_is_never_a_right(self, athlete: Person, stranger: Person) -> None:
        stranger.sync([workout(title="CANARY")])
        _, theirs = drain(stranger)
        for who in ("me", str(athlete.id)):
            seen = athlete.get(f"/v1/athletes/{who}/changes", cursor=theirs).content
            assert b"CANARY" not in seen


class TestCostSwitch:
    @pytest.fixture(autouse=True)
    def long_from_20_on(self) -> Iterator[None]:
        with override_settings(SYNC_LONG_TAIL=20):
            yield

    def test_gives_a_fresh_load_when_the_tail_is_longer(self, athlete: Person) -> None:
        kept = workout()
        athlete.sync([kept])
        _, cursor = drain(athlete)
        gone = [workout() for _ in range(30)]
        athlete.sync(gone)
        athlete.sync([deleted(op) for op in gone])
        page = pull(athlete, cursor, page={"max_rows": 10})["page"]
        assert (page["reset"], page["phase"]) == ("server-advice", "bootstrap")
        assert (ids(page["rows"]), page["complete"]) == ([kept["id"]], True)
        assert pull(athlete, page["cursor"])["page"]["rows"] == []

    def test_leaves_a_tail_alone_that_is_shorter_or_half_read(self, athlete: Person) -> None:
        _, cursor = drain(athlete)
        ops = [workout() for _ in range(30)]
        athlete.sync(ops)
        page = pull(athlete, cursor, page={"max_rows": 10})["page"]
        assert (page["reset"], len(page["rows"])) == (None, 10)
        athlete.sync([deleted(op) for op in ops])
        rest, _ = drain(athlete, page["cursor"], page={"max_rows": 10})
        assert {row["deleted"] for row in rest} == {True}

    def test_costs_two_statements_and_only_then(
        self, athlete: Person, sql_statements: Callable[[], Any]
    ) -> None:
        _, cursor = drain(athlete)
        ops = [workout() for _ in range(60)]
        athlete.sync(ops)
        pull(athlete, cursor, page={"max_rows": 60})  # noted as seen
        with sql_statements() as few:
            pull(athlete, cursor, page={"max_rows": 60})
        athlete.sync([deleted(op) for op in ops])
        with sql_statements() as many:
            page = pull(athlete, cursor, page={"max_rows": 10})["page"]
        assert page["reset"] == "server-advice"
        asked = [[s for s in each if "devicetoken" not in s] for each in (few, many)]
        assert len(asked[1]) == len(asked[0]) + 2


class TestPollAdvice:
    def test_grows_while_the_summary_is_awaited(self, athlete: Person) -> None:
        answer = athlete.sync([workout()]).json()
        assert (answer["derived"]["state"], answer["next_poll_s"]) == ("pending", 3)
        for age_s, poll_s in ((4, 5), (9, 10), (40, 30)):
            with acting_as(athlete.id), connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE recompute_queue SET first_dirty_at = now() - make_interval(secs => %s)"
                    " WHERE athlete_id = %s",
                    [age_s, athlete.id],
                )
            assert pull(athlete)["next_poll_s"] == poll_s

    def test_is_now_while_there_are_more_pages(self, athlete: Person) -> None:
        athlete.sync([workout() for _ in range(3)])
        assert pull(athlete, page={"max_rows": 2})["next_poll_s"] == 0

    def test_spreads_idle_phones(self, athlete: Person) -> None:
        polls = {pull(athlete)["next_poll_s"] for _ in range(40)}
        assert len(polls) > 5
        assert all(abs(poll - IDLE_POLL_S) <= IDLE_JITTER_S for poll in polls)

    def test_is_idle_once_the_computation_was_given_up(self, athlete: Person) -> None:
        athlete.sync([workout()])
        with acting_as(athlete.id), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE recompute_queue SET state = 'quarantined' WHERE athlete_id = %s",
                [athlete.id],
            )
        answer = pull(athlete)
        assert answer["derived"]["state"] == "failed"
        assert answer["next_poll_s"] >= IDLE_POLL_S - IDLE_JITTER_S


class TestStatements:
    def test_of_an_empty_pull_is_one_after_authentication_at_any_place(
        self, athlete: Person, sql_statements: Callable[[], Any]
    ) -> None:
        athlete.sync([workout(), lab()])
        _, cursor = drain(athlete, types={"workout_session": 3})
        half = pull(athlete, cursor, types={"workout_session": 3, "lab_result": 2})["page"]
        pull(athlete, half["cursor"])
        for place in (cursor, half["cursor"], None):
            with sql_statements() as statements:
                pull(athlete, place, types={"workout_session": 3, "lab_result": 2})
            assert len(statements) == 2
            assert "devicetoken" in statements[0]

    def test_of_a_page_are_as_many_whatever_its_length(
        self, sql_statements: Callable[[], Any]
    ) -> None:
        counts = set()
        for size in (1, 40, 400):
            person = make_person()
            person.sync([workout() for _ in range(size)])
            with sql_statements() as statements:
                assert len(pull(person)["page"]["rows"]) == size
            counts.add(len(statements))
        assert counts == {2}

    def test_read_pages_in_the_order_of_the_index(self, athlete: Person) -> None:
        """Whatever the planner knows of the tables: no page may cost what the history does."""
        athlete.sync([workout() for _ in range(400)])
        seen: list[str] = []

        def explain(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
            if "sync_record" in str(statement) and "sync_feed" in str(statement):
                with connection.connection.cursor() as cursor:
                    cursor.execute(("EXPLAIN " + str(statement)).encode(), params)
                    seen.append("\n".join(row[0] for row in cursor.fetchall()))
            return execute(statement, params, many, context)

        _, cursor = drain(athlete)
        with connection.execute_wrapper(explain):
            pull(athlete, page={"max_rows": 7})
            pull(athlete, cursor)
        assert len(seen) == 2
        for plan in seen:
            assert "Sort" not in plan
            assert "sync_record_seq" in plan


class TestOldApps:
    @pytest.fixture(autouse=True)
    def minimum(self) -> Iterator[None]:
        with override_settings(MIN_CLIENT_BUILDS={"stride/ios": 120}):
            yield

    def ask(self, person: Person, client: str, path: str = "changes") -> Any:
        headers = {**person.headers, "Mechanostat-Client": client}
        return Client().get(f"/v1/athletes/me/{path}", headers=headers)

    def test_c41_push_with_a_full_outbox_and_read_nothing(self, athlete: Person) -> None:
        athlete.sync([workout()])
        _, cursor = drain(athlete)
        ops = [workout() for _ in range(200)]
        body = {"protocol": 1, "request": str(uuid.uuid4()), "ops": ops, "cursor": cursor}
        answer = Client().post(
            "/v1/athletes/me/sync",
            body,
            content_type="application/json",
            headers={**athlete.headers, "Mechanostat-Client": "stride/ios/119"},
        )
        assert answer.status_code == 200, answer.content
        told = answer.json()
        assert [result["status"] for result in told["results"]] == ["applied"] * 200
        assert told["page"] == {
            "phase": "tail", "reset": None, "complete": False, "cursor": None, "rows": [],
        }  # fmt: skip
        assert told["notices"] == [
            {"code": "client-too-old", "retry": "after-upgrade", "min_build": 120}
        ]
        assert told["witness"]["seq"] >= 201
        rows, _ = drain(athlete, cursor)
        assert {op["id"] for op in ops} <= set(ids(rows)), "the updated app goes on where it was"

    def test_c41_are_refused_where_they_only_read(self, athlete: Person) -> None:
        athlete.sync([workout()])
        for path in ("changes", "digest", f"records/{uuid.uuid4()}"):
            answer = self.ask(athlete, "stride/ios/119", path)
            told = answer.json()
            assert (answer.status_code, told["code"]) == (426, "client-too-old")
            assert (told["retry"], told["min_build"]) == ("after-upgrade", 120)

    @pytest.mark.parametrize(
        "client",
        ["", "stride/ios/120", "stride/ios/9999", "stride/android/1", "stride/ios", "x" * 300,
         "stride/ios/" + "9" * 400, "stride/ios/-1", "stride/ios/1e9", "stride/ios/\u0661"],
    )  # fmt: skip
    def test_are_only_those_below_a_known_minimum(self, athlete: Person, client: str) -> None:
        assert self.ask(athlete, client).status_code == 200
        assert athlete.sync([]).json()["notices"] == []
