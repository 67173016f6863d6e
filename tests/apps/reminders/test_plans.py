"""However much waits: the engine finds what it looks for by its keys, whatever the planner knows."""

from collections.abc import Iterator

import pytest
from django.db import connection, connections

from apps.common.statements import _parsed
from apps.reminders import sql
from apps.reminders.models import Delivery

WAITING = """
INSERT INTO reminders_delivery (athlete_id, id, kind, reminder_id, channel, dedupe_key, collapse_id,
  state, due_at, not_after, attempts, unknowns, last_code, created_at)
SELECT gen_random_uuid(), gen_random_uuid(), 'remind', gen_random_uuid(), 'any', n::text, n::text,
       'planned', now() + n * interval '1 minute', now() + interval '1 year', 0, 0, '', now()
FROM generate_series(1, 20000) n
"""


@pytest.fixture
def crowd() -> Iterator[None]:
    """Many deliveries that wait, and a planner that knows it."""
    with connection.cursor() as cursor, connections["owner"].cursor() as owner:
        cursor.execute(WAITING)
        owner.execute("ANALYZE reminders_delivery")
        yield
        Delivery.objects.all().delete()
        owner.execute("ANALYZE reminders_delivery")


@pytest.mark.usefixtures("crowd")
class TestPlan:
    def plan(self, statement: str) -> str:
        """Return how PostgreSQL runs a statement whatever its parameters are."""
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (GENERIC_PLAN) {_parsed(statement).text.decode()}")
            return "\n".join(row[0] for row in cursor.fetchall())

    @pytest.mark.parametrize("name", ["CLAIM", "LOSE_LEASES", "AROUND", "PLAN", "CLOSE_DELIVERIES"])
    def test_reads_no_more_than_is_asked_for(self, name: str) -> None:
        assert "Seq Scan on reminders_delivery" not in self.plan(getattr(sql, name))

    @pytest.mark.parametrize("name", ["AROUND", "HOLD_LEASE", "SETTLE", "ACCEPT"])
    def test_finds_one_lease_by_its_key_and_not_among_all(self, name: str) -> None:
        plan = self.plan(getattr(sql, name))
        assert "Seq Scan on reminders_delivery" not in plan
        assert "reminders_delivery_leased" not in plan
