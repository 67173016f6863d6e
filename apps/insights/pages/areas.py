"""The summary and the reminders in the words and order of the page."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from backend.labs import analytes
from backend.loading.days import WINDOW_DAYS
from backend.readmodels import Observation
from backend.records.server_owned import DomainSummary, Finding, Reminder, RiskSummary
from backend.reminding.own import OWN_RULE
from backend.summary.models import DOMAINS
from backend.summary.wording import say

LOCALE = "en"
NAMES = {
    "loading": "Bone loading",
    "muscle": "Muscle",
    "bone": "Bone",
    "nutrition_hormones": "Nutrition and hormones",
    "recovery_energy": "Recovery and energy",
}
GRADES = {
    "RCT": "randomised trials",
    "GL": "a guideline or expert consensus",
    "COH": "studies that followed groups over years",
    "XS": "studies comparing people at one time",
    "MECH": "laboratory and mechanism studies",
    "ENG": "our own convention, not a study",
}
# What a reminder asks for, where that is no repeat of a laboratory result; after "because".
TITLES = {
    "rem.vitd_high": "Show your vitamin D result to a clinician",
    "rem.pth_after_low_d": "Measure parathyroid hormone",
    "rem.calcium_confirm": "Have calcium confirmed",
    "rem.dxa_followup": "Next bone density scan",
    "rem.dxa_first": "First bone density scan",
    "rem.grip_test": "Repeat the grip test",
    "rem.chair_gait": "Repeat chair stand and walk",
    "rem.alm_repeat": "Repeat lean mass",
    "rem.creatinine_ckd": "Repeat creatinine",
    "rem.loading_gap": "A day that loads bone",
    "rem.ramp_caution": "Look at the step up",
    "rem.energy_screen": "Energy questionnaire",
    "rem.menses_gap": "Ask about the missing period",
    "rem.btm_on_treatment": "Repeat bone markers",
    "rem.sync_stale": "Sync your phone",
    "rem.injury_check": "Look at the injury again",
    "rem.diet_log": "Food log",
    "rem.frax_refresh": "Renew the fracture risk result",
}
REASONS = {
    "low_result": "the last result was low",
    "high_result": "the last result was high",
    "one_year": "a year has passed",
    "yearly": "a year has passed",
    "seasonal_nadir": "values are lowest at that time of year",
    "result_missing": "it completes a low result",
    "pattern": "two results point the same way",
    "repeat": "the last one is some time ago",
    "convention": "that is our usual interval",
    "gourlay_2012": "a cohort's intervals say so",
    "glucocorticoid": "glucocorticoids are taken",
    "clinician_directed": "this is for a clinician to decide with you",
    "on_treatment": "a bone drug was started",
    "age": "it is suggested from this age",
    "no_osteogenic_day": "no day loaded bone lately",
    "large_step_up": "loading went up steeply",
    "gap": "90 days have passed",
    "no_sync": "nothing came in for a week",
    "open_injury": "it is still open",
    "expired": "the result has aged",
    "own": "you asked for it",
    "proposed": "your coach proposed it and you accepted",
    "own_interval": "you set that interval",
}


class FindingText(msgspec.Struct, frozen=True):
    """One finding: what was recorded, and what to make of it."""

    recorded: str
    meaning: str
    grade: str
    observed_on: date
    level: int


class AreaText(msgspec.Struct, frozen=True):
    """One of the five areas, ready to show; ``items`` is how complete it is."""

    key: str
    name: str
    band: str
    confidence: str
    items: str
    findings: tuple[FindingText, ...]
    stale: tuple[FindingText, ...]
    missing: tuple[str, ...]
    note: str


class SummaryText(msgspec.Struct, frozen=True):
    """The whole summary, ready to show.

    ``headline`` is the large sentence, ``assessed`` the smaller one under it; ``safety`` comes
    before everything else.
    """

    as_of: date
    overall: str
    assessed: str
    headline: str
    safety: tuple[FindingText, ...]
    next_step: str
    also: tuple[str, ...]
    areas: tuple[AreaText, ...]
    footer: str
    algorithm_version: str


class DueItem(msgspec.Struct, frozen=True):
    """One open reminder; ``when`` says it in days, ``kind`` is overdue, due or later."""

    title: str
    why: str
    due_on: date
    when: str
    kind: str


def summary_text(summary: RiskSummary) -> SummaryText:
    """Return what the page shows of a summary."""
    texts = summary.texts.get(LOCALE) or next(iter(summary.texts.values()), {})
    assessed, headline = first_sentence(texts.get("headline", ""))
    if summary.overall == "insufficient":  # then the count is the news, and the rest says why
        assessed, headline = headline, assessed
    areas = [
        _area(name, summary.domains[name], texts) for name in DOMAINS if name in summary.domains
    ]
    found = [f for one in summary.domains.values() for f in one.findings]
    return SummaryText(
        as_of=summary.as_of,
        overall=summary.overall,
        assessed=assessed,
        headline=headline,
        safety=tuple(_finding(f) for f in found if f.code in summary.safety),
        next_step=words_of(summary.next_step),
        also=tuple(words_of(step) for step in summary.also),
        areas=tuple(areas),
        footer=texts.get("footer", ""),
        algorithm_version=summary.algorithm_version,
    )


def _area(name: str, one: DomainSummary, texts: Mapping[str, str]) -> AreaText:
    not_applied = one.band == "not_applied"
    return AreaText(
        key=name,
        name=NAMES[name],
        band=one.band,
        confidence=one.confidence,
        items="" if not_applied else completeness(name, one),
        findings=tuple(_finding(finding) for finding in one.findings),
        stale=tuple(_finding(finding) for finding in one.stale),
        missing=tuple(say(f"item.{item}", LOCALE) for item in one.missing),
        note=texts.get(name, "") if not_applied else "",
    )


def completeness(name: str, one: DomainSummary) -> str:
    """Return how much of what an area needs is there, counted."""
    if name == "loading":
        known = round(one.completeness * WINDOW_DAYS)
        return f"{known or 'none'} of the last {WINDOW_DAYS} days known"
    lacking = len(one.missing)
    if not lacking:
        return "all items recorded"
    # The summary keeps the share and what is missing; together they give the count.
    total = round(lacking / (1 - one.completeness)) if one.completeness < 1 else lacking
    return f"{total - lacking or 'none'} of {total} items recorded"


def due_items(
    reminders: Sequence[Reminder], observations: Sequence[Observation], *, today: date
) -> list[DueItem]:
    """Return open reminders, the most pressing first."""
    dates = {seen.record_id: seen.local_date for seen in observations}
    return [_due(reminder, dates.get(reminder.source_record), today) for reminder in reminders]


def _due(reminder: Reminder, source_on: date | None, today: date) -> DueItem:
    title = title_of(reminder.rule, reminder.topic, reminder.text)
    why = reason_of(reminder.reason)
    if source_on is not None:
        why = f"{why} ({source_on.day} {source_on:%B %Y})"
    days = (reminder.due_date - today).days
    kind = "overdue" if days < 0 else "due" if days <= WINDOW_DAYS else "later"
    return DueItem(title, why, reminder.due_date, when_of(days), kind)


def title_of(rule: str, topic: str, text: Mapping[str, str]) -> str:
    """Return what a reminder asks for; its own text, made for a lock screen, names nothing."""
    if rule == OWN_RULE:
        return words_of(text)
    return TITLES.get(rule) or f"Repeat {analytes.label(topic)}"


def reason_of(reason: str) -> str:
    """Return why a reminder is there, to follow "because"."""
    return REASONS.get(reason, reason.replace("_", " "))


def when_of(days: int) -> str:
    """Return how many days it is to a day, negative for one that has passed."""
    unit = "day" if abs(days) == 1 else "days"
    return f"in {days} {unit}" if days > 0 else f"{-days} {unit} overdue" if days else "today"


def _finding(finding: Finding) -> FindingText:
    recorded, meaning = first_sentence(words_of(finding.text))
    grade = GRADES.get(finding.grade, finding.grade)
    return FindingText(recorded, meaning, grade, finding.observed_on, finding.level)


def words_of(text: Mapping[str, str]) -> str:
    """Return a text in the page's language."""
    return text.get(LOCALE, "")


def first_sentence(text: str) -> tuple[str, str]:
    """Return the first sentence and the rest; decimals hold no blank after their point."""
    first, stop, rest = text.partition(". ")
    return (f"{first}.", rest) if stop else (text, "")
