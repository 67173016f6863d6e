"""Patterns of several results, and vitamin D in the toxicity range that no class tells of."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

import msgspec

from backend.labs import analytes
from backend.labs.patterns import CALCIUM_UPPER_MG_DL, LOW_D_HIGH_PTH, TOXICITY
from backend.labs.tables import CONSTANTS
from backend.models import run
from backend.readmodels import Observation
from backend.records.server_owned import Finding
from backend.summary.found import finding
from backend.summary.lab_results import (
    SAME_SAMPLE_DAYS,
    all_usable,
    days_apart,
    least_of,
    limits_of,
    printed_high,
    same_sample_albumin,
    usable,
)
from backend.summary.once import once
from backend.summary.situation import LAB_WINDOW_DAYS, Situation
from backend.summary.wording import in_digits, join, plain, say, say_date

TOGETHER_DAYS = 90  # results further apart make no pattern
HIGH_CALCIUM = (
    "high_calcium_pth_unknown",
    "high_calcium_pth_not_suppressed",
    "high_calcium_pth_suppressed",
)


class Pattern(msgspec.Struct, frozen=True):
    """What several results show together: what the model was given, and on what it rests.

    ``records`` are the results that the pattern is about, ``on`` the day it is of.
    """

    code: str
    on: date
    records: tuple[Observation, ...]
    given: dict[str, object]


def pattern_findings(about: Situation) -> list[Finding]:
    """Return the findings of patterns, each by its own results."""
    return [
        finding(
            about,
            found.code,
            2,
            grade="GL",
            on=found.on,
            window_days=LAB_WINDOW_DAYS,
            records=[one.record_id for one in found.records],
            keys=[f"pattern.{found.code}", "pattern.sure", f"pattern.do.{found.code}"],
            date=found.on,
        )
        for found in found_patterns(about)
    ]


def recent_pattern(about: Situation, codes: Collection[str]) -> Pattern | None:
    """Return the pattern of the last year that has one of these codes, if any."""
    return next(
        (
            found
            for found in found_patterns(about)
            if found.code in codes and about.age_days(found.on) <= LAB_WINDOW_DAYS
        ),
        None,
    )


@once
def found_patterns(about: Situation) -> list[Pattern]:
    """Return the patterns of results not more than 90 days apart, however old they are.

    High calcium is looked for around the newest calcium, low vitamin D with high PTH around
    these two: no other result, however new, takes anything away from them.
    """
    found = (_high_calcium(about), _low_d_high_pth(about))
    return [one for one in found if one is not None]


def _high_calcium(about: Situation) -> Pattern | None:
    calcium = _calcium(about)
    if calcium is None:
        return None
    pth = _together(about, "pth", calcium)
    given = _given(about, calcium=calcium, pth=pth)
    code = next((one for one in _shown(given) if one in HIGH_CALCIUM), None)
    if code is None:
        return None
    return Pattern(code, calcium.local_date, (calcium, pth) if pth else (calcium,), given)


def _low_d_high_pth(about: Situation) -> Pattern | None:
    vitamin_d = None if about.profile.pregnant else usable(about, "vitd_25oh")
    pth = _together(about, "pth", vitamin_d) if vitamin_d else None
    if vitamin_d is None or pth is None:
        return None
    given = _given(about, calcium=_calcium(about, vitamin_d, pth), pth=pth, vitamin_d=vitamin_d)
    if LOW_D_HIGH_PTH not in _shown(given):
        return None
    newer = max(vitamin_d.local_date, pth.local_date)
    return Pattern(LOW_D_HIGH_PTH, newer, (vitamin_d, pth), given)


def _shown(given: dict[str, object]) -> list[str]:
    patterns = run("lab.patterns", given).get("patterns")
    return patterns if isinstance(patterns, list) else []


def _together(about: Situation, analyte: str, *others: Observation) -> Observation | None:
    """Return the newest usable result not more than 90 days from each of the others."""
    for one in all_usable(about, analyte):
        if all(days_apart(one, other) <= TOGETHER_DAYS for other in others):
            return one
    return None


def _calcium(about: Situation, *others: Observation) -> Observation | None:
    """Return the newest calcium near others: ionised where it is of the same sample or newer."""
    ionised, total = (_together(about, name, *others) for name in ("calcium_ionised", "calcium"))
    if ionised is None or total is None:
        return ionised or total
    older_days = (total.local_date - ionised.local_date).days
    return ionised if older_days <= SAME_SAMPLE_DAYS else total


def _given(
    about: Situation,
    *,
    calcium: Observation | None,
    pth: Observation | None,
    vitamin_d: Observation | None = None,
) -> dict[str, object]:
    """Return what ``lab.patterns`` is given; limits are the laboratory's own where it printed them.

    Calcium is ionised, told as the total that is as far from its limit; else corrected for
    albumin of the same sample; else as measured, so that a high value is not passed over for
    want of albumin.
    """
    given: dict[str, object] = {"egfr": about.egfr, "dialysis": bool(about.profile.dialysis)}
    if vitamin_d:
        given["vitd_ng_ml"] = vitamin_d.value
    if pth:
        given |= {"pth_pg_ml": pth.value, "pth_url": printed_high(pth)}
    if calcium and calcium.analyte == "calcium_ionised":
        given["ca_mg_dl"] = _possible(_equivalent(about, calcium))
    elif calcium:
        corrected = _possible(_corrected(about, calcium))
        given |= {"ca_mg_dl": corrected, "ca_url": printed_high(calcium)}
    return given


def _possible(calcium_mg_dl: object) -> float | None:
    """Return computed calcium, no further out than a measured one can be."""
    if not isinstance(calcium_mg_dl, int | float | Decimal):
        return None
    low, high = analytes.plausible_bounds("calcium")
    return min(max(float(calcium_mg_dl), low), high)


def _equivalent(about: Situation, ionised: Observation) -> Decimal | None:
    """Return total calcium (mg/dL) as far from its usual limit as ionised is from its own.

    The pattern is told in mg/dL; ionised calcium is half of the total and printed in mmol/L.
    """
    limit = limits_of(about, ionised)[1]
    if not limit or ionised.value is None:
        return None
    return ionised.value * Decimal(repr(CALCIUM_UPPER_MG_DL)) / limit


def _corrected(about: Situation, calcium: Observation) -> object:
    albumin = same_sample_albumin(about, calcium)
    if albumin is None:
        return calcium.value
    result = run(
        "lab.corrected_calcium",
        {
            "calcium_mg_dl": calcium.value,
            "albumin_g_dl": albumin.value,
            "dialysis": bool(about.profile.dialysis),
            "egfr": about.egfr,
            "days_apart": days_apart(calcium, albumin),
        },
    )
    return result.get("corrected_mg_dl", calcium.value)


def toxic_vitamin_d(about: Situation) -> list[Finding]:
    """Return the safety finding of a toxic vitamin D that has no class: in pregnancy, or a bound.

    Under 18 only where the laboratory printed an upper limit.
    """
    seen = next((one for one in about.observations if _tells_vitamin_d(one)), None)
    if seen is None or (about.is_minor and seen.ref_high is None):
        return []
    limit = Decimal(repr(CONSTANTS.vitd_toxicity_ng_ml.value))
    least = seen.value if seen.usable else least_of(seen)
    reaches = seen.comparator == ">" and least == limit
    if least is None or not (least > limit or reaches):
        return []
    if seen.usable and not about.profile.pregnant:
        return []  # it has a class, which says so
    printed = f"{seen.comparator or ''}{plain(seen.source_value or least)}"
    return [
        Finding(
            code=TOXICITY,
            level=2,
            grade="GL",
            observed_on=seen.local_date,
            window_days=LAB_WINDOW_DAYS,
            observation_ids=(seen.record_id,),
            trend=None,
            text={
                x: join(
                    (
                        say(
                            "vitd.recorded",
                            x,
                            value=f"{in_digits(printed, x)} {seen.source_unit or seen.unit}",
                            date=say_date(seen.local_date, x, precision=seen.precision),
                        ),
                        say("vitd.sure", x),
                        say("vitd.do.safety", x),
                    )
                )
                for x in about.locales
            },
            value=None if seen.value is None else float(seen.value),
            unit=seen.unit,
        )
    ]


def _tells_vitamin_d(seen: Observation) -> bool:
    if seen.analyte != "vitd_25oh":
        return False
    return (seen.usable and seen.value is not None) or least_of(seen) is not None
