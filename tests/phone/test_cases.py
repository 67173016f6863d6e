"""The client's half of the contract's adversarial cases, by their numbers, at a real server."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import transaction

from apps.common.actor import acting_as
from apps.sync.erasing import erase_feed
from phone import EpochChanged, Event, Happening, Phone, WrongAthlete
from phone.wire import PageLimits
from tests.conftest import Person
from tests.phone.devices import (
    LAB,
    WORKOUT,
    bodies_at_server,
    device,
    held_by_server,
    seen,
    versions,
)
from tests.phone.hand import Time
from tests.serving import WebProcess, serving

pytestmark = pytest.mark.processes


def happenings(events: list[Event]) -> list[Happening]:
    return [event.what for event in events]


class TestClocks:
    def test_c16_the_age_of_an_edit_decides_also_when_the_clock_was_set_since(
        self, web: WebProcess, athlete: Person
    ) -> None:
        record = uuid4()
        ahead = [timedelta(hours=3)]
        passed = Time()

        def clock() -> datetime:
            return datetime.now(UTC) + ahead[0]  # noqa: TID251 (a device's own clock)

        with (
            device(web, athlete, now=clock, monotonic=passed.monotonic) as fast,
            device(web, athlete) as right,
        ):
            fast.put("workout_session", record, set=WORKOUT)
            assert fast.sync().clock_is_wrong
            right.sync()
            fast.put("workout_session", record, set={"rpe": 2, "title": "Hills"})
            passed.sleep(3600)
            right.put("workout_session", record, set={"rpe": 8})
            right.sync()
            ahead[0] = timedelta()
            report = fast.sync()
            right.sync()

            receipt = fast.store.receipt(report.finished[0])
            assert receipt is not None
            assert receipt["clashes"] == [
                {"path": "/rpe", "kept": "stored", "stored": 8, "sent": 2}
            ]
            assert seen(fast) == seen(right) == {record: {**WORKOUT, "rpe": 8, "title": "Hills"}}
            assert not report.clock_is_wrong

    def test_c43_a_phone_in_2038_and_one_in_1999_sync_like_any_other(
        self, web: WebProcess, athlete: Person
    ) -> None:
        late = Time(elapsed_s=12 * 365 * 86_400.0)
        early = Time(elapsed_s=-27 * 365 * 86_400.0)
        with (
            device(web, athlete, now=late.now) as one,
            device(web, athlete, now=early.now) as two,
        ):
            for phone in (one, two):
                phone.put("workout_session", uuid4(), set=WORKOUT)
                phone.sync()
            one.sync()

            assert seen(one) == seen(two) == bodies_at_server(athlete)


class TestRestarts:
    def test_c34_a_server_that_comes_back_without_loss_resets_nobody(self, athlete: Person) -> None:
        with serving() as web, device(web, athlete, sleep=lambda _: None) as phone:
            phone.put("workout_session", uuid4(), set=WORKOUT)
            phone.sync()
            before = phone.store.place()
            web.kill()
            web.start()

            prepared = phone.prepare()
            answer = phone.deliver(prepared)
            phone.accept(prepared, answer)

            assert (answer.page.phase, answer.page.reset, answer.page.rows) == ("tail", None, [])
            assert answer.witness == before.witness
            assert phone.sync().events == []


class TestCopies:
    def test_c37_a_cloned_phone_and_its_twin_converge_and_lose_nothing(
        self, web: WebProcess, athlete: Person, tmp_path: Path
    ) -> None:
        one, two = tmp_path / "one.sqlite3", tmp_path / "two.sqlite3"
        shared, waiting, mine, twins = (uuid4() for _ in range(4))
        with device(web, athlete, one) as phone:
            phone.put("workout_session", shared, set=WORKOUT)
            phone.sync()
            phone.put("workout_session", waiting, set=WORKOUT)
            phone.put("workout_session", shared, set={"rpe": 7})
        shutil.copy(one, two)
        with device(web, athlete, one) as phone, device(web, athlete, two) as twin:
            assert phone.store.account() == twin.store.account()
            phone.put("workout_session", mine, set=WORKOUT)
            twin.put("workout_session", twins, set=WORKOUT)
            phone.put("workout_session", shared, set={"title": "Hills"})
            twin.put("workout_session", shared, set={"note": "wet"})
            for each in (phone, twin, phone):
                each.sync()

            both = {**WORKOUT, "rpe": 7, "title": "Hills", "note": "wet"}
            assert seen(phone) == seen(twin) == bodies_at_server(athlete)
            assert seen(phone)[shared] == both
            assert set(seen(phone)) == {shared, waiting, mine, twins}
            assert versions(phone) == versions(twin) == held_by_server(athlete)
            assert phone.attention() == twin.attention() == []

    def test_c37_a_phone_restored_from_its_own_backup_catches_up(
        self, web: WebProcess, athlete: Person, tmp_path: Path
    ) -> None:
        now, backup = tmp_path / "now.sqlite3", tmp_path / "backup.sqlite3"
        record = uuid4()
        with device(web, athlete, now) as phone:
            phone.put("workout_session", record, set=WORKOUT)
        shutil.copy(now, backup)
        with device(web, athlete, now) as phone:
            phone.sync()
            phone.put("workout_session", record, set={"rpe": 9})
            phone.sync()
        with device(web, athlete, backup) as phone:
            phone.put("workout_session", record, set={"title": "Hills"})
            phone.sync()

            assert seen(phone) == {record: {**WORKOUT, "rpe": 9, "title": "Hills"}}
            assert versions(phone) == held_by_server(athlete)


class TestAnswers:
    def test_c38_of_two_answers_that_come_swapped_only_the_latest_requests_counts(
        self, web: WebProcess, athlete: Person
    ) -> None:
        first, second = uuid4(), uuid4()
        with device(web, athlete) as phone:
            phone.put("workout_session", first, set=WORKOUT)
            older = phone.prepare()
            phone.put("workout_session", second, set=WORKOUT)
            newer = phone.prepare()
            late, soon = phone.deliver(older), phone.deliver(newer)

            assert phone.accept(newer, soon) is not None
            before = phone.store.place(), phone.store.clean_records(), seen(phone)
            assert phone.accept(older, late) is None
            assert (phone.store.place(), phone.store.clean_records(), seen(phone)) == before
            phone.sync()
            assert seen(phone) == bodies_at_server(athlete) == {first: WORKOUT, second: WORKOUT}

    def test_c38_an_answer_that_was_thrown_away_comes_back_as_duplicate(
        self, web: WebProcess, athlete: Person
    ) -> None:
        with device(web, athlete) as phone:
            op = phone.put("workout_session", uuid4(), set=WORKOUT)
            lost, thrown = phone.prepare(), None
            thrown = phone.deliver(lost)
            phone.prepare()
            assert phone.accept(lost, thrown) is None
            assert [pending.op for pending in phone.store.outbox()] == [op]

            assert phone.sync().finished == [op]

            receipt = phone.store.receipt(op)
            assert receipt is not None
            assert (receipt["status"], receipt["was"]) == ("duplicate", "applied")


class TestOldApps:
    def test_c41_pushes_everything_reads_nothing_and_says_so_once(
        self, strict: WebProcess, athlete: Person
    ) -> None:
        with device(strict, athlete) as young:
            young.put("workout_session", uuid4(), set=WORKOUT)
            young.sync()
        mine = [uuid4(), uuid4()]
        heard: list[Event] = []
        with device(
            strict, athlete, client="old-app/tests/4", max_ops=1, on_event=heard.append
        ) as phone:
            ops = [phone.put("workout_session", record, set=WORKOUT) for record in mine]
            report = phone.sync()

            assert report.finished == ops
            assert not report.complete
            assert set(mine) < set(bodies_at_server(athlete))
            assert (phone.store.outbox(), phone.store.clean_records()) == ([], {})
            assert set(seen(phone)) == set(mine)
            assert heard == [Event(Happening.CLIENT_TOO_OLD, {"min_build": 5})]
            path, account = phone.store, phone.store.account()
            with Phone(strict.url, path, client="old-app/tests/5", attempts=3) as updated:
                assert updated.store.account() == account
                assert updated.sync().complete
                assert seen(updated) == bodies_at_server(athlete)


class TestErasure:
    def test_c56_an_erased_feed_wipes_copy_and_outbox_and_nothing_comes_back(
        self, web: WebProcess, athlete: Person
    ) -> None:
        heard: list[Event] = []
        with device(web, athlete, on_event=heard.append) as phone:
            phone.put("workout_session", uuid4(), set=WORKOUT)
            phone.sync()
            phone.put("lab_result", uuid4(), set=LAB)
            phone.put("risk_summary", uuid4(), set={"overall": "fine"})
            with acting_as(athlete.id), transaction.atomic():
                erase_feed(athlete.id)
            account = phone.store.account()

            with pytest.raises(EpochChanged):
                phone.sync()

            assert happenings(heard) == [Happening.ERASED]
            assert (phone.records(), phone.store.outbox(), phone.attention()) == ([], [], [])
            assert phone.store.account() == account
            assert held_by_server(athlete) == {}
            new = uuid4()
            phone.put("workout_session", new, set=WORKOUT)
            assert phone.sync().complete
            assert set(held_by_server(athlete)) == {new}

    def test_one_athletes_edits_are_held_for_their_own_account(
        self, web: WebProcess, athlete: Person, stranger: Person
    ) -> None:
        with device(web, athlete) as phone:
            op = phone.put("workout_session", uuid4(), set=WORKOUT)
            account = phone.store.account()
            phone.store.sign_in(
                email=stranger.user.email,
                athlete=athlete.id,
                device=stranger.device_id,
                token=stranger.token,
            )
            with pytest.raises(WrongAthlete):
                phone.sync()

            assert [pending.op for pending in phone.store.outbox()] == [op]
            assert held_by_server(stranger) == {}
            assert account.athlete == athlete.id


class TestDigest:
    @pytest.mark.parametrize(
        "tamper",
        [
            "DELETE FROM record WHERE id = ?",
            "UPDATE record SET v = 'c0ffee00-0000-4000-8000-000000000000' WHERE id = ?",
            "UPDATE record SET deleted = 1, body = NULL WHERE id = ?",
        ],
    )
    def test_c60_a_copy_that_differs_is_loaded_anew_once_and_told(
        self, web: WebProcess, athlete: Person, tamper: str
    ) -> None:
        heard: list[Event] = []
        page = PageLimits(max_rows=2)
        with device(web, athlete, on_event=heard.append, page=page) as phone:
            records = [uuid4() for _ in range(3)]
            for record in records:
                phone.put("workout_session", record, set=WORKOUT)
            phone.put("lab_result", uuid4(), set=LAB)
            phone.sync()
            assert phone.check() is True
            assert heard == []
            before = versions(phone), seen(phone)
            phone.store._db.execute(tamper, [str(records[1])])

            assert phone.check() is True

            assert heard == [Event(Happening.COPY_DIFFERED, {"types": ["workout_session"]})]
            assert (versions(phone), seen(phone)) == before
            assert versions(phone) == held_by_server(athlete)

    def test_c60_is_noticed_by_itself_within_a_week_and_after_an_update(
        self, web: WebProcess, athlete: Person
    ) -> None:
        time = Time()
        heard: list[Event] = []
        with device(web, athlete, now=time.now, on_event=heard.append) as phone:
            record = uuid4()
            phone.put("workout_session", record, set=WORKOUT)
            phone.sync()
            phone.store._db.execute("DELETE FROM record")
            time.elapsed_s = 6 * 86_400
            phone.sync()
            assert Happening.COPY_DIFFERED not in happenings(heard)
            time.elapsed_s = 7 * 86_400
            phone.sync()
            assert Happening.COPY_DIFFERED in happenings(heard)
            assert seen(phone) == {record: WORKOUT}

            phone.store._db.execute("DELETE FROM record")
            with Phone(web.url, phone.store, client="phone-reference/python/2") as updated:
                assert Happening.COPY_DIFFERED in happenings(updated.sync().events)
                assert seen(updated) == {record: WORKOUT}

    def test_keeps_edits_on_their_way_through_a_fresh_load(
        self, web: WebProcess, athlete: Person
    ) -> None:
        with device(web, athlete) as phone:
            record = uuid4()
            phone.put("workout_session", record, set=WORKOUT)
            phone.sync()
            op = phone.put("workout_session", record, set={"rpe": 9})
            phone.store._db.execute("DELETE FROM record")

            assert phone.check() is True

            assert [pending.op for pending in phone.store.outbox()] == [op]
            assert seen(phone) == {record: {**WORKOUT, "rpe": 9}}
