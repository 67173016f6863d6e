"""When a test or a session is due: grip strength, and a day that loads bone."""

from datetime import date, timedelta

import msgspec

from backend.contract import Model
from backend.inputs import Inputs, Stop
from backend.reminding.intervals import INTERVALS, Due
from backend.reminding.laboratory import said
from backend.results import Result, ok

OLDEST_Y = 130


class Gap(msgspec.Struct, frozen=True):
    """Whether to nudge towards a session that loads bone, from when on, and why not."""

    fire: bool
    due: date | None
    reason: str | None = None


def grip_again(test_date: date, *, age: float, low: bool = False) -> Due:
    """Return when grip strength is due again; never for children.

    Source:
        our convention.
    """
    if age < INTERVALS.adult_from_y.value:
        return Due(None, "paediatric")
    wait = INTERVALS.grip_d
    if age >= INTERVALS.older_from_y.value:
        wait = INTERVALS.grip_older_low_d if low else INTERVALS.grip_older_d
    return Due(test_date + timedelta(days=wait.value))


def loading_nudge(
    last_osteogenic_date: date | None,
    *,
    as_of: date,
    ignored_count: int = 0,
    planned_rest_until: date | None = None,
    impact_contraindicated: bool = False,
) -> Gap:
    """Return whether a nudge fires on ``as_of``; each one ignored in a row makes it rarer.

    Never where impact is contraindicated or rest is planned until ``as_of`` or later.
    Source:
        doses of 3 to 7 days a week (Clissold et al. 2022); the growing gaps are ours.
    """
    resting = planned_rest_until is not None and planned_rest_until >= as_of
    if impact_contraindicated or resting:
        return Gap(False, None, "suppressed")
    if last_osteogenic_date is None:
        return Gap(False, None, "no_history")
    waits = INTERVALS.loading_gap_d.values
    due = last_osteogenic_date + timedelta(days=waits[min(ignored_count, len(waits) - 1)])
    return Gap(as_of >= due, due)


def grip_test(given: Inputs) -> Result:
    """Return ``due`` and ``reason``; see ``grip_again``."""
    given.need("age", "test_date")
    age = given.number("age", low=0, high=OLDEST_Y)
    return said(grip_again(given.day("test_date"), age=age, low=given.flag("low")))


def loading_gap(given: Inputs) -> Result:
    """Return ``fire``, ``due`` and ``reason``; see ``loading_nudge``.

    Without a ``last_osteogenic_date`` there is no history, which is a result, not a lack.
    """
    given.need("as_of")
    ignored = given.optional_number("ignored_count", low=0) or 0.0
    if not ignored.is_integer():
        raise Stop.out_of_range("ignored_count")
    gap = loading_nudge(
        given.day("last_osteogenic_date") if "last_osteogenic_date" in given else None,
        as_of=given.day("as_of"),
        ignored_count=int(ignored),
        planned_rest_until=given.day("planned_rest_until")
        if "planned_rest_until" in given
        else None,
        impact_contraindicated=given.flag("impact_contraindicated"),
    )
    return ok(fire=gap.fire, due=gap.due.isoformat() if gap.due else None, reason=gap.reason)


MODELS = (
    Model(
        key="rem.grip_test",
        fn=grip_test,
        inputs=("age", "test_date"),
        optional=("low",),
        outputs=("due", "reason"),
        grade="ENG",
        citation="our convention",
        section="8.2",
    ),
    Model(
        key="rem.loading_gap",
        fn=loading_gap,
        inputs=("as_of",),
        optional=(
            "last_osteogenic_date",
            "ignored_count",
            "planned_rest_until",
            "impact_contraindicated",
        ),
        outputs=("fire", "due", "reason"),
        grade="ENG",
        citation="our convention on Clissold et al. 2022, Arch Sports Med Physiother 7:7-15",
        section="8.2",
    ),
)
