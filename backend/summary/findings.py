"""Dated findings: what the models say about one person, level, window, grade and words."""

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from backend.labs import analytes
from backend.labs.models import DEFAULT_SCHEME, SCHEMES
from backend.loading.days import WINDOW_DAYS, week_days
from backend.models import run
from backend.readmodels import LoadDay, Observation
from backend.records.server_owned import Finding
from backend.results import Result
from backend.summary.bone import counts_as_fragility, is_in_osteoporosis_range
from backend.summary.energy import stress_injuries
from backend.summary.once import once
from backend.summary.patterns import HIGH_CALCIUM
from backend.summary.situation import LAB_WINDOW_DAYS, Situation
from backend.summary.wording import (
    in_digits,
    join,
    number,
    plain,
    rounded,
    say,
    say_date,
    term,
)

BAND_LEVELS = {"supportive": 0, "mixed": 1, "review": 2}
STEP_UP_WINDOW_DAYS = 14
STEP_UP_COVERED_DAYS = 27  # all four weeks known; today may still be open
TOXIC_ABOVE_NG_ML = 150
TOXICITY = "toxicity_range"
# Science fixes the levels of the default scheme; those of the others follow its meaning [E].
VITD_LEVELS = {
    "very_low": 2,
    "low": 1,
    "adequate_for_most": 0,
    "adequate": 0,
    "high": 1,
    TOXICITY: 2,
    "deficiency": 2,
    "insufficiency": 1,
    "sufficiency": 0,
    "above_100": 1,
    "at_risk_of_deficiency": 2,
    "at_risk_of_inadequacy": 1,
    "above_50": 1,
}
SAFETY_CODES = frozenset({f"vitd_{TOXICITY}", *HIGH_CALCIUM})
STRESS_INJURY_WEEKS = 12
CLINICIAN_TOPICS = frozenset({"vitd_25oh", "vitamin_d"})


def loading_band(about: Situation) -> Result:
    """Return ``load.band`` for the four weeks; ``age`` is missing without a birth date."""
    days, profile = about.load_days, about.profile
    return run(
        "load.band",
        {
            "coverage_days": about.coverage_days,
            "high_days_28": sum(day.day_class == "high" for day in days),
            "moderate_days_28": sum(day.day_class == "moderate" for day in days),
            "heavy_days_28": sum(day.heavy_day for day in days),
            "age": about.age,
            "impact_limited": profile.impact_limited,
            "impact_contraindicated": profile.impact_contraindicated,
            "dialysis": profile.dialysis,
            "egfr": about.egfr,
        },
    )


@once
def loading_findings(about: Situation) -> list[Finding]:
    """Return the band of the four weeks, and a large step up, where they can be told."""
    result = loading_band(about)
    band = str(result.get("band"))
    found = []
    newest = about.load_days[-1].local_date if about.load_days else about.as_of
    if band in BAND_LEVELS:
        found.append(
            Finding(
                code="loading_band",
                level=BAND_LEVELS[band],
                grade="RCT",
                observed_on=newest,
                window_days=WINDOW_DAYS,
                observation_ids=(),
                trend=None,
                text={x: _loading_text(about, result, x) for x in about.locales},
            )
        )
    step = _step_up(about)
    if step is not None and band != "not_applied":
        percent = rounded(step * 100, places=0)
        found.append(
            Finding(
                code="large_step_up",
                level=1,
                grade="ENG",
                observed_on=newest,
                window_days=STEP_UP_WINDOW_DAYS,
                observation_ids=(),
                trend=None,
                text={x: say("loading.step_up", x, percent=percent) for x in about.locales},
                value=step,
                unit="1",
            )
        )
    return found


@once
def _step_up(about: Situation) -> float | None:
    if about.coverage_days < STEP_UP_COVERED_DAYS:
        return None
    return step_up(about.load_days, ending=about.as_of)


def step_up(days: Sequence[LoadDay], *, ending: date) -> float | None:
    """Return the week's ratio to the mean of the three before when it is a large step up.

    The caller sees to it that all four weeks are known.
    """
    weeks = week_days(days, ending=ending, weeks=4)
    blu = [math.fsum(day.blu for day in week) for _, _, week in weeks]
    result = run("load.ramp", {"current_week": blu[3], "prior_weeks": blu[2::-1]})
    ratio = result.get("ratio")
    large = result.get("flag") == "large_step_up"
    return ratio if large and isinstance(ratio, float) else None


def _loading_text(about: Situation, result: Result, locale: str) -> str:
    days = about.load_days
    flags = result.get("flags")
    ckd = isinstance(flags, list) and "bmd_expectation_suppressed" in flags
    if result["band"] == "supportive":
        action = "supportive"
    elif _step_up(about) is not None:
        action = ""  # asking for more would contradict the step up named beside it
    else:
        action = "supervised" if needs_supervision(about) else "more"
    return join(
        (
            say(
                "loading.recorded",
                locale,
                hours=number(sum(day.minutes for day in days) / 60, locale),
                high=sum(day.day_class == "high" for day in days),
                moderate=sum(day.day_class == "moderate" for day in days),
                covered=about.coverage_days,
            ),
            say("loading.reference_ckd" if ckd else "loading.reference", locale),
            say(f"loading.sure.{about.data_tier or 'none'}", locale),
            say(f"loading.do.{action}", locale) if action else "",
        )
    )


def needs_supervision(about: Situation) -> bool:
    """Return whether nothing may suggest impact without someone who looks on.

    In pregnancy, with limited impact, where kidney failure changes bone; with a T-score in the osteoporosis range, a fragility
    fracture, or a bone stress injury of the last twelve weeks (Beck et al. 2017).
    """
    told = about.profile.pregnant or about.profile.impact_limited
    return bool(told or about.has_advanced_ckd or has_frail_bone(about))


@once
def has_frail_bone(about: Situation) -> bool:
    """Return whether bone itself asks for care: see ``needs_supervision``."""
    weak = is_in_osteoporosis_range(about)
    broken = any(counts_as_fragility(about, one) for one in about.facts.injuries)
    is_open, past = stress_injuries(about)
    recent = any(
        about.age_days(one.body.closed_date or one.day) <= 7 * STRESS_INJURY_WEEKS for one in past
    )
    return weak or broken or bool(is_open) or recent


def vitamin_d_finding(about: Situation) -> Finding | None:
    """Return the finding of the newest usable 25-OH vitamin D, stale or not.

    None in pregnancy (no class applies), without a result, when the scheme classes nothing,
    and under 18 when the laboratory printed no interval. Above 150 ng/mL is the toxicity
    range, and a safety finding, in every scheme.
    """
    seen = about.newest("vitd_25oh")
    if seen is None or seen.value is None or about.profile.pregnant:
        return None
    if about.is_minor:
        return _by_laboratory(about, seen, seen.value)
    scheme = about.profile.vitamin_d_scheme or DEFAULT_SCHEME
    scheme = scheme if scheme in SCHEMES else DEFAULT_SCHEME
    if seen.value > TOXIC_ABOVE_NG_ML and SCHEMES[scheme][1] != TOXICITY:
        scheme = DEFAULT_SCHEME
    cls = str(run("lab.vitd_class", {"ng_ml": seen.value, "scheme": scheme}).get("cls"))
    if cls not in VITD_LEVELS:
        return None
    words = {x: _class_words(scheme, cls, x) for x in about.locales}
    return _vitamin_d(about, seen, f"vitd_{cls}", VITD_LEVELS[cls], words)


def _by_laboratory(about: Situation, seen: Observation, value: Decimal) -> Finding | None:
    low, high = seen.ref_low, seen.ref_high
    if low is None and high is None:
        return None
    below, above = low is not None and value < low, high is not None and value > high
    side = "below" if below else "above" if above else "within"
    code = f"vitd_{side}_lab_interval"
    if above and value > TOXIC_ABOVE_NG_ML:
        code = f"vitd_{TOXICITY}"
    unit = seen.unit or ""
    ends = " - ".join("" if end is None else rounded(end) for end in (low, high)).strip()
    key = f"vitd.reference_lab_{side}"
    words = {x: say(key, x, interval=f"{in_digits(ends, x)} {unit}") for x in about.locales}
    level = 2 if code in SAFETY_CODES else int(side != "within")
    return _vitamin_d(about, seen, code, level, words)


def _vitamin_d(
    about: Situation, seen: Observation, code: str, level: int, reference: dict[str, str]
) -> Finding:
    text = {
        locale: join(
            (
                say(
                    "vitd.recorded",
                    locale,
                    value=in_digits(shown(seen), locale),
                    date=_when(seen, locale),
                ),
                reference[locale],
                say("vitd.sure", locale),
                say(f"vitd.do.{_vitd_action(about, code, level)}", locale),
            )
        )
        for locale in about.locales
    }
    return Finding(
        code=code,
        level=level,
        grade="GL",
        observed_on=seen.local_date,
        window_days=LAB_WINDOW_DAYS,
        observation_ids=(seen.record_id,),
        trend=None,
        text=text,
        value=None if seen.value is None else float(seen.value),
        unit=seen.unit,
    )


def _vitd_action(about: Situation, code: str, level: int) -> str:
    if code in SAFETY_CODES:
        return "safety"
    if CLINICIAN_TOPICS & set(about.profile.clinician_managed or ()):
        return "managed"
    if level == 0:
        return "none"
    if code.endswith("_lab_interval"):
        return "lab"
    if code in ("vitd_high", "vitd_above_100", "vitd_above_50"):
        return "high"
    return "very_low" if level == 2 else "low"


def _class_words(scheme: str, cls: str, locale: str) -> str:
    """Return the class with its limits, as a sentence."""
    steps = SCHEMES[scheme][0]
    low, low_included = "", True
    key, high = "bounds.above", ""
    for limit, included, name in steps:
        if name == cls:
            high = rounded(limit)
            key = "bounds.up_to" if included and low_included else "bounds.between"
            key = "bounds.above_up_to" if included and not low_included else key
            break
        low, low_included = rounded(limit), not included
    key = key if low else "bounds.below"
    return say(
        "vitd.reference",
        locale,
        bounds=say(key, locale, low=in_digits(low, locale), high=in_digits(high, locale)),
        cls=term(cls, locale),
        scheme=say(f"scheme.{scheme}", locale),
    )


def shown(seen: Observation) -> str:
    """Return a value as printed, with the canonical one in brackets when the unit differs."""
    base = f"{rounded(seen.value or Decimal(0))} {seen.unit or ''}".strip()
    if seen.source_value is None or seen.source_unit is None:
        return base
    printed = f"{plain(seen.source_value)} {seen.source_unit}"
    same = analytes.unit_as(seen.analyte, seen.source_unit) == seen.unit
    return printed if same else f"{printed} ({base})"


def _when(seen: Observation, locale: str) -> str:
    return say_date(seen.local_date, locale, precision=seen.precision)
