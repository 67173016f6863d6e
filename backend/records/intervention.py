"""`intervention`: something begun on purpose, to look at before and after."""

from datetime import date, datetime

from backend.records.base import ClientBody, RecordType, ShortText
from backend.records.times import midnight, order_flags


class Intervention(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """What was changed, from `started_date` until `ended_date`, if it has ended.

    Fields:
        what: what was changed, in the person's words.
        started_date: first local day.
        ended_date: last local day.
        dose: how much and how often.
    """

    what: ShortText
    started_date: date
    ended_date: date | None = None
    dose: ShortText | None = None


def plausibility(body: Intervention, now: datetime) -> tuple[str, ...]:
    """Return why a change must stay out of before and after, if at all."""
    return order_flags(body.started_date, body.ended_date)  # a start ahead is a plan


INTERVENTION = RecordType(
    name="intervention",
    type_id=15,
    schema=1,
    owner="client",
    policy="auto",
    category="plans",
    body=Intervention,
    occurred_at=lambda body: midnight(body.started_date),
    plausibility=plausibility,
)
