"""Findings about bone: class by the newest scores, real losses, fragility fractures, and TBS."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from functools import partial
from uuid import UUID

import msgspec

from backend.bone.scores import as_printed
from backend.days import completed_years
from backend.models import run
from backend.records.dxa_scan import DxaScan
from backend.records.injury import Injury
from backend.records.server_owned import Finding
from backend.results import Result, number_or_none
from backend.summary.facts import Fact
from backend.summary.found import finding
from backend.summary.measures import (
    GOOD_WAY,
    Reading,
    density,
    lowest_by_site,
    machine,
    worst_pair,
)
from backend.summary.once import once
from backend.summary.situation import Situation
from backend.summary.wording import term

SCAN_WINDOW_DAYS = 1095
NO_LIMIT_DAYS = 36_500
LEVELS = {
    "normal": 0, "low_bone_mass": 1, "osteoporosis_range": 2,
    "within_expected_for_age": 0, "below_expected_for_age": 2, "low_for_age": 2,
}  # fmt: skip
LOW_T = -1.0  # a real loss at or below it weighs more
ATHLETE_Z = (-2.0, -1.0)  # lowest Z above the first, up to the second
FRAGILE_FROM_Y = 50
# Hip and spine where a word begins, in the languages people write; German joins its words.
FRAGILE_SITES = re.compile(
    r"(?<![^\W_])(?:hip|femor|femur|spine|spinal|vertebra|lumbar|thoracic|hüft|hueft"
    r"|schenkelhals|oberschenkel"
    r"|(?:l[1-5]|th?(?:[1-9]|1[0-2])|lwk ?[1-5]|bwk ?(?:[1-9]|1[0-2]))(?![^\W_]))"
    r"|wirbel"
)
CHANGE_SITES = ("lumbar_spine", "total_hip", "femoral_neck")
NOT_ATHLETES = frozenset({"", "none", "inactive", "sedentary"})


def bone_findings(about: Situation) -> list[Finding]:
    """Return what is known of bone; under 18 only what a Z-score says, in pregnancy no class."""
    found = []
    if not about.profile.pregnant:
        found += _classes(about)
        if not about.is_minor:
            found += [*_losses(about), *_texture(about)]
    if not about.is_minor:
        found += _fractures(about)
    return found


class Standing(msgspec.Struct, frozen=True):
    """The class of a person's bone, the score that decides it, and the scan that gave it."""

    scale: str
    category: str
    score: float
    scan: Fact[DxaScan]


def scores(scan: Fact[DxaScan]) -> tuple[float | None, float | None]:
    """Return the lowest T and Z of a scan, as printed; T from a raw femoral neck if it has none."""
    t_by_site, z_by_site = (_by_site(scan.body, scale) for scale in ("T", "Z"))
    return min(t_by_site.values(), default=None), min(z_by_site.values(), default=None)


def _by_site(scan: DxaScan, scale: str) -> dict[str, float]:
    if scale == "Z":
        return lowest_by_site(scan.site_results, "z_score")
    return lowest_by_site(scan.site_results, "t_score") or _computed(scan)


def _computed(scan: DxaScan) -> dict[str, float]:
    found: dict[str, float] = {}
    for result in scan.site_results:
        given = {
            "bmd_g_cm2": result.bmd_g_cm2,
            "site": result.site,
            "manufacturer": scan.manufacturer.lower(),
            "reference": "nhanes3_white_female",
        }
        score = run("bone.t_score_fn", given).get("t_score")
        if isinstance(score, float):
            found[result.site] = min(score, found.get(result.site, score))
    return found


def lowest_score(
    about: Situation, scale: str, *, until: date
) -> tuple[float, Fact[DxaScan]] | None:
    """Return the lowest of each site's newest score, and its scan.

    Scans of the 1095 days up to ``until`` count, so that a site that was left out of the
    newest scan keeps its score, and a site scanned again loses the older one.
    """
    newest: dict[str, tuple[float, Fact[DxaScan]]] = {}
    for scan in about.facts.scans:
        if not 0 <= (until - scan.day).days <= SCAN_WINDOW_DAYS:
            continue
        for site, score in _by_site(scan.body, scale).items():
            kept = newest.get(site)
            if kept is None or (kept[1].day == scan.day and score < kept[0]):
                newest[site] = score, scan
    return min(newest.values(), key=lambda one: (one[0], about.age_days(one[1].day)), default=None)


@once
def standing(about: Situation) -> Standing | None:
    """Return the class of bone by every site's newest score; None when no scan can be classed.

    The newest scan that can be classed says on which scale. Its own day ends the window when
    it is stale itself.
    """
    for scan in about.facts.scans:
        scale = _classified(about, scan, *scores(scan)).get("scale")
        if not isinstance(scale, str):
            continue
        is_stale = about.age_days(scan.day) > SCAN_WINDOW_DAYS
        lowest = lowest_score(about, scale, until=scan.day if is_stale else about.as_of)
        if lowest is None:
            continue
        result = _classified(about, scan, lowest[0], lowest[0])
        return Standing(scale, str(result["category"]), *lowest)
    return None


def _classified(
    about: Situation, scan: Fact[DxaScan], t_lowest: float | None, z_lowest: float | None
) -> Result:
    """Return ``bone.classify`` of scores by the age on a scan's day."""
    return run(
        "bone.classify",
        {
            "age": about.age_on(scan.day),
            "sex": about.profile.sex,
            "menopausal_status": about.profile.menopausal_status,
            "t_lowest": t_lowest,
            "z_lowest": z_lowest,
        },
    )


def is_in_osteoporosis_range(about: Situation) -> bool:
    """Return whether a site's newest T-score is in the range clinicians review for treatment."""
    found = standing(about)
    return found is not None and found.category == "osteoporosis_range"


def _classes(about: Situation) -> list[Finding]:
    found = standing(about)
    if found is None or (about.is_minor and found.scale != "Z"):
        return []
    category, scale, score, scan = found.category, found.scale, found.score, found.scan
    level = LEVELS[category]
    if level == 0 and scale == "Z" and _is_low_in_an_athlete(about, score):
        category, level = "z_low_in_an_athlete", 1
    ckd = about.has_advanced_ckd
    return [
        finding(
            about,
            f"bone_{category}",
            level,
            grade="GL",
            on=scan.day,
            window_days=SCAN_WINDOW_DAYS,
            records=[scan.record_id],
            keys=[
                f"bone.recorded.{scale}",
                f"bone.reference.{category}",
                "bone.sure.ckd" if ckd else "bone.sure",
                f"bone.do.{level}",
            ],
            value=score,
            unit="{T-score}" if scale == "T" else "{Z-score}",
            score=score,
            date=scan.day,
        )
    ]


def _is_low_in_an_athlete(about: Situation, z_lowest: float) -> bool:
    above, up_to = ATHLETE_Z
    return is_athlete(about) and above < as_printed(z_lowest) <= up_to


def is_athlete(about: Situation) -> bool:
    """Return whether the person says that they train in earnest."""
    return (about.profile.athlete_level or "").lower() not in NOT_ATHLETES


def _losses(about: Situation) -> list[Finding]:
    """Return real decreases since the scan before on the same machine, by site."""
    found = []
    for site in CHANGE_SITES:
        change = lsc_change(about, site)
        if change is None or change[0].get("verdict") not in (
            "decrease",
            "no_real_change",
            "increase",
        ):
            continue
        result, days, records = change
        verdict = str(result["verdict"])
        t_lowest = lowest_score(about, "T", until=about.facts.scans[0].day)
        worse = t_lowest is not None and as_printed(t_lowest[0]) <= LOW_T
        found.append(
            finding(
                about,
                f"bmd_{site}_{verdict}",
                (2 if worse else 1) if verdict == "decrease" else 0,
                grade="GL",
                on=days[1],
                window_days=SCAN_WINDOW_DAYS,
                records=records,
                keys=["bmd.recorded", f"bmd.{verdict}", "bmd.sure"],
                value=number_or_none(result.get("change_pct")),
                unit="%",
                trend=GOOD_WAY.get(verdict, verdict),
                site=partial(term, site),
                change=abs(number_or_none(result.get("change_pct")) or 0.0),
                first=days[0],
                date=days[1],
            )
        )
    return found


def lsc_change(
    about: Situation, site: str
) -> tuple[Result, tuple[date, date], Sequence[UUID]] | None:
    """Return ``bone.lsc_change`` of the two newest scans of a site on one machine.

    Of both hips the one that changed for the worse.
    """

    def verdict_on(earlier: Reading, newest: Reading) -> str:
        return str(lsc_between(about, site, earlier, newest).get("verdict"))

    pair = worst_pair(density(about.facts, site), verdict_on)
    if pair is None:
        return None
    earlier, newest = pair
    result = lsc_between(about, site, earlier, newest)
    return result, (earlier.day, newest.day), (newest.record_id, earlier.record_id)


@once
def lsc_between(about: Situation, site: str, earlier: Reading, newest: Reading) -> Result:
    """Return ``bone.lsc_change`` of two scans of a site."""
    scan = next(one.body for one in about.facts.scans if one.record_id == newest.record_id)
    return run(
        "bone.lsc_change",
        {
            "site": site,
            "bmd1": earlier.value,
            "bmd2": newest.value,
            "same_device": earlier.setting == newest.setting and any(machine(scan)[1:]),
            "days_between": (newest.day - earlier.day).days,
            "precision_sd_g_cm2": (scan.facility_precision or {}).get(site),
        },
    )


def _fractures(about: Situation) -> list[Finding]:
    broken = [one for one in about.facts.injuries if counts_as_fragility(about, one)]
    if not broken:
        return []
    return [
        finding(
            about,
            "fragility_fracture",
            2,
            grade="COH",
            on=broken[0].day,
            window_days=NO_LIMIT_DAYS,
            records=[one.record_id for one in broken],
            keys=["fracture.recorded", "fracture.reference", "fracture.do"],
            date=broken[0].day,
        )
    ]


def counts_as_fragility(about: Situation, injury: Fact[Injury]) -> bool:
    """Return whether a fracture is one of hip or spine from low force, or another after 50."""
    body = injury.body
    if body.kind != "fracture" or not body.fragility:
        return False
    if FRAGILE_SITES.search(unicodedata.normalize("NFC", body.site).casefold()):
        return True
    born = about.profile.born_date
    return born is not None and completed_years(born=born, on=injury.day) >= FRAGILE_FROM_Y


def _texture(about: Situation) -> list[Finding]:
    if about.profile.menopausal_status != "post":
        return []
    for scan in about.facts.scans:
        values = [one.tbs for one in scan.body.site_results if one.tbs is not None]
        if values:
            return _degraded(about, scan, values)
    return []


def _degraded(about: Situation, scan: Fact[DxaScan], values: Sequence[float]) -> list[Finding]:
    if run("bone.tbs", {"tbs": min(values)}).get("band") != "degraded":
        return []
    return [
        finding(
            about,
            "tbs_degraded",
            1,
            grade="COH",
            on=scan.day,
            window_days=SCAN_WINDOW_DAYS,
            records=[scan.record_id],
            keys=["tbs.recorded", "tbs.reference", "tbs.sure"],
            value=min(values),
            unit="1",
            score_2=min(values),
            date=scan.day,
        )
    ]


def bone_known(about: Situation) -> dict[str, bool]:
    """Return which required items of the bone area are inside their window."""
    scans = about.facts.scans
    is_recent = bool(scans) and about.age_days(scans[0].day) <= SCAN_WINDOW_DAYS
    reviewed = about.profile.injuries_reviewed_on
    told = any(one.body.kind == "fracture" for one in about.facts.injuries)
    return {"scan": is_recent, "fracture_history": told or reviewed is not None}
