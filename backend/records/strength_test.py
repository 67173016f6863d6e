"""`strength_test`: one test of strength or function, with its trials."""

from datetime import datetime
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
from backend.records.times import time_flags

TESTS = ("grip", "one_rm", "countermovement_jump", "chair_stand_5x", "gait", "sppb", "tug")
# The most and least of a trial, where its unit is the test's own; our convention [E].
TRIAL_BOUNDS = {
    ("grip", "kg"): (0, 150),
    ("one_rm", "kg"): (0, 700),
    ("countermovement_jump", "cm"): (0, 150),
    ("chair_stand_5x", "s"): (2, 600),
    ("gait", "s"): (0.5, 600),
    ("gait", "m/s"): (0, 12),
    ("sppb", "1"): (0, 12),
    ("tug", "s"): (1, 600),
}


class Trial(msgspec.Struct, frozen=True, omit_defaults=True):
    """One try.

    Fields:
        uid: names the trial for ever, unique within the test.
        value: result of the try, in `unit`.
        unit: unit of the value, such as `kg`, `cm`, `s` or `m/s`.
    """

    uid: Uid
    value: NonNegative
    unit: ShortText


class StrengthTest(ClientBody, frozen=True, omit_defaults=True, kw_only=True):
    """A test; the best trial counts. The last six fields are the parts of an SPPB.

    Fields:
        tested_at: when the test was done.
        test: which test.
        side: side of the body.
        device: which dynamometer or platform.
        protocol: how it was done, such as the lift of a one-repetition maximum.
        distance_m: distance walked in a gait test.
        unable: whether the person could not do it; of an SPPB, a part without time was not
            possible.
        trials: tries, in order.
        side_by_side_s: how long the feet were held side by side.
        semi_tandem_s: how long the semi-tandem stance was held.
        tandem_s: how long the tandem stance was held.
        walk_s: time of the walk at usual pace.
        walk_distance_m: distance of that walk, 3 or 4.
        chair_5x_s: time of five rises from a chair.
    """

    tested_at: Instant
    test: Annotated[str, one_of(*TESTS)]
    side: Annotated[str, one_of("left", "right", "both")] | None = None
    device: ShortText | None = None
    protocol: ShortText | None = None
    distance_m: NonNegative | None = None
    unable: bool | None = None
    trials: tuple[Trial, ...] = ()
    side_by_side_s: NonNegative | None = None
    semi_tandem_s: NonNegative | None = None
    tandem_s: NonNegative | None = None
    walk_s: NonNegative | None = None
    walk_distance_m: NonNegative | None = None
    chair_5x_s: NonNegative | None = None


def plausibility(body: StrengthTest, now: datetime) -> tuple[str, ...]:
    """Return why a test must stay out of the models, if at all."""
    flags = time_flags(body.tested_at, now)
    for trial in body.trials:
        low, high = TRIAL_BOUNDS.get((body.test, trial.unit), (0, float("inf")))
        if not low <= trial.value <= high:
            return (*flags, "implausible")
    return flags


STRENGTH_TEST = RecordType(
    name="strength_test",
    type_id=6,
    schema=1,
    owner="client",
    policy="auto",
    category="strength",
    body=StrengthTest,
    occurred_at=lambda body: body.tested_at,
    plausibility=plausibility,
    keyed={"trials": {}},
)
