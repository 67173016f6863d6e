"""`risk_result`: what FRAX or another tool said, entered by a person and never computed here."""

from datetime import date, datetime
from typing import Annotated

from backend.records.base import (
    ClientBody,
    NonNegative,
    RecordType,
    ShortText,
    Whole,
    one_of,
)
from backend.records.times import future_flags, midnight

FRAX_AGES = (40, 90)
MOST_PCT = 100


class RiskResult(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """A ten-year probability of fracture, shown as entered.

    Fields:
        tool: which tool.
        tool_version: version as printed.
        country_model: which model; FRAX has one per country.
        calculated_on: local day it was calculated.
        age_at_calc: completed years on that day.
        mof_pct: ten-year probability of a major osteoporotic fracture, percent.
        hip_pct: ten-year probability of a hip fracture, percent.
        with_bmd: whether bone density was part of it.
        tbs_adjusted: whether it was adjusted for the trabecular bone score.
        entered_by: who typed it in.
    """

    tool: Annotated[str, one_of("FRAX", "QFracture", "Garvan")]
    calculated_on: date
    tool_version: ShortText | None = None
    country_model: ShortText | None = None
    age_at_calc: Whole | None = None
    mof_pct: NonNegative | None = None
    hip_pct: NonNegative | None = None
    with_bmd: bool | None = None
    tbs_adjusted: bool | None = None
    entered_by: ShortText | None = None


def plausibility(body: RiskResult, now: datetime) -> tuple[str, ...]:
    """Return why a result must stay out of the models, in the words of the FRAX check."""
    flags = list(future_flags(midnight(body.calculated_on), now))
    mof, hip = body.mof_pct, body.hip_pct
    if body.tool == "FRAX":
        low, high = FRAX_AGES
        if body.age_at_calc is not None and not low <= body.age_at_calc <= high:
            flags.append("age_outside_40_90")
        if not body.country_model:
            flags.append("country_model_missing")
    if mof is not None and hip is not None and hip > mof:
        flags.append("hip_exceeds_mof")
    if hip is not None and hip > MOST_PCT:
        flags.append("hip_pct_out_of_range")
    if mof is not None and mof > MOST_PCT:
        flags.append("mof_pct_out_of_range")
    return tuple(flags)


RISK_RESULT = RecordType(
    name="risk_result",
    type_id=13,
    schema=1,
    owner="client",
    policy="guard",
    body=RiskResult,
    occurred_at=lambda body: midnight(body.calculated_on),
    plausibility=plausibility,
)
