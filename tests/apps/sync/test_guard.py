"""Nothing is written around a feed's lock: neither past the guard, nor under a writer's eyes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError

from apps.common.actor import acting_as, writing_as
from apps.common.statements import run
from apps.sync.selectors import FeedState
from apps.sync.services import DerivedBody, Locked, lock_for, publish_derived
from backend.records import REGISTRY
from backend.records.ids import server_id
from config import embedded
from tests.apps.sync.ops import log, one, workout
from tests.conftest import DATABASE, HOME, Person

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KIND = REGISTRY["risk_summary"]
UPDATE = "UPDATE sync_record SET rev = rev + 1 WHERE athlete_id = %(athlete)s"
UPDATE_ALL = "UPDATE sync_record SET rev = rev + 1 WHERE athlete_id = ANY(%(people)s)"
INSERT = """
INSERT INTO sync_record (athlete_id, record_id, type_id, v, rev, seq, schema_ver, body, edited_at, fp)
SELECT athlete_id, gen_random_uuid(), type_id, v, rev, seq + 1, schema_ver, body, edited_at, fp
FROM sync_record WHERE athlete_id = %(athlete)s
"""

COPY = """
INSERT INTO sync_record (athlete_id, record_id, type_id, v, rev, seq, schema_ver, body, edited_at, fp)
SELECT athlete_id, %(record)s, type_id, v, rev, 99, schema_ver, body, edited_at, fp
FROM sync_record WHERE athlete_id = %(athlete)s
"""
INSERT_LOG = """
INSERT INTO sync_log (athlete_id, op_id, record_id, type_id, outcome, op_hash)
SELECT athlete_id, gen_random_uuid(), record_id, type_id, outcome, op_hash
FROM sync_log WHERE athlete_id = %(athlete)s
"""


@contextmanager
def holding(feed: str) -> Iterator[psycopg.Connection[Any]]:
    """Open a transaction that holds a feed, of somebody whom row-level security does not."""
    address = str(embedded.status(HOME)["admin_dsn"])
    with psycopg.connect(address, dbname=DATABASE) as admin:
        admin.execute("SELECT set_config('mechanostat.feed', %s, true)", [feed])
        yield admin


class TestGuard:
    @pytest.mark.parametrize(
        "statement", [UPDATE, INSERT, INSERT_LOG], ids=["update", "insert", "insert in log"]
    )
    def test_stops_whoever_holds_no_lock_or_another_feeds(
        self, athlete: Person, stranger: Person, statement: str
    ) -> None:
        one(athlete, workout())
        for held in ("", str(stranger.id)):
            with holding(held) as admin, pytest.raises(psycopg.DatabaseError, match="feed lock"):
                admin.execute(statement, {"athlete": athlete.id})
        with holding(str(athlete.id)) as admin:
            assert admin.execute(statement, {"athlete": athlete.id}).rowcount == 1

    def test_looks_at_every_row(self, athlete: Person, stranger: Person) -> None:
        for person in (athlete, stranger):
            one(person, workout())
        people = [athlete.id, stranger.id]
        for held in people:
            with (
                holding(str(held)) as admin,
                pytest.raises(psycopg.DatabaseError, match="feed lock"),
            ):
                admin.execute(UPDATE_ALL, {"people": people})


class TestWrite:
    def test_is_refused_when_somebody_wrote_a_record_of_the_locked_feed(
        self, athlete: Person
    ) -> None:
        record = server_id(athlete.id, "risk_summary")

        def publish(locked: Locked, body: bytes) -> None:
            publish_derived(
                athlete_id=athlete.id,
                records={record: DerivedBody(REGISTRY["risk_summary"], body)},
                covers=FeedState(0, 0, 0, NOON, None),
                as_of=date(2026, 3, 1),
                now=NOON,
                locked=locked,
            )

        def publish_after_another() -> None:
            locked = lock_for(athlete.id, [record])
            _move(athlete.id, record)
            publish(locked, b'{"n":2}')

        one(athlete, workout())
        with writing_as(athlete.id):
            publish(lock_for(athlete.id, [record]), b'{"n":1}')
        before = log(athlete)
        with pytest.raises(DatabaseError, match="moved while"), writing_as(athlete.id):
            publish_after_another()
        assert log(athlete) == before
        body = "SELECT body::text FROM sync_record WHERE record_id = %(record)s"
        with acting_as(athlete.id):
            assert run(body, {"record": record}) == [('{"n":1}',)]

    def test_is_refused_when_somebody_made_one_of_the_records_that_were_to_be_new(
        self, athlete: Person
    ) -> None:
        one(athlete, workout())
        new = {server_id(athlete.id, name): DerivedBody(KIND, b"{}") for name in ("a", "b")}
        before = log(athlete)

        def publish_after_another() -> None:
            locked = lock_for(athlete.id, new)
            with holding(str(athlete.id)) as admin:
                admin.execute(COPY, {"athlete": athlete.id, "record": next(iter(new))})
            publish_derived(
                athlete_id=athlete.id,
                records=new,
                covers=FeedState(0, 0, 0, NOON, None),
                as_of=date(2026, 3, 1),
                now=NOON,
                locked=locked,
            )

        with pytest.raises(IntegrityError, match="sync_record"), writing_as(athlete.id):
            publish_after_another()
        assert log(athlete) == before


def _move(athlete_id: UUID, record_id: UUID) -> None:
    """Write a record although somebody else holds its feed."""
    with holding(str(athlete_id)) as admin:
        admin.execute("UPDATE sync_record SET rev = 9 WHERE record_id = %s", [record_id])
