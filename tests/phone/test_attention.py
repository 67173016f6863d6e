"""What the server did not take waits for a person, and can be made again under new op ids."""

from uuid import UUID, uuid4

import pytest

from phone import Happening, OpTooLarge, Phone
from phone.wire import MAX_OPS
from tests.conftest import Person
from tests.phone.devices import LAB, WORKOUT, bodies_at_server, device, held_by_server, seen
from tests.serving import WebProcess

pytestmark = pytest.mark.processes


def waiting(phone: Phone) -> list[tuple[UUID, str, str]]:
    return [(item.op, item.outcome, item.reason) for item in phone.attention()]


def sizes(phone: Phone) -> list[int]:
    """How many ops each further request holds."""
    found = []
    while (prepared := phone.prepare()).ops:
        found.append(len(prepared.ops))
        assert phone.accept(prepared, phone.deliver(prepared)) is not None
    return found


class TestRedoing:
    def test_a_conflict_is_made_again_with_what_was_built_on_it(
        self, web: WebProcess, athlete: Person
    ) -> None:
        record = uuid4()
        with device(web, athlete) as phone, device(web, athlete) as other:
            phone.put("lab_result", record, set=LAB)
            phone.sync()
            other.sync()
            other.put("lab_result", record, set={"value": 50})
            other.sync()
            mine = phone.put("lab_result", record, set={"value": 60, "lab": "City"})
            then = phone.put("lab_result", record, set={"fasting": True})
            phone.sync()
            assert waiting(phone) == [
                (mine, "conflict", "fields_clash"),
                (then, "blocked", "base-failed"),
            ]
            (item, _) = phone.attention()
            assert item.result["record"]["body"]["value"] == 50
            assert item.result["clashes"] == [{"path": "/value", "stored": 50, "sent": 60}]
            last = phone.put("lab_result", record, set={"specimen": "serum"})

            made = phone.redo(mine, set={"value": 55})

            assert len(made) == 2
            assert not {mine, then} & set(made)
            assert waiting(phone) == []
            body = {**LAB, "value": 55, "lab": "City", "fasting": True, "specimen": "serum"}
            assert seen(phone) == {record: body}
            assert phone.sync().finished == [last, *made]
            assert bodies_at_server(athlete) == {record: body}

    def test_dependants_that_were_not_sent_yet_come_along(
        self, web: WebProcess, athlete: Person
    ) -> None:
        record = uuid4()
        with device(web, athlete, max_ops=1) as phone, device(web, athlete) as other:
            phone.put("lab_result", record, set=LAB)
            phone.sync()
            other.sync()
            other.put("lab_result", record, set={"value": 50})
            other.sync()
            mine = phone.put("lab_result", record, set={"value": 60})
            then = phone.put("lab_result", record, set={"fasting": True})
            prepared = phone.prepare()
            phone.accept(prepared, phone.deliver(prepared))
            assert [item.op for item in phone.attention()] == [mine]
            assert [op.op for op in phone.store.outbox()] == [then]

            phone.redo(mine)
            phone.sync()

            assert phone.attention() == []
            assert bodies_at_server(athlete) == {record: {**LAB, "value": 60, "fasting": True}}

    def test_c20_an_edit_of_a_deleted_record_brings_it_back(
        self, web: WebProcess, athlete: Person
    ) -> None:
        record = uuid4()
        with device(web, athlete) as phone, device(web, athlete) as other:
            phone.put("workout_session", record, set=WORKOUT)
            phone.sync()
            other.sync()
            other.delete("workout_session", record)
            other.sync()
            op = phone.put("workout_session", record, set={"rpe": 9})
            phone.sync()
            assert waiting(phone) == [(op, "rejected", "deleted")]
            assert seen(phone) == {}

            assert len(phone.redo(op)) == 2
            assert seen(phone) == {}  # the body is the server's to give back
            phone.sync()
            other.sync()

            assert seen(phone) == seen(other) == {record: {**WORKOUT, "rpe": 9}}
            assert held_by_server(athlete)[record][1] == 4

    def test_c19_a_deletion_of_something_edited_since_asks_first(
        self, web: WebProcess, athlete: Person
    ) -> None:
        record = uuid4()
        with device(web, athlete) as phone, device(web, athlete) as other:
            phone.put("workout_session", record, set=WORKOUT)
            phone.sync()
            other.sync()
            other.put("workout_session", record, set={"rpe": 9})
            other.sync()
            op = phone.delete("workout_session", record)
            assert seen(phone) == {}
            phone.sync()
            assert waiting(phone) == [(op, "conflict", "edited_after_base")]
            assert seen(phone) == {record: {**WORKOUT, "rpe": 9}}

            phone.redo(op)
            phone.sync()

            assert held_by_server(athlete) == {}
            assert phone.attention() == []

    def test_an_edit_given_up_is_gone(self, web: WebProcess, athlete: Person) -> None:
        with device(web, athlete) as phone:
            op = phone.put("workout_session", uuid4(), set={"rpe": "very"})
            phone.sync()
            assert waiting(phone) == [(op, "rejected", "invalid")]
            assert phone.attention()[0].result["pointers"]

            phone.resolve(op)

            assert phone.attention() == []
            assert phone.redo(op) == []
            assert seen(phone).keys() == held_by_server(athlete).keys()

    def test_a_field_can_be_taken_out_of_it(self, web: WebProcess, athlete: Person) -> None:
        record = uuid4()
        with device(web, athlete) as phone:
            op = phone.put("workout_session", record, set={**WORKOUT, "rpe": "very"})
            phone.sync()

            phone.redo(op, unset=["rpe"])
            phone.sync()

            expected = {name: value for name, value in WORKOUT.items() if name != "rpe"}
            assert bodies_at_server(athlete)[record] == expected
            assert phone.attention() == []

    def test_a_full_feed_keeps_the_edits_until_there_is_room(
        self, strict: WebProcess, web: WebProcess, athlete: Person
    ) -> None:
        records = [uuid4() for _ in range(5)]
        with device(strict, athlete) as phone:
            ops = [phone.put("workout_session", record, set=WORKOUT) for record in records]
            ops.append(phone.put("workout_session", records[4], set={"rpe": 9}))
            report = phone.sync()
            assert report.finished == ops[:3]
            assert Happening.OVER_QUOTA in [event.what for event in report.events]
            assert [reason for *_, reason in waiting(phone)][:2] == ["quota", "quota"]

            with Phone(web.url, phone.store, attempts=3) as roomy:
                assert len(roomy.redo_all("quota")) == 3
                roomy.sync()
                assert roomy.attention() == []
                assert bodies_at_server(athlete)[records[4]] == {**WORKOUT, "rpe": 9}
                assert set(held_by_server(athlete)) == set(records)


class TestGroups:
    def test_travel_whole_whatever_the_limits(self, web: WebProcess, athlete: Person) -> None:
        with device(web, athlete, max_ops=2) as phone:
            phone.put("workout_session", uuid4(), set=WORKOUT)
            with phone.group() as edits:
                for _ in range(3):
                    edits.put("workout_session", uuid4(), set=WORKOUT)
            phone.put("workout_session", uuid4(), set=WORKOUT)

            assert sizes(phone) == [1, 3, 1]
            phone.sync()
            assert phone.attention() == []
            assert len(held_by_server(athlete)) == 5

    def test_c11_are_stored_together_or_not_at_all(self, web: WebProcess, athlete: Person) -> None:
        good, bad, other = (uuid4() for _ in range(3))
        with device(web, athlete) as phone:
            with phone.group() as edits:
                ops = [edits.put("workout_session", good, set=WORKOUT)]
                ops.append(edits.put("lab_result", bad, set={**LAB, "value": "much"}))
            later = phone.put("workout_session", good, set={"rpe": 9})
            phone.put("workout_session", other, set=WORKOUT)
            phone.sync()
            assert waiting(phone) == [
                (ops[0], "blocked", "group-failed"),
                (ops[1], "rejected", "invalid"),
                (later, "blocked", "base-failed"),
            ]
            assert set(bodies_at_server(athlete)) > {other}
            assert not {good, bad} & set(bodies_at_server(athlete))

            made = phone.redo(ops[1], set={"value": 41.5})

            assert len(made) == 3
            groups = {op.group for op in phone.store.outbox()}
            assert len(groups) == 2  # a new one, and none
            phone.sync()
            assert phone.attention() == []
            assert bodies_at_server(athlete) == {
                good: {**WORKOUT, "rpe": 9},
                bad: LAB,
                other: WORKOUT,
            }

    def test_one_wanted_later_is_kept_whole_with_what_depends_on_it(
        self, strict: WebProcess, web: WebProcess, athlete: Person
    ) -> None:
        session, lab, free = (uuid4() for _ in range(3))
        with device(strict, athlete) as phone:
            with phone.group() as edits:
                group = [
                    edits.put("workout_session", session, set=WORKOUT),
                    edits.put("lab_result", lab, set=LAB),
                ]
            good = phone.put("workout_session", free, set=WORKOUT)
            report = phone.sync()
            assert (report.kept, report.finished) == (group, [good])
            then = phone.put("workout_session", session, set={"rpe": 9})
            assert phone.sync().kept == [*group, then]
            assert phone.attention() == []
            assert seen(phone)[session] == {**WORKOUT, "rpe": 9}

            with Phone(web.url, phone.store, attempts=3) as later:
                assert later.sync().finished == [*group, then]
                assert bodies_at_server(athlete)[session] == {**WORKOUT, "rpe": 9}

    def test_that_fit_into_no_request_are_refused_at_once(
        self, web: WebProcess, athlete: Person
    ) -> None:
        def overfill(phone: Phone) -> None:
            with phone.group() as edits:
                for _ in range(MAX_OPS + 1):
                    edits.put("workout_session", uuid4(), set=WORKOUT)

        with device(web, athlete) as phone:
            with pytest.raises(OpTooLarge):
                overfill(phone)

            assert phone.store.outbox() == []

    def test_an_exception_on_the_way_drops_all_of_them(
        self, web: WebProcess, athlete: Person
    ) -> None:
        def stumble(phone: Phone) -> None:
            with phone.group() as edits:
                edits.put("workout_session", uuid4(), set=WORKOUT)
                raise LookupError

        with device(web, athlete) as phone:
            with pytest.raises(LookupError):
                stumble(phone)

            assert phone.store.outbox() == []


class TestDeferred:
    def test_ops_are_kept_with_those_that_build_on_them_and_others_go_on(
        self, strict: WebProcess, web: WebProcess, athlete: Person
    ) -> None:
        lab, session = uuid4(), uuid4()
        with device(strict, athlete) as phone:
            first = phone.put("lab_result", lab, set=LAB)
            second = phone.put("lab_result", lab, set={"fasting": True})
            other = phone.put("workout_session", session, set=WORKOUT)
            report = phone.sync()

            assert (report.kept, report.finished) == ([first, second], [other])
            receipt = phone.store.receipt(second)
            assert receipt is not None
            assert receipt["status"] == "deferred"
            assert [op.op for op in phone.store.outbox()] == [first, second]
            assert phone.attention() == []

            with Phone(web.url, phone.store, attempts=3) as later:
                assert later.sync().finished == [first, second]
                assert bodies_at_server(athlete)[lab] == {**LAB, "fasting": True}
