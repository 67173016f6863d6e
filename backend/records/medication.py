"""`medication`: a drug that changes what the models may say."""

from datetime import date, datetime
from typing import Annotated

from backend.records.base import ClientBody, RecordType, ShortText, one_of
from backend.records.times import midnight, order_flags

CODES = ("bone_drug", "glucocorticoid", "levothyroxine", "vitamin_d", "estrogen", "other")


class Medication(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """A drug from `started_date` until `ended_date`, if it has ended.

    Fields:
        code: kind of drug.
        name: name on the box.
        dose: dose as prescribed.
        started_date: first local day.
        ended_date: last local day.
        dose_changed_date: local day of the newest change of dose.
    """

    code: Annotated[str, one_of(*CODES)]
    started_date: date
    name: ShortText | None = None
    dose: ShortText | None = None
    ended_date: date | None = None
    dose_changed_date: date | None = None


def plausibility(body: Medication, now: datetime) -> tuple[str, ...]:
    """Return why a drug must stay out of the models, if at all."""
    return order_flags(body.started_date, body.ended_date)  # a start ahead is a plan


MEDICATION = RecordType(
    name="medication",
    type_id=12,
    schema=1,
    owner="client",
    policy="auto",
    body=Medication,
    occurred_at=lambda body: midnight(body.started_date),
    plausibility=plausibility,
)
