"""Series of one measure out of tests, scans and results, each value with what it may be compared with."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from backend.models import run
from backend.records.body_composition import BodyComposition
from backend.records.dxa_scan import DxaScan, SiteResult
from backend.records.strength_test import StrengthTest
from backend.summary.facts import Fact, Facts
from backend.summary.once import once

# Sites whose T-score may class a scan; the whole body less head is for children.
CLASS_SITES = ("lumbar_spine", "total_hip", "femoral_neck", "radius_33")
GAIT_COURSE_M = (3, 6)
LESS_IS_BETTER = frozenset({"chair_stand_5x", "tug"})
SPPB_COURSE_M = 4.0
STANCES = ("side_by_side_s", "semi_tandem_s", "tandem_s")
# Tests whose change is judged, by the measure's name.
FUNCTION = {"grip_kg": "grip", "gait_m_s": "gait", "sppb": "sppb"}
# What a change in the number means where more is better; other verdicts stand as they are.
GOOD_WAY = {"increase": "improving", "decrease": "worsening"}
# From the one that matters most; what is not named comes last.
VERDICTS = ("decrease", "worsening", "changed", "no_real_change", "increase", "improving")


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


@once
def strength(facts: Facts, test: str, side: str | None = None) -> Sequence[Reading]:
    """Return the results of one kind of test, newest first, the best trial of each.

    Of one day the best comes first, and what could not be done last. Units: grip kg, chair
    stand and TUG s, gait m/s, SPPB points. Tests that hold nothing usable are left out.
    """
    found = [
        reading
        for fact in facts.tests
        if fact.body.test == test and side in (None, fact.body.side)
        for reading in _test_reading(fact)
    ]
    sign = -1 if test in LESS_IS_BETTER else 1
    return sorted(
        found, key=lambda one: (one.day, not one.unable, sign * (one.value or 0)), reverse=True
    )


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
    if body.distance_m is not None:
        shortest, longest = GAIT_COURSE_M
        if not shortest <= body.distance_m <= longest:
            return None
        speeds += [body.distance_m / s for s in _trials(body, "s") if s > 0]
    return max(speeds, default=None)


def _sppb(body: StrengthTest) -> float | None:
    whole = max(_trials(body, "1"), default=None)
    if whole is not None:
        return whole
    given: dict[str, float | None] = {
        name: getattr(body, name) for name in (*STANCES, "walk_s", "chair_5x_s")
    }
    if None in given.values():
        if not body.unable:
            return None  # a part that nobody noted is not one that could not be done
        given |= {name: 0.0 for name in STANCES if given[name] is None}
    distance_m = body.walk_distance_m
    if given["walk_s"] is None:
        distance_m = SPPB_COURSE_M  # of no walk: any course gives no point
    total = run("muscle.sppb", {**given, "walk_distance_m": distance_m}).get("total")
    return float(total) if isinstance(total, int | float) else None


_BEST = {
    "grip": _grip,
    "chair_stand_5x": _least_seconds,
    "gait": _gait,
    "sppb": _sppb,
    "tug": _least_seconds,
    "one_rm": _grip,
}


@once
def composition(facts: Facts, name: str) -> Sequence[Reading]:
    """Return one number of body composition, newest first, of one instant the lowest."""
    found = [
        (
            one.body.measured_at,
            Reading(one.record_id, one.day, value, (one.body.method, one.body.device or "")),
        )
        for one in facts.compositions
        if (value := getattr(one.body, name)) is not None
    ]
    return _newest_first(found)


@once
def density(facts: Facts, site: str) -> Sequence[Reading]:
    """Return bone mineral density at one site in g/cm2, newest first, the lowest of one scan."""
    found = [
        (
            scan.body.scanned_at,
            Reading(
                scan.record_id, scan.day, result.bmd_g_cm2, (*machine(scan.body), result.side or "")
            ),
        )
        for scan in facts.scans
        for result in scan.body.site_results
        if result.site == site and result.bmd_g_cm2 is not None
    ]
    return _newest_first(found)


def _newest_first(found: list[tuple[datetime, Reading]]) -> list[Reading]:
    found.sort(key=lambda one: (one[0], -(one[1].value or 0)), reverse=True)
    return [reading for _, reading in found]


def machine(scan: DxaScan) -> tuple[str, ...]:
    """Return which machine made a scan; only one machine's scans are comparable."""
    return (scan.manufacturer, scan.model or "", scan.device_id or "")


def worst_pair(
    readings: Sequence[Reading], verdict_on: Callable[[Reading, Reading], str]
) -> tuple[Reading, Reading] | None:
    """Return the two readings, earlier and newest, whose verdict matters most.

    Every setting of the newest day is compared with its own reading of the day before it:
    both hands, both hips. None when no setting has one.

    Args:
        readings: newest first.
        verdict_on: one of ``VERDICTS``, or any other word, for an earlier and a newest reading.
    """

    def weight(pair: tuple[Reading, Reading]) -> tuple[int, float, tuple[str, ...]]:
        verdict = verdict_on(*pair)
        rank = VERDICTS.index(verdict) if verdict in VERDICTS else len(VERDICTS)
        return rank, (pair[1].value or 0) - (pair[0].value or 0), pair[1].setting

    pairs = [*_pairs_alike(readings)]
    return min(pairs, key=weight) if len(pairs) > 1 else next(iter(pairs), None)


def _pairs_alike(readings: Sequence[Reading]) -> Iterator[tuple[Reading, Reading]]:
    newest: dict[tuple[str, ...], Reading] = {}
    paired: set[tuple[str, ...]] = set()
    for one in readings:
        if one.day == readings[0].day:
            newest.setdefault(one.setting, one)
        elif one.setting in newest and one.setting not in paired:
            paired.add(one.setting)
            yield one, newest[one.setting]


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
