"""Pushing ops: what is stored, what is answered, and what a retry changes."""

import uuid
from typing import Any

from tests.conftest import Person


def workout(**body: Any) -> dict[str, Any]:
    """Return a put of a new workout."""
    return {
        "op": str(uuid.uuid4()),
        "type": "workout_session",
        "id": str(uuid.uuid4()),
        "action": "put",
        "base": None,
        "schema": 3,
        "set": {
            "started_at": "2026-03-01T18:00:00+01:00",
            "ended_at": "2026-03-01T19:00:00+01:00",
            "utc_offset_min": 60,
            "local_date": "2026-03-01",
            "activity": "running",
            **body,
        },
    }


class TestPush:
    def test_stores_a_new_record(self, athlete: Person) -> None:
        op = workout(rpe=6)
        answer = athlete.sync([op])
        assert answer.status_code == 200, answer.content
        body = answer.json()
        assert body["results"] == [
            {"op": op["op"], "status": "applied", "v": op["op"], "rev": 1, "seq": 1}
        ]
        assert body["derived"]["state"] == "pending"
        pulled = athlete.get("/v1/athletes/me/changes").json()
        assert [row["body"] for row in pulled["page"]["rows"]] == [op["set"]]
