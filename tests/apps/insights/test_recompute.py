"""From a push to a summary and a reminder in the same feed."""

import uuid
from datetime import UTC, datetime
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


def reminders_of(person: Person, rule: str = "rem.vitd_retest_low") -> list[dict[str, Any]]:
    """Return the bodies of one rule's reminders in the person's feed, closed ones too."""
    bodies = [row["body"] for row in rows_of(person, "reminder")]
    return [body for body in bodies if body["rule"] == rule]


# When a result of October is not old yet; of two scans below, the newer one is to be followed up.
BETWEEN = datetime(2026, 11, 26, tzinfo=UTC)


class TestRecompute:
    def test_publishes_summary_and_reminder_in_the_same_feed(self, athlete: Person) -> None:
        athlete.sync([workout(), vitamin_d()])
        recompute_athlete(athlete_id=athlete.id, now=BETWEEN)

        answer = athlete.get("/v1/athletes/me/changes").json()
        assert answer["derived"]["state"] == "current"
        (summary,) = rows_of(athlete, "risk_summary")
        assert summary["by"] == {"actor": "server"}
        assert summary["body"]["domains"]["nutrition_hormones"]["findings"][0]["level"] == 1
        (reminder,) = reminders_of(athlete)
        assert reminder["due_date"] == "2026-12-24"
        (other,) = reminders_of(athlete, "rem.pth_after_low_d")
        assert other["due_date"] == "2026-10-15"
        assert len(rows_of(athlete, "reminder")) == 2

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
        (reminder,) = reminders_of(athlete)
        assert reminder["state"] == "closed"
        with acting_as(athlete.id):
            standing = [one.rule for _, one in open_reminders(owner=athlete.id)]
            assert standing == ["rem.vitd_annual"]
            assert latest_summary(owner=athlete.id) is not None


def scan(t_score: float, *, scanned: str) -> dict[str, Any]:
    """Return a put of a new scan."""
    sites = [{"uid": "a", "site": "total_hip", "t_score": t_score}]
    return {
        "op": str(uuid.uuid4()), "type": "dxa_scan", "id": str(uuid.uuid4()), "action": "put",
        "base": None, "schema": 1,
        "set": {"scanned_at": scanned, "manufacturer": "Hologic", "site_results": sites},
    }  # fmt: skip


class TestScans:
    def test_bring_their_follow_up_and_a_newer_one_replaces_it(self, athlete: Person) -> None:
        profile = {
            "op": str(uuid.uuid4()), "type": "athlete_profile", "id": str(athlete.id),
            "action": "put", "base": None, "schema": 1,
            "set": {"sex": "female", "born_date": "1970-03-01", "menopausal_status": "post"},
        }  # fmt: skip
        first = scan(-1.4, scanned="2024-02-29T09:00:00Z")
        athlete.sync([profile, first])
        recompute_athlete(athlete_id=athlete.id, now=BETWEEN)
        (follow_up,) = reminders_of(athlete, "rem.dxa_followup")
        assert follow_up["due_date"] == "2027-02-28"  # 36 months later, on the month's last day
        assert (follow_up["source_record"], follow_up["state"]) == (first["id"], "scheduled")

        second = scan(-2.2, scanned="2024-08-31T09:00:00Z")
        athlete.sync([second])
        recompute_athlete(athlete_id=athlete.id, now=BETWEEN)
        by_source = {
            body["source_record"]: (body["state"], body["due_date"])
            for body in reminders_of(athlete, "rem.dxa_followup")
        }
        assert by_source[first["id"]] == ("closed", "2027-02-28")
        assert by_source[second["id"]] == ("due", "2026-08-31")
        with acting_as(athlete.id):
            standing = [one for _, one in open_reminders(owner=athlete.id)]
        sources = [one.source_record for one in standing if one.rule == "rem.dxa_followup"]
        assert sources == [uuid.UUID(second["id"])]
