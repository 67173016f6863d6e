"""Claiming work: as much as was asked for, whatever the planner makes of the table's size."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from apps.sync.services import claim_stale
from apps.uploads import sql as uploads_sql
from apps.uploads.models import Look
from tests.apps.sync.test_push import workout
from tests.apps.uploads.sending import begin
from tests.conftest import Person


@pytest.fixture
def thought_tiny() -> Iterator[Callable[[str], None]]:
    """Let the planner believe that a table holds one row, until it is told better."""
    told = []

    def analyze(table: str) -> None:
        with connections["owner"].cursor() as cursor:
            cursor.execute(f"ANALYZE {table}")
        connections["owner"].close()

    def forget(table: str) -> None:
        told.append(table)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE ctid <> (SELECT ctid FROM {table} LIMIT 1)")
        analyze(table)

    yield forget
    for table in told:
        analyze(table)


class TestClaim:
    def test_of_stale_athletes_takes_one_when_one_is_asked_for(
        self, people: Callable[..., Person], thought_tiny: Callable[[str], None]
    ) -> None:
        people().sync([workout()])
        thought_tiny("recompute_queue")
        for _ in range(6):
            people().sync([workout()])
        with transaction.atomic():
            assert len(claim_stale(limit=1)) == 1
            assert len(claim_stale(limit=3)) == 3

    def test_of_a_look_leases_one(
        self, people: Callable[..., Person], thought_tiny: Callable[[str], None]
    ) -> None:
        begin(people(), b"0")
        thought_tiny("uploads_look")
        for number in range(1, 7):
            begin(people(), str(number).encode())
        later = timezone.now() + timedelta(days=9_000)
        leased = Look.objects.filter(due_at__gt=later)
        before = leased.count()
        assert uploads_sql.claim_look(now=later) is not None
        assert leased.count() == before + 1
