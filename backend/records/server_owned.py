"""The records only the server writes: `risk_summary`, `reminder`, `sync_issue`."""

from datetime import date
from uuid import UUID

import msgspec

from backend.records.base import Body, RecordType, never, no_flags


class Finding(msgspec.Struct, frozen=True):
    """One dated finding; ``level`` 0 in order, 1 worth watching, 2 worth raising.

    ``value`` in ``unit`` is the one number it rests on, where there is one.
    """

    code: str
    level: int
    grade: str
    observed_on: date
    window_days: int
    observation_ids: tuple[UUID, ...]
    trend: str | None
    text: dict[str, str]
    value: float | None = None
    unit: str | None = None


class DomainSummary(msgspec.Struct, frozen=True):
    """One of the five areas: its band, how sure, and what decided it."""

    band: str
    confidence: str
    completeness: float
    findings: tuple[Finding, ...] = ()
    stale: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()


class RiskSummary(Body, frozen=True, kw_only=True):
    """A composition of dated findings; never a score, a diagnosis or a claim of cause."""

    as_of: date
    algorithm_version: str
    table_versions: dict[str, str]
    covers_seq: int
    overall: str
    domains_assessed: int
    domains: dict[str, DomainSummary]
    safety: tuple[str, ...]
    next_step: dict[str, str]
    also: tuple[dict[str, str], ...]
    trends: tuple[dict[str, object], ...]
    texts: dict[str, dict[str, str]]
    inputs_hash: str


class Reminder(Body, frozen=True, kw_only=True):
    """One thing to do by a local date, with the rule and the record it came from."""

    rule: str
    rule_version: int
    topic: str
    due_date: date
    priority: int
    state: str
    reason: str
    source_record: UUID
    text: dict[str, str]


class SyncIssue(Body, frozen=True, kw_only=True):
    """An op the server could not take; on every device until its record is written anew.

    ``code`` is ``invalid`` or ``unknown-type`` (the op is parked) or ``superseded`` (a replayed
    version lost to a newer one and is kept in the record's history).
    """

    op: UUID
    code: str
    pointers: tuple[str, ...]
    device: UUID | None
    record: UUID | None = None


RISK_SUMMARY = RecordType(
    name="risk_summary",
    type_id=64,
    schema=1,
    owner="server",
    policy="auto",
    body=RiskSummary,
    occurred_at=never,
    plausibility=no_flags,
)
REMINDER = RecordType(
    name="reminder",
    type_id=65,
    schema=1,
    owner="server",
    policy="auto",
    body=Reminder,
    occurred_at=never,
    plausibility=no_flags,
)
SYNC_ISSUE = RecordType(
    name="sync_issue",
    type_id=66,
    schema=1,
    owner="server",
    policy="auto",
    body=SyncIssue,
    occurred_at=never,
    plausibility=no_flags,
)
