"""`intake_log`: what was eaten or taken."""

from datetime import date, datetime
from typing import Annotated

import msgspec

from backend.records.base import (
    ClientBody,
    Instant,
    NonNegative,
    RecordType,
    ShortText,
    Uid,
    one_of,
)
from backend.records.times import day_flags, time_flags

CODES = ("protein", "calcium", "energy", "vitamin_d", "creatine")
# The most of one entry, where its unit is the usual one; our convention [E].
MOST = {
    ("protein", "g"): 1_500,
    ("calcium", "mg"): 20_000,
    ("energy", "kcal"): 30_000,
    ("vitamin_d", "[iU]"): 1_000_000,
    ("vitamin_d", "ug"): 25_000,
    ("creatine", "g"): 100,
}


class IntakeItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An amount of one thing.

    Fields:
        uid: names the item for ever, unique within the log.
        code: what was taken.
        amount: how much, in `unit`.
        unit: unit in UCUM, such as `g`, `mg`, `kcal` or `[iU]`.
    """

    uid: Uid
    code: Annotated[str, one_of(*CODES)]
    amount: NonNegative
    unit: ShortText


class IntakeLog(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """A meal, a supplement or a whole day.

    Fields:
        taken_at: when it was eaten or taken.
        local_date: calendar day where the person was.
        kind: food or supplement.
        items: what was in it, by amount.
        complete_day: whether this is everything of the day.
    """

    taken_at: Instant
    local_date: date
    kind: Annotated[str, one_of("food", "supplement")]
    items: tuple[IntakeItem, ...] = ()
    complete_day: bool | None = None


def plausibility(body: IntakeLog, now: datetime) -> tuple[str, ...]:
    """Return why a log must stay out of the models, if at all."""
    flags = time_flags(body.taken_at, now) or day_flags(body.local_date, body.taken_at)
    if any(item.amount > MOST.get((item.code, item.unit), float("inf")) for item in body.items):
        flags += ("implausible",)
    return flags


INTAKE_LOG = RecordType(
    name="intake_log",
    type_id=7,
    schema=1,
    owner="client",
    policy="auto",
    category="nutrition",
    body=IntakeLog,
    occurred_at=lambda body: body.taken_at,
    plausibility=plausibility,
    keyed={"items": {}},
)
