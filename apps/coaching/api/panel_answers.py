"""A page of the panel as it is sent.

Two hundred rows are one answer, and field by field their serializer takes longer than the database
takes to rank them. `PanelSerializer` says the same to the schema; a test compares the two.
"""

from typing import Any

from apps.coaching.panel import PanelPage
from apps.coaching.roster import AthleteRow, Reviewed
from backend.panel import Reason


def panel_answer(found: PanelPage) -> dict[str, Any]:
    """Return a page in plain values."""
    team = found.team
    return {
        "team": {
            "id": team.id,
            "name": team.name,
            "role": team.role,
            "archived_at": team.archived_at,
        },
        "rows": [_row(row) for row in found.rows],
        "counts": found.counts,
        "size": found.size,
        "tags": found.tags,
        "not_shared": found.not_shared,
        "next_cursor": found.next_cursor,
        "as_of": found.as_of,
    }


def _row(row: AthleteRow) -> dict[str, Any]:
    return {
        "athlete_id": row.athlete_id,
        "name": row.name,
        "sentence": row.sentence,
        "reasons": [_reason(reason) for reason in row.reasons],
        "sparkline": row.sparkline,
        "last_data_at": row.last_data_at,
        "as_of": row.as_of,
        "next_due_on": row.next_due_on,
        "shared": row.shared,
        "not_shared": row.not_shared,
        "ends_at": row.ends_at,
        "group": row.group,
        "tags": row.tags,
        "availability": row.availability,
        "open_reminders": row.open_reminders,
        "covered_days": row.covered_days,
        "reason_marks": row.reason_marks,
        "reviewed": _reviewed(row.reviewed) if row.reviewed else None,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code,
        "sentence": reason.sentence,
        "number": reason.number,
        "unit": reason.unit,
        "baseline": reason.baseline,
        "severity": reason.severity,
        "record_ids": reason.record_ids,
        "since": reason.since,
    }


def _reviewed(mark: Reviewed) -> dict[str, Any]:
    return {
        "mark_id": mark.mark_id,
        "kind": mark.kind,
        "author_id": mark.author_id,
        "author": mark.author,
        "at": mark.at,
        "ending": mark.ending,
        "note": mark.note,
        "until": mark.until,
        "reasons": mark.reasons,
    }
