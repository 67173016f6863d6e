"""`injury`: a bone, muscle or tendon that was hurt."""

from datetime import date, datetime
from typing import Annotated

import msgspec

from backend.records.base import ClientBody, RecordType, ShortText, one_of
from backend.records.times import future_flags, midnight, order_flags, range_flags

BOUNDS = {"weeks_off": (0, 520)}


class Injury(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """An injury, open until `closed_date`.

    Fields:
        kind: what was hurt.
        site: part of the body, such as `femoral_neck`.
        high_risk_site: whether bone there heals badly (femoral neck, sacrum, pelvis).
        fragility: whether it broke at a fall from standing height or less.
        onset_date: local day it began.
        closed_date: local day it was over.
        imaging_confirmed: whether a picture showed it.
        weeks_off: weeks without training.
    """

    kind: Annotated[str, one_of("bone_stress", "fracture", "muscle", "tendon", "other")]
    site: ShortText
    onset_date: date
    high_risk_site: bool | None = None
    fragility: bool | None = None
    closed_date: date | None = None
    imaging_confirmed: bool | None = None
    weeks_off: Annotated[float, msgspec.Meta(ge=0, le=1e6)] | None = None


def plausibility(body: Injury, now: datetime) -> tuple[str, ...]:
    """Return why an injury must stay out of the models, if at all."""
    return (
        *future_flags(midnight(body.onset_date), now),
        *order_flags(body.onset_date, body.closed_date),
        *range_flags(body, BOUNDS),
    )


INJURY = RecordType(
    name="injury",
    type_id=9,
    schema=1,
    owner="client",
    policy="auto",
    category="injuries",
    body=Injury,
    occurred_at=lambda body: midnight(body.onset_date),
    plausibility=plausibility,
)
