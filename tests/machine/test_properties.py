"""Invariants that compare two histories: of batches, of a batch without one op, of clocks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.apps.sync.ops import changed, deleted, feed, lab, workout
from tests.conftest import Person, make_person

Op = dict[str, Any]
EXAMPLES = 25
INVALID: tuple[Op, ...] = ({"rpe": "very hard"}, {"started_at": "never"}, {"exercises": 7})
small = st.integers(0, 9)
steps = st.lists(
    st.tuples(st.sampled_from(["workout", "lab", "rate", "title", "value", "delete", "bad"]),
              small, small),
    min_size=1, max_size=12,
)  # fmt: skip
clocks = st.one_of(
    st.timedeltas(min_value=timedelta(days=-20_000), max_value=timedelta(days=20_000)),
    st.sampled_from([timedelta(), timedelta(hours=3), timedelta(days=-9_800)]),
)


def ops_of(said: Sequence[tuple[str, int, int]]) -> list[Op]:
    """Return one device's ops: each edit on top of its own earlier ones."""
    made: list[Op] = []
    newest: dict[str, Op] = {}
    for what, which, value in said:
        known = list(newest.values())
        target = known[which % len(known)] if known else None
        if what == "bad":
            made.append(workout(**INVALID[value % len(INVALID)]))
            continue
        if target is None or what in ("workout", "lab"):
            op = lab(20.0 + value) if what == "lab" else workout(rpe=value)
        elif what == "delete":
            op = deleted(target)
        elif target["type"] == "lab_result":
            op = changed(target, set={"value": 30.0 + value})
        else:
            op = changed(target, set={"rpe": value} if what == "rate" else {"title": f"T{value}"})
        newest[op["id"]] = op
        made.append(op)
    return made


def stamped(ops: list[Op], *, ahead: timedelta) -> list[Op]:
    """Return ops as a device writes them whose clock is wrong by so much."""
    return [{**op, "edited_at": shown(ahead)} for op in ops]


def shown(ahead: timedelta) -> str:
    """Return what such a clock shows."""
    try:
        return (timezone.now() + ahead).isoformat()
    except OverflowError:
        return datetime(9_998, 1, 1, tzinfo=UTC).isoformat()


def push(person: Person, ops: list[Op], **members: Any) -> list[Op]:
    """Push ops and return their results."""
    answer = person.sync(ops, **members)
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def state(person: Person) -> list[Op]:
    """Return the feed as it stands; who pushed it left out."""
    rows = [{name: value for name, value in row.items() if name != "flags"} for row in feed(person)]
    for row in rows:
        if row["type"] == "sync_issue":
            row["body"].pop("device", None)
    return rows


def outcomes(results: list[Op]) -> list[Op]:
    """Return what became of ops, without the numbers that an issue beside them shifts."""
    return [{name: value for name, value in r.items() if name not in ("seq", "record")}
            for r in results]  # fmt: skip


class TestBatches:
    @settings(max_examples=EXAMPLES)
    @given(said=steps, cuts=st.lists(st.tuples(small, st.integers(1, 6)), max_size=5))
    def test_i5_any_split_and_repetition_gives_the_same_state(
        self, said: list[tuple[str, int, int]], cuts: list[tuple[int, int]]
    ) -> None:
        whole, pieces = make_person(), make_person()
        ops = ops_of(said)
        first = push(whole, ops)
        sent = 0
        for back, size in cuts:  # each chunk may begin again before where the last one ended
            chunk = ops[max(0, sent - back) : sent + size]
            push(pieces, chunk)
            sent = min(len(ops), sent + size)
        push(pieces, ops)
        assert state(pieces) == state(whole)
        told = push(pieces, ops)
        assert [r["was"] for r in told] == [r["status"] for r in first]

    @settings(max_examples=EXAMPLES)
    @given(said=steps, place=small, kind=st.integers(0, 2))
    def test_i6_an_invalid_op_changes_no_other_result(
        self, said: list[tuple[str, int, int]], place: int, kind: int
    ) -> None:
        ops = ops_of(said)
        without, along = make_person(), make_person()
        at = place % (len(ops) + 1)
        bad = workout(**INVALID[kind])
        results = push(along, [*ops[:at], bad, *ops[at:]])
        assert results.pop(at)["status"] == "rejected"
        assert outcomes(results) == outcomes(push(without, ops))

        def live(person: Person) -> list[tuple[Any, ...]]:
            rows = [row for row in feed(person) if row["type"] != "sync_issue"]
            return [(row["id"], row["v"], row["rev"], row["body"]) for row in rows]

        assert live(along) == live(without)


class TestClocks:
    @settings(max_examples=EXAMPLES)
    @given(said=steps, ahead=clocks)
    def test_i13_a_constant_error_changes_neither_membership_nor_order(
        self, said: list[tuple[str, int, int]], ahead: timedelta
    ) -> None:
        right, wrong = make_person(), make_person()
        ops = ops_of(said)
        told = [
            push(person, stamped(ops, ahead=error), sent_at=shown(error))
            for person, error in ((right, timedelta()), (wrong, ahead))
        ]
        assert outcomes(told[0]) == outcomes(told[1])
        assert state(right) == state(wrong)

    @settings(max_examples=EXAMPLES)
    @given(one=clocks, other=clocks, rates=st.tuples(small, small))
    def test_i13_two_clocks_decide_who_wins_and_nothing_else(
        self, one: timedelta, other: timedelta, rates: tuple[int, int]
    ) -> None:
        person = make_person()
        base = workout(rpe=5)
        push(person, [base])
        edits = [changed(base, set={"rpe": rate, f"x_{n}": n}) for n, rate in enumerate(rates)]
        for edit, error in zip(edits, (one, other), strict=True):
            push(person, stamped([edit], ahead=error), sent_at=shown(error))
        (row,) = feed(person)
        assert row["body"]["rpe"] in {5, *rates}
        assert (row["body"]["x_0"], row["body"]["x_1"]) == (0, 1)
        assert (row["rev"], row["seq"]) == (3, 3)


class TestOldApps:
    @settings(max_examples=EXAMPLES)
    @given(
        unknown=st.dictionaries(
            st.from_regex(r"x_[a-z]{1,6}", fullmatch=True),
            st.recursive(st.none() | st.integers(0, 99) | st.text(alphabet="abé", max_size=5),
                         lambda inner: st.lists(inner, max_size=3), max_leaves=4)
            .filter(lambda value: value is not None),
            min_size=1, max_size=4,
        ),
        rates=st.lists(small, min_size=1, max_size=4),
    )  # fmt: skip
    def test_i12_c39_never_remove_a_field_they_do_not_know(
        self, unknown: dict[str, Any], rates: list[int]
    ) -> None:
        person = make_person()
        newest = {**workout(), "schema": 9}
        newest["set"] |= unknown
        push(person, [newest])
        for rate in rates:
            newest = changed(newest, set={"rpe": rate, "title": None}, schema=1)
            push(person, [newest])
        (row,) = feed(person)
        assert {name: row["body"][name] for name in unknown} == unknown
