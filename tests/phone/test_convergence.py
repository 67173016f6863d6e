"""Two phones of one athlete, edits and faults in any order: in the end all hold the same."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phone import Phone
from phone.wire import PageLimits
from tests.phone.hand import bodies, email_of, held
from tests.phone.peer import Fault, Feed, Garbage, LoseAnswer, LoseRequest, Peer, Refuse

RECORDS = [UUID(int=n) for n in range(1, 4)]
FAULTS: list[Fault] = [LoseRequest(), LoseAnswer(), Garbage(), Refuse(503, "feed-busy")]

edits = st.tuples(
    st.just("edit"),
    st.integers(0, 1),
    st.sampled_from(RECORDS),
    st.sampled_from(["workout_session", "lab_result"]),
    st.sampled_from(["rpe", "note", "delete"]),
    st.integers(0, 3),
)
syncs = st.tuples(st.just("sync"), st.integers(0, 1), st.lists(st.sampled_from(FAULTS), max_size=2))
steps = st.lists(st.one_of(edits, syncs), max_size=14)


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    with Peer() as running:
        yield running


def change(phone: Phone, record: UUID, kind: str, what: str, value: int) -> None:
    # One id is one record of one type, also across phones that have not met yet.
    record = UUID(int=record.int + (100 if kind == "lab_result" else 0))
    if what == "delete":
        phone.delete(kind, record)
    else:
        phone.put(kind, record, set={what: value})


def live(feed: Feed) -> dict[UUID, tuple[str, int, dict[str, object]]]:
    return {
        UUID(key): (row["v"], row["rev"], row["body"])
        for key, row in feed.records.items()
        if not row["deleted"]
    }


class TestTwoPhones:
    @settings(max_examples=25, deadline=None)
    @given(steps=steps, rows=st.integers(1, 4), ops=st.integers(1, 4))
    def test_end_equal_to_the_server_with_every_op_decided_once(
        self, peer: Peer, steps: list[tuple[object, ...]], rows: int, ops: int
    ) -> None:
        page = PageLimits(max_rows=rows)
        email = f"{uuid4()}@example.org"
        with (
            held(peer, email=email, page=page, max_ops=ops) as one,
            held(peer, email=email, page=page) as two,
        ):
            assert email_of(one) == email_of(two)
            phones, made = (one, two), 0
            for step in steps:
                match step:
                    case "edit", int(who), UUID() as record, str(kind), str(what), int(value):
                        change(phones[who], record, kind, what, value)
                        made += 1
                    case "sync", int(who), list(faults):
                        peer.faults.extend(faults)
                        phones[who].sync()
                        peer.faults.clear()
            for phone in (one, two, one):
                assert phone.sync().complete

            feed = peer.feed(one.athlete)
            for phone in phones:
                assert phone.store.outbox() == []
                assert phone.store.wanted() == []
                assert {
                    key: (str(known.v), known.rev, bodies(phone)[key])
                    for key, known in phone.store.clean_records().items()
                    if not known.deleted
                } == live(feed)
                assert not any(record.pending for record in phone.records())
            assert len(feed.log) == made
            assert sorted(row["seq"] for row in feed.log.values() if row["status"] in WRITES) == (
                list(range(1, feed.head + 1))
            )


WRITES = {"applied", "merged"}
