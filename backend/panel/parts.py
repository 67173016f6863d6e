"""One athlete's row for a coach, in parts that are shown only with the matching consent."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from backend.loading.days import WeekLoad
from backend.panel.reasons import (
    OPEN_STATES,
    Reason,
    coverage_reason,
    covered_days,
    gap_reason,
    retest_reasons,
    step_up_reason,
    vitamin_d,
    vitamin_d_reason,
)
from backend.records.server_owned import Reminder, RiskSummary
from backend.summary.wording import rounded

SPARKLINE_WEEKS = 10
SILENT_AFTER = timedelta(days=7)
LOOK_FROM_SEVERITY = 2


class PanelPart(msgspec.Struct, frozen=True):
    """What one consent category shows: band or None, reasons worst first, and plain facts.

    ``sparkline`` is weekly bone loading units, oldest first, and only filled under loading.
    """

    band: str | None
    reasons: tuple[Reason, ...] = ()
    sparkline: tuple[float, ...] = ()
    facts: dict[str, str] = msgspec.field(default_factory=dict)


def panel_parts(
    *,
    as_of: date,
    summary: RiskSummary,
    reminders: Sequence[Reminder],
    weeks: Sequence[WeekLoad],
    availability: str | None,
    last_data_on: date | None,
    moderate_counts: bool = False,
) -> dict[str, PanelPart]:
    """Return the row's parts by consent category: sessions, loading, labs, reminders.

    Args:
        as_of: the athlete's local day.
        weeks: rolling weeks, oldest first; ten for the whole sparkline.
        availability: as the athlete last said: full, limited, out.
        last_data_on: local day of the newest input.
        moderate_counts: moderate days are osteogenic (65 or more, or limited impact).
    Returns:
        All four parts, always; no part tells anything that belongs to another.
    """
    return {
        "sessions": _sessions(summary, weeks, availability, last_data_on),
        "loading": _loading(summary, weeks, last_data_on, moderate_counts),
        "labs": _labs(summary),
        "reminders": _reminders(as_of, reminders),
    }


def group(*, reasons: Sequence[Reason], last_data_at: datetime | None, now: datetime) -> str:
    """Return where a row stands: needs_a_look, silent (no data for 7 days), due_soon, steady.

    Pass only reasons the viewer may see. A reason to look wins over silence.
    """
    if any(reason.severity >= LOOK_FROM_SEVERITY for reason in reasons):
        return "needs_a_look"
    if last_data_at is None or now - last_data_at >= SILENT_AFTER:
        return "silent"
    if any(reason.code.endswith("_due") for reason in reasons):
        return "due_soon"
    return "steady"


def _sessions(
    summary: RiskSummary,
    weeks: Sequence[WeekLoad],
    availability: str | None,
    last_data_on: date | None,
) -> PanelPart:
    facts = {"covered_days": str(covered_days(summary))}
    if weeks:
        facts["sessions_7d"] = str(weeks[-1].sessions)
        facts["minutes_7d"] = rounded(weeks[-1].minutes, places=0)
    if availability:
        facts["availability"] = availability
    if last_data_on:
        facts["last_data_on"] = last_data_on.isoformat()
    return PanelPart(band=None, reasons=_worst_first(coverage_reason(summary)), facts=facts)


def _loading(
    summary: RiskSummary,
    weeks: Sequence[WeekLoad],
    last_data_on: date | None,
    moderate_counts: bool,
) -> PanelPart:
    one = summary.domains["loading"]
    reasons: list[Reason | None] = []
    if one.band != "not_applied":
        reasons.append(step_up_reason(summary, weeks))
        reasons.append(
            gap_reason(weeks, last_data_on=last_data_on, moderate_counts=moderate_counts)
        )
    facts = {"confidence": one.confidence}
    if weeks:
        facts["blu_7d"] = rounded(weeks[-1].blu, places=0)
        facts["high_days_7d"] = str(weeks[-1].high_days)
        facts["heavy_days_7d"] = str(weeks[-1].heavy_days)
        facts["tier_7d"] = weeks[-1].tier or ""
    return PanelPart(
        band=one.band,
        reasons=_worst_first(*reasons),
        sparkline=tuple(week.blu for week in weeks[-SPARKLINE_WEEKS:]),
        facts=facts,
    )


def _labs(summary: RiskSummary) -> PanelPart:
    one = summary.domains["nutrition_hormones"]
    found, facts = vitamin_d(summary), {"confidence": one.confidence}
    if found is not None and found.value is not None:
        facts["vitd_25oh"] = f"{rounded(found.value)} {found.unit or ''}".strip()
        facts["vitd_25oh_on"] = found.observed_on.isoformat()
    return PanelPart(band=one.band, reasons=_worst_first(vitamin_d_reason(summary)), facts=facts)


def _reminders(as_of: date, reminders: Sequence[Reminder]) -> PanelPart:
    standing = [reminder for reminder in reminders if reminder.state in OPEN_STATES]
    facts = {"open": str(len(standing))}
    if standing:
        facts["next_due_on"] = min(reminder.due_date for reminder in standing).isoformat()
    return PanelPart(
        band=None, reasons=_worst_first(*retest_reasons(as_of, reminders)), facts=facts
    )


def _worst_first(*reasons: Reason | None) -> tuple[Reason, ...]:
    """Return the reasons that apply, by severity, then the longest standing."""
    there = [reason for reason in reasons if reason is not None]
    return tuple(sorted(there, key=lambda r: (-r.severity, r.since, r.code)))
