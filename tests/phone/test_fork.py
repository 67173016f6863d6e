"""The server comes back from a backup and has lost what phones hold: they give it back."""

from pathlib import Path
from uuid import UUID, uuid4

from phone import Happening, Phone
from phone.wire import PageLimits
from tests.conftest import Person
from tests.phone import backup
from tests.phone.devices import (
    LAB,
    WORKOUT,
    bodies_at_server,
    device,
    held_by_server,
    seen,
    versions,
)
from tests.serving import WebProcess


def happened(report: object) -> list[Happening]:
    return [event.what for event in report.events]  # type: ignore[attr-defined]  # a SyncReport


class TestFork:
    def test_c31_what_a_phone_had_pulled_is_at_the_server_again(
        self, web: WebProcess, athlete: Person
    ) -> None:
        kept, changed, gone, new = (uuid4() for _ in range(4))
        with device(web, athlete) as one, device(web, athlete) as two:
            for record in (kept, changed, gone):
                two.put("workout_session", record, set=WORKOUT)
            two.sync()
            one.sync()
            saved = backup.take(athlete.id)
            two.put("workout_session", changed, set={"rpe": 9, "title": "Hills"})
            two.put("workout_session", changed, set={"note": "wet"})
            two.delete("workout_session", gone)
            two.put("lab_result", new, set=LAB)
            two.sync()
            one.sync()
            before = versions(one), seen(one)

            backup.restore(saved)
            assert set(held_by_server(athlete)) == {kept, changed, gone}
            report = one.sync()

            assert happened(report) == [Happening.FORKED, Happening.REPLAYED]
            assert (versions(one), seen(one)) == before
            assert held_by_server(athlete) == before[0]
            assert bodies_at_server(athlete) == before[1]
            assert (one.attention(), one.store.outbox()) == ([], [])
            assert not any(record.pending for record in one.records())
            assert happened(two.sync()) == [Happening.FORKED]
            assert (versions(two), seen(two)) == before

    def test_edits_made_on_lost_versions_stay_valid(self, web: WebProcess, athlete: Person) -> None:
        old, new = uuid4(), uuid4()
        with device(web, athlete) as phone:
            phone.put("workout_session", old, set=WORKOUT)
            phone.sync()
            saved = backup.take(athlete.id)
            phone.put("workout_session", old, set={"rpe": 9})
            phone.put("workout_session", new, set=WORKOUT)
            phone.sync()
            phone.put("workout_session", old, set={"title": "Hills"})
            phone.delete("workout_session", new)

            backup.restore(saved)
            phone.sync()

            assert phone.attention() == []
            assert bodies_at_server(athlete) == {old: {**WORKOUT, "rpe": 9, "title": "Hills"}}
            assert versions(phone) == held_by_server(athlete)

    def test_an_acknowledged_op_whose_row_never_came_is_sent_again(
        self, web: WebProcess, athlete: Person
    ) -> None:
        with device(web, athlete, page=PageLimits(max_rows=1)) as phone:
            phone.put("workout_session", uuid4(), set=WORKOUT)
            phone.sync()
            saved = backup.take(athlete.id)
            with device(web, athlete) as other:
                other.put("workout_session", uuid4(), set=WORKOUT)
                other.sync()
            mine = uuid4()
            phone.put("workout_session", mine, set=WORKOUT)
            prepared = phone.prepare()
            phone.accept(prepared, phone.deliver(prepared))
            assert phone.store.outbox() == []
            assert phone.store.clean(mine) is None

            backup.restore(saved)
            phone.sync()

            assert mine in bodies_at_server(athlete)
            assert versions(phone) == held_by_server(athlete)
            assert seen(phone)[mine] == WORKOUT

    def test_c33_the_highest_revision_stands_whoever_replays_first(
        self, web: WebProcess, athlete: Person
    ) -> None:
        record = uuid4()
        with device(web, athlete) as older, device(web, athlete) as newer:
            newer.put("workout_session", record, set=WORKOUT)
            newer.sync()
            saved = backup.take(athlete.id)
            newer.put("workout_session", record, set={"rpe": 8})
            newer.sync()
            older.sync()
            newer.put("workout_session", record, set={"rpe": 9})
            newer.sync()
            highest = versions(newer)

            backup.restore(saved)
            older.sync()
            newer.sync()
            older.sync()

            assert versions(older) == versions(newer) == held_by_server(athlete) == highest
            assert seen(older)[record]["rpe"] == 9

    def test_nothing_leaves_the_screen_while_the_copy_is_loaded_anew(
        self, web: WebProcess, athlete: Person, tmp_path: Path
    ) -> None:
        changed, gone, new = (uuid4() for _ in range(3))
        path = tmp_path / "phone.sqlite3"
        with device(web, athlete, path, page=PageLimits(max_rows=1)) as phone:
            for record in (changed, gone):
                phone.put("workout_session", record, set=WORKOUT)
            phone.sync()
            saved = backup.take(athlete.id)
            phone.put("workout_session", changed, set={"rpe": 9})
            phone.put("lab_result", new, set=LAB)
            phone.delete("workout_session", gone)
            phone.sync()
            before = seen(phone)
            backup.restore(saved)
            phone.store.fork()
            assert seen(phone) == before
            self.step(phone)
            assert seen(phone) == before
            edit = phone.put("workout_session", changed, set={"title": "Hills"})
            base = phone.store.outbox()[0].raw
            assert b'"base":"%s"' % versions_held(phone, changed).encode() in base
        with device(web, athlete, path, page=PageLimits(max_rows=1)) as phone:
            expected = {**before, changed: {**before[changed], "title": "Hills"}}
            assert seen(phone) == expected
            assert edit in phone.sync().finished
            assert seen(phone) == expected
            assert bodies_at_server(athlete) == expected

    def test_a_second_restore_in_the_middle_keeps_the_higher_revision(
        self, web: WebProcess, athlete: Person
    ) -> None:
        record = uuid4()
        with device(web, athlete) as phone:
            phone.put("workout_session", record, set=WORKOUT)
            phone.sync()
            saved = backup.take(athlete.id)
            for rpe in (7, 8, 9):
                phone.put("workout_session", record, set={"rpe": rpe})
            phone.sync()
            before = versions(phone)
            backup.restore(saved)
            phone.store.fork()
            self.step(phone)
            assert versions(phone)[record][1] == 1
            phone.store.fork()

            phone.sync()

            assert versions(phone) == held_by_server(athlete) == before

    @staticmethod
    def step(phone: Phone) -> None:
        prepared = phone.prepare()
        assert phone.accept(prepared, phone.deliver(prepared)) is not None


def versions_held(phone: Phone, record: UUID) -> str:
    return next(str(local.v) for local in phone.records() if local.id == record)
