"""What no session changes is kept beside the read models, and is no second truth."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from apps.common.actor import acting_as
from apps.insights.models import Measured
from apps.insights.services.forget import forget_athlete
from apps.insights.services.recompute import rebuild_athlete, recompute_athlete
from backend.summary import measured as module
from tests.apps.insights.test_recompute import BETWEEN, rows_of, scan, vitamin_d
from tests.apps.sync.test_push import workout
from tests.conftest import Person


def row_of(person: Person) -> tuple[bytes, bytes]:
    with acting_as(person.id):
        row = Measured.objects.get(athlete_id=person.id)
    return bytes(row.key), bytes(row.said)


def summary_of(person: Person) -> dict[str, Any]:
    (row,) = rows_of(person, "risk_summary")
    body: dict[str, Any] = row["body"]
    return body


@pytest.fixture
def known(athlete: Person) -> Person:
    """An athlete whose vitamin D and scan were computed with the sessions before."""
    athlete.sync([workout(), vitamin_d(), scan(-1.4, scanned="2026-02-27T09:00:00Z")])
    recompute_athlete(athlete_id=athlete.id, now=BETWEEN)
    return athlete


class TestMeasured:
    def test_is_read_after_a_session_and_says_what_a_rebuild_says(
        self, known: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = row_of(known)
        known.sync([workout()])
        with monkeypatch.context() as patch:
            patch.delattr(module, "_measured")  # nothing is worked out anew
            recompute_athlete(athlete_id=known.id, now=BETWEEN)
        assert row_of(known) == before
        told = summary_of(known)
        assert told["domains"]["nutrition_hormones"]["findings"]

        with acting_as(known.id):
            Measured.objects.filter(athlete_id=known.id).update(said=b"", key=before[0])
        rebuild_athlete(athlete_id=known.id, now=BETWEEN)
        assert summary_of(known) == told
        assert row_of(known) == before

    def test_follows_a_result_and_the_day(self, known: Person) -> None:
        before = row_of(known)
        known.sync([vitamin_d(80.0, drawn="2026-11-01T08:00:00Z")])
        recompute_athlete(athlete_id=known.id, now=BETWEEN)
        after = row_of(known)
        assert after[0] != before[0]
        (finding,) = (
            one
            for one in summary_of(known)["domains"]["nutrition_hormones"]["findings"]
            if one["code"].startswith("vitd")
        )
        assert finding["level"] == 0
        recompute_athlete(athlete_id=known.id, now=BETWEEN + timedelta(days=1))
        assert row_of(known)[0] != after[0]

    def test_is_nobody_elses_and_goes_with_the_rest(self, known: Person) -> None:
        with acting_as(uuid.uuid4()):
            assert not Measured.objects.exists()
        with acting_as(known.id):
            forget_athlete(known.id)
            assert not Measured.objects.exists()
