"""`coach_note`: a word between a coach and an athlete."""

from datetime import date
from uuid import UUID

from backend.records.base import ClientBody, LongText, RecordType, never, no_flags


class CoachNote(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """Written by a coach the athlete lets, answered by the athlete.

    Fields:
        text: what the coach wrote.
        about: id of the record it is about.
        planned_rest_until: last local day without loading, agreed on.
        answer: what the athlete answered.
    """

    text: LongText
    about: UUID | None = None
    planned_rest_until: date | None = None
    answer: LongText | None = None


COACH_NOTE = RecordType(
    name="coach_note",
    type_id=16,
    schema=1,
    owner="client",
    policy="auto",
    category="plans",
    body=CoachNote,
    occurred_at=never,
    plausibility=no_flags,
)
