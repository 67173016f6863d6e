"""Reminders: what is overdue or due within 30 days, by a topic word that tells no result.

A reminder knows why it is there (a low result, a gap in a cycle, a drug); who may read reminders
may read when something is due, and none of that. So the words below are the same for all rules
of a topic, and rules whose being there would tell of another category share one word.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

import msgspec

from backend.panel.reasons import PanelPart, Reason, on_day, reason, worst_first
from backend.records.server_owned import Reminder

SOON_DAYS = 30
OPEN_STATES = frozenset({"scheduled", "due", "sent", "seen"})
BLOOD_TOPICS = frozenset({"vitd_25oh", "pth", "calcium", "kidney", "bone_markers", "tsh"})
# Nudges about training and about the phone name no day that anything is due on; the parts of
# loading and sessions, and the silence, say it themselves.
NOT_DUE = frozenset({"loading", "sync"})
CHECK_IN = ("check_in", "check-in")
# Topic: what stands in the code, and in the sentence.
WORDS: dict[str, tuple[str, str]] = {
    "vitd_25oh": ("vitd_retest", "vitamin D retest"),
    **dict.fromkeys(BLOOD_TOPICS - {"vitd_25oh"}, ("blood_test", "blood test")),
    "dxa": ("bone_scan", "bone scan"),
    "strength": ("strength_test", "strength test"),
    "function": ("strength_test", "strength test"),
    "body_composition": ("lean_mass", "lean mass measurement"),
    "nutrition": ("food_log", "food log"),
}
NOT_PRESSING = frozenset({"food_log", CHECK_IN[0]})  # nothing is measured by them
# How codes end of what falls due soon, or waits and does not press.
DUE_SOON = ("_due", *(f"{code}_overdue" for code in sorted(NOT_PRESSING)))


class Standing(msgspec.Struct, frozen=True):
    """A reminder that is open: its own id, topic and day."""

    reminder_id: UUID
    topic: str
    due: date


def standing_of(reminders: Mapping[UUID, Reminder]) -> list[Standing]:
    """Return the open reminders that name something due, the first due first."""
    found = [
        Standing(key, one.topic, one.due_date)
        for key, one in reminders.items()
        if one.state in OPEN_STATES and one.topic not in NOT_DUE
    ]
    return sorted(found, key=lambda one: (one.due, one.topic, one.reminder_id))


def soon(as_of: date, due: date) -> bool:
    """Return whether something is overdue or due within 30 days."""
    return (due - as_of).days <= SOON_DAYS


def reminders_part(as_of: date, standing: list[Standing]) -> PanelPart:
    """Return what is due, and when; what falls on one day under one word is one reason."""
    facts = {"open": str(len(standing))}
    if standing:
        facts["next_due_on"] = standing[0].due.isoformat()
    told: dict[tuple[str, str, date], list[UUID]] = {}
    for one in standing:
        if soon(as_of, one.due):
            key = (*WORDS.get(one.topic, CHECK_IN), one.due)
            told.setdefault(key, []).append(one.reminder_id)
    reasons = [_due(as_of, *key, ids) for key, ids in told.items()]
    return PanelPart(band=None, reasons=worst_first(*reasons), facts=facts)


def _due(as_of: date, code: str, word: str, due: date, ids: list[UUID]) -> Reason:
    late = (as_of - due).days
    told = f"overdue {late} d" if late > 0 else f"due in {-late} d" if late else "due today (0 d)"
    return reason(
        f"{code}_overdue" if late > 0 else f"{code}_due",
        f"{word} {told}, planned for {on_day(due)}",
        severity=2 if late > 0 and code not in NOT_PRESSING else 1,
        since=due if late > 0 else due - timedelta(days=SOON_DAYS),
        number=float(abs(late)),
        unit="d",
        records=ids,
    )
