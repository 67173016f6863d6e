"""The phone against a real server on the other side of a socket, which may misbehave."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from phone import (
    ClientTooOld,
    DeviceRevoked,
    FeedForked,
    NotCurrent,
    Phone,
    RequestRefused,
    SignedOut,
    Unreachable,
    WrongAthlete,
)
from phone.wire import PageLimits
from tests.phone.hand import LAB, WORKOUT, Time, bodies, email_of, held
from tests.phone.peer import (
    Garbage,
    LoseAnswer,
    LoseRequest,
    Peer,
    Refuse,
    RepeatAnswer,
)


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as running:
        yield running


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def phone(peer: Peer, time: Time) -> Iterator[Phone]:
    with held(peer, time=time) as one:
        yield one


def ops_sent(peer: Peer) -> list[list[str]]:
    return [[op["op"] for op in request["ops"]] for request in peer.syncs]


class TestPush:
    def test_sends_edits_in_order_and_empties_the_outbox(self, peer: Peer, phone: Phone) -> None:
        record = uuid4()
        ops = [phone.put("workout_session", record, set=WORKOUT)]
        ops += [phone.put("workout_session", record, set={"rpe": n}) for n in range(3)]

        report = phone.sync()

        assert ops_sent(peer) == [[str(op) for op in ops]]
        assert report.finished == ops
        assert report.complete
        assert phone.store.outbox() == []
        assert bodies(phone) == {record: {**WORKOUT, "rpe": 2}}

    def test_bases_an_edit_on_the_newest_own_op_else_on_the_clean_version(
        self, peer: Peer, phone: Phone
    ) -> None:
        record = uuid4()
        first = phone.put("workout_session", record, set=WORKOUT)
        second = phone.put("workout_session", record, set={"rpe": 7})
        phone.sync()
        phone.delete("workout_session", record)
        phone.sync()

        sent = [op for request in peer.syncs for op in request["ops"]]

        assert [op["base"] for op in sent] == [None, str(first), str(second)]

    def test_cuts_the_outbox_into_requests_within_the_limits(self, peer: Peer) -> None:
        with held(peer, max_ops=3) as phone:
            ops = [phone.put("lab_result", uuid4(), set=LAB) for _ in range(7)]
            report = phone.sync()

        assert [len(sent) for sent in ops_sent(peer)] == [3, 3, 1]
        assert report.finished == ops

    def test_cuts_by_bytes_too(self, peer: Peer) -> None:
        with held(peer, max_bytes=64 * 1024 + 1500) as phone:
            for _ in range(5):
                phone.put("workout_session", uuid4(), set={"note": "x" * 400})
            phone.sync()

        assert max(len(sent) for sent in ops_sent(peer)) == 2
        assert sum(len(sent) for sent in ops_sent(peer)) == 5

    def test_keeps_the_bytes_of_an_op_through_retries_and_restarts(
        self, peer: Peer, tmp_path: Any
    ) -> None:
        path = tmp_path / "phone.sqlite3"
        peer.faults += [LoseAnswer(), Refuse(400, "malformed-request")]
        with held(peer, email="a@example.org", path=path) as phone:
            phone.put("lab_result", uuid4(), set=LAB)
            raw = phone.store.outbox()[0].raw
            with pytest.raises(RequestRefused):
                phone.sync()
        with held(peer, email="a@example.org", path=path) as phone:
            phone.sync()

        assert len(peer.raw_ops) == 2
        assert all(raw[:-1] in ops for ops in peer.raw_ops)  # the age may follow

    def test_a_lost_answer_changes_nothing(self, peer: Peer, phone: Phone) -> None:
        record = uuid4()
        peer.faults += [LoseAnswer()]
        phone.put("workout_session", record, set=WORKOUT)
        phone.put("workout_session", record, set={"rpe": 9})

        phone.sync()

        feed = peer.feed(phone.athlete)
        assert feed.head == 2
        assert bodies(phone) == {record: feed.records[str(record)]["body"]}
        assert phone.store.outbox() == []

    def test_says_who_it_is(self, peer: Peer, phone: Phone) -> None:
        phone.sync()

        assert peer.headers[0]["mechanostat-client"] == "phone-reference/python/1"

    def test_none_in_set_means_unset(self, peer: Peer, phone: Phone) -> None:
        phone.put("workout_session", uuid4(), set={"rpe": 3, "note": None}, unset=["title"])
        phone.sync()

        assert peer.syncs[0]["ops"][0]["set"] == {"rpe": 3}
        assert peer.syncs[0]["ops"][0]["unset"] == ["title", "note"]


class TestEchoes:
    def test_an_echo_promotes_the_own_edit_without_a_second_body(
        self, peer: Peer, phone: Phone
    ) -> None:
        rows: list[Any] = []
        peer.edit_answer = lambda answer: rows.extend(answer["page"]["rows"])
        record = uuid4()
        phone.put("workout_session", record, set=WORKOUT)
        op = phone.put("workout_session", record, set={"rpe": 9})

        phone.sync()

        clean = phone.store.clean(record)
        assert [row.get("body") for row in rows] == [None]
        assert clean is not None
        assert (clean.v, clean.rev, clean.seq, clean.schema) == (op, 2, 2, 3)
        assert bodies(phone) == {record: {**WORKOUT, "rpe": 9}}

    def test_an_echo_of_a_deletion_leaves_a_stub(self, peer: Peer, phone: Phone) -> None:
        record = uuid4()
        phone.put("workout_session", record, set=WORKOUT)
        phone.sync()
        op = phone.delete("workout_session", record)
        phone.sync()

        clean = phone.store.clean(record)
        assert clean is not None
        assert (clean.deleted, clean.v, clean.rev, clean.body) == (True, op, 2, None)
        assert bodies(phone) == {}

    def test_an_echo_that_does_not_fit_is_asked_for_whole(self, peer: Peer, phone: Phone) -> None:
        record = uuid4()
        phone.put("workout_session", record, set=WORKOUT)

        def one_revision_more(answer: Any) -> None:
            for row in answer["page"]["rows"]:
                if row.get("echo"):
                    row["rev"] += 1

        peer.edit_answer = one_revision_more
        phone.sync()

        assert [request["want"] for request in peer.syncs] == [[], [str(record)]]
        assert phone.store.wanted() == []
        assert bodies(phone) == {record: WORKOUT}

    def test_a_wanted_row_that_does_not_come_makes_it_load_everything_again(
        self, peer: Peer, phone: Phone
    ) -> None:
        feed = peer.feed(phone.athlete)
        feed.heeds_want = False
        record, gone = uuid4(), uuid4()
        for each in (record, gone):
            phone.put("workout_session", each, set=WORKOUT)

        def one_revision_more(answer: Any) -> None:
            for row in answer["page"]["rows"]:
                if row.get("echo"):
                    row["rev"] += 1
            feed.records.pop(str(gone), None)

        peer.edit_answer = one_revision_more
        report = phone.sync()

        wants = [len(request["want"]) for request in peer.syncs]
        assert (report.complete, wants) == (True, [0, 2, 2])
        assert phone.store.wanted() == []
        assert [request["cursor"] for request in peer.syncs] == [None, "tail-2", None]
        assert set(phone.store.clean_records()) == {record}
        assert bodies(phone) == {record: WORKOUT}

    def test_an_edit_stays_visible_between_its_result_and_its_row(self, peer: Peer) -> None:
        with held(peer, page=PageLimits(max_rows=2)) as phone:
            phone.sync()
            feed = peer.feed(phone.athlete)
            for n in range(4):
                feed.server_writes("reminder", {"topic": str(n)})
            record = uuid4()
            op = phone.put("workout_session", record, set=WORKOUT)

            prepared = phone.prepare()
            phone.accept(prepared, phone.deliver(prepared))

            assert phone.store.clean(record) is None
            assert phone.store.outbox() == []
            assert bodies(phone, "workout_session") == {record: WORKOUT}
            assert phone.put("workout_session", record, set={"rpe": 1}) != op
            assert b'"base":"%s"' % str(op).encode() in phone.store.outbox()[0].raw
            phone.sync()
            assert bodies(phone, "workout_session") == {record: {**WORKOUT, "rpe": 1}}


class TestResults:
    def test_merged_takes_the_servers_record(self, peer: Peer, phone: Phone) -> None:
        record = uuid4()
        phone.put("workout_session", record, set=WORKOUT)
        phone.sync()
        with held(peer, email=email_of(phone)) as other:
            other.sync()
            other.put("workout_session", record, set={"title": "Hills"})
            other.sync()
            phone.put("workout_session", record, set={"rpe": 2})
            phone.put("workout_session", record, set={"note": "wet"})
            phone.sync()
            other.sync()

            expected = {record: {**WORKOUT, "title": "Hills", "rpe": 2, "note": "wet"}}
            assert bodies(phone) == bodies(other) == expected

    def test_a_conflict_goes_to_the_attention_list_with_the_servers_record(
        self, peer: Peer, phone: Phone
    ) -> None:
        record = uuid4()
        phone.put("lab_result", record, set=LAB)
        phone.sync()
        with held(peer, email=email_of(phone)) as other:
            other.sync()
            other.put("lab_result", record, set={"value": 50})
            other.sync()
        mine = phone.put("lab_result", record, set={"value": 60})
        then = phone.put("lab_result", record, set={"note": "typed twice"})

        report = phone.sync()

        first, second = phone.attention()
        assert report.attention == [mine, then]
        assert (first.op, first.outcome, first.result["record"]["body"]["value"]) == (
            mine,
            "conflict",
            50,
        )
        assert (second.op, second.outcome, second.result["code"]) == (
            then,
            "blocked",
            "base-failed",
        )
        assert phone.store.outbox() == []
        assert bodies(phone)[record]["value"] == 50

        phone.resolve(then)
        phone.put("lab_result", record, set={"value": 60})
        phone.sync()

        assert [item.op for item in phone.attention()] == [mine]
        assert bodies(phone)[record]["value"] == 60

    def test_a_rejected_op_does_not_block_the_queue(self, peer: Peer, phone: Phone) -> None:
        bad = phone.put("risk_summary", uuid4(), set={"overall": "fine"})
        good = phone.put("lab_result", uuid4(), set=LAB)

        report = phone.sync()

        assert (report.attention, report.finished) == ([bad], [good])
        assert phone.attention()[0].edit.type == "risk_summary"

    @pytest.mark.parametrize(
        "verdict",
        [
            {"status": "deferred", "code": "blob-unverified"},
            {"status": "a status of next year"},
            {"status": "duplicate"},
            {"status": "applied", "rev": "a shape of next year"},
        ],
    )
    def test_what_is_not_final_stays_in_the_outbox_and_waits(
        self, peer: Peer, phone: Phone, verdict: dict[str, Any]
    ) -> None:
        record = uuid4()
        kept = phone.put("lab_result", record, set=LAB)
        good = phone.put("lab_result", uuid4(), set=LAB)
        peer.verdicts[str(kept)] = verdict

        report = phone.sync()

        assert (report.kept, report.finished) == ([kept], [good])
        assert [op.op for op in phone.store.outbox()] == [kept]
        assert len(peer.syncs) == 1

        peer.verdicts.clear()
        assert phone.sync().finished == [kept]

    def test_an_op_without_a_result_stays(self, peer: Peer, phone: Phone) -> None:
        op = phone.put("lab_result", uuid4(), set=LAB)
        peer.edit_answer = lambda answer: answer["results"].clear()

        assert phone.sync().kept == [op]

    @pytest.mark.parametrize("status", ["noop", "superseded"])
    def test_what_needs_nothing_is_dropped(self, peer: Peer, phone: Phone, status: str) -> None:
        op = phone.put("lab_result", uuid4(), set=LAB)
        peer.verdicts[str(op)] = {"status": status}

        assert phone.sync().finished == [op]
        assert phone.records() == []
        assert phone.store.receipt(op) == {"op": str(op), "status": status}

    def test_a_duplicate_counts_as_what_it_was(self, peer: Peer, phone: Phone) -> None:
        peer.faults += [LoseAnswer()]
        op = phone.put("risk_summary", uuid4(), set={})

        assert phone.sync().attention == [op]
        assert phone.attention()[0].result["was"] == "rejected"


class TestAnswers:
    def test_an_answer_to_another_request_is_thrown_away(self, peer: Peer, phone: Phone) -> None:
        phone.sync()
        record = uuid4()
        phone.put("workout_session", record, set=WORKOUT)
        peer.faults += [RepeatAnswer()]

        phone.sync()

        assert len({request["request"] for request in peer.syncs}) == 3
        assert bodies(phone) == {record: WORKOUT}
        assert peer.feed(phone.athlete).head == 1

    def test_of_two_requests_only_the_latest_counts(self, peer: Peer, phone: Phone) -> None:
        record = uuid4()
        phone.put("workout_session", record, set=WORKOUT)
        older, newer = phone.prepare(), phone.prepare()
        late, soon = phone.deliver(older), phone.deliver(newer)

        assert phone.accept(newer, soon) is not None
        before = phone.store.place(), phone.store.clean_records()
        assert phone.accept(older, late) is None
        assert phone.accept(newer, soon) is None
        assert (phone.store.place(), phone.store.clean_records()) == before

    def test_sends_back_the_newest_witness_and_cursor(self, peer: Peer, phone: Phone) -> None:
        phone.put("lab_result", uuid4(), set=LAB)
        phone.sync()
        phone.sync()

        feed = peer.feed(phone.athlete)
        assert peer.syncs[0]["witness"] is None
        assert peer.syncs[0]["epoch"] is None
        assert peer.syncs[1]["witness"] == {"seq": 1, "mark": feed.mark}
        assert peer.syncs[1]["epoch"] == feed.epoch
        assert peer.syncs[1]["cursor"] == "tail-1"


class TestRetries:
    @pytest.mark.parametrize(
        "fault",
        [
            LoseRequest(),
            LoseAnswer(),
            Garbage(),
            Refuse(503, "feed-busy"),
            Refuse(503, "outcome-unknown"),
            Refuse(500),
            Refuse(502),
            Refuse(429, "rate-limited"),
        ],
    )
    def test_tries_again_after(self, peer: Peer, phone: Phone, time: Time, fault: Any) -> None:
        peer.faults += [fault, fault]
        op = phone.put("lab_result", uuid4(), set=LAB)

        assert phone.sync().finished == [op]
        assert time.naps == [1.0, 2.0]
        assert peer.feed(phone.athlete).head == 1

    def test_backs_off_up_to_a_quarter_of_an_hour(
        self, peer: Peer, phone: Phone, time: Time
    ) -> None:
        peer.faults += [Refuse(503)] * 12
        phone.sync()

        assert time.naps == [1, 2, 4, 8, 16, 32, 64, 128, 256, 450, 450, 450]

    def test_waits_at_least_as_long_as_the_server_asks(
        self, peer: Peer, phone: Phone, time: Time
    ) -> None:
        peer.faults += [
            Refuse(429, "rate-limited", {"Retry-After": "77"}),
            Refuse(503, "maintenance", {"Retry-After": "Mon, 02 Mar 2026 06:20:29 GMT"}),
            Refuse(503, "maintenance", {"Retry-After": "soon"}),
        ]
        phone.sync()

        assert time.naps == [77.0, 300.0, 4.0]

    def test_gives_up_when_told_to_and_keeps_the_edit(self, peer: Peer) -> None:
        peer.faults += [LoseRequest()] * 3
        with held(peer, attempts=3) as phone:
            op = phone.put("lab_result", uuid4(), set=LAB)
            with pytest.raises(Unreachable):
                phone.sync()
            assert [pending.op for pending in phone.store.outbox()] == [op]

    @pytest.mark.parametrize(
        ("status", "code", "error"),
        [
            (400, "malformed-request", RequestRefused),
            (401, "token-expired", SignedOut),
            (403, "device-revoked", DeviceRevoked),
            (403, "wrong-athlete", WrongAthlete),
            (404, "feed-unknown", RequestRefused),
            (422, "invalid-envelope", RequestRefused),
            (426, "client-too-old", ClientTooOld),
        ],
    )
    def test_never_repeats_a_refusal_blindly(
        self,
        peer: Peer,
        phone: Phone,
        time: Time,
        status: int,
        code: str,
        error: type[Exception],
    ) -> None:
        phone.put("lab_result", uuid4(), set=LAB)
        waiting, place = phone.store.outbox(), phone.store.place()
        peer.faults += [Refuse(status, code)]

        with pytest.raises(error) as caught:
            phone.sync()

        if isinstance(caught.value, RequestRefused):
            assert (caught.value.problem.status, caught.value.problem.code) == (status, code)
        assert time.naps == []
        assert peer.syncs == []
        assert (phone.store.outbox(), phone.store.place()) == (waiting, place)

    def test_a_server_that_keeps_forking_is_left_alone_with_the_outbox_untouched(
        self, peer: Peer, phone: Phone, time: Time
    ) -> None:
        record = uuid4()
        phone.put("workout_session", record, set=WORKOUT)
        phone.sync()
        phone.put("workout_session", record, set={"rpe": 9})
        waiting = phone.store.outbox()
        peer.faults += [Refuse(409, "feed-forked")] * 4

        with pytest.raises(FeedForked):
            phone.sync()

        assert time.naps == []
        assert phone.store.outbox() == waiting
        assert bodies(phone) == {record: {**WORKOUT, "rpe": 9}}

    def test_an_expired_cursor_starts_over(self, peer: Peer, phone: Phone) -> None:
        phone.put("workout_session", uuid4(), set=WORKOUT)
        phone.sync()
        peer.faults += [Refuse(410, "cursor-expired")]
        op = phone.put("workout_session", uuid4(), set=WORKOUT)

        assert phone.sync().finished == [op]
        assert [request["cursor"] for request in peer.syncs] == [None, None]

    def test_halves_but_never_through_a_group(self, peer: Peer, phone: Phone) -> None:
        with phone.group() as edits:
            group = [edits.put("lab_result", uuid4(), set=LAB) for _ in range(3)]
        others = [phone.put("lab_result", uuid4(), set=LAB) for _ in range(3)]
        peer.max_ops = 2

        report = phone.sync()

        assert (report.kept, report.finished) == (group, others)
        assert [len(sent) for sent in ops_sent(peer)] == [6, 3, 3, 1, 1, 1]

    def test_halves_a_request_that_is_too_large(self, peer: Peer, phone: Phone) -> None:
        ops = [phone.put("lab_result", uuid4(), set=LAB) for _ in range(10)]
        peer.max_ops = 3

        assert phone.sync().finished == ops
        assert [len(sent) for sent in ops_sent(peer)] == [10, 5, 2, 2, 2, 2, 2]

    def test_one_op_too_large_alone_does_not_block_the_rest(self, peer: Peer, phone: Phone) -> None:
        big = phone.put("lab_result", uuid4(), set=LAB)
        small = phone.put("lab_result", uuid4(), set=LAB)
        peer.faults += [Refuse(413, "request-too-large"), Refuse(413, "request-too-large")]

        report = phone.sync()

        assert (report.kept, report.finished) == ([big], [small])

    def test_says_it_plainly_to_a_server_without_gzip(self, peer: Peer, phone: Phone) -> None:
        phone.put("workout_session", uuid4(), set={"note": "x" * 9000})
        phone.sync()
        peer.faults += [Refuse(415, "unsupported-encoding")]
        phone.put("workout_session", uuid4(), set={"note": "x" * 9000})
        phone.sync()

        assert peer.encodings == ["gzip", None]


class TestPull:
    def test_brings_everything_to_a_new_phone_page_by_page(self, peer: Peer, phone: Phone) -> None:
        for n in range(7):
            phone.put("workout_session", uuid4(), set={"rpe": n})
        phone.sync()
        gone = phone.records()[0].id
        phone.delete("workout_session", gone)
        phone.sync()
        with held(peer, email=email_of(phone), page=PageLimits(max_rows=2)) as other:
            report = other.pull()

            assert (report.round_trips, report.rows) == (3, 6)
            assert bodies(other) == bodies(phone)
            assert other.store.clean(gone) is None

    def test_sends_no_edit(self, peer: Peer, phone: Phone) -> None:
        op = phone.put("lab_result", uuid4(), set=LAB)
        phone.pull()

        assert ops_sent(peer) == [[]]
        assert [pending.op for pending in phone.store.outbox()] == [op]

    def test_a_first_load_cut_short_goes_on_where_it_was(self, peer: Peer, tmp_path: Any) -> None:
        path = tmp_path / "phone.sqlite3"
        email = "a@example.org"
        small = PageLimits(max_rows=2)
        with held(peer, email=email, path=path, page=small) as phone:
            for n in range(5):
                peer.feed(phone.athlete).server_writes("reminder", {"topic": str(n)})
            prepared = phone.prepare()
            phone.accept(prepared, phone.deliver(prepared))
        with held(peer, email=email, path=path, page=small) as phone:
            phone.pull()

            assert [request["cursor"] for request in peer.syncs] == [None, "boot-5-4", "boot-5-2"]
            assert len(phone.records("reminder")) == 5

    def test_a_tombstone_leaves_a_stub(self, peer: Peer, phone: Phone) -> None:
        record = uuid4()
        phone.put("workout_session", record, set=WORKOUT)
        phone.sync()
        with held(peer, email=email_of(phone)) as other:
            other.sync()
            phone.delete("workout_session", record)
            phone.sync()
            other.sync()

            stub = other.store.clean(record)
            assert stub is not None
            assert (stub.deleted, stub.rev, stub.body) == (True, 2, None)
            assert other.records() == []

            other.restore("workout_session", record)
            other.sync()
            assert bodies(other) == {record: WORKOUT}

    def test_a_reset_replaces_the_clean_copy_and_keeps_pending_edits(
        self, peer: Peer, phone: Phone
    ) -> None:
        kept, purged = uuid4(), uuid4()
        phone.put("workout_session", kept, set=WORKOUT)
        phone.put("workout_session", purged, set=WORKOUT)
        phone.sync()
        feed = peer.feed(phone.athlete)
        del feed.records[str(purged)]
        feed.reset = "server-advice"
        op = phone.put("workout_session", kept, set={"rpe": 1})

        phone.pull()

        assert set(phone.store.clean_records()) == {kept}
        assert [pending.op for pending in phone.store.outbox()] == [op]
        assert bodies(phone) == {kept: {**WORKOUT, "rpe": 1}}

    def test_an_unreadable_cursor_starts_over(self, peer: Peer, phone: Phone) -> None:
        gone = UUID(peer.feed(phone.athlete).server_writes("reminder", {"topic": "a"}))
        phone.sync()
        feed = peer.feed(phone.athlete)
        del feed.records[str(gone)]
        stays = UUID(feed.server_writes("reminder", {"topic": "b"}))

        def spoil(answer: Any) -> None:
            answer["page"]["cursor"] = "from another version"

        peer.edit_answer = spoil
        phone.pull()
        peer.edit_answer = lambda answer: None
        phone.pull()

        assert set(bodies(phone)) == {stays}

    def test_a_page_without_a_cursor_removes_nothing(self, peer: Peer, phone: Phone) -> None:
        peer.feed(phone.athlete).server_writes("reminder", {"topic": "a"})
        phone.sync()

        def too_old(answer: Any) -> None:
            answer["page"] |= {"cursor": None, "complete": True, "rows": []}

        peer.edit_answer = too_old
        report = phone.sync()

        assert not report.complete
        assert len(phone.records("reminder")) == 1

    def test_an_answer_of_another_epoch_is_thrown_away(self, peer: Peer) -> None:
        with held(peer, attempts=3) as phone:
            phone.put("lab_result", uuid4(), set=LAB)
            phone.sync()
            before = phone.store.clean_records(), phone.store.place().witness
            peer.edit_answer = lambda answer: answer.update(epoch=str(uuid4()))

            with pytest.raises(Unreachable):
                phone.sync()

            assert (phone.store.clean_records(), phone.store.place().witness) == before

    def test_forgets_everything_when_asked_to(self, phone: Phone) -> None:
        phone.put("lab_result", uuid4(), set=LAB)
        phone.forget()

        assert (phone.records(), phone.store.outbox()) == ([], [])
        assert phone.store.account().athlete is None


class TestWaitCurrent:
    def test_polls_as_the_server_asks_until_own_edits_are_covered(
        self, peer: Peer, phone: Phone, time: Time
    ) -> None:
        phone.put("lab_result", uuid4(), set=LAB)
        peer.feed(phone.athlete).derived += [
            {"state": "pending", "covers_seq": 0, "inputs_seq": 1},
            {"state": "current", "covers_seq": 0, "inputs_seq": 1},
        ]
        peer.next_poll_s = 5

        derived = phone.wait_current(60)

        assert (derived.state, derived.covers_seq) == ("current", 1)
        assert time.naps == [5, 5]

    def test_ends_in_time(self, peer: Peer, phone: Phone, time: Time) -> None:
        pending = {"state": "pending", "covers_seq": 0, "inputs_seq": 1}
        peer.feed(phone.athlete).derived += [pending] * 9
        peer.next_poll_s = 30

        with pytest.raises(NotCurrent):
            phone.wait_current(70)

        assert time.naps == [30, 30, 10]

    def test_ends_in_time_also_without_a_server(self, peer: Peer, phone: Phone, time: Time) -> None:
        peer.faults += [LoseRequest()] * 19

        with pytest.raises(NotCurrent):
            phone.wait_current(70)

        assert time.elapsed_s <= 70

    def test_does_not_wait_for_a_computation_given_up(self, peer: Peer, phone: Phone) -> None:
        peer.feed(phone.athlete).derived += [{"state": "failed"}]

        with pytest.raises(NotCurrent):
            phone.wait_current(60)


class TestAccount:
    def test_keeps_edits_while_signed_out(self, peer: Peer, phone: Phone) -> None:
        op = phone.put("lab_result", uuid4(), set=LAB)
        peer.tokens.clear()
        with pytest.raises(SignedOut):
            phone.sync()
        with pytest.raises(SignedOut):
            phone.sync()

        phone.sign_in(email_of(phone), "a good password")

        assert phone.sync().finished == [op]

    def test_never_sends_one_athletes_edits_as_another(self, peer: Peer, phone: Phone) -> None:
        phone.sign_up("b@example.org", "a good password")
        phone.put("lab_result", uuid4(), set=LAB)
        account, sessions = phone.store.account(), len(peer.tokens)

        with pytest.raises(WrongAthlete):
            phone.sign_in("b@example.org", "a good password")

        assert phone.store.account() == account
        assert len(peer.tokens) == sessions

    def test_a_wrong_password_is_a_refusal(self, phone: Phone) -> None:
        with pytest.raises(RequestRefused) as caught:
            phone.sign_in(email_of(phone), "wrong")

        assert caught.value.problem.status == 401

    def test_signs_out(self, peer: Peer, phone: Phone) -> None:
        phone.sign_out()

        assert peer.tokens == {}
        with pytest.raises(SignedOut):
            phone.sync()
