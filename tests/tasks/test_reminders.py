"""From the published record to the mail, through the job a worker runs."""

import uuid
from datetime import timedelta

import pytest
from celery import current_app

from apps.insights.selectors import uncollected
from apps.reminders.models import Attempt, Delivery
from apps.reminders.selectors import database_clock
from apps.reminders.services import collect as collecting
from apps.reminders.services import sweep as service
from apps.reminders.services.deliver import BUDGET_S, LONGEST_SEND_S, Run
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
        monkeypatch.setattr(service, "deliver_due", lambda **_: Run(is_cut_short=True))
        service.sweep(now=database_clock())
        assert woken == ["reminders.deliver"]

    def test_leaves_to_the_messages_what_collecting_left_of_the_time(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        woken: list[str] = []
        budgets: list[float] = []
        clock = iter([100.0, 106.5])

        def deliver(*, budget_s: float, **_: object) -> Run:
            budgets.append(budget_s)
            return Run()

        monkeypatch.setattr(service, "wake", woken.append)
        monkeypatch.setattr(service, "collect", lambda *, now: 7)
        monkeypatch.setattr(service, "monotonic", lambda: next(clock))
        monkeypatch.setattr(service, "deliver_due", deliver)
        service.sweep(now=database_clock())
        assert budgets == [BUDGET_S - 6.5]
        assert woken == ["reminders.deliver"], "there may be more to collect"

    def test_leaves_the_job_its_time(self) -> None:
        at_most = max(collecting.BUDGET_S + 1.0, BUDGET_S) + LONGEST_SEND_S
        assert at_most < current_app.conf.task_soft_time_limit

    def test_forgets_attempts_of_last_season(self, athlete: Person) -> None:
        now = database_clock()
        ages = [timedelta(days=29), timedelta(days=31)]
        for age in ages:
            Attempt.objects.create(
                athlete_id=athlete.id, delivery_id=uuid.uuid4(), number=1, outcome="accepted",
                code="accepted", at=now - age,
            )  # fmt: skip
        service.sweep(now=now)
        [kept] = Attempt.objects.filter(athlete_id=athlete.id)
        assert kept.at == now - ages[0]
