"""Deletions: kept for ever, purged when an operator wants that, and never undone by it."""

import io
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from apps.accounts.selectors import count_people
from apps.accounts.services.sign_in import open_device
from apps.common.actor import acting_as
from apps.insights.services.recompute import recompute_athlete
from apps.sync import devices
from apps.sync.purging import SWEEP, SWEEP_BATCH, Purged, purge_everybody, purge_feed, sweep_some
from apps.sync.writer import lock_feed
from tasks.sync import purge_tombstones
from tests.apps.sync.ops import changed, deleted, feed, lab, one, op_id, restored, workout
from tests.apps.sync.test_reading import drain, ids, pull
from tests.conftest import Person
from tests.faults.held import PATIENCE_S
from tests.faults.switch import impatient


def rows(person: Person, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement as the person."""
    with acting_as(person.id), connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def confirmed(person: Person) -> dict[str, int]:
    """Return what each device proved to hold."""
    found = rows(person, "SELECT device_id::text, confirmed_seq FROM sync_device_feed")
    return dict(found)


def read_by_worker(person: Person) -> None:
    """Let the worker have read everything, without what it would publish."""
    rows(person, "UPDATE sync_feed SET derived_seq = input_seq")


def purge(person: Person, *others: Person) -> Purged:
    """Purge the person's feed with their devices, once a worker has read it."""
    read_by_worker(person)
    known = [person.device_id, *(other.device_id for other in others)]
    return purge_feed(athlete_id=person.id, devices=known, now=timezone.now())


def age(person: Person, table: str, column: str, days: int) -> None:
    """Let rows look as old as so many days."""
    with acting_as(person.id), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('mechanostat.feed', %s, true)", [str(person.id)])
        cursor.execute(f"UPDATE {table} SET {column} = {column} - interval '{days} days'")


@pytest.fixture
def tablet(athlete: Person) -> Person:
    """The athlete's second device."""
    signed = open_device(
        user=athlete.user,
        installation=uuid.uuid4(),
        name="Tablet",
        platform="tests",
        now=timezone.now(),
    )
    return Person(athlete.user, signed.access_token, signed.device_id)


class TestConfirmed:
    def test_is_what_a_device_sent_not_what_it_was_sent(self, athlete: Person) -> None:
        athlete.sync([workout()])
        _, first = drain(athlete)
        assert confirmed(athlete) == {}
        athlete.sync([workout()], cursor=first)
        assert confirmed(athlete) == {str(athlete.device_id): 1}

    def test_is_written_once_and_not_by_polling(
        self, athlete: Person, sql_statements: Callable[[], Any]
    ) -> None:
        athlete.sync([workout()])
        _, cursor = drain(athlete)
        pull(athlete, cursor)
        before = rows(athlete, "SELECT xmin::text, ctid::text FROM sync_device_feed")
        devices._noted.clear()  # another process
        with sql_statements() as statements:
            pull(athlete, cursor)
        assert len(statements) == 2
        with sql_statements() as statements:
            pull(athlete, cursor)
        assert "sync_device_feed" not in statements[1]
        assert rows(athlete, "SELECT xmin::text, ctid::text FROM sync_device_feed") == before

    def test_is_written_again_after_a_day(self, athlete: Person) -> None:
        athlete.sync([workout()])
        _, cursor = drain(athlete)
        pull(athlete, cursor)
        age(athlete, "sync_device_feed", "seen_at", 1)
        devices._noted.clear()
        pull(athlete, cursor)
        ((is_fresh,),) = rows(
            athlete, "SELECT seen_at > now() - interval '1 hour' FROM sync_device_feed"
        )
        assert is_fresh

    def test_goes_back_with_a_phone_restored_from_a_backup(self, athlete: Person) -> None:
        athlete.sync([workout()])
        _, old = drain(athlete)
        athlete.sync([workout() for _ in range(5)])
        _, new = drain(athlete, old)
        pull(athlete, new)
        pull(athlete, old)
        assert confirmed(athlete) == {str(athlete.device_id): 1}

    def test_of_a_load_under_way_is_where_its_tail_will_begin(self, athlete: Person) -> None:
        athlete.sync([workout() for _ in range(9)])
        page = pull(athlete, page={"max_rows": 2})["page"]
        pull(athlete, page["cursor"], page={"max_rows": 2})
        assert confirmed(athlete) == {str(athlete.device_id): 9}

    def test_is_hidden_from_others(self, athlete: Person, stranger: Person) -> None:
        athlete.sync([workout()])
        _, cursor = drain(athlete)
        pull(athlete, cursor)
        assert confirmed(stranger) == {}


class TestPurge:
    def test_c22_without_one_a_phone_offline_for_three_years_reads_on(
        self, athlete: Person, tablet: Person
    ) -> None:
        ops = [workout() for _ in range(5)]
        athlete.sync(ops)
        _, cursor = drain(tablet)
        pull(tablet, cursor)
        athlete.sync([deleted(ops[0]), changed(ops[1], set={"rpe": 2})])
        age(athlete, "sync_record", "updated_at", 3 * 365)
        age(athlete, "sync_device_feed", "seen_at", 3 * 365)
        page = pull(tablet, cursor)["page"]
        assert (page["reset"], page["phase"], page["complete"]) == (None, "tail", True)
        assert [(row["id"], row["deleted"]) for row in page["rows"]] == [
            (ops[0]["id"], True), (ops[1]["id"], False),
        ]  # fmt: skip

    def test_takes_what_every_device_has_seen_and_no_more(
        self, athlete: Person, tablet: Person
    ) -> None:
        ops = [workout() for _ in range(4)]
        athlete.sync(ops)
        athlete.sync([deleted(ops[0])])
        _, of_tablet = drain(tablet)
        pull(tablet, of_tablet)
        athlete.sync([deleted(ops[1])])
        _, of_phone = drain(athlete)
        pull(athlete, of_phone)
        assert purge(athlete, tablet).tombstones == 1
        page = pull(tablet, of_tablet)["page"]
        assert (page["reset"], ids(page["rows"])) == (None, [ops[1]["id"]])

    def test_ignores_devices_long_unseen_or_signed_out(
        self, athlete: Person, tablet: Person
    ) -> None:
        op = workout()
        athlete.sync([op])
        _, of_tablet = drain(tablet)
        pull(tablet, of_tablet)
        athlete.sync([deleted(op)])
        _, of_phone = drain(athlete)
        pull(athlete, of_phone)
        assert purge(athlete, tablet).tombstones == 0
        assert purge(athlete).tombstones == 1, "signed out"

    def test_takes_nothing_while_no_device_has_proved_anything(self, athlete: Person) -> None:
        op = workout()
        athlete.sync([op])
        athlete.sync([deleted(op)])
        assert purge(athlete).tombstones == 0
        age(athlete, "sync_record", "updated_at", 399)
        assert purge(athlete).tombstones == 0
        age(athlete, "sync_record", "updated_at", 2)
        assert purge(athlete).tombstones == 1

    def test_expires_cursors_below_it_while_the_push_goes_through(
        self, athlete: Person, tablet: Person
    ) -> None:
        kept, gone = workout(), workout()
        athlete.sync([kept, gone])
        _, old = drain(tablet)
        athlete.sync([deleted(gone)])
        _, new = drain(athlete)
        pull(athlete, new)
        assert purge(athlete).tombstones == 1
        mine = workout()
        answer = tablet.sync([mine], cursor=old)
        assert answer.status_code == 200
        told = answer.json()
        assert [result["status"] for result in told["results"]] == ["applied"]
        assert told["page"]["reset"] == "cursor-expired"
        assert ids(told["page"]["rows"]) == [mine["id"], kept["id"]]
        plain = tablet.get("/v1/athletes/me/changes", cursor=old)
        assert (plain.status_code, plain.json()["code"]) == (410, "cursor-expired")
        assert plain.json()["retry"] == "now"
        page = pull(athlete, new)["page"]
        assert (page["reset"], ids(page["rows"])) == (None, [mine["id"]])

    def test_expires_a_load_whose_tail_would_miss_deletions(
        self, athlete: Person, tablet: Person
    ) -> None:
        ops = [workout() for _ in range(9)]
        athlete.sync(ops)
        half = pull(tablet, page={"max_rows": 2})["page"]
        athlete.sync([deleted(ops[8])])
        _, new = drain(athlete)
        pull(athlete, new)
        purge(athlete)
        page = pull(tablet, half["cursor"])["page"]
        assert page["reset"] == "cursor-expired"
        assert ops[8]["id"] not in ids(page["rows"])

    def test_c25_makes_no_record_of_an_edit_that_comes_late(self, athlete: Person) -> None:
        op = workout()
        athlete.sync([op])
        gone = deleted(op)
        athlete.sync([gone])
        _, cursor = drain(athlete)
        pull(athlete, cursor)
        assert purge(athlete).tombstones == 1
        for late in (
            changed(op, set={"rpe": 3}),
            changed(gone, set={"rpe": 3}),
            {**op, "op": op_id()},
        ):
            result = one(athlete, late)
            assert (result["status"], result["code"] in ("deleted", "unknown-base")) == (
                "rejected", True,
            ), result  # fmt: skip
        again = one(athlete, op)
        assert (again["status"], again["was"]) == ("duplicate", "applied")
        assert feed(athlete) == []

    def test_scrubs_the_history_and_leaves_receipts(self, athlete: Person) -> None:
        secret, other = lab(value=417.317), lab(value=41.5)
        athlete.sync([secret, other])
        athlete.sync([changed(secret, set={"value": 417.318})])
        athlete.sync([changed(secret, secret["op"], set={"value": 417.319})])
        newest = one(athlete, deleted(secret, one(athlete, secret)["record"]["v"]))
        assert newest["status"] == "applied"
        before = rows(athlete, "SELECT count(*) FROM sync_log")
        _, cursor = drain(athlete)
        pull(athlete, cursor)
        assert purge(athlete).bodies >= 3
        assert rows(athlete, "SELECT count(*) FROM sync_log") == before
        left = str(rows(athlete, "SELECT body::text, detail::text FROM sync_log"))
        assert "417.31" not in left
        assert "41.5" in left

    def test_waits_until_what_is_deleted_has_left_the_models(self, athlete: Person) -> None:
        op = workout()
        one(athlete, op)
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        one(athlete, deleted(op))
        later = timezone.now() + timedelta(days=401)
        due = partial(purge_feed, athlete_id=athlete.id, devices=[athlete.device_id], now=later)
        assert due().tombstones == 0
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        assert due().tombstones == 1
        assert rows(athlete, "SELECT count(*) FROM insights_sessionload") == [(0,)]

    def test_counts_what_a_feed_holds(self, athlete: Person) -> None:
        ops = [workout() for _ in range(3)]
        athlete.sync(ops)
        athlete.sync([deleted(ops[0])])
        _, cursor = drain(athlete)
        pull(athlete, cursor)
        purge(athlete)
        held = rows(athlete, "SELECT record_count FROM sync_feed")
        assert held == rows(athlete, "SELECT count(*) FROM sync_record") == [(2,)]

    def test_leaves_undone_what_can_be_undone(self, athlete: Person) -> None:
        op = workout(rpe=7)
        gone = deleted(op)
        athlete.sync([op, gone])
        purge(athlete)
        assert one(athlete, restored(op, gone["op"]))["status"] == "applied"
        (row,) = feed(athlete)
        assert row["body"] == op["set"]


class TestSweep:
    @pytest.fixture
    def purgeable(self, athlete: Person) -> Person:
        op = workout()
        athlete.sync([op, deleted(op)])
        _, cursor = drain(athlete)
        pull(athlete, cursor)
        read_by_worker(athlete)
        return athlete

    def tombstones(self, person: Person) -> int:
        ((count,),) = rows(person, "SELECT count(*) FROM sync_record WHERE deleted")
        return int(count)

    def test_comes_by_everybody(self, purgeable: Person) -> None:
        """From just behind the person, so through all the others first."""
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE sync_sweep SET after_id = %s WHERE name = %s", [purgeable.id, SWEEP]
            )
        for _ in range(count_people() // SWEEP_BATCH + 2):  # to the end, and from the start
            sweep_some(now=timezone.now())
        assert self.tombstones(purgeable) == 0

    def test_job_goes_on_where_the_last_one_ended(self, purgeable: Person) -> None:
        before = purgeable.id.int - 1
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE sync_sweep SET after_id = %s WHERE name = %s",
                [uuid.UUID(int=before), SWEEP],
            )
        purge_tombstones.apply(kwargs={"of_a_newer_version": 1}).get()
        assert self.tombstones(purgeable) == 0

    def test_command_tells_what_it_did(self, purgeable: Person) -> None:
        told = io.StringIO()
        call_command("purge_tombstones", stdout=told)
        assert self.tombstones(purgeable) == 0
        assert "tombstones purged" in told.getvalue()

    def test_steps_over_a_feed_that_is_being_written(self, purgeable: Person) -> None:
        locked, done = threading.Event(), threading.Event()

        def hold() -> None:
            with acting_as(purgeable.id):
                lock_feed(purgeable.id)
                locked.set()
                assert done.wait(PATIENCE_S)
            connection.close()

        writer = threading.Thread(target=hold)
        writer.start()
        assert locked.wait(PATIENCE_S)
        try:
            told: list[Purged] = []
            with impatient():
                purge_everybody(now=timezone.now(), tell=lambda _, so_far: told.append(so_far))
            assert len(told) >= 1
            assert self.tombstones(purgeable) == 1
        finally:
            done.set()
            writer.join()
        purge(purgeable)
        assert self.tombstones(purgeable) == 0
