"""What the last look sees: a delivery and its person, in one round trip under the person's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from apps.accounts.models import Device, User
from apps.accounts.selectors import person_question, pushable_question
from apps.common.statements import Call, Question, ask_together
from apps.reminders import sql
from apps.reminders.models import Delivery
from apps.reminders.services.leases import Claim, LeaseLost, deliveries
from apps.sync.selectors import answers_question, behind_question, profile_question
from backend.records.athlete_profile import AthleteProfile
from backend.reminding.delivery import WEEK, dedupe_key


class OpenItem(NamedTuple):
    """An open reminder of the person's inbox, without its words."""

    reminder_id: UUID
    topic: str
    due_date: date
    priority: int
    state: str
    created_at: datetime
    seen_at: datetime | None

    @property
    def key(self) -> str:
        """The collapse id of its nudge."""
        return dedupe_key(reminder_id=self.reminder_id, due_date=self.due_date)


@dataclass(frozen=True)
class Glance:
    """A leased delivery and what decides about it, as they stand until the lock is let go.

    Fields:
        others: deliveries of the same collapse id and, with a reminder's, those that have or wait
            for a place in the week.
        owner: None when the person left.
        items: what is open in the inbox.
        devices: those that push reaches, on any channel.
        answers: to the reminder.
        is_behind: of a wake-up, whether its device has something to pull that it did not cause.
    """

    delivery: Delivery
    others: Sequence[Delivery]
    owner: User | None
    profile: AthleteProfile
    items: Sequence[OpenItem]
    devices: Sequence[Device]
    answers: Sequence[tuple[str, UUID, bytes]]
    is_behind: bool


def glance(claim: Claim, *, now: datetime) -> Glance:
    """Lock the person and look. Call inside a transaction of theirs. Raises ``LeaseLost``."""
    athlete_id = claim.athlete_id
    around = Question(
        Call(sql.AROUND, {**claim.named, "now": now, "since": now - WEEK}), deliveries
    )
    owner = person_question(athlete_id)
    profile = profile_question(athlete_id)
    devices = pushable_question(athlete_id)
    items = Question(
        Call(sql.OPEN_ITEMS, {"athlete": athlete_id}),
        lambda rows: [OpenItem(*row) for row in rows],
    )
    answers = answers_question(athlete_id, claim.reminder_id)
    woken = claim.device_id if claim.kind == Delivery.Kind.WAKE else None
    behind = behind_question(athlete_id, [woken] if woken else [])
    lock = sql.lock_question(athlete_id)
    ask_together(lock, around, owner, profile, items, devices, answers, behind)
    mine = [one for one in around.answer if one.id == claim.delivery_id]
    if not mine:
        raise LeaseLost
    return Glance(
        delivery=mine[0],
        others=[one for one in around.answer if one.id != claim.delivery_id],
        owner=owner.answer,
        profile=profile.answer,
        items=items.answer,
        devices=devices.answer,
        answers=answers.answer,
        is_behind=bool(behind.answer),
    )
