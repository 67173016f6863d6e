"""From the published record to the mail, through the job a worker runs."""

import uuid
from datetime import timedelta

import pytest

from apps.insights.selectors import uncollected
from apps.reminders.models import Delivery
from apps.reminders.selectors import database_clock
from apps.reminders.services import sweep as service
from apps.reminders.services.deliver import Run
from tasks import reminders
from tests.apps.reminders.feed import calm, publish, reminder, set_profile
from tests.conftest import Person


class TestDeliver:
    def test_reads_on_and_plans(self, athlete: Person) -> None:
        calm()
        set_profile(athlete, quiet_hours="none")
        today = database_clock().date()
        publish(athlete, {uuid.uuid4(): reminder(due=today + timedelta(days=3))})
        reminders.deliver()
        assert athlete.id not in dict(uncollected(limit=1000))
        [delivery] = Delivery.objects.filter(athlete_id=athlete.id)
        assert delivery.state == "planned"
        reminders.deliver()
        assert Delivery.objects.filter(athlete_id=athlete.id).count() == 1

    def test_asks_for_another_run_when_it_was_cut_short(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        woken: list[str] = []
        monkeypatch.setattr(service, "wake", woken.append)
        monkeypatch.setattr(service, "collect", lambda *, now: 0)
        monkeypatch.setattr(service, "deliver_due", lambda *, now: Run(is_cut_short=True))
        service.sweep(now=database_clock())
        assert woken == ["reminders.deliver"]
