"""What a person did with a reminder, folded from the answers of all their devices."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from uuid import UUID

import msgspec

from backend.records.reminder_ack import ReminderAck
from backend.summary.facts import Fact

DECIDING = frozenset({"done", "snoozed", "dismissed"})
USUAL_SNOOZE = timedelta(days=7)  # when the answer names no day [E]


class Answer(msgspec.Struct, frozen=True):
    """Where a reminder stands by its answers: ``state`` is seen, done, snoozed or dismissed.

    ``until`` is the day a snoozed one comes back.
    """

    state: str
    until: date | None = None


def answers_of(acks: Iterable[Fact[ReminderAck]]) -> Mapping[UUID, Answer]:
    """Return the answer that stands for each reminder: the latest, whichever came in first.

    Seeing one says nothing of what was decided about it before, nor after.
    """
    found: dict[UUID, Answer] = {}
    for fact in sorted(acks, key=lambda one: (one.body.acted_at, one.record_id)):
        ack, standing = fact.body, found.get(fact.body.reminder)
        if ack.action in DECIDING:
            until = ack.snooze_until or fact.day + USUAL_SNOOZE
            found[ack.reminder] = Answer(ack.action, until if ack.action == "snoozed" else None)
        elif ack.action == "seen" and standing is None:
            found[ack.reminder] = Answer("seen")
    return found


def due_on(planned: date, answer: Answer | None) -> date:
    """Return when a reminder is due, put off by as much as it was snoozed."""
    return max(planned, answer.until) if answer and answer.until else planned


def state_of(*, is_due: bool, answer: Answer | None) -> str:
    """Return the state of a reminder, given whether it is due (after any snooze)."""
    if answer is None:
        return "due" if is_due else "scheduled"
    if answer.state in ("done", "dismissed"):
        return answer.state
    if answer.state == "snoozed":
        return "due" if is_due else "snoozed"
    return "seen" if is_due else "scheduled"
