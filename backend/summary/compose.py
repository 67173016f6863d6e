"""The muscle-bone risk summary of one person: dated findings, composed, never averaged."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from backend.models import run
from backend.readmodels import LoadDay, Observation
from backend.records.athlete_profile import AthleteProfile
from backend.records.server_owned import DomainSummary, RiskSummary
from backend.summary import ALGORITHM_VERSION
from backend.summary.areas import area_by, area_of
from backend.summary.energy import energy_findings
from backend.summary.facts import Facts
from backend.summary.findings import SAFETY_CODES, loading_findings
from backend.summary.inputs import inputs_hash
from backend.summary.measured import Measured, measured
from backend.summary.models import DOMAINS
from backend.summary.next_step import next_steps, short
from backend.summary.notes import nutrition_notes
from backend.summary.plans import goal_standings, intervention_looks
from backend.summary.requirements import energy_required, loading_counts, loading_missing
from backend.summary.series import LOADING
from backend.summary.situation import (
    NO_FACTS,
    TABLE_VERSIONS,
    Situation,
    situation,
)
from backend.summary.trends import trend_of
from backend.summary.wording import FOOTER, checked, join, say

DECIDING_LEVEL = {"review": 2, "mixed": 1}


def compose(
    *,
    as_of: date,
    covers_seq: int,
    profile: AthleteProfile,
    load_days: Sequence[LoadDay],
    coverage_days: int,
    observations: Sequence[Observation],
    facts: Facts = NO_FACTS,
    locales: Sequence[str] | None = None,
) -> RiskSummary:
    """Return the summary of what is recorded about one person.

    Args:
        as_of: the local day it speaks for.
        covers_seq: the feed position it covers; carried through.
        profile: an empty one when nothing is known.
        load_days: days with sessions; the 28 days up to ``as_of`` are rated, thirteen weeks are
            read for the trend.
        coverage_days: how many of those 28 are known, 0 to 28.
        observations: usable or not, in any order.
        facts: scans, tests, questionnaires and their like.
        locales: languages of the texts; English and the profile's when not given.
    Returns:
        All five areas, always. The same inputs give the same summary; ``inputs_hash`` leaves
        out ``as_of`` and ``covers_seq``.
    Raises:
        ForbiddenWording: a sentence claims more than the evidence allows.
    """
    about = situation(
        as_of=as_of,
        profile=profile,
        load_days=load_days,
        coverage_days=coverage_days,
        observations=observations,
        facts=facts,
        locales=locales,
    )
    return summarise(about, measured(about), covers_seq=covers_seq)


def summarise(about: Situation, found: Measured, *, covers_seq: int) -> RiskSummary:
    """Return the summary of a situation, of which ``found`` is what is measured; see ``compose``."""
    domains = areas(about, found)
    safety = [f for one in domains.values() for f in one.findings if f.code in SAFETY_CODES]
    bands = {name: one.band for name, one in domains.items()}
    total = run("summary.overall", {"bands": bands, "safety_finding": bool(safety)})
    step, also = next_steps(about, domains, safety)
    loading = trend_of(about, LOADING)
    overall, assessed = str(total["overall"]), int(str(total["domains_assessed"]))
    return RiskSummary(
        as_of=about.as_of,
        algorithm_version=ALGORITHM_VERSION,
        table_versions=TABLE_VERSIONS,
        covers_seq=covers_seq,
        overall=overall,
        domains_assessed=assessed,
        domains=domains,
        safety=tuple(finding.code for finding in safety),
        next_step=step,
        also=also,
        trends=(*([loading] if loading else []), *found.trends),
        goals=tuple(msgspec.to_builtins(one) for one in goal_standings(about)),
        interventions=tuple(msgspec.to_builtins(one) for one in intervention_looks(about)),
        texts={x: _texts(about, domains, overall, assessed, x) for x in about.locales},
        inputs_hash=inputs_hash(about, found, domains),
    )


def areas(about: Situation, found: Measured) -> dict[str, DomainSummary]:
    """Return the five areas with their findings, bands, confidence and missing items."""
    present, total = loading_counts(about)
    contraindicated = bool(about.profile.impact_contraindicated)
    loading = area_of(
        about,
        loading_findings(about),
        present=present,
        total=total,
        missing=() if contraindicated else loading_missing(about),
        not_applied=contraindicated,
        data_tier=about.data_tier,
    )
    energy = area_by(about, energy_findings(about), energy_required(about))
    summaries = {"loading": loading, "recovery_energy": energy, **found.areas}
    return {name: summaries[name] for name in DOMAINS}


def _texts(
    about: Situation,
    domains: Mapping[str, DomainSummary],
    overall: str,
    assessed: int,
    locale: str,
) -> dict[str, str]:
    level = DECIDING_LEVEL.get(overall)
    deciding = [
        short(finding, locale)
        for one in domains.values()
        for finding in one.findings
        if finding.level == level
    ]
    texts = {name: _area_text(about, name, one, locale) for name, one in domains.items()}
    texts["headline"] = say(
        f"headline.{overall}", locale, assessed=assessed, deciding=", ".join(deciding)
    )
    texts[FOOTER] = say(FOOTER, locale)
    return texts


def _area_text(about: Situation, name: str, one: DomainSummary, locale: str) -> str:
    area = say(f"area.{name}", locale)
    if one.band == "not_applied":
        minor = name in ("muscle", "bone")
        key = "domain.under_18" if minor else "domain.impact_contraindicated"
        return say(key, locale, area=area)
    missing = ", ".join(say(f"item.{item}", locale) for item in one.missing)
    said = [finding.text[locale] for finding in one.findings]
    if one.findings:
        said.append(say(f"domain.confidence.{one.confidence}", locale))
    if name == "nutrition_hormones":
        said += [say(key, locale) for key in nutrition_notes(about)]
    if missing:
        key = "domain.incomplete" if one.findings else "domain.insufficient"
        said.append(say(key, locale, area=area, missing=missing))
    return checked(join(said))
