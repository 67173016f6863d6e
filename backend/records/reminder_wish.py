"""`reminder_wish`: a reminder of one's own, an interval of one's own, or a coach's proposal."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from backend.records.base import (
    ClientBody,
    Instant,
    RecordType,
    ShortText,
    never,
)
from backend.reminding.bounds import is_within

OUT_OF_BOUNDS = "interval_out_of_bounds"
INCOMPLETE = "incomplete"


class ReminderWish(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """Either `title` and `due_date`, or `rule` and `interval_days`; else it does not count.

    Fields:
        title: what to be reminded of; shown in the inbox only, never in a message.
        due_date: local day of it, or of its first time.
        every_months: months from one time to the next.
        every_days: days from one time to the next.
        topic: what it is about, as reminders have it.
        rule: rule of the catalogue that gets another interval.
        interval_days: days from the record a rule goes by to its reminder. Outside of the rule's
            bounds it is flagged and does not count; never longer than twice the rule's own.
        proposed_by: id of the coach who proposes it; it counts once `accepted_at` is there.
        accepted_at: when the person accepted the proposal.
        declined_at: when the person declined it, or took back that they accepted.
    """

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    due_date: date | None = None
    every_months: Annotated[int, msgspec.Meta(ge=1, le=120)] | None = None
    every_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None
    topic: ShortText | None = None
    rule: ShortText | None = None
    interval_days: Annotated[int, msgspec.Meta(ge=1, le=36_500)] | None = None
    proposed_by: UUID | None = None
    accepted_at: Instant | None = None
    declined_at: Instant | None = None

    @property
    def counts(self) -> bool:
        """Whether it is the person's wish: their own, or a proposal they accepted last."""
        if self.declined_at is not None:
            return self.accepted_at is not None and self.accepted_at > self.declined_at
        return self.proposed_by is None or self.accepted_at is not None

    @property
    def is_open_proposal(self) -> bool:
        """Whether a coach proposed it and nobody answered."""
        unanswered = self.accepted_at is None and self.declined_at is None
        return self.proposed_by is not None and unanswered


# Characters that turn the text around them.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_plain_line(title: str) -> bool:
    """Return whether a title is one line that reads as what it says."""
    return not any(letter < " " or letter == "\x7f" or letter in _TURNING for letter in title)


def plausibility(body: ReminderWish, now: datetime) -> tuple[str, ...]:
    """Return why a wish can not count: it says too little, or asks too much of a rule."""
    if body.rule is not None and body.interval_days is not None:
        return () if is_within(body.rule, body.interval_days) else (OUT_OF_BOUNDS,)
    return () if body.title is not None and body.due_date is not None else (INCOMPLETE,)


REMINDER_WISH = RecordType(
    name="reminder_wish",
    type_id=17,
    schema=1,
    owner="client",
    policy="auto",
    body=ReminderWish,
    occurred_at=never,
    plausibility=plausibility,
    by_others=True,
)
