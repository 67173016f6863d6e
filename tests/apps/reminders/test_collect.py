"""From published records to inbox and plans: again changes nothing, others see nothing."""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, connection, connections, models
from django.db.utils import InternalError

from apps.common.actor import acting_as
from apps.insights.selectors import uncollected
from apps.insights.services.recompute import drain
from apps.reminders.models import Delivery, InboxItem
from apps.reminders.services.collect import collect, collect_person
from tests.apps.reminders.feed import (
    NOON,
    change,
    days,
    deliveries,
    inbox,
    publish,
    remind,
    reminder,
    set_profile,
    states,
)
from tests.conftest import Person, counted


def lab_result(value: float, *, collected_at: str) -> dict[str, Any]:
    """Return a put of a vitamin D result."""
    return {
        "op": str(uuid.uuid4()), "type": "lab_result", "id": str(uuid.uuid4()), "action": "put",
        "base": None, "schema": 2,
        "set": {
            "collected_at": collected_at, "status": "final", "analyte": "vitd_25oh",
            "value": value, "unit": "ng/mL",
        },
    }  # fmt: skip


class TestCollect:
    def test_fills_the_inbox_and_plans_one_delivery_at_the_persons_hour(
        self, athlete: Person
    ) -> None:
        set_profile(athlete, zone="Asia/Tokyo", delivery_hour=8)
        [key] = remind(athlete, reminder(due=days(10)))
        item = inbox(athlete)[key]
        assert (item.rule, item.due_date, item.is_open) == ("rem.vitd_retest_low", days(10), True)
        [delivery] = deliveries(athlete)
        assert delivery.reminder_id == key
        assert delivery.due_at == datetime(2026, 5, 13, 23, tzinfo=UTC)
        assert (delivery.state, delivery.attempts) == ("planned", 0)

    def test_starts_from_a_low_result_the_phone_pushed(self, athlete: Person) -> None:
        answer = athlete.sync([lab_result(14.5, collected_at="2026-04-01T08:00:00Z")])
        assert answer.json()["results"][0]["status"] == "applied", answer.content
        drain(now=NOON)
        assert athlete.id in dict(uncollected(limit=1000))
        collect(now=NOON)
        items = {item.rule: item for item in inbox(athlete).values()}
        assert items.keys() == {"rem.vitd_retest_low", "rem.pth_after_low_d"}
        item = items["rem.vitd_retest_low"]
        assert item.due_date.isoformat() == "2026-06-24"
        [delivery] = [one for one in deliveries(athlete) if one.reminder_id == item.reminder_id]
        assert delivery.due_at == datetime(2026, 6, 24, 9, tzinfo=UTC)
        assert athlete.id not in dict(uncollected(limit=1000))

    def test_changes_nothing_the_second_time(self, athlete: Person) -> None:
        remind(athlete, reminder(), reminder(due=days(3)))

        def stored() -> list[list[Any]]:
            planned = Delivery.objects.filter(athlete_id=athlete.id).order_by("id")
            with acting_as(athlete.id):
                items: list[Any] = list(InboxItem.objects.order_by("reminder_id").values())
            return [items, list(planned.values())]

        before = stored()
        for minutes in (5, 10):
            later = NOON + timedelta(minutes=minutes)
            assert collect_person(athlete_id=athlete.id, seq=1, now=later)
        assert stored() == before
        assert [len(rows) for rows in before] == [2, 2]

    def test_costs_the_same_for_one_reminder_and_for_many(self, people: Any) -> None:
        def statements(person: Person, number: int) -> int:
            seq = publish(person, {uuid.uuid4(): reminder(due=days(n)) for n in range(number)})
            with counted() as seen:
                collect_person(athlete_id=person.id, seq=seq, now=NOON)
            return len(seen)

        assert statements(people(), 1) == statements(people(), 12) <= 13

    def test_closes_a_satisfied_reminder_and_cancels_its_delivery(self, athlete: Person) -> None:
        [key] = remind(athlete, reminder(due=days(10)))
        change(athlete, key, reminder(due=days(10), state="closed"))
        assert not inbox(athlete)[key].is_open
        assert states(athlete) == ["cancelled"]

    def test_plans_again_when_a_reminder_opens_again(self, athlete: Person) -> None:
        [key] = remind(athlete, reminder(due=days(10)))
        change(athlete, key, reminder(due=days(10), state="closed"))
        change(athlete, key, reminder(due=days(10)))
        assert inbox(athlete)[key].is_open
        assert states(athlete) == ["planned"]

    def test_moves_the_plan_when_the_due_date_moves(self, athlete: Person) -> None:
        [key] = remind(athlete, reminder(due=days(10)))
        change(athlete, key, reminder(due=days(20)))
        old, new = deliveries(athlete)
        assert (old.state, new.state) == ("cancelled", "planned")
        assert new.due_at.date() == days(20)
        assert old.dedupe_key != new.dedupe_key

    def test_moves_the_plan_with_the_traveller(self, athlete: Person) -> None:
        [key] = remind(athlete, reminder(due=days(10)))
        set_profile(athlete, zone="America/New_York")
        change(athlete, key, reminder(due=days(10)))
        [delivery] = deliveries(athlete)
        assert delivery.due_at == datetime(2026, 5, 14, 13, tzinfo=UTC)

    def test_keeps_a_snoozed_reminder_in_the_inbox_and_sends_nothing(self, athlete: Person) -> None:
        [key] = remind(athlete, reminder(state="snoozed"))
        assert inbox(athlete)[key].is_open
        assert deliveries(athlete) == []

    def test_delivers_what_is_due_already_at_once_but_not_at_night(
        self, people: Callable[..., Person]
    ) -> None:
        by_day, by_night = people(), people()
        remind(by_day, reminder(due=days(-30)))
        assert deliveries(by_day)[0].due_at == NOON
        night = datetime(2026, 5, 4, 23, 30, tzinfo=UTC)
        remind(by_night, reminder(due=days(-30)), now=night)
        assert deliveries(by_night)[0].due_at == datetime(2026, 5, 5, 7, tzinfo=UTC)

    def test_is_safe_with_two_workers(self, athlete: Person) -> None:
        seq = publish(athlete, {uuid.uuid4(): reminder(due=days(n)) for n in range(5)})
        start = threading.Barrier(4)
        failures: list[BaseException] = []

        def work() -> None:
            try:
                start.wait()
                collect_person(athlete_id=athlete.id, seq=seq, now=NOON)
            except BaseException as error:
                failures.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(inbox(athlete)) == len(deliveries(athlete)) == 5
        assert athlete.id not in dict(uncollected(limit=1000))

    def test_goes_on_when_one_person_fails(
        self, people: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken, fine = people(), people()
        publish(broken, {uuid.uuid4(): reminder()})
        publish(fine, {uuid.uuid4(): reminder()})

        def fail(*, athlete_id: uuid.UUID, **rest: Any) -> bool:
            if athlete_id == broken.id:
                raise ZeroDivisionError
            return collect_person(athlete_id=athlete_id, **rest)

        monkeypatch.setattr("apps.reminders.services.collect.collect_person", fail)
        collect(now=NOON)
        assert len(inbox(fine)) == 1
        assert inbox(broken) == {}
        assert broken.id in dict(uncollected(limit=1000))

    def test_ends_a_long_run_in_time(self, people: Callable[..., Person]) -> None:
        for person in (people(), people()):
            publish(person, {uuid.uuid4(): reminder()})
        assert [collect(now=NOON, budget_s=0) for _ in range(3)] == [1, 1, 0]

    def test_reads_on_for_others_beside_many_who_fail(self, people: Callable[..., Person]) -> None:
        everybody = sorted((people() for _ in range(4)), key=lambda person: person.id)
        for person in everybody:
            publish(person, {uuid.uuid4(): reminder()})
        ids = [person.id for person in everybody]
        assert [key for key, _ in uncollected(limit=2, start=ids[0])] == ids[:2]
        assert [key for key, _ in uncollected(limit=3, start=ids[2])] == [ids[2], ids[3], ids[0]]


class TestWall:
    def test_shows_an_inbox_to_its_owner_alone(self, athlete: Person, stranger: Person) -> None:
        remind(athlete)
        assert InboxItem.objects.count() == 0, "nobody acts"
        with acting_as(stranger.id):
            assert InboxItem.objects.filter(athlete_id=athlete.id).count() == 0
        assert len(inbox(athlete)) == 1

    def test_keeps_others_from_writing(self, athlete: Person, stranger: Person) -> None:
        [key] = remind(athlete)
        with acting_as(stranger.id):
            changed = InboxItem.objects.filter(athlete_id=athlete.id).update(seen_at=NOON)
        assert changed == 0
        item = inbox(athlete)[key]
        item.reminder_id = uuid.uuid4()
        with pytest.raises((ProgrammingError, InternalError)), acting_as(stranger.id):
            item.save(force_insert=True)

    def test_leaves_no_word_in_the_open_marker_table(self, athlete: Person) -> None:
        remind(athlete)
        allowed = {"kind", "channel", "dedupe_key", "collapse_id", "state", "last_code"}
        texts = {
            field.name
            for field in Delivery._meta.get_fields()
            if isinstance(field, models.CharField | models.TextField | models.JSONField)
        }
        assert texts == allowed
        with connection.cursor() as cursor:
            cursor.execute("SELECT d::text FROM reminders_delivery d")
            stored = " ".join(row[0] for row in cursor.fetchall())
        for word in ("CANARY", "vitd", "41.7317", "rem.vitd_retest_low", "low"):
            assert word not in stored


class TestCap:
    def test_what_is_scheduled_waits_while_three_are_due(self, athlete: Person) -> None:
        due = [reminder(due=days(-number)) for number in range(3)]
        held, urgent = reminder(due=days(-1), state="scheduled"), reminder(due=days(4), priority=1)
        keys = remind(athlete, *due, held, urgent)
        assert {one.reminder_id for one in deliveries(athlete)} == {*keys[:3], keys[4]}
        assert len(inbox(athlete)) == 5

        change(athlete, keys[0], reminder(due=days(0), state="closed"))
        change(athlete, keys[3], reminder(due=days(-1)))
        planned = {one.reminder_id for one in deliveries(athlete) if one.state == "planned"}
        assert planned == {*keys[1:]}

    def test_what_was_planned_ahead_is_taken_back_when_three_become_due(
        self, athlete: Person
    ) -> None:
        [ahead] = remind(athlete, reminder(due=days(3)))
        assert states(athlete) == ["planned"]
        keys = remind(athlete, *(reminder() for _ in range(3)))
        by_reminder = {one.reminder_id: one.state for one in deliveries(athlete)}
        assert by_reminder == {ahead: "cancelled", **dict.fromkeys(keys, "planned")}

    def test_the_first_priority_takes_no_place(self, athlete: Person) -> None:
        rows = [reminder(priority=1), reminder(), reminder(), reminder(due=days(3))]
        remind(athlete, *rows)
        assert states(athlete) == ["planned"] * 4
