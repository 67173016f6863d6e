"""Bone: what scans show by site, and what is or was broken."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from backend.panel.reasons import (
    PanelPart,
    Reason,
    dated,
    on_day,
    own_band,
    plural,
    reason,
    signed,
    worst_first,
)
from backend.records.injury import Injury
from backend.records.server_owned import Finding, RiskSummary
from backend.results import number_or_none
from backend.summary.bone import CHANGE_SITES, SCAN_WINDOW_DAYS, standing
from backend.summary.facts import Fact
from backend.summary.measures import CLASS_SITES, lowest_by_site
from backend.summary.situation import Situation
from backend.summary.wording import rounded

LOW_SCORES = {"T": -1.0, "Z": -2.0}
CLASSES = {
    "bone_low_bone_mass": "low bone mass",
    "bone_osteoporosis_range": "in the range that clinicians review for treatment",
    "bone_below_expected_for_age": "below what is expected for age",
    "bone_low_for_age": "low for age",
    "bone_z_low_in_an_athlete": "low for an athlete",
    "tbs_degraded": "degraded",
}
# What people write for a place, German joining its words; what is none of these is not named.
REGIONS = (
    ("hip", r"\b(hip|femor|femur|groin|adductor)|h(ü|ue)ft|schenkelhals|leiste"),
    ("pelvis", r"\b(pelvi|sacr|pubi|ischi|ilia)|becken|kreuzbein"),
    ("spine", r"\b(spin|vertebra|lumbar|thorac|cervical|back\b|neck\b)|wirbel|r(ü|ue)cken|[lb]wk"),
    ("thigh", r"\b(thigh|hamstring|quad)|oberschenkel"),
    ("knee", r"\b(knee|patell|menisc|acl\b)|knie|kreuzband"),
    (
        "lower leg",
        r"\b(tibia|fibula|shin|calf|lower_?leg|soleus|gastroc)|schienbein|wade|wadenbein",
    ),
    ("ankle", r"\b(ankle|achilles|talus)|sprunggelenk|kn(ö|oe)chel"),
    ("foot", r"\b(foot|feet|metatars|navicul|calcane|heel|toe|plantar)|fu(ß|ss)|ferse|zeh"),
    ("shoulder", r"\b(shoulder|clavic|scapul|rotator)|schulter|schl(ü|ue)sselbein"),
    ("arm", r"\b(arm|humer|elbow|biceps|triceps|forearm)|ellbogen|oberarm|unterarm"),
    ("wrist or hand", r"\b(wrist|radius|ulna|hand|finger|thumb|scaphoid)|handgelenk|daumen"),
    ("chest", r"\b(rib|chest|stern)|rippe|brust"),
    ("head", r"\b(head|skull|concuss|face|jaw)|kopf|gehirn|kiefer"),
)
_REGIONS = tuple((word, re.compile(pattern)) for word, pattern in REGIONS)
UNNAMED = "place not named"
KINDS = {"bone_stress": "bone stress", "other": "injury"}


def dxa_part(about: Situation, summary: RiskSummary) -> PanelPart:
    """Return the newest score of each site, real changes, and the class of bone by scans."""
    area, facts = summary.domains["bone"], dict[str, str]()
    classed = standing(about)
    scale = classed.scale if classed else "Z" if about.is_minor else "T"
    for site, (score, day) in _scores(about, scale).items():
        dated(facts, site, f"{scale} {rounded(score)}", day)
    scans = {one.record_id for one in about.facts.scans}
    found = [one for one in area.findings if one.observation_ids]
    found = [one for one in found if set(one.observation_ids) <= scans]
    reasons: list[Reason | None] = []
    for one in found:
        site = next((each for each in CHANGE_SITES if one.code.startswith(f"bmd_{each}_")), "")
        if site:
            facts[f"{site}_change"] = f"{signed(one.value or 0.0)} %"
            reasons.append(_changed(summary, one, site))
        elif one.level > 0:
            reasons.append(_scanned(one))
    return PanelPart(band=own_band(area, found), reasons=worst_first(*reasons), facts=facts)


def _scores(about: Situation, scale: str) -> dict[str, tuple[float, date]]:
    """Return the newest score of each site within the window of scans."""
    found: dict[str, tuple[float, date]] = {}
    for scan in about.facts.scans:
        if about.age_days(scan.day) <= SCAN_WINDOW_DAYS:
            name = "z_score" if scale == "Z" else "t_score"
            for site, score in lowest_by_site(scan.body.site_results, name).items():
                found.setdefault(site, (score, scan.day))
    return {site: found[site] for site in CLASS_SITES if site in found}


def _scanned(one: Finding) -> Reason:
    is_texture = one.code == "tbs_degraded"
    scale = "T" if one.unit == "{T-score}" else "Z"
    said = "trabecular bone score" if is_texture else f"lowest {scale}-score"
    places = 2 if is_texture else 1
    return reason(
        one.code,
        f"{said} {rounded(one.value or 0.0, places=places)} on {on_day(one.observed_on)} "
        f"({CLASSES.get(one.code, one.code.replace('_', ' '))})",
        severity=one.level,
        since=one.observed_on,
        number=one.value,
        unit=one.unit or "1",
        baseline=None if is_texture else LOW_SCORES[scale],
        records=one.observation_ids,
    )


def _changed(summary: RiskSummary, one: Finding, site: str) -> Reason | None:
    """Return a change beyond the least significant one against the person's own scan before."""
    trend = next((each for each in summary.trends if each["measure"] == f"bmd_{site}"), {})
    before, noise = (number_or_none(trend.get(name)) for name in ("before", "lsc_g_cm2"))
    if one.code.endswith("_no_real_change") or one.value is None or before is None:
        return None
    earlier = date.fromisoformat(str(trend["before_on"]))
    line = "" if noise is None else f"; noise is up to {rounded(noise, places=3)} g/cm2"
    return reason(
        one.code,
        f"bone density of the {site.replace('_', ' ')} {signed(one.value)} % by "
        f"{on_day(one.observed_on)} against own {rounded(before, places=3)} g/cm2 of "
        f"{on_day(earlier)}{line}",
        severity=2 if one.level > 0 else 1,
        since=one.observed_on,
        number=one.value,
        unit="%",
        baseline=before,
        records=one.observation_ids,
    )


def injuries_part(about: Situation, summary: RiskSummary) -> PanelPart:
    """Return what is open and since when, and fractures from low force."""
    is_open = [one for one in about.facts.injuries if _is_open(one, about.as_of)]
    facts = {"open": str(len(is_open))}
    if is_open:
        facts["open_since"] = min(one.day for one in is_open).isoformat()
        facts["regions"] = ", ".join(dict.fromkeys(region(one.body.site) for one in is_open))
    by_day: dict[tuple[bool, date], list[Fact[Injury]]] = {}
    for one in sorted(is_open, key=lambda one: (one.day, one.record_id)):
        by_day.setdefault((one.body.kind == "bone_stress", one.day), []).append(one)
    reasons: list[Reason | None] = [
        _open(about, is_stress, day, each) for (is_stress, day), each in by_day.items()
    ]
    found = summary.domains["bone"].findings
    reasons += [_fragility(one) for one in found if one.code == "fragility_fracture"]
    told = worst_first(*reasons)
    return PanelPart(band="review" if told else None, reasons=told, facts=facts)


def region(site: str) -> str:
    """Return the part of the body a site is in, by our words: what people write stays theirs."""
    text = unicodedata.normalize("NFC", site).casefold().replace("_", " ")
    return next((word for word, pattern in _REGIONS if pattern.search(text)), UNNAMED)


def _is_open(one: Fact[Injury], as_of: date) -> bool:
    closed = one.body.closed_date
    return closed is None or closed > as_of


def _open(about: Situation, is_stress: bool, day: date, each: Sequence[Fact[Injury]]) -> Reason:
    regions = ", ".join(dict.fromkeys(region(one.body.site) for one in each))
    days = about.age_days(day)
    noun = plural(len(each), "bone stress injury", "bone stress injuries")
    if not is_stress:
        kinds = ", ".join(dict.fromkeys(KINDS.get(one.body.kind, one.body.kind) for one in each))
        noun = f"{plural(len(each), 'injury', 'injuries')} ({kinds})"
    return reason(
        "bone_stress_current" if is_stress else "injury_open",
        f"{noun} open for {plural(days, 'day')}, since {on_day(day)}: {regions}",
        severity=2,
        since=day,
        number=float(days),
        unit="d",
        records=[one.record_id for one in each],
    )


def _fragility(one: Finding) -> Reason:
    count = len(one.observation_ids)
    return reason(
        one.code,
        f"{plural(count, 'fracture')} from a fall of standing height or less, the newest on "
        f"{on_day(one.observed_on)}",
        severity=2,
        since=one.observed_on,
        number=float(count),
        unit="1",
        records=one.observation_ids,
    )
