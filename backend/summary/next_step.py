"""What could be done next: one main step, at most two others."""

from collections.abc import Mapping, Sequence
from datetime import date

from backend.records.server_owned import DomainSummary, Finding
from backend.summary.bone import counts_as_fragility
from backend.summary.energy import stress_injuries
from backend.summary.findings import SAFETY_CODES, needs_supervision
from backend.summary.requirements import BY_COST
from backend.summary.situation import Situation
from backend.summary.wording import phrasebook, say

URGENCY = ("nutrition_hormones", "bone", "recovery_energy", "muscle", "loading")
OTHERS = 2


def next_steps(
    about: Situation, domains: Mapping[str, DomainSummary], safety: Sequence[Finding]
) -> tuple[dict[str, str], tuple[dict[str, str], ...]]:
    """Return the first step that applies, and up to two that come after it.

    Order: a safety finding, a fragility fracture or an open bone stress injury that nothing
    followed up, findings of level 2, missing items from the cheapest, findings of
    level 1, keep going. In pregnancy nothing nudges towards loading.
    Returns:
        Each step as ``code``, ``text_key`` and its sentence under every locale.
    """
    steps = []
    if safety:
        shorts = {x: ", ".join(short(finding, x) for finding in safety) for x in about.locales}
        key = "next.contact_clinician"
        steps.append(
            {"code": "contact_clinician", "text_key": key}
            | {x: say(key, x, deciding=shorts[x]) for x in about.locales}
        )
    if _wants_follow_up(about):
        steps.append(_step(about, "follow_up_bone", "next.follow_up_bone"))
    steps += _by_level(about, domains, 2, "review")
    lacking = {item for one in domains.values() for item in one.missing}
    steps += [_record(about, item) for item in BY_COST if item in lacking]
    steps += _by_level(about, domains, 1, "watch")
    if not steps:
        steps.append(_step(about, "keep_going", "next.keep_going"))
    return steps[0], tuple(steps[1 : 1 + OTHERS])


def short(finding: Finding, locale: str) -> str:
    """Return a finding in a few words, without its value."""
    known = phrasebook(locale).texts
    parts = finding.code.split("_")
    names = ("_".join(parts[:count]) for count in range(len(parts), 0, -1))
    return say(
        next((f"short.{one}" for one in names if f"short.{one}" in known), "short.lab"), locale
    )


def _wants_follow_up(about: Situation) -> bool:
    """Return whether a fragility fracture came after the newest scan and no bone drug ran
    then or later, or an open bone stress injury was not imaged."""
    scanned = about.facts.scans[0].day if about.facts.scans else None
    broken = [one for one in about.facts.injuries if counts_as_fragility(about, one)]
    unseen = any(
        (scanned is None or one.day > scanned) and not _is_treated(about, one.day) for one in broken
    )
    is_open, _ = stress_injuries(about)
    return unseen or any(not one.body.imaging_confirmed for one in is_open)


def _is_treated(about: Situation, since: date) -> bool:
    drugs = (one.body for one in about.facts.medications if one.body.code == "bone_drug")
    return any(one.ended_date is None or one.ended_date >= since for one in drugs)


def _by_level(
    about: Situation, domains: Mapping[str, DomainSummary], level: int, verb: str
) -> list[dict[str, str]]:
    steps = []
    for area in URGENCY:
        levels = [f.level for f in domains[area].findings if f.code not in SAFETY_CODES]
        worst = max(levels, default=0)
        if worst != level or (area == "loading" and about.profile.pregnant):
            continue
        key = f"next.{verb}.{area}"
        if key == "next.review.loading" and needs_supervision(about):
            key = "next.review.loading_supervised"
        elif any(finding.code == "large_step_up" for finding in domains[area].findings):
            key = "next.watch.loading"  # never more right after a large step
        steps.append(_step(about, f"{verb}_{area}", key))
    return steps


def _record(about: Situation, item: str) -> dict[str, str]:
    key = "next.record"
    words = {x: say(key, x, item=say(f"item.{item}", x)) for x in about.locales}
    return {"code": f"record_{item}", "text_key": key} | words


def _step(about: Situation, code: str, key: str) -> dict[str, str]:
    return {"code": code, "text_key": key} | {x: say(key, x) for x in about.locales}
