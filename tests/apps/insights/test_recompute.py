"""From a push to a summary and a reminder in the same feed."""

import uuid
from typing import Any

from django.utils import timezone

from apps.common.actor import acting_as
from apps.insights.selectors import latest_summary, open_reminders
from apps.insights.services.recompute import drain, recompute_athlete
from tests.apps.sync.test_push import workout
from tests.conftest import Person


def vitamin_d(value: float = 38.2, *, drawn: str = "2026-10-01T08:00:00Z") -> dict[str, Any]:
    """Return a put of a new vitamin D result in nmol/L."""
    return {
        "op": str(uuid.uuid4()),
        "type": "lab_result",
        "id": str(uuid.uuid4()),
        "action": "put",
        "base": None,
        "schema": 2,
        "set": {
            "codes": [{"system": "http://loinc.org", "code": "62292-8"}],
            "value": value,
            "unit": "nmol/L",
            "collected_at": drawn,
            "status": "final",
        },
    }


def rows_of(person: Person, kind: str) -> list[dict[str, Any]]:
    """Return the live rows of one type in the person's feed."""
    rows = person.get("/v1/athletes/me/changes").json()["page"]["rows"]
    return [row for row in rows if row["type"] == kind]


class TestRecompute:
    def test_publishes_summary_and_reminder_in_the_same_feed(self, athlete: Person) -> None:
        athlete.sync([workout(), vitamin_d()])
        drain(now=timezone.now())

        answer = athlete.get("/v1/athletes/me/changes").json()
        assert answer["derived"]["state"] == "current"
        (summary,) = rows_of(athlete, "risk_summary")
        assert summary["by"] == {"actor": "server"}
        assert summary["body"]["domains"]["nutrition_hormones"]["findings"][0]["level"] == 1
        (reminder,) = rows_of(athlete, "reminder")
        assert reminder["body"]["rule"] == "rem.vitd_retest_low"
        assert reminder["body"]["due_date"] == "2026-12-24"

    def test_writes_nothing_when_nothing_changed(self, athlete: Person) -> None:
        athlete.sync([workout(), vitamin_d()])
        drain(now=timezone.now())
        before = athlete.get("/v1/athletes/me/changes").json()
        assert before["derived"]["state"] == "current"
        recompute_athlete(athlete_id=athlete.id, now=timezone.now())
        after = athlete.get("/v1/athletes/me/changes").json()
        assert after["witness"] == before["witness"]

    def test_closes_the_reminder_when_a_newer_result_is_not_low(self, athlete: Person) -> None:
        athlete.sync([vitamin_d()])
        drain(now=timezone.now())
        athlete.sync([vitamin_d(80.0, drawn="2026-11-01T08:00:00Z")])
        drain(now=timezone.now())
        (reminder,) = rows_of(athlete, "reminder")
        assert reminder["body"]["state"] == "closed"
        with acting_as(athlete.id):
            assert open_reminders(owner=athlete.id) == []
            assert latest_summary(owner=athlete.id) is not None
