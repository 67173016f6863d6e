"""`energy_screen`: the answers that the Triad and REDs screens ask for."""

from datetime import datetime
from typing import Annotated

from backend.records.base import (
    ClientBody,
    Instant,
    Measured,
    NonNegative,
    RecordType,
    Whole,
    one_of,
)
from backend.records.times import range_flags, time_flags

# Our convention [E].
BOUNDS = {
    "age": (5, 120),
    "bmi": (8, 100),
    "menarche_age": (6, 30),
    "menses_12mo": (0, 20),
    "z_lowest": (-12, 12),
    "bsi_count": (0, 100),
}


class EnergyScreen(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """Answers by the names of the models' inputs; what was not asked is absent, never no.

    Fields:
        answered_at: when the questions were answered.
        age: completed years on that day.
        dietary: how food is restricted.
        bmi: body mass index, kg/m2.
        menarche_age: age at the first period, in years.
        menses_12mo: number of periods in the last twelve months.
        hormonal_contraception: whether periods say nothing.
        z_lowest: lowest Z-score of bone density.
        bsi_count: number of bone stress injuries so far.
        bsi_high_risk_site: whether one was at the femoral neck, sacrum or pelvis.
        primary_or_12mo_amenorrhoea: whether there was never a period, or twelve were missed in a row.
        testosterone_below_range: of men, whether it is below the laboratory's interval.
        amenorrhoea_3_11: whether three to eleven periods were missed in a row.
        testosterone_lowest_quartile: of men, whether it is in the lowest quarter of the interval.
        t3_low: whether T3 is below the interval or in its lowest quarter.
        bsi_history: whether bone stress injuries of the last two years count.
        z_below_minus1: whether the Z-score is below -1, or falling.
        growth_deviation: whether a child leaves its own growth curve.
        ede_q_elevated_or_ed: whether there is an eating disorder, or a questionnaire points to one.
    """

    answered_at: Instant
    age: Whole | None = None
    dietary: (
        Annotated[str, one_of("none", "some_restriction_or_history", "eating_disorder_criteria")]
        | None
    ) = None
    bmi: NonNegative | None = None
    menarche_age: NonNegative | None = None
    menses_12mo: Whole | None = None
    hormonal_contraception: bool | None = None
    z_lowest: Measured | None = None
    bsi_count: Whole | None = None
    bsi_high_risk_site: bool | None = None
    primary_or_12mo_amenorrhoea: bool | None = None
    testosterone_below_range: bool | None = None
    amenorrhoea_3_11: bool | None = None
    testosterone_lowest_quartile: bool | None = None
    t3_low: bool | None = None
    bsi_history: bool | None = None
    z_below_minus1: bool | None = None
    growth_deviation: bool | None = None
    ede_q_elevated_or_ed: bool | None = None


def plausibility(body: EnergyScreen, now: datetime) -> tuple[str, ...]:
    """Return why the answers must stay out of the models, if at all."""
    return time_flags(body.answered_at, now) + range_flags(body, BOUNDS)


ENERGY_SCREEN = RecordType(
    name="energy_screen",
    type_id=10,
    schema=1,
    owner="client",
    policy="guard",
    category="energy",
    body=EnergyScreen,
    occurred_at=lambda body: body.answered_at,
    plausibility=plausibility,
)
