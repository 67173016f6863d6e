"""`athlete_profile`: what the models need to know about the person; one per feed."""

from datetime import date
from typing import Annotated

import msgspec

from backend.records.base import Body, RecordType, ShortText, never, no_flags


class AthleteProfile(Body, frozen=True, omit_defaults=True, kw_only=True):
    """Fields of the profile; the record's id is the athlete's id.

    ``height_cm`` in centimetres, ``latitude`` in degrees north, ``zone`` an IANA name.
    """

    sex: ShortText | None = None
    born_date: date | None = None
    height_cm: Annotated[float, msgspec.Meta(gt=0, le=300)] | None = None
    zone: ShortText | None = None
    locale: ShortText | None = None
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    menopausal_status: ShortText | None = None
    pregnant: bool | None = None
    dialysis: bool | None = None
    impact_contraindicated: bool | None = None
    impact_limited: bool | None = None
    clinician_managed: tuple[ShortText, ...] | None = None
    hormonal_contraception: bool | None = None
    athlete_level: ShortText | None = None
    sarcopenia_definition: ShortText | None = None
    vitamin_d_scheme: ShortText | None = None
    delivery_hour: Annotated[int, msgspec.Meta(ge=0, le=23)] | None = None
    quiet_hours: ShortText | None = None
    reminders_per_week: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None


ATHLETE_PROFILE = RecordType(
    name="athlete_profile",
    type_id=1,
    schema=1,
    owner="client",
    policy="auto",
    body=AthleteProfile,
    occurred_at=never,
    plausibility=no_flags,
)
