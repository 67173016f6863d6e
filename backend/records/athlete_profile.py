"""`athlete_profile`: what the models need to know about the person; one per feed."""

from datetime import date
from typing import Annotated

import msgspec

from backend.records.base import ClientBody, RecordType, ShortText, never, no_flags, one_of


class AthleteProfile(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """Fields of the profile; the record's id is the athlete's id.

    Fields:
        sex: selects published cut-offs; models that need it say so when it is absent.
        born_date: day of birth, for the age on a day.
        height_cm: standing height.
        zone: IANA name of the zone whose days summaries and reminders follow.
        locale: language of texts.
        latitude: degrees north, for the seasons of vitamin D.
        menopausal_status: selects T- or Z-scores.
        pregnant: whether models that do not apply are stopped.
        dialysis: whether models that do not apply are changed or stopped.
        impact_contraindicated: whether no loading may be suggested.
        impact_limited: whether less loading is suggested.
        clinician_managed: topics a clinician looks after; no reminders of them.
        hormonal_contraception: whether periods say nothing.
        athlete_level: how seriously the person trains.
        sarcopenia_definition: whose cut-offs to use.
        vitamin_d_scheme: whose classes to use.
        vitamin_d_no_indication: whether somebody noted that there is no reason to test.
        injuries_reviewed_on: local day on which the person said that all injuries and fractures
            there were are recorded.
        delivery_hour: local hour at which reminders are sent.
        quiet_hours: local hours without messages, such as `22:00-07:00`.
        reminders_per_week: most reminders sent in a week.
        reminder_channels_off: channels no reminder is sent by, of `push` and `email`.
        reminder_topics_off: topics of reminders the person does not want; the most pressing ones
            stay in the inbox and are not sent.
        reminders_paused_until: local day until which none is sent; the inbox goes on.
        weekly_digest: whether a weekly e-mail is wished for.
    """

    sex: Annotated[str, one_of("female", "male")] | None = None
    born_date: date | None = None
    height_cm: Annotated[float, msgspec.Meta(gt=0, le=300)] | None = None
    zone: ShortText | None = None
    locale: ShortText | None = None
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    menopausal_status: Annotated[str, one_of("pre", "transition", "post")] | None = None
    pregnant: bool | None = None
    dialysis: bool | None = None
    impact_contraindicated: bool | None = None
    impact_limited: bool | None = None
    clinician_managed: tuple[ShortText, ...] | None = None
    hormonal_contraception: bool | None = None
    athlete_level: ShortText | None = None
    sarcopenia_definition: Annotated[str, one_of("ewgsop2", "awgs2019")] | None = None
    vitamin_d_scheme: (
        Annotated[str, one_of("mechanostat_v1", "es2011", "iom2011", "es2024")] | None
    ) = None
    vitamin_d_no_indication: bool | None = None
    injuries_reviewed_on: date | None = None
    delivery_hour: Annotated[int, msgspec.Meta(ge=0, le=23)] | None = None
    quiet_hours: ShortText | None = None
    reminders_per_week: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    reminder_channels_off: Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=20)] | None = (
        None
    )
    reminder_topics_off: Annotated[tuple[ShortText, ...], msgspec.Meta(max_length=100)] | None = (
        None
    )
    reminders_paused_until: date | None = None
    weekly_digest: bool | None = None


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
