"""From a push to the rows that panels read, with what they are ranked and filtered by."""

import uuid
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from apps.common.actor import acting_as
from apps.insights.models import Observation as LabObservation
from apps.insights.models import PanelRow, Published
from apps.insights.selectors import PanelPartRow, panel_rows
from apps.insights.services.recompute import drain, rebuild_athlete
from apps.sync import devices
from backend.fusion.tables import RULE_VERSION
from backend.panel import CATEGORIES
from tests.apps.insights.test_order import ago, delete
from tests.apps.insights.test_recompute import vitamin_d
from tests.apps.sync.test_purging import age
from tests.apps.sync.test_reading import drain as drain_feed
from tests.apps.sync.test_reading import pull
from tests.conftest import Person
from tests.rebuild.histories import said


def computed(person: Person, *ops: dict[str, Any]) -> dict[str, PanelPartRow]:
    """Push, recompute as a worker would, and return the panel's rows by category."""
    if ops:
        answer = person.sync(list(ops))
        assert answer.status_code == 200, answer.content
    drain(now=timezone.now())
    with acting_as(person.id):
        return {row.category: row for row in panel_rows(athlete_ids=[person.id])}


def put(kind: str, /, **body: Any) -> dict[str, Any]:
    return {
        "op": str(uuid.uuid4()), "type": kind, "id": str(uuid.uuid4()), "action": "put",
        "base": None, "schema": 1, "set": body,
    }  # fmt: skip


def session(days: int, **body: Any) -> dict[str, Any]:
    """Return a put of a run so many days ago that says more."""
    op = ago(days)
    return op | {"set": op["set"] | body}


def drawn(days: int) -> str:
    """Return an instant so many days ago."""
    return str((timezone.now() - timedelta(days=days)).isoformat())


def stored(person: Person, **filters: Any) -> list[str]:
    with acting_as(person.id):
        rows = PanelRow.objects.filter(athlete_id=person.id, **filters)
        return sorted(rows.values_list("category", flat=True))


class TestPanelRows:
    def test_stand_for_every_category(self, athlete: Person) -> None:
        assert sorted(computed(athlete, ago(2))) == sorted(CATEGORIES)

    def test_can_be_ranked_and_filtered_without_opening_a_part(self, athlete: Person) -> None:
        onset = timezone.now().date() - timedelta(days=9)
        rows = computed(
            athlete,
            vitamin_d(20.0, drawn=drawn(30)),
            put("injury", kind="muscle", site="calf", onset_date=str(onset)),
        )
        assert "injuries" in stored(athlete, severity=2, since=onset)
        assert stored(athlete, marks__contains=[f"injury_open@{onset}"]) == ["injuries"]
        assert stored(athlete, codes__contains=["vitd_very_low"]) == ["labs"]
        assert stored(athlete, band="review", category__in=["labs", "loading"]) == ["labs"]
        assert stored(athlete, next_due_on__isnull=False) == ["reminders"]
        for row in rows.values():
            assert stored(
                athlete,
                category=row.category,
                severity=row.part.severity,
                codes=list(row.part.codes),
                marks=list(row.part.marks),
            ) == [row.category]

    def test_made_by_earlier_rules_are_made_anew(self, athlete: Person) -> None:
        computed(athlete, ago(2), vitamin_d(drawn=drawn(31)))
        with acting_as(athlete.id):
            PanelRow.objects.filter(athlete_id=athlete.id).exclude(category="labs").delete()
            PanelRow.objects.filter(athlete_id=athlete.id).update(severity=0, codes=None)
            Published.objects.filter(athlete_id=athlete.id).update(models_version="4/1")
        computed(athlete, vitamin_d(21.0, drawn=drawn(30)))
        assert stored(athlete) == sorted(CATEGORIES)
        assert stored(athlete, codes__contains=["vitd_very_low"]) == ["labs"]

    def test_of_results_stored_before_laboratories_flags_are_made_anew(
        self, athlete: Person
    ) -> None:
        marked = put(
            "lab_result", collected_at=drawn(30), status="final", analyte="tsh", value=0.5,
            unit="m[IU]/L", flag="L",
        )  # fmt: skip
        computed(athlete, ago(2), marked)
        with acting_as(athlete.id):
            LabObservation.objects.filter(athlete_id=athlete.id).update(flags=[])
            older = f"5/{RULE_VERSION}"
            Published.objects.filter(athlete_id=athlete.id).update(models_version=older)
        computed(athlete, ago(1))
        assert stored(athlete, codes__contains=["tsh_below_interval"]) == ["labs"]


class TestContact:
    def test_is_the_day_the_phone_last_asked_or_sent(self, athlete: Person) -> None:
        def synced_days_ago() -> int:
            assert rebuild_athlete(athlete_id=athlete.id, now=timezone.now())
            with acting_as(athlete.id):
                told = {row.category: row for row in panel_rows(athlete_ids=[athlete.id])}
            day = date.fromisoformat(told["sessions"].part.facts["synced_on"])
            return (timezone.now().date() - day).days

        computed(athlete, ago(12))
        _, cursor = drain_feed(athlete)
        pull(athlete, cursor)
        assert synced_days_ago() == 0
        age(athlete, "sync_feed", "input_at", 12)
        assert synced_days_ago() == 0
        age(athlete, "sync_device_feed", "seen_at", 9)
        assert synced_days_ago() == 9
        devices._noted.clear()  # another process, or another day
        pull(athlete, cursor)
        assert synced_days_ago() == 0
        age(athlete, "sync_device_feed", "seen_at", 30)
        assert synced_days_ago() == 12

    def test_decides_whether_the_athlete_is_told_to_sync(self, athlete: Person) -> None:
        def is_told() -> bool:
            assert rebuild_athlete(athlete_id=athlete.id, now=timezone.now())
            rows = athlete.get("/v1/athletes/me/changes", types="reminder").json()["page"]["rows"]
            bodies = [row["body"] for row in rows if "body" in row]
            return ("rem.sync_stale", "due") in [(one["rule"], one["state"]) for one in bodies]

        computed(athlete, ago(12))
        _, cursor = drain_feed(athlete)
        pull(athlete, cursor)
        age(athlete, "sync_feed", "input_at", 12)
        assert not is_told(), "it asked today, and had nothing to bring"
        age(athlete, "sync_device_feed", "seen_at", 9)
        assert is_told()


class TestAvailability:
    def test_is_the_newest_word_of_any_session(self, athlete: Person) -> None:
        computed(athlete, session(9, availability="full"), session(5, availability="limited"))
        rows = computed(athlete, ago(1))  # says nothing
        (reason,) = [r for r in rows["sessions"].part.reasons if r.code.startswith("avail")]
        assert reason.code == "availability_limited"
        assert rows["sessions"].part.facts["availability"] == "limited"
        assert stored(athlete, marks__contains=[reason.mark]) == ["sessions"]

    def test_keeps_its_beginning_while_sessions_say_the_same(self, athlete: Person) -> None:
        marks = set()
        for back in (6, 4, 2):
            rows = computed(athlete, session(back, availability="limited"))
            marks |= {m for m in rows["sessions"].part.marks if m.startswith("availability")}
        assert len(marks) == 1

    def test_goes_with_the_session_that_said_it(self, athlete: Person) -> None:
        limited = session(3, availability="limited")
        rows = computed(athlete, limited)
        assert rows["sessions"].part.facts["availability"] == "limited"
        rows = computed(athlete, delete(limited))
        assert "availability" not in rows["sessions"].part.facts

    def test_of_an_unknown_word_is_none(self, athlete: Person) -> None:
        rows = computed(athlete, session(3, availability="resting"))
        assert "availability" not in rows["sessions"].part.facts

    def test_is_the_same_after_a_rebuild(self, athlete: Person) -> None:
        computed(athlete, session(9, availability="out"), session(5, availability="limited"))
        computed(athlete, session(2, availability="limited"), vitamin_d())
        before = said(athlete.id)
        assert rebuild_athlete(athlete_id=athlete.id, now=timezone.now())
        assert said(athlete.id)["PanelRow"] == before["PanelRow"]
