"""Write what was derived: read models, feed records and the queue's mark, in one transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from apps.common.jobs import Job, wake
from apps.insights import sql
from apps.insights.announcing import announce_panel
from apps.insights.services.derive import Derivation
from apps.insights.services.publish_fusions import fusion_record, write_fusions
from apps.insights.services.snapshot import MODELS_VERSION, Snapshot
from apps.sync.selectors import live_derived
from apps.sync.services import DerivedBody, is_overtaken, publish_derived
from backend.days import next_midnight
from backend.records.ids import server_id
from backend.records.server_owned import REMINDER, RISK_SUMMARY, RiskSummary
from backend.summary.kept import inputs_of


def summary_id(athlete_id: UUID) -> UUID:
    """Return the id of the athlete's one summary record."""
    return server_id(athlete_id, "risk_summary")


def publish(*, athlete_id: UUID, snapshot: Snapshot, derived: Derivation, now: datetime) -> bool:
    """Publish a derivation inside ``acting_as(athlete_id)``; return False when overtaken.

    Somebody who published since the snapshot was read has newer inputs; then nothing is
    written and the queue's row stays for the next run.
    """
    if is_overtaken(athlete_id, seen=snapshot.feed):
        return False
    if snapshot.is_whole:  # in the same transaction: readers find all of the old or of the new
        for statement in sql.FORGET:
            sql.fetch(statement, {"athlete": athlete_id})
    _write_read_models(athlete_id, snapshot, derived)
    write_fusions(athlete_id, snapshot.gathered, derived.fused)
    records = {
        record_id: DerivedBody(REMINDER, msgspec.json.encode(reminder) if reminder else None)
        for record_id, reminder in derived.reminders.items()
    }
    records |= {key: fusion_record(row) for key, row in derived.fused.fusions.items()}
    if _says_something_new(athlete_id, derived.summary):
        body = msgspec.json.encode(derived.summary)
        records[summary_id(athlete_id)] = DerivedBody(RISK_SUMMARY, body)
        _keep_summary(athlete_id, derived, now)
    head = publish_derived(
        athlete_id=athlete_id,
        records=records,
        covers=snapshot.feed,
        as_of=snapshot.as_of,
        now=now,
    )
    _write_panel(athlete_id, snapshot, derived, now)
    announce_panel(athlete_id)
    next_day_at = next_midnight(snapshot.as_of, zone=snapshot.profile.zone)
    sql.fetch(
        sql.MARK_PUBLISHED,
        {
            "athlete": athlete_id,
            "seq": head,
            "next_day_at": next_day_at,
            "models": MODELS_VERSION,
            "whole": snapshot.is_whole,
            "asked_at": snapshot.made.asked_at,
        },
    )
    wake(Job.DELIVER_REMINDERS)
    return True


def mark_collected(*, athlete_id: UUID, seq: int) -> None:
    """Note that reminders up to ``seq`` of this feed were read on."""
    sql.fetch(sql.MARK_COLLECTED, {"athlete": athlete_id, "seq": seq})


def _write_read_models(athlete_id: UUID, snapshot: Snapshot, derived: Derivation) -> None:
    for table, changed in (
        ("sessionload", derived.fused.sessions),
        ("observation", snapshot.results),
    ):
        gone = [record_id for record_id, row in changed.items() if row is None]
        if gone:
            sql.fetch(sql.REMOVE_RECORDS[table], {"athlete": athlete_id, "records": gone})
        sql.upsert(table, [_row(athlete_id, row) for row in changed.values() if row is not None])
    emptied = [day for day, totals in derived.load_days.items() if totals is None]
    if emptied:
        sql.fetch(sql.REMOVE_DAYS, {"athlete": athlete_id, "days": emptied})
    sql.upsert("loadday", [_row(athlete_id, day) for day in derived.load_days.values() if day])


def _row(athlete_id: UUID, row: msgspec.Struct) -> dict[str, Any]:
    return {"athlete_id": athlete_id, **msgspec.structs.asdict(row)}


def _says_something_new(athlete_id: UUID, summary: RiskSummary) -> bool:
    """Return whether anything but the day and the covered number differs from what stands."""
    standing = live_derived(athlete_id, types=["risk_summary"]).get(summary_id(athlete_id))
    if standing is None or standing.body is None:
        return True
    before = msgspec.json.decode(standing.body, type=RiskSummary)
    same = msgspec.structs.replace(summary, as_of=before.as_of, covers_seq=before.covers_seq)
    return msgspec.json.encode(same) != standing.body


def _keep_summary(athlete_id: UUID, derived: Derivation, now: datetime) -> None:
    summary = derived.summary
    sql.upsert(
        "summary",
        [
            {
                "athlete_id": athlete_id,
                "inputs_hash": summary.inputs_hash,
                "as_of": summary.as_of,
                "algorithm_version": summary.algorithm_version,
                "covers_seq": summary.covers_seq,
                "body": summary,
                "inputs": inputs_of(derived.about),
                "published_at": now,
            }
        ],
    )


def _write_panel(athlete_id: UUID, snapshot: Snapshot, derived: Derivation, now: datetime) -> None:
    sql.upsert(
        "panelrow",
        [
            {
                "athlete_id": athlete_id,
                "category": category,
                "part": part,
                "severity": part.severity,
                "since": part.since,
                "next_due_on": part.next_due_on,
                "band": part.band,
                "codes": part.codes,
                "marks": part.marks,
                "last_data_at": derived.last_data_at,
                "as_of": snapshot.as_of,
                "updated_at": now,
            }
            for category, part in derived.parts.items()
        ],
    )
