"""Slow workers, killed workers, a broker that is away: the summary comes, once."""

import signal
import subprocess
import sys
import uuid
from typing import Any

import httpx2
import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.insights.services.recompute import drain, recompute_athlete
from config.schedule import BEAT
from tasks.insights import recompute as recompute_task
from tests.apps.insights.test_recompute import vitamin_d
from tests.apps.sync.ops import log
from tests.conftest import ROOT, Person
from tests.serving import PATIENCE_S, serving

# A worker that dies by itself where a kill would be worst: computed, and not yet published. Its
# lease outlives whatever holds up the look at it.
WORKER = """
import os, signal
import django
django.setup()
from django.utils import timezone
from apps.insights.services import recompute
from apps.sync import sql
assert "'60 seconds'" in sql.CLAIM
sql.CLAIM = sql.CLAIM.replace("'60 seconds'", "'1 day'")
recompute.publish = lambda **_: os.kill(os.getpid(), signal.SIGKILL)
recompute.drain(now=timezone.now())
"""


@pytest.fixture(autouse=True)
def empty_queue() -> None:
    """Forget other tests' athletes, whose recomputes would come first."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM recompute_queue")


def queued(person: Person) -> list[tuple[Any, ...]]:
    """Return a person's mark in the queue: attempts, and whether it is leased."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT attempts, lease_until > now() FROM recompute_queue WHERE athlete_id = %s",
            [person.id],
        )
        return list(cursor.fetchall())


def kinds(rows: list[dict[str, Any]]) -> list[str]:
    """Return the types of rows, sorted."""
    return sorted(row["type"] for row in rows)


class TestSlowWorker:
    def test_c48_is_told_as_pending_until_one_pull_brings_all_of_it(self, athlete: Person) -> None:
        pushed = athlete.sync([vitamin_d()]).json()
        assert pushed["derived"]["state"] == "pending"
        pending = athlete.sync([], cursor=pushed["page"]["cursor"]).json()
        assert (pending["derived"]["state"], pending["page"]["rows"]) == ("pending", [])
        assert pending["next_poll_s"] <= 3

        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        current = athlete.sync([], cursor=pending["page"]["cursor"]).json()
        assert current["derived"]["state"] == "current"
        assert kinds(current["page"]["rows"]) == ["reminder", "reminder", "risk_summary"]
        assert current["page"]["complete"]


class TestBrokerAway:
    def test_c50_at_the_commit_costs_neither_the_push_nor_the_summary(
        self, athlete: Person
    ) -> None:
        nowhere = f"redis+socket:///nowhere-{uuid.uuid4()}.sock"
        with serving(BROKER_URL=nowhere) as web:
            answer = httpx2.post(
                f"{web.url}/v1/athletes/me/sync",
                json={"protocol": 1, "request": str(uuid.uuid4()), "ops": [vitamin_d()]},
                headers=athlete.headers,
                timeout=PATIENCE_S,
            )
        assert answer.status_code == 200, answer.text
        assert answer.json()["derived"]["state"] == "pending"
        assert queued(athlete) == [(0, None)]

        (sweep,) = (one for one in BEAT.values() if one["task"] == "insights.recompute")
        assert float(str(sweep["schedule"])) <= 30
        recompute_task()  # what the sweep runs
        told = athlete.sync([]).json()
        assert told["derived"]["state"] == "current"
        assert "risk_summary" in kinds(told["page"]["rows"])


class TestKilledWorker:
    def test_c51_between_compute_and_publish_ends_with_one_summary(self, athlete: Person) -> None:
        athlete.sync([vitamin_d()])
        worker = subprocess.run(
            [sys.executable, "-c", WORKER], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert worker.returncode == -signal.SIGKILL, worker.stderr
        assert queued(athlete) == [(1, True)]
        assert athlete.sync([]).json()["derived"]["state"] == "pending"
        drain(now=timezone.now())
        assert queued(athlete) == [(1, True)], "its lease keeps others off"

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE recompute_queue SET lease_until = now()")
        drain(now=timezone.now())
        told = athlete.sync([]).json()
        assert told["derived"]["state"] == "current"
        assert kinds(told["page"]["rows"]) == ["lab_result", "reminder", "reminder", "risk_summary"]
        assert [seq for seq, *_ in log(athlete)] == [1, 2, 3, 4]
        assert queued(athlete) == []
