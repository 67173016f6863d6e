"""`reminder_ack`: what a person did with a reminder; never edited, so two phones can't clash."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from backend.records.base import ClientBody, Instant, RecordType, one_of
from backend.records.times import time_flags


class ReminderAck(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """An answer to a reminder. Its id follows from reminder, action and `acted_at`.

    Fields:
        reminder: id of the reminder record.
        action: what the person did; another than these leaves the reminder as it is.
        acted_at: when the person did it.
        snooze_until: local day the reminder may come back.
        evidence: id of the record that shows it was done, such as a lab result.
    """

    reminder: UUID
    action: Annotated[str, one_of("seen", "done", "snoozed", "dismissed")]
    acted_at: Instant
    snooze_until: date | None = None
    evidence: UUID | None = None


def plausibility(body: ReminderAck, now: datetime) -> tuple[str, ...]:
    """Return why an answer must not count, if at all."""
    return time_flags(body.acted_at, now)


REMINDER_ACK = RecordType(
    name="reminder_ack",
    type_id=8,
    schema=1,
    owner="client",
    policy="append",
    category="reminders",
    body=ReminderAck,
    occurred_at=lambda body: body.acted_at,
    plausibility=plausibility,
)
