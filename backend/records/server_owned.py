"""The records only the server writes: summaries, reminders, and what became of things."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from backend.records.base import Body, RecordType, never, no_flags, one_of

REMINDER_STATES = (
    "scheduled", "due", "sent", "seen", "done", "snoozed", "dismissed", "closed",
)  # fmt: skip
GRANT_STATES = ("given", "narrowed", "paused", "resumed", "ended", "renewed")
LOOKED_AT = (
    "roster", "athlete", "records", "heads", "file", "notes", "note", "nudge", "proposal",
)  # fmt: skip
BANDS = ("supportive", "mixed", "review", "insufficient", "not_applied")


class Finding(msgspec.Struct, frozen=True):
    """One dated finding.

    Fields:
        code: what was found.
        level: 0 in order, 1 worth watching, 2 worth raising.
        grade: grade of the evidence.
        observed_on: local day it rests on.
        window_days: how long it counts.
        observation_ids: records it rests on.
        trend: which way the measure goes, when that is known.
        text: text by locale.
        value: the one number it rests on, where there is one.
        unit: unit of the value.
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
    """One of the five areas: its band, how sure, and what decided it.

    Fields:
        band: band of the area.
        confidence: how sure the band is.
        completeness: share of what it needs that is there.
        findings: findings that count.
        stale: findings too old to count.
        missing: what it needs and lacks.
    """

    band: Annotated[str, one_of(*BANDS)]
    confidence: str
    completeness: float
    findings: tuple[Finding, ...] = ()
    stale: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()


class RiskSummary(Body, frozen=True, kw_only=True):
    """A composition of dated findings; never a score, a diagnosis or a claim of cause.

    Fields:
        as_of: local day it is for.
        algorithm_version: version of the models.
        table_versions: versions of the tables they used.
        covers_seq: feed number up to which records are included.
        overall: band of all areas together.
        domains_assessed: how many of the five areas have a band.
        domains: areas by name.
        safety: codes of findings a clinician should hear of.
        next_step: the one thing to do, by locale.
        also: up to two more things to do.
        trends: how measures changed, and whether by more than noise.
        goals: how the record stands against each goal.
        interventions: what was measured before and after each change the person noted.
        texts: texts by locale, then by place.
        inputs_hash: equal when nothing it rests on changed.
    """

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
    goals: tuple[dict[str, object], ...] = ()
    interventions: tuple[dict[str, object], ...] = ()
    texts: dict[str, dict[str, str]]
    inputs_hash: str


class Reminder(Body, frozen=True, kw_only=True):
    """One thing to do by a local date, with the rule and the record it came from.

    Fields:
        rule: rule of the catalogue.
        rule_version: version of the rule.
        topic: what it is about.
        due_date: local day it is due.
        priority: 1 is the most pressing.
        state: where it stands.
        reason: code of why it is there.
        source_record: id of the record it came from.
        text: text by locale.
    """

    rule: str
    rule_version: int
    topic: str
    due_date: date
    priority: int
    state: Annotated[str, one_of(*REMINDER_STATES)]
    reason: str
    source_record: UUID
    text: dict[str, str]


class SyncIssue(Body, frozen=True, kw_only=True):
    """An op the server could not take; on every device until its record is written anew.

    Fields:
        op: id of the op.
        code: `invalid` or `unknown-type` (the op is parked), or `superseded` (a replayed version
            lost to a newer one and is kept in the record's history).
        pointers: JSON pointers to what was wrong.
        device: device that pushed it.
        record: id of the record it would have changed.
    """

    op: UUID
    code: str
    pointers: tuple[str, ...]
    device: UUID | None
    record: UUID | None = None


class BlobStatus(Body, frozen=True, kw_only=True):
    """Where a file that records name stands.

    Fields:
        sha256: digest of the whole file.
        size: bytes.
        media_type: media type as declared.
        state: whether it can be had.
    """

    sha256: str
    size: int
    media_type: str
    state: Annotated[str, one_of("pending", "available", "failed")]


class ConsentGrantRecord(Body, frozen=True, kw_only=True):
    """What the athlete lets a team read, as the athlete sees it.

    Fields:
        team_id: team that may read.
        team_name: name of the team.
        categories: categories that were ticked.
        granted_at: when it was granted.
        ends_at: when it ends by itself.
        ended_at: when it was ended before, if it was.
        text_version: version of the words agreed to.
        grant_id: id of the grant, by which it is narrowed, paused and ended.
        state: what became of it last; one whose `ends_at` has passed has ended, too.
        changed_at: when that was.
        paused_at: since when it is paused, if it is.
        text_sha256: digest of the words agreed to, hexadecimal.
    """

    team_id: UUID
    team_name: str
    categories: tuple[str, ...]
    granted_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    text_version: str
    grant_id: UUID | None = None
    state: Annotated[str, one_of(*GRANT_STATES)] | None = None
    changed_at: datetime | None = None
    paused_at: datetime | None = None
    text_sha256: str | None = None


class AccessNote(Body, frozen=True, kw_only=True):
    """Somebody looked, as the athlete sees it: one note a day for each viewer, team and view.

    Fields:
        at: when it was, the last time.
        viewer_name: who looked.
        team_name: team they looked for.
        what: which view they saw.
        categories: categories that were shown.
        day: local day of the athlete it is for.
        first_at: when it was for the first time on that day.
        looks: lines of the access log it stands for; looks within ten minutes are one line.
        viewer_id: id of who looked.
        team_id: id of the team.
        seq: number of the last of these lines in the access log.
        digest: digest of that line, hexadecimal; an access log that has another one there, or
            ends before it, is not what was written.
    """

    at: datetime
    viewer_name: str
    team_name: str
    what: Annotated[str, one_of(*LOOKED_AT)]
    categories: tuple[str, ...]
    day: date | None = None
    first_at: datetime | None = None
    looks: int | None = None
    viewer_id: UUID | None = None
    team_id: UUID | None = None
    seq: int | None = None
    digest: str | None = None


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
    category="reminders",
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
BLOB_STATUS = RecordType(
    name="blob_status",
    type_id=67,
    schema=1,
    owner="server",
    policy="auto",
    body=BlobStatus,
    occurred_at=never,
    plausibility=no_flags,
)
CONSENT_GRANT = RecordType(
    name="consent_grant",
    type_id=68,
    schema=1,
    owner="server",
    policy="auto",
    body=ConsentGrantRecord,
    occurred_at=lambda body: body.granted_at,
    plausibility=no_flags,
)
ACCESS_NOTE = RecordType(
    name="access_note",
    type_id=69,
    schema=1,
    owner="server",
    policy="auto",
    body=AccessNote,
    occurred_at=lambda body: body.at,
    plausibility=no_flags,
)
