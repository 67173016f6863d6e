"""Sync issues: what the server could not take, shown on every device until it is made good."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.feed.state import LogRow, Outcome, Version
from backend.feed.wire import Op
from backend.records.ids import server_id
from backend.records.server_owned import SYNC_ISSUE, SyncIssue


def issue_row(op: Op, refused: LogRow, *, device_id: UUID | None, now: datetime) -> LogRow:
    """Return the first version of the issue an op causes."""
    issue = SyncIssue(
        op=op.op,
        code=refused.code or "invalid",
        pointers=refused.pointers,
        device=device_id,
        record=op.id,
    )
    return LogRow(
        op_id=server_id(op.op, "sync_issue/version"),
        record_id=server_id(op.op, "sync_issue"),
        type_id=SYNC_ISSUE.type_id,
        outcome=Outcome.APPLIED,
        op_hash=b"",
        edited_at=now,
        rev=1,
        schema=SYNC_ISSUE.schema,
        body=msgspec.json.encode(issue),
    )


def resolved_row(issue_id: UUID, issue: Version, *, now: datetime) -> LogRow:
    """Return the tombstone of an issue whose record was written anew."""
    return LogRow(
        op_id=server_id(issue_id, f"resolved/{issue.rev}"),
        record_id=issue_id,
        type_id=SYNC_ISSUE.type_id,
        outcome=Outcome.APPLIED,
        op_hash=b"",
        edited_at=now,
        rev=issue.rev + 1,
        schema=SYNC_ISSUE.schema,
    )


def about(issue: Version) -> UUID | None:
    """Return which record a live issue is about."""
    return None if issue.body is None else msgspec.json.decode(issue.body, type=SyncIssue).record
