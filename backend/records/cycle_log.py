"""`cycle_log`: one day's note of the menstrual cycle; the owner's alone unless granted apart."""

from datetime import date, datetime
from typing import Annotated

from backend.records.base import ClientBody, RecordType, one_of
from backend.records.times import future_flags, midnight


class CycleLog(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """What a day was.

    Fields:
        local_date: calendar day where the person was.
        kind: what the day was.
        hormonal_contraception: whether periods say nothing.
    """

    local_date: date
    kind: Annotated[str, one_of("period_start", "period_end", "none_today")]
    hormonal_contraception: bool | None = None


def plausibility(body: CycleLog, now: datetime) -> tuple[str, ...]:
    """Return why a day must stay out of the models, if at all."""
    return future_flags(midnight(body.local_date), now)


CYCLE_LOG = RecordType(
    name="cycle_log",
    type_id=11,
    schema=1,
    owner="client",
    policy="auto",
    category="cycle",
    body=CycleLog,
    occurred_at=lambda body: midnight(body.local_date),
    plausibility=plausibility,
)
