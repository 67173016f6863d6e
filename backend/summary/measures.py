"""Series of one measure out of tests, scans and results, each value with what it may be compared with."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from uuid import UUID

import msgspec

from backend.models import run
from backend.records.body_composition import BodyComposition
from backend.records.dxa_scan import DxaScan, SiteResult
from backend.records.strength_test import StrengthTest
from backend.summary.facts import Fact, Facts

# Sites whose T-score may class a scan; the whole body less head is for children.
CLASS_SITES = ("lumbar_spine", "total_hip", "femoral_neck", "radius_33")


class Reading(msgspec.Struct, frozen=True):
    """One value of a measure.

    ``setting`` is what must be equal for two values to be compared: side and dynamometer,
    method and device, or machine. ``unable`` stands for a test that could not be done.
    """

    record_id: UUID
    day: date
    value: float | None
    setting: tuple[str, ...] = ()
    unable: bool = False


def strength(facts: Facts, test: str, side: str | None = None) -> list[Reading]:
    """Return the results of one kind of test, newest first, the best trial of each.

    Units: grip kg, chair stand and TUG s, gait m/s, SPPB points. Tests that hold nothing
    usable are left out.
    """
    return [
        reading
        for fact in facts.tests
        if fact.body.test == test and side in (None, fact.body.side)
        for reading in _test_reading(fact)
    ]


def _test_reading(fact: Fact[StrengthTest]) -> Iterator[Reading]:
    body = fact.body
    value = _BEST[body.test](body) if body.test in _BEST else None
    setting = (body.side or "", body.device or "", body.protocol or "")
    if body.unable and body.test != "sppb":
        yield Reading(fact.record_id, fact.day, None, setting, unable=True)
    elif value is not None:
        yield Reading(fact.record_id, fact.day, value, setting)


def _trials(body: StrengthTest, unit: str) -> list[float]:
    return [trial.value for trial in body.trials if trial.unit == unit]


def _grip(body: StrengthTest) -> float | None:
    return max(_trials(body, "kg"), default=None)


def _least_seconds(body: StrengthTest) -> float | None:
    return min((s for s in _trials(body, "s") if s > 0), default=None)


def _gait(body: StrengthTest) -> float | None:
    speeds = _trials(body, "m/s")
    if body.distance_m:
        speeds += [body.distance_m / s for s in _trials(body, "s") if s > 0]
    return max(speeds, default=None)


def _sppb(body: StrengthTest) -> float | None:
    whole = max(_trials(body, "1"), default=None)
    if whole is not None:
        return whole
    names = (
        "side_by_side_s",
        "semi_tandem_s",
        "tandem_s",
        "walk_s",
        "walk_distance_m",
        "chair_5x_s",
    )
    total = run("muscle.sppb", {name: getattr(body, name) for name in names}).get("total")
    return float(total) if isinstance(total, int | float) else None


_BEST = {
    "grip": _grip,
    "chair_stand_5x": _least_seconds,
    "gait": _gait,
    "sppb": _sppb,
    "tug": _least_seconds,
    "one_rm": _grip,
}


def composition(facts: Facts, name: str) -> list[Reading]:
    """Return one number of body composition, newest first."""
    return [
        Reading(one.record_id, one.day, value, (one.body.method, one.body.device or ""))
        for one in facts.compositions
        if (value := getattr(one.body, name)) is not None
    ]


def density(facts: Facts, site: str) -> list[Reading]:
    """Return bone mineral density at one site in g/cm2, newest first."""
    return [
        Reading(
            scan.record_id, scan.day, result.bmd_g_cm2, (*machine(scan.body), result.side or "")
        )
        for scan in facts.scans
        for result in scan.body.site_results
        if result.site == site and result.bmd_g_cm2 is not None
    ]


def machine(scan: DxaScan) -> tuple[str, ...]:
    """Return which machine made a scan; only one machine's scans are comparable."""
    return (scan.manufacturer, scan.model or "", scan.device_id or "")


def earlier_like(readings: Sequence[Reading]) -> Reading | None:
    """Return the newest reading before the first one that may be compared with it."""
    first, *rest = readings
    return next((one for one in rest if one.setting == first.setting and one.day < first.day), None)


def lowest_by_site(results: Iterable[SiteResult], score: str) -> dict[str, float]:
    """Return the lowest T- or Z-score of each site that counts."""
    found: dict[str, float] = {}
    for result in results:
        value = getattr(result, score)
        if result.site in CLASS_SITES and value is not None:
            found[result.site] = min(value, found.get(result.site, value))
    return found


def latest_composition(facts: Facts, name: str) -> tuple[Fact[BodyComposition], float] | None:
    """Return the newest composition that has a number, and the number."""
    for one in facts.compositions:
        value = getattr(one.body, name)
        if value is not None:
            return one, float(value)
    return None
