"""Cycle and energy: each shared by a tick of its own, and told from its own records only."""

from datetime import timedelta

from backend.panel.reasons import PanelPart, Reason, dated, on_day, own_band, reason, worst_first
from backend.records.server_owned import Finding, RiskSummary
from backend.reminding.habits import PERIOD
from backend.reminding.intervals import INTERVALS
from backend.summary.situation import Situation

SCREENS = ("triad", "reds")
TRIAD_WORDS = ("low", "moderate", "high")


def cycle_part(about: Situation) -> PanelPart:
    """Return days since the last period, by the cycle log alone; a long gap is a reason."""
    cycles, facts = about.facts.cycles, dict[str, str]()
    started = next((one for one in cycles if one.body.kind == "period_start"), None)
    if started is not None:
        facts["period_start_on"] = started.day.isoformat()
        facts["days_since_period_start"] = str(about.age_days(started.day))
    newest = cycles[0] if cycles else None
    if newest is not None and newest.body.kind == "none_today":
        facts["none_on"] = newest.day.isoformat()
    return PanelPart(band=None, reasons=worst_first(_no_period(about)), facts=facts)


def _no_period(about: Situation) -> Reason | None:
    """Return 90 days without a period, for whom the reminder of it is made."""
    profile, cycles = about.profile, about.facts.cycles
    if about.is_minor or profile.pregnant or profile.hormonal_contraception:
        return None
    told = [one.body.hormonal_contraception for one in cycles]
    hormones = next((one for one in told if one is not None), None)
    last = next((one for one in cycles if one.body.kind in PERIOD), None)
    if last is None or hormones or profile.menopausal_status != "pre":
        return None
    days, line = about.age_days(last.day), INTERVALS.menses_gap_d.value
    if days < line:
        return None
    return reason(
        "no_period",
        f"no period logged for {days} days; own last one {on_day(last.day)}, "
        f"{line} days are the line",
        severity=2,
        since=last.day + timedelta(days=line),
        number=float(days),
        unit="d",
        baseline=float(line),
        records=[last.record_id],
    )


def energy_part(about: Situation, summary: RiskSummary) -> PanelPart:
    """Return what the Triad and REDs questions came to, and nothing of their answers."""
    area, facts = summary.domains["recovery_energy"], dict[str, str]()
    found = [one for one in area.findings if one.code.split("_")[0] in SCREENS]
    for one in found:
        screen = one.code.split("_")[0]
        word = TRIAD_WORDS[one.level] if screen == "triad" else f"level {one.level}"
        dated(facts, screen, word, one.observed_on)
    reasons = [_screened(one) for one in found if one.level > 0]
    return PanelPart(band=own_band(area, found), reasons=worst_first(*reasons), facts=facts)


def _screened(one: Finding) -> Reason:
    name = "Triad" if one.code.startswith("triad_") else "REDs"
    return reason(
        one.code,
        f"{name} questions of {on_day(one.observed_on)}: level {one.level} of 2, 0 is the lowest",
        severity=one.level,
        since=one.observed_on,
        number=float(one.level),
        unit="1",
        baseline=0.0,
        records=one.observation_ids,
    )
