"""`goal`: which way a measure should go."""

from datetime import date
from typing import Annotated

from backend.records.base import (
    ClientBody,
    Measured,
    RecordType,
    ShortText,
    never,
    no_flags,
    one_of,
)


class Goal(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """What a person wants of one measure.

    Fields:
        measure: name of the measure, with its unit, such as `grip_kg`.
        direction: which way it should go.
        target: value to reach, in the measure's unit.
        by_date: local day it should be reached.
    """

    measure: ShortText
    direction: Annotated[str, one_of("raise", "lower", "keep")]
    target: Measured | None = None
    by_date: date | None = None


GOAL = RecordType(
    name="goal",
    type_id=14,
    schema=1,
    owner="client",
    policy="auto",
    category="plans",
    body=Goal,
    occurred_at=never,
    plausibility=no_flags,
)
