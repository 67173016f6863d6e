"""Why did my number change: what came, was corrected, left, and which findings moved a band."""

from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from backend.records.server_owned import DomainSummary, Finding, RiskSummary
from backend.summary.kept import KeptInput
from backend.summary.situation import TREND_DAYS

Inputs = Mapping[str, KeptInput]


class InputChange(msgspec.Struct, frozen=True):
    """One input that differs: its key, what it is, and the local day it is of."""

    key: str
    kind: str
    day: date | None


class VersionChange(msgspec.Struct, frozen=True):
    """The algorithm or a table that differs; null where there was none."""

    name: str
    before: str | None
    after: str | None


class FindingChange(msgspec.Struct, frozen=True):
    """A finding that came, left, or says another level; levels are null where it is not."""

    code: str
    before_level: int | None
    after_level: int | None
    before_value: float | None = None
    after_value: float | None = None


class DomainChange(msgspec.Struct, frozen=True):
    """How an area moved, and by which findings."""

    domain: str
    before_band: str
    after_band: str
    findings: tuple[FindingChange, ...]
    missing_before: tuple[str, ...]
    missing_after: tuple[str, ...]


class SummaryDiff(msgspec.Struct, frozen=True):
    """What differs between two summaries of one person, the earlier one first.

    ``added``, ``corrected``, ``aged_out`` (out of the window they count in, or replaced by
    newer ones) and ``removed`` (deleted, withdrawn) are inputs; ``versions`` the algorithm or
    tables; ``domains`` only areas in which something moved.
    """

    before_as_of: date
    after_as_of: date
    before_overall: str
    after_overall: str
    added: tuple[InputChange, ...]
    corrected: tuple[InputChange, ...]
    aged_out: tuple[InputChange, ...]
    removed: tuple[InputChange, ...]
    versions: tuple[VersionChange, ...]
    domains: tuple[DomainChange, ...]


def diff(before: RiskSummary, after: RiskSummary, was: Inputs, now: Inputs) -> SummaryDiff:
    """Return what differs between two summaries and the inputs each rested on."""
    left = [key for key in was if key not in now]
    aged = {key for key in left if _has_aged(was[key], now, as_of=after.as_of)}
    return SummaryDiff(
        before_as_of=before.as_of,
        after_as_of=after.as_of,
        before_overall=before.overall,
        after_overall=after.overall,
        added=_changes([key for key in now if key not in was], now),
        corrected=_changes([k for k in now if k in was and now[k].digest != was[k].digest], now),
        aged_out=_changes([key for key in left if key in aged], was),
        removed=_changes([key for key in left if key not in aged], was),
        versions=_versions(before, after),
        domains=tuple(_domains(before, after)),
    )


def _has_aged(gone: KeptInput, now: Inputs, *, as_of: date) -> bool:
    """Return whether time or newer inputs of its kind explain that an input is not read any more."""
    if gone.day is None:
        return False
    if gone.kind == "load_day":
        return gone.day <= as_of - timedelta(days=TREND_DAYS)
    same = [one.day for one in now.values() if one.kind == gone.kind]
    return bool(same) and all(day is not None and day > gone.day for day in same)


def _changes(keys: list[str], inputs: Inputs) -> tuple[InputChange, ...]:
    found = [InputChange(key, inputs[key].kind, inputs[key].day) for key in keys]
    return tuple(sorted(found, key=lambda one: (one.day or date.min, one.kind, one.key)))


def _versions(before: RiskSummary, after: RiskSummary) -> tuple[VersionChange, ...]:
    was = {"algorithm": before.algorithm_version, **before.table_versions}
    now = {"algorithm": after.algorithm_version, **after.table_versions}
    return tuple(
        VersionChange(name, was.get(name), now.get(name))
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    )


def _domains(before: RiskSummary, after: RiskSummary) -> list[DomainChange]:
    found = []
    for name, now in after.domains.items():
        was = before.domains[name]
        moved = _findings(was, now)
        if moved or was.band != now.band or was.missing != now.missing:
            found.append(DomainChange(name, was.band, now.band, moved, was.missing, now.missing))
    return found


def _findings(before: DomainSummary, after: DomainSummary) -> tuple[FindingChange, ...]:
    was = {one.code: one for one in before.findings}
    now = {one.code: one for one in after.findings}
    return tuple(
        _finding(code, was.get(code), now.get(code))
        for code in sorted(was.keys() | now.keys())
        if _said(was.get(code)) != _said(now.get(code))
    )


def _said(finding: Finding | None) -> tuple[int, float | None, date] | None:
    return (finding.level, finding.value, finding.observed_on) if finding else None


def _finding(code: str, was: Finding | None, now: Finding | None) -> FindingChange:
    return FindingChange(
        code,
        was.level if was else None,
        now.level if now else None,
        was.value if was else None,
        now.value if now else None,
    )
