"""Laws of the phone's own copy, whatever arrives in whatever order."""

import sqlite3
import stat
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from phone import OpTooLarge, Store, schema, wire
from phone.intake import Accepted
from phone.model import Draft
from tests.phone.hand import START

RECORDS = [UUID(int=n) for n in range(1, 5)]
EPOCH = uuid4()


def row(seq: int, record: UUID, *, deleted: bool = False) -> wire.Row:
    return wire.Row(
        id=record,
        v=UUID(int=1000 + seq),
        rev=seq,
        seq=seq,
        type="reminder",
        schema=1,
        deleted=deleted,
        body=Raw(b"") if deleted else Raw(b'{"topic":"%d"}' % seq),
    )


def accept(
    store: Store,
    *,
    rows: list[wire.Row] | None = None,
    results: list[dict[str, Any]] | None = None,
    sent: list[UUID] | None = None,
    cursor: str | None = "c",
    complete: bool = True,
    seq: int = 1000,
) -> Accepted | None:
    request = uuid4()
    store.begin(request)
    answer = wire.SyncResponse(
        request=request,
        epoch=EPOCH,
        witness=wire.Witness(seq, "0" * 16),
        results=[Raw(msgspec.json.encode(result)) for result in results or []],
        page=wire.Page(cursor=cursor, complete=complete, rows=rows or []),
        derived=wire.Derived(state="current"),
    )
    return store.accept(answer, sent=sent or [], now=START)


def edit(store: Store, record: UUID, **fields: Any) -> UUID:
    draft = Draft(
        op=uuid4(),
        type="workout_session",
        id=record,
        action="put",
        schema=3,
        edited_at="2026-03-01T21:40:03.000+01:00",
        fields=fields,
    )
    return store.edit([draft])[0].op


versions = st.lists(
    st.tuples(st.sampled_from(RECORDS), st.booleans()), min_size=1, max_size=12
).map(
    lambda drawn: [row(n, record, deleted=gone) for n, (record, gone) in enumerate(drawn, start=1)]
)


class TestCleanCopy:
    @given(versions, st.data())
    def test_ends_at_the_newest_row_in_any_order_and_repetition(
        self, history: list[wire.Row], data: st.DataObject
    ) -> None:
        again = data.draw(st.lists(st.sampled_from(history), max_size=6))
        arriving = data.draw(st.permutations(history + again))
        with Store() as store:
            accept(store, complete=True)  # the first load is over; from here it is the tail
            cuts = data.draw(st.lists(st.integers(0, len(arriving)), max_size=3).map(sorted))
            for start, end in zip([0, *cuts], [*cuts, len(arriving)], strict=True):
                accept(store, rows=arriving[start:end])
            copy = store.clean_records()

        newest = {each.id: each for each in history}
        assert {
            key: (known.v, known.rev, known.seq, known.deleted, known.body)
            for key, known in copy.items()
        } == {
            key: (each.v, each.rev, each.seq, each.deleted, wire.present(each.body))
            for key, each in newest.items()
        }

    @given(st.sets(st.sampled_from(RECORDS)), st.sets(st.sampled_from(RECORDS)), st.booleans())
    def test_is_replaced_when_a_whole_load_is_complete_and_not_before(
        self, before: set[UUID], after: set[UUID], cut: bool
    ) -> None:
        with Store() as store:
            accept(store, rows=[row(n, key) for n, key in enumerate(before, start=1)])
            store._db.execute("UPDATE state SET cursor = NULL")
            rows = [row(n, key) for n, key in enumerate(after, start=10)]
            if cut:
                accept(store, rows=rows[:1], complete=False)
                assert set(store.clean_records()) >= before
                accept(store, rows=rows[1:])
            else:
                accept(store, rows=rows)

            assert set(store.clean_records()) == after

    def test_keeps_its_stubs_through_a_whole_load(self) -> None:
        with Store() as store:
            accept(store, rows=[row(1, RECORDS[0], deleted=True), row(2, RECORDS[1])])
            store._db.execute("UPDATE state SET cursor = NULL")
            accept(store, rows=[row(3, RECORDS[2])])

            assert set(store.clean_records()) == {RECORDS[0], RECORDS[2]}

    def test_keeps_the_digits_of_a_measurement(self) -> None:
        record = uuid4()
        body = b'{"value":41.50,"ref_low":1e2,"new_field":{"deep":[0.10]}}'
        whole = wire.Row(id=record, v=uuid4(), rev=1, seq=1, type="lab_result", body=Raw(body))
        with Store() as store:
            accept(store, rows=[whole])
            edit(store, record, note="fasting")

            assert store.records()[0].raw_body == body[:-1] + b',"note":"fasting"}'

    def test_forgets_stubs_after_400_days(self) -> None:
        with Store() as store:
            accept(store, rows=[row(1, RECORDS[0], deleted=True), row(2, RECORDS[1])])
            store._db.execute("UPDATE record SET stored_at = stored_at - 401 * 86400")
            accept(store)

            assert set(store.clean_records()) == {RECORDS[1]}


class TestOneTransaction:
    @pytest.mark.parametrize("table", ["record", "state", "attention", "receipt"])
    def test_a_page_goes_in_whole_or_not_at_all(self, tmp_path: Path, table: str) -> None:
        path = tmp_path / "phone.sqlite3"
        with Store(path) as store:
            accept(store, rows=[row(1, RECORDS[0])], cursor="before")
            good, bad = edit(store, RECORDS[2], rpe=1), edit(store, RECORDS[3], rpe=1)
            verb = "UPDATE OF cursor" if table == "state" else "INSERT"
            store._db.execute(
                f"CREATE TEMP TRIGGER power_cut BEFORE {verb} ON {table}"
                " BEGIN SELECT RAISE(ABORT, 'power cut'); END"
            )
            before = store.clean_records(), store.place(), store.outbox(), store.attention()
            with pytest.raises(sqlite3.IntegrityError, match="power cut"):
                accept(
                    store,
                    rows=[row(2, RECORDS[0]), row(3, RECORDS[1])],
                    results=[
                        {"op": str(good), "status": "applied", "seq": 4},
                        {"op": str(bad), "status": "rejected", "code": "invalid"},
                    ],
                    sent=[good, bad],
                    cursor="after",
                )
            assert before == (
                store.clean_records(),
                store.place(),
                store.outbox(),
                store.attention(),
            )
        with Store(path) as store:
            assert before == (
                store.clean_records(),
                store.place(),
                store.outbox(),
                store.attention(),
            )


class TestOutbox:
    @given(
        st.lists(st.tuples(st.sampled_from(RECORDS), st.integers(0, 10)), max_size=12), st.data()
    )
    def test_hands_out_the_same_bytes_in_the_same_order_in_any_pieces(
        self, edits: list[tuple[UUID, int]], data: st.DataObject
    ) -> None:
        with Store() as store:
            ops = [edit(store, record, rpe=value) for record, value in edits]
            written = {pending.op: pending.raw for pending in store.outbox()}
            handed = []
            while store.outbox():
                size = data.draw(st.integers(1, 5))
                piece = store.outbox(max_ops=size)
                handed += piece
                accept(
                    store,
                    results=[{"op": str(each.op), "status": "applied"} for each in piece],
                    sent=[each.op for each in piece],
                )

        assert [each.op for each in handed] == ops
        assert {each.op: each.raw for each in handed} == written

    @given(
        st.lists(st.tuples(st.sampled_from(RECORDS), st.sampled_from("abc"), st.integers(0, 10)))
    )
    def test_shows_the_clean_copy_with_the_edits_on_top(
        self, edits: list[tuple[UUID, str, int]]
    ) -> None:
        with Store() as store:
            accept(store, rows=[row(1, RECORDS[0])])
            expected: dict[UUID, dict[str, Any]] = {RECORDS[0]: {"topic": "1"}}
            for record, name, value in edits:
                edit(store, record, **{name: value})
                expected.setdefault(record, {})[name] = value

            seen = store.records()
            assert {each.id: each.body for each in seen} == expected
            assert {each.id for each in seen if each.pending} == {record for record, *_ in edits}
            assert store.clean_records()[RECORDS[0]].body == b'{"topic":"1"}'

    def test_leaves_out_records_that_must_wait(self) -> None:
        with Store() as store:
            edit(store, RECORDS[0], rpe=1)
            free = edit(store, RECORDS[1], rpe=1)
            edit(store, RECORDS[0], rpe=2)

            assert [each.op for each in store.outbox(without={RECORDS[0]})] == [free]

    def test_survives_the_process(self, tmp_path: Path) -> None:
        path = tmp_path / "phone.sqlite3"
        with Store(path) as store:
            edit(store, RECORDS[0], rpe=1)
            before, account = store.outbox(), store.account()
        with Store(path) as store:
            assert store.outbox() == before
            assert store.account() == account
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_refuses_an_edit_no_request_could_hold(self) -> None:
        with Store() as store:
            with pytest.raises(OpTooLarge):
                edit(store, RECORDS[0], note="x" * wire.MAX_INFLATED_BYTES)
            assert store.outbox() == []


class TestForks:
    def test_asks_in_pieces_and_puts_what_is_lost_first_in_the_order_it_was_written(self) -> None:
        rows = [row(n, UUID(int=n)) for n in range(1, 6)]
        stub = row(6, UUID(int=6), deleted=True)
        with Store() as store:
            accept(store, rows=[*rows, stub], cursor="old")
            waiting = edit(store, UUID(int=3), note="offline")
            store.fork()
            assert store.clean_records() == {}
            assert [record.id.int for record in store.records()] == [3, 5, 4, 2, 1]
            accept(store, rows=[row(1, UUID(int=1))], cursor="new")
            asked: list[UUID] = []
            while piece := store.unknown_fate(limit=2):
                asked += piece
                known = {v: 77 for v in piece if v in (rows[3].v, stub.v)}
                store.judge(piece, known)

            assert asked == [*(each.v for each in rows[1:]), stub.v]
            assert not store.place().forked
            first = [rows[1].v, rows[2].v, rows[4].v]
            # Each piece goes in front of the one before; what was waiting stays behind.
            assert {op.op for op in store.outbox()[:3]} == set(first)
            assert store.outbox()[-1].op == waiting
            kept = store.clean(stub.id)
            assert kept is not None
            assert (kept.deleted, kept.v, kept.seq) == (True, stub.v, 77)
            assert store.clean(rows[3].id) is None

    def test_sends_an_own_op_once_when_a_lost_version_holds_it(self) -> None:
        with Store() as store:
            accept(store, rows=[row(1, RECORDS[0])])
            first = edit(store, RECORDS[0], rpe=1)
            second = edit(store, RECORDS[0], rpe=2)
            third = edit(store, RECORDS[0], rpe=3)
            lost = msgspec.structs.replace(row(3, RECORDS[0]), v=second)
            accept(store, rows=[lost])
            store.fork()
            accept(store)

            store.judge(store.unknown_fate(), {})

            replay, waiting = store.outbox()
            assert (replay.op, waiting.op) == (second, third)
            assert first not in {op.op for op in store.outbox()}
            assert b'"action":"replay"' in replay.raw
            assert b'"rev":3' in replay.raw

    def test_the_servers_own_rows_are_not_given_back(self) -> None:
        own = row(1, RECORDS[0])
        summary = msgspec.structs.replace(
            row(2, RECORDS[1]), v=UUID("01234567-89ab-8def-8123-456789abcdef")
        )
        with Store() as store:
            accept(store, rows=[own, summary])
            store.fork()
            accept(store)

            assert store.unknown_fate() == [own.v]


class TestUpgrade:
    def test_a_file_of_the_first_version_keeps_its_edits(self, tmp_path: Path) -> None:
        path = tmp_path / "phone.sqlite3"
        db = sqlite3.connect(path)
        db.executescript(schema._FIRST + "PRAGMA user_version = 1;")
        db.execute("INSERT INTO state (one, installation) VALUES (1, ?)", [str(RECORDS[0])])
        raw = msgspec.json.encode({"op": str(RECORDS[1]), "type": "lab_result", "action": "put",
                                   "id": str(RECORDS[2]), "base": None, "set": {"value": 1}})  # fmt: skip
        db.execute(
            "INSERT INTO outbox (op, type, record, raw) VALUES (?, 'lab_result', ?, ?)",
            [str(RECORDS[1]), str(RECORDS[2]), raw],
        )
        db.commit()
        db.close()

        for _ in range(2):
            with Store(path) as store:
                assert store.account().installation == RECORDS[0]
                assert [op.raw for op in store.outbox()] == [raw]
                assert store.records()[0].body == {"value": 1}
