"""`coach_note`: a word between a coach and an athlete."""

from datetime import date
from uuid import UUID

from backend.records.base import (
    ClientBody,
    Instant,
    LongText,
    RecordType,
    ShortText,
    never,
    no_flags,
)

MOST_CHARACTERS = 5_000  # of what a coach writes; what came before may be longer


class CoachNote(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """Written by a coach the athlete lets, answered by the athlete.

    The athlete writes `answer` and nothing else, the coach everything else.

    Fields:
        text: what the coach wrote.
        about: id of the record it is about.
        planned_rest_until: last local day without loading, agreed on.
        answer: what the athlete answered.
        written_by: id of the coach.
        by_name: the coach's name when they wrote.
        team_id: the team for which they wrote.
        written_at: when they wrote it first.
        is_nudge: the coach only asks for a look; the text is always the same.
    """

    text: LongText
    about: UUID | None = None
    planned_rest_until: date | None = None
    answer: LongText | None = None
    written_by: UUID | None = None
    by_name: ShortText | None = None
    team_id: UUID | None = None
    written_at: Instant | None = None
    is_nudge: bool | None = None


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
    by_others=True,
    answers=("answer",),
)
