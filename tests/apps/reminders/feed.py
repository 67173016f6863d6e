"""Reminders as a recompute would publish them, and a look at what became of them."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import msgspec

from apps.common.actor import acting_as
from apps.insights import sql as insights_sql
from apps.reminders.models import Attempt, Delivery, InboxItem
from apps.reminders.services import pauses
from apps.reminders.services.collect import collect_person
from apps.sync.selectors import FeedState
from apps.sync.services import DerivedBody, publish_derived
from apps.sync.writer import lock_feed
from backend.days import next_midnight
from backend.records.server_owned import REMINDER, Reminder
from tests.conftest import Person

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)  # a Monday
TODAY = NOON.date()
SOURCE = uuid.UUID(int=7)
CANARY = "CANARY-417317"


def reminder(*, due: date = TODAY, **fields: object) -> Reminder:
    """Return a reminder with health words in every free text."""
    told = {
        "rule": "rem.vitd_retest_low", "rule_version": 1, "topic": "vitd_25oh", "due_date": due,
        "priority": 2, "state": "due" if due <= TODAY else "scheduled",
        "reason": "low_result", "source_record": SOURCE,
        "text": {"en": f"{CANARY} vitamin D 41.7317 ng/mL is due again."},
    }  # fmt: skip
    return Reminder(**(told | fields))  # type: ignore[arg-type]  # fields as the struct has them


def publish(person: Person, reminders: Mapping[uuid.UUID, Reminder]) -> int:
    """Write reminders into the person's feed and mark them as published; return the head."""
    with acting_as(person.id):
        head = lock_feed(person.id)
        seq = publish_derived(
            athlete_id=person.id,
            records={
                key: DerivedBody(REMINDER, msgspec.json.encode(body))
                for key, body in reminders.items()
            },
            covers=FeedState(head.seq, head.input_seq, head.derived_seq, NOON, None),
            as_of=TODAY,
            now=NOON,
        )
        insights_sql.fetch(
            insights_sql.MARK_PUBLISHED,
            {
                "athlete": person.id,
                "seq": seq,
                "next_day_at": next_midnight(TODAY, zone="UTC"),
                "models": "",
                "whole": False,
                "asked_at": None,
            },
        )
    return seq


def remind(person: Person, *bodies: Reminder, now: datetime = NOON) -> list[uuid.UUID]:
    """Publish new reminders and collect them; return their ids."""
    reminders = {uuid.uuid4(): body for body in bodies or (reminder(),)}
    seq = publish(person, reminders)
    assert collect_person(athlete_id=person.id, seq=seq, now=now)
    return list(reminders)


def change(person: Person, key: uuid.UUID, body: Reminder, *, now: datetime = NOON) -> None:
    """Publish another version of a reminder and collect it."""
    seq = publish(person, {key: body})
    assert collect_person(athlete_id=person.id, seq=seq, now=now)


def deliveries(person: Person) -> list[Delivery]:
    """Return what is planned or was done, oldest due first."""
    nudges = Delivery.objects.filter(athlete_id=person.id, kind="remind")
    return list(nudges.order_by("due_at", "reminder_id"))


def states(person: Person) -> list[str]:
    """Return where the person's deliveries stand."""
    return [delivery.state for delivery in deliveries(person)]


def inbox(person: Person) -> dict[uuid.UUID, InboxItem]:
    """Return all of the person's items, closed ones too."""
    with acting_as(person.id):
        return {item.reminder_id: item for item in InboxItem.objects.all()}


def address(person: Person) -> str:
    """Return where the person's mail goes."""
    return person.user.email


def after(*, minutes: float = 0, seconds: float = 0) -> datetime:
    """Return an instant so long after noon."""
    return NOON + timedelta(minutes=minutes, seconds=seconds)


def days(number: int) -> date:
    """Return the day so many days from today."""
    return TODAY + timedelta(days=number)


def calm() -> None:
    """Leave nothing to recompute, collect or send that an earlier test made.

    Engines see everybody's, and take so many at a time.
    """
    Delivery.objects.all().delete()
    Attempt.objects.all().delete()
    pauses.forget()
    insights_sql.fetch("DELETE FROM recompute_queue", {})
    insights_sql.fetch("UPDATE insights_published SET collected_seq = seq", {})


def set_profile(person: Person, **fields: object) -> None:
    """Sync a profile from the person's phone: the one that stands, with these fields changed."""
    pulled = person.get("/v1/athletes/me/changes", types="athlete_profile").json()
    rows = [row for row in pulled["page"]["rows"] if row["id"] == str(person.id)]
    standing = rows[0]["body"] if rows else {}
    op = {
        "op": str(uuid.uuid4()), "type": "athlete_profile", "id": str(person.id),
        "action": "put", "base": rows[0]["v"] if rows else None,
        "schema": 1, "set": {**standing, **fields},
    }  # fmt: skip
    answer = person.sync([op])
    assert answer.json()["results"][0]["status"] in ("applied", "noop"), answer.content
