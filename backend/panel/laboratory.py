"""Results: with their values for who may read them, as status words for who may read no more."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from backend.labs import analytes
from backend.labs.models import SCHEMES
from backend.labs.patterns import LOW_D_HIGH_PTH
from backend.panel.due import BLOOD_TOPICS, SOON_DAYS, Standing, soon
from backend.panel.reasons import (
    NOT_APPLIED,
    PanelPart,
    Reason,
    dated,
    monday,
    on_day,
    own_band,
    plural,
    reason,
    signed,
    worst_first,
)
from backend.readmodels import Observation
from backend.records.server_owned import Finding, RiskSummary
from backend.summary.findings import SAFETY_CODES, shown
from backend.summary.lab_results import flagged_side, limits_of, usable
from backend.summary.once import once
from backend.summary.patterns import HIGH_CALCIUM
from backend.summary.series import LABS
from backend.summary.situation import LAB_WINDOW_DAYS, Situation
from backend.summary.wording import plain, rounded

AREA = "nutrition_hormones"
CONTACT = "contact with a clinician is advised"
SAFETY = 3
IN_RANGE, OUTSIDE, DUE = "in range", "outside", "due"
STATUS_NAMES = {"vitd_25oh": "vitamin_d"}  # words without a digit, where there are some
SOON = timedelta(weeks=-(-SOON_DAYS // 7))  # whole weeks: a day of the week tells of no sample
WHERE_KIDNEYS_FAIL = frozenset({"pth"})  # rules that are off then


def labs_part(about: Situation, summary: RiskSummary) -> PanelPart:
    """Return the newest results with their values, and what is worth a look about them."""
    found, facts = _findings(about, summary), dict[str, str]()
    for seen in _newest(about):
        dated(facts, seen.analyte, shown(seen), seen.local_date)
    reasons = [
        *(_said(about, one) for one in found if one.level > 0),
        *(_beyond_interval(one) for one in _beyond(about, found)),
        *_changes(about, summary),
    ]
    return PanelPart(
        band=own_band(summary.domains[AREA], found), reasons=worst_first(*reasons), facts=facts
    )


def labs_status_part(
    about: Situation, summary: RiskSummary, standing: Sequence[Standing]
) -> PanelPart:
    """Return the same without a number, a unit or a day: in range, outside, due.

    ``since`` is no closer than a week, and no record is named: none may be read.
    """
    found = _findings(about, summary)
    outside = {one.analyte: one for one in _beyond(about, found)}
    by_id = {one.record_id: one for one in about.observations}
    worth = [one for one in found if one.level > 0]
    for one in worth:
        outside |= {by_id[key].analyte: by_id[key] for key in one.observation_ids}
    within = {one.analyte for one in _newest(about) if _is_within(about, one, found)}
    words = dict.fromkeys(within, IN_RANGE) | dict.fromkeys(outside, OUTSIDE)
    facts = {STATUS_NAMES.get(key, key): words[key] for key in sorted(words)}
    due = [one for one in standing if one.topic in BLOOD_TOPICS and soon(about.as_of, one.due)]
    if due:
        facts["blood_test"] = DUE
    reasons = [
        _outside(worth, [one.local_date for one in outside.values()]),
        _due([one.due for one in due]),
    ]
    band = NOT_APPLIED if summary.domains[AREA].band == NOT_APPLIED else "insufficient"
    if words:
        is_safety = any(one.code in SAFETY_CODES for one in worth)
        band = "review" if is_safety else "mixed" if outside else "supportive"
    return PanelPart(band=band, reasons=worst_first(*reasons), facts=facts)


def _findings(about: Situation, summary: RiskSummary) -> list[Finding]:
    """Return the area's findings that rest on results and on nothing else."""
    results = {one.record_id for one in about.observations}
    return [
        one
        for one in summary.domains[AREA].findings
        if one.observation_ids and set(one.observation_ids) <= results
    ]


@once
def _newest(about: Situation) -> list[Observation]:
    """Return the newest usable result of each analyte, of the last year."""
    found = (usable(about, analyte) for analyte in analytes.ANALYTES)
    return [one for one in found if one and about.age_days(one.local_date) <= LAB_WINDOW_DAYS]


def _severity(one: Finding) -> int:
    return SAFETY if one.code in SAFETY_CODES else one.level


def _said(about: Situation, one: Finding) -> Reason:
    """Return a finding with the values it rests on and the line they are held against."""
    by_id = {each.record_id: each for each in about.observations}
    rests_on = [by_id[key] for key in one.observation_ids]
    values = " and ".join(f"{analytes.label(each.analyte)} {_value(each)}" for each in rests_on)
    words, line = _class(about, one, rests_on[0])
    sentence = f"{values} on {_on(rests_on[0])} ({words})"
    if one.code in SAFETY_CODES:
        sentence += f"; {CONTACT}"
    first = rests_on[0].value
    return reason(
        one.code,
        sentence,
        severity=_severity(one),
        since=one.observed_on,
        number=one.value if first is None else float(first),
        unit=rests_on[0].unit or "",
        baseline=None if line is None else float(line),
        records=one.observation_ids,
    )


def _class(about: Situation, one: Finding, seen: Observation) -> tuple[str, Decimal | None]:
    """Return the class of a finding in words, and the line the value is held against, if any."""
    if one.code == LOW_D_HIGH_PTH:
        return "low beside one above its limit", None
    cls = one.code.removeprefix("vitd_")
    if line := _vitamin_d_lines().get(cls):
        side, limit = line
        return f"{cls.replace('_', ' ')}, {side} {_limit(limit, seen)}", limit
    low, high = limits_of(about, seen)
    if one.code in HIGH_CALCIUM:
        if high is not None and seen.value is not None and seen.value > high:
            return f"above {_limit(high, seen)}", high
        return "high once corrected for albumin", None
    twice = ", twice" if one.code.endswith("twice") else ""
    if flagged_side(seen) and ("below" in one.code or "above" in one.code):
        return f"{_marked(seen)}{twice}", None
    if "below" in one.code and low is not None:
        return f"below {_limit(low, seen)}{twice}", low
    if "above" in one.code and high is not None:
        return f"above {_limit(high, seen)}", high
    return one.code.replace("_", " "), None


@cache
def _vitamin_d_lines() -> dict[str, tuple[str, Decimal]]:
    """Return for each class of vitamin D on which side of which limit (ng/mL) it lies."""
    lines: dict[str, tuple[str, Decimal]] = {}
    for steps, last in SCHEMES.values():
        limits = [Decimal(str(limit)) for limit, _, _ in steps]
        for n, (_, is_included, cls) in enumerate(steps):
            # A class ends below a limit it does not hold, and else begins above the one before.
            lines[cls] = ("above", limits[n - 1]) if is_included else ("below", limits[n])
        if limits:
            lines[last] = ("above", limits[-1])
    return lines


def _limit(limit: Decimal, seen: Observation) -> str:
    return f"{rounded(limit)} {seen.unit or ''}".strip()


def _value(seen: Observation) -> str:
    if seen.value is not None:
        return f"{rounded(seen.value)} {seen.unit or ''}".strip()
    printed = "" if seen.source_value is None else plain(seen.source_value)
    return f"{seen.comparator or ''}{printed} {seen.source_unit or ''}".strip()


def _marked(seen: Observation) -> str:
    return f"marked {'low' if flagged_side(seen) == 'below' else 'high'} by its laboratory"


def _on(seen: Observation) -> str:
    return on_day(seen.local_date, precision=seen.precision)


def _printed(about: Situation, seen: Observation) -> tuple[bool, bool] | None:
    """Return whether its laboratory puts a result below or above its interval, if it may be told."""
    if about.profile.pregnant or seen.value is None:
        return None
    if seen.analyte in WHERE_KIDNEYS_FAIL and about.has_advanced_ckd:
        return None
    if side := flagged_side(seen):
        return side == "below", side == "above"
    low, high = seen.ref_low, seen.ref_high
    if low is None and high is None:
        return None
    return low is not None and seen.value < low, high is not None and seen.value > high


def _beyond(about: Situation, found: Sequence[Finding]) -> list[Observation]:
    """Return newest results outside the printed interval that no finding speaks of."""
    told = {key for one in found for key in one.observation_ids}
    return [
        one
        for one in _newest(about)
        if one.record_id not in told and any(_printed(about, one) or ())
    ]


def _is_within(about: Situation, seen: Observation, found: Sequence[Finding]) -> bool:
    levels = [one.level for one in found if seen.record_id in one.observation_ids]
    return max(levels) == 0 if levels else _printed(about, seen) == (False, False)


def _beyond_interval(seen: Observation) -> Reason:
    value = seen.value or Decimal(0)
    flagged = flagged_side(seen)
    is_below = flagged == "below" or (seen.ref_low is not None and value < seen.ref_low)
    side, limit = ("below", seen.ref_low) if is_below else ("above", seen.ref_high)
    told = _marked(seen) if limit is None else f"{side} the laboratory's {_limit(limit, seen)}"
    return reason(
        f"{seen.analyte}_{side}_lab_interval",
        f"{analytes.label(seen.analyte)} {_value(seen)} on {_on(seen)} ({told})",
        severity=1,
        since=seen.local_date,
        number=float(value),
        unit=seen.unit or "",
        baseline=None if limit is None else float(limit),
        records=[seen.record_id],
    )


def _changes(about: Situation, summary: RiskSummary) -> list[Reason]:
    """Return results that moved the wrong way by more than they vary of themselves (RCV)."""
    reasons = []
    for trend in summary.trends:
        analyte, before, after = str(trend["measure"]), trend.get("before"), trend["after"]
        if analyte not in LABS or trend["verdict"] != "worsening" or about.is_minor:
            continue
        day = date.fromisoformat(str(trend["after_on"]))
        is_off = analyte in WHERE_KIDNEYS_FAIL and about.has_advanced_ckd
        if is_off or about.age_days(day) > LAB_WINDOW_DAYS or not isinstance(before, float):
            continue
        unit, change = analytes.unit_of(analyte) or "", trend.get("change_pct")
        percent = change if isinstance(change, int | float) else 0.0
        earlier = date.fromisoformat(str(trend["before_on"]))
        records = [
            one.record_id
            for one in about.observations
            if one.analyte == analyte and one.usable and one.local_date in (day, earlier)
        ]
        reasons.append(
            reason(
                f"{analyte}_worsening",
                f"{analytes.label(analyte)} {signed(percent, places=0)} % by {on_day(day)} against "
                f"own {rounded(before)} {unit} of {on_day(earlier)}, more than the usual variation",
                severity=2,
                since=day,
                number=float(str(after)),
                unit=unit,
                baseline=before,
                records=records,
            )
        )
    return reasons


def _outside(worth: Sequence[Finding], days: Sequence[date]) -> Reason | None:
    """Return how many results are outside; of none, nothing."""
    if not days:
        return None
    severity = max((_severity(one) for one in worth), default=1)
    is_safety = severity == SAFETY
    count = plural(len(days), "result")
    sentence = f"{count} outside {'its' if len(days) == 1 else 'their'} range"
    return reason(
        "results_outside_contact" if is_safety else "results_outside",
        f"{sentence}; {CONTACT}" if is_safety else sentence,
        severity=severity,
        since=monday(max(days)),
        number=float(len(days)),
        unit="1",
    )


def _due(days: Sequence[date]) -> Reason | None:
    if not days:
        return None
    return reason(
        "blood_test_due",
        f"{plural(len(days), 'blood test')} due",
        severity=1,
        since=monday(min(days)) - SOON,
        number=float(len(days)),
        unit="1",
    )
