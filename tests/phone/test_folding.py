"""What an own edit does to a body, and what an echo may stand for."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from phone.folding import CleanRecord, Promotion, Step, fold, promote
from phone.wire import Op, Row

RECORD = uuid4()
WHOLE = st.integers(-(2**53), 2**53)
V0, V1, V2, V3 = (UUID(int=n) for n in range(4))


def put(made: UUID, on: UUID | None, /, **fields: int) -> Op:
    raw = {name: Raw(msgspec.json.encode(value)) for name, value in fields.items()}
    return Op(op=made, type="workout_session", id=RECORD, action="put", base=on, set=raw)


def clean(v: UUID, rev: int, body: bytes = b'{"rpe":0}') -> CleanRecord:
    return CleanRecord(
        type="workout_session",
        id=RECORD,
        v=v,
        rev=rev,
        seq=rev,
        schema=3,
        deleted=False,
        body=body,
    )


def echo(v: UUID, rev: int) -> Row:
    return Row(id=RECORD, v=v, rev=rev, seq=rev, echo=True)


class TestFold:
    @given(st.dictionaries(st.text(), WHOLE), st.dictionaries(st.text(), WHOLE))
    def test_sets_and_unsets_whole_fields_and_nothing_else(
        self, body: dict[str, int], fields: dict[str, int]
    ) -> None:
        op = msgspec.structs.replace(put(V1, None, **fields), unset=["gone"])

        folded = fold(msgspec.json.encode({**body, "gone": 1}), op)

        expected: dict[str, Any] = {**body, **fields}
        expected.pop("gone", None)
        assert folded is not None
        assert msgspec.json.decode(folded) == expected
        assert fold(folded, op) == folded


class TestPromote:
    def test_follows_an_unbroken_chain_of_own_ops(self) -> None:
        steps = [
            Step(put(V1, V0, rpe=1), "applied"),
            Step(put(V2, V1, note=2), "applied"),
            Step(put(V3, V2, note=3), None),
        ]

        assert promote(clean(V0, 4), steps, echo(V2, 6)) == Promotion(
            b'{"rpe":1,"note":2}', deleted=False
        )

    def test_starts_from_nothing_for_a_new_record(self) -> None:
        steps = [Step(put(V1, None, rpe=1), "applied")]

        assert promote(None, steps, echo(V1, 1)) == Promotion(b'{"rpe":1}', deleted=False)

    def test_passes_over_an_op_that_changed_nothing(self) -> None:
        steps = [Step(put(V1, V0, rpe=9), "noop"), Step(put(V2, V1, note=2), "applied")]

        assert promote(clean(V0, 4), steps, echo(V2, 5)) == Promotion(
            b'{"rpe":0,"note":2}', deleted=False
        )

    def test_goes_on_from_a_merge_that_came_back_whole(self) -> None:
        steps = [Step(put(V1, V0, rpe=1), "merged"), Step(put(V2, V1, note=2), "applied")]

        assert promote(clean(V1, 6, b'{"rpe":1,"title":7}'), steps, echo(V2, 7)) == Promotion(
            b'{"rpe":1,"title":7,"note":2}', deleted=False
        )

    @pytest.mark.parametrize(
        ("known", "outcomes", "row"),
        [
            (clean(V0, 4), ("applied", "applied"), echo(V2, 7)),
            (clean(V3, 4), ("applied", "applied"), echo(V2, 6)),
            (None, ("applied", "applied"), echo(V2, 2)),
            (clean(V0, 4), ("merged", "applied"), echo(V2, 6)),
            (clean(V0, 4), ("applied", "merged"), echo(V2, 6)),
            (clean(V0, 4), ("applied", None), echo(V2, 6)),
            (clean(V0, 4), ("applied", "applied"), echo(V3, 6)),
        ],
        ids=["revisions", "base", "no base", "merge", "last merged", "no result", "not mine"],
    )
    def test_claims_nothing_it_can_not_know(
        self, known: CleanRecord | None, outcomes: tuple[str | None, str | None], row: Row
    ) -> None:
        ops = (put(V1, V0, rpe=1), put(V2, V1, note=2))
        steps = [Step(op, outcome) for op, outcome in zip(ops, outcomes, strict=True)]

        assert promote(known, steps, row) is None

    def test_can_not_know_what_a_restore_brings_back(self) -> None:
        step = Step(Op(op=V1, type="lab_result", id=RECORD, action="restore", base=V0), "applied")

        assert promote(clean(V0, 4), [step], echo(V1, 5)) is None
