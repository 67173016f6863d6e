"""Findings about nutrition and hormones, beside vitamin D: patterns, GNRI, intake, single results."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec

from backend.labs import analytes
from backend.labs.patterns import CALCIUM_UPPER_MG_DL, LOW_D_HIGH_PTH, TOXICITY
from backend.labs.tables import CONSTANTS
from backend.models import run
from backend.readmodels import Observation
from backend.records.lab_result import PREANALYTIC
from backend.records.server_owned import Finding
from backend.summary.found import finding
from backend.summary.intake import intake_findings
from backend.summary.measures import latest_composition
from backend.summary.situation import LAB_WINDOW_DAYS, Situation
from backend.summary.wording import join, plain, say, say_date

TOGETHER_DAYS = 90  # results further apart make no pattern
SAME_SAMPLE_DAYS = 1
GNRI_FROM_Y = 65
GNRI_LEVELS = {"no_risk": 0, "low_risk": 1, "moderate_risk": 2, "major_risk": 2}
ACUTE_HSCRP = Decimal(10)
RAISED_HSCRP = Decimal(3)
KEPT_OUT_WHEN_ILL = frozenset({"hscrp", "albumin", "igf1", "ctx", "p1np"})
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


def nutrition_findings(about: Situation) -> list[Finding]:
    """Return what is known beside vitamin D; under 18 only results the laboratory marked."""
    if about.is_minor:
        return [*_toxic(about), *_marked(about)]
    found = [*_toxic(about), *_patterns(about)]
    single = (_gnri(about), _thyroid(about), _inflammation(about), _testosterone(about))
    found += [*intake_findings(about), *(one for one in single if one is not None)]
    return found


def usable(about: Situation, analyte: str) -> Observation | None:
    """Return the newest result that may be banded; see ``all_usable``."""
    return next(all_usable(about, analyte), None)


def all_usable(about: Situation, analyte: str) -> Iterator[Observation]:
    """Yield the results that may be banded, newest first: of no ill day, sampled as they must be."""
    for one in about.observations:
        if one.analyte == analyte and one.usable and one.value is not None:
            is_kept_out = analyte in KEPT_OUT_WHEN_ILL and is_of_an_ill_day(about, one)
            if not is_kept_out and PREANALYTIC not in one.flags:
                yield one


def same_sample_albumin(about: Situation, calcium: Observation) -> Observation | None:
    """Return the usable albumin nearest to a calcium's day, not more than a day from it."""
    near = [
        one for one in all_usable(about, "albumin") if _days_apart(one, calcium) <= SAME_SAMPLE_DAYS
    ]
    return min(near, key=lambda one: _days_apart(one, calcium), default=None)


def is_of_an_ill_day(about: Situation, seen: Observation) -> bool:
    """Return whether hsCRP above 10 mg/L on that day says that the body was fighting something."""
    return any(
        one.analyte == "hscrp" and one.local_date == seen.local_date and _is_acute(one)
        for one in about.observations
    )


def _is_acute(hscrp: Observation) -> bool:
    if hscrp.usable and hscrp.value is not None:
        return hscrp.value > ACUTE_HSCRP
    bound = _least(hscrp)
    return bound is not None and bound >= ACUTE_HSCRP


def _least(seen: Observation) -> Decimal | None:
    """Return the bound, in the canonical unit, that a result is said to be above."""
    if seen.comparator not in (">", ">=") or set(seen.flags) - {"censored"}:
        return None
    if seen.source_value is None:
        return None
    return analytes.canonical(seen.analyte, seen.source_value, seen.source_unit)


def _days_apart(one: Observation, other: Observation) -> int:
    return abs((one.local_date - other.local_date).days)


def _patterns(about: Situation) -> list[Finding]:
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


def pattern_inputs(
    about: Situation,
) -> tuple[dict[str, object], list[Observation], date | None]:
    """Return what ``lab.patterns`` was given for the first pattern of the last year, if any."""
    for found in found_patterns(about):
        if about.age_days(found.on) <= LAB_WINDOW_DAYS:
            return found.given, list(found.records), found.on
    return {}, [], None


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
        if all(_days_apart(one, other) <= TOGETHER_DAYS for other in others):
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
        given |= {"pth_pg_ml": pth.value, "pth_url": _printed_high(pth)}
    if calcium and calcium.analyte == "calcium_ionised":
        given["ca_mg_dl"] = _possible(_equivalent(about, calcium))
    elif calcium:
        corrected = _possible(_corrected(about, calcium))
        given |= {"ca_mg_dl": corrected, "ca_url": _printed_high(calcium)}
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
    limit = _limits(about, ionised)[1]
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
            "days_apart": _days_apart(calcium, albumin),
        },
    )
    return result.get("corrected_mg_dl", calcium.value)


def _toxic(about: Situation) -> list[Finding]:
    """Return the safety finding of a toxic vitamin D that has no class: in pregnancy, or a bound.

    Under 18 only where the laboratory printed an upper limit.
    """
    seen = next((one for one in about.observations if _tells_vitamin_d(one)), None)
    if seen is None or (about.is_minor and seen.ref_high is None):
        return []
    limit = Decimal(repr(CONSTANTS.vitd_toxicity_ng_ml.value))
    least = seen.value if seen.usable else _least(seen)
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
                            value=f"{printed} {seen.source_unit or seen.unit}",
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
    return (seen.usable and seen.value is not None) or _least(seen) is not None


def _gnri(about: Situation) -> Finding | None:
    albumin, mass = usable(about, "albumin"), latest_composition(about.facts, "mass_kg")
    height = latest_composition(about.facts, "height_cm")
    old = about.age is not None and about.age >= GNRI_FROM_Y
    if (
        albumin is None
        or albumin.value is None
        or mass is None
        or not old
        or about.profile.pregnant
    ):
        return None
    if abs((mass[0].day - albumin.local_date).days) > LAB_WINDOW_DAYS:
        return None
    result = run(
        "nutr.gnri",
        {
            "sex": about.profile.sex,
            "age": about.age,
            "albumin_g_l": albumin.value * 10,
            "body_mass_kg": mass[1],
            "height_cm": about.profile.height_cm or (height[1] if height else None),
        },
    )
    cls, value = result.get("cls"), result.get("gnri")
    if not isinstance(cls, str) or not isinstance(value, int | float):
        return None
    return finding(
        about,
        f"gnri_{cls}",
        GNRI_LEVELS[cls],
        grade="COH",
        on=albumin.local_date,
        window_days=LAB_WINDOW_DAYS,
        records=[albumin.record_id, mass[0].record_id],
        keys=["gnri.recorded", f"gnri.{cls}", "gnri.sure"],
        value=float(value),
        unit="1",
        score=float(value),
        date=albumin.local_date,
    )


def _limits(about: Situation, seen: Observation) -> tuple[Decimal | None, Decimal | None]:
    """Return the laboratory's interval; a side it did not print is the adults' usual one."""
    low, high = seen.ref_low, _printed_high(seen)
    if low is not None and high is not None:
        return low, high
    usual = analytes.fallback_for(
        seen.analyte,
        age=about.age,
        sex=about.profile.sex,
        menopausal_status=about.profile.menopausal_status,
        assay=seen.method,
    )
    if usual is None:
        return low, high
    return usual.low if low is None else low, usual.high if high is None else high


def _printed_high(seen: Observation) -> Decimal | None:
    """Return the upper limit the laboratory printed, unless no result could be that high."""
    limit = seen.ref_high
    return limit if limit and analytes.is_plausible(seen.analyte, limit) else None


def _thyroid(about: Situation) -> Finding | None:
    seen = usable(about, "tsh")
    if seen is None or seen.value is None:
        return None
    low, _ = _limits(about, seen)
    if low is None or seen.value >= low:
        return None
    return _result(about, "tsh_below_interval", 1, seen, "tsh")


def _inflammation(about: Situation) -> Finding | None:
    seen = about.newest("hscrp")
    if seen is None or seen.value is None or not RAISED_HSCRP <= seen.value <= ACUTE_HSCRP:
        return None
    return _result(about, "hscrp_raised", 1, seen, "hscrp")


def _testosterone(about: Situation) -> Finding | None:
    """Return the finding of two results of a man, on different days, below the interval."""
    if about.profile.sex != "male":
        return None
    seen = [
        one
        for one in about.observations
        if one.analyte == "testosterone" and one.usable and one.value is not None
    ]
    newest = [one for one in seen if one.local_date == seen[0].local_date][:1]
    newest += [one for one in seen if one.local_date != seen[0].local_date][:1] if seen else []
    if len(newest) < 2 or about.age_days(newest[1].local_date) > LAB_WINDOW_DAYS:
        return None
    for one in newest:
        low, _ = _limits(about, one)
        if low is None or one.value is None or one.value >= low:
            return None
    return _result(about, "testosterone_below_interval_twice", 2, newest[0], "testosterone")


def _result(about: Situation, code: str, level: int, seen: Observation, key: str) -> Finding:
    return finding(
        about,
        code,
        level,
        grade="COH",
        on=seen.local_date,
        window_days=LAB_WINDOW_DAYS,
        records=[seen.record_id],
        keys=[f"{key}.recorded", f"{key}.reference", "lab.sure", f"{key}.do"],
        value=None if seen.value is None else float(seen.value),
        unit=seen.unit,
        amount=seen.value,
        unit_=seen.unit or "",
        date=seen.local_date,
    )


def _marked(about: Situation) -> list[Finding]:
    """Return, under 18, the newest results outside the interval their laboratory printed."""
    found, told = [], set[str]()
    for seen in about.observations:
        if seen.analyte in told or seen.value is None or seen is not usable(about, seen.analyte):
            continue
        told.add(seen.analyte)
        below = seen.ref_low is not None and seen.value < seen.ref_low
        above = seen.ref_high is not None and seen.value > seen.ref_high
        if seen.analyte != "vitd_25oh" and (below or above):
            side = "below" if below else "above"
            found.append(
                finding(
                    about,
                    f"{seen.analyte}_{side}_lab_interval",
                    1,
                    grade="GL",
                    on=seen.local_date,
                    window_days=LAB_WINDOW_DAYS,
                    records=[seen.record_id],
                    keys=[f"lab.{side}_printed", "lab.sure", "lab.do"],
                    value=float(seen.value),
                    unit=seen.unit,
                    name=analytes.label(seen.analyte),
                    amount=seen.value,
                    unit_=seen.unit or "",
                    date=seen.local_date,
                )
            )
    return found
