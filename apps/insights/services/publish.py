"""Write what was derived: read models, feed records and the queue's mark, in one transaction."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from apps.common.statements import Binary, Call
from apps.insights import sql
from apps.insights.announcing import announce_panel
from apps.insights.services.derive import Derivation
from apps.insights.services.publish_fusions import fusion_record, fusion_writes
from apps.insights.services.snapshot import MODELS_VERSION, Snapshot
from apps.sync.services import DerivedBody, is_overtaken, lock_for, publish_derived
from backend.days import next_midnight
from backend.feed.state import Version
from backend.records.ids import server_id
from backend.records.server_owned import REMINDER, RISK_SUMMARY, RiskSummary
from backend.summary.inputs import inputs_of


def summary_id(athlete_id: UUID) -> UUID:
    """Return the id of the athlete's one summary record."""
    return server_id(athlete_id, "risk_summary")


def publish(*, athlete_id: UUID, snapshot: Snapshot, derived: Derivation, now: datetime) -> bool:
    """Publish a derivation inside ``acting_as(athlete_id)``; return False when overtaken.

    Somebody who published since the snapshot was read has newer inputs; then nothing is
    written and the queue's row stays for the next run.
    """
    records = {
        record_id: DerivedBody(REMINDER, msgspec.json.encode(reminder) if reminder else None)
        for record_id, reminder in derived.reminders.items()
    }
    records |= {key: fusion_record(row) for key, row in derived.fused.fusions.items()}
    own_id = summary_id(athlete_id)
    locked = lock_for(athlete_id, [*records, own_id])
    if is_overtaken(locked, seen=snapshot.feed):
        return False
    writes: list[Call] = []
    if snapshot.is_whole:  # in the same transaction: readers find all of the old or of the new
        writes += [sql.call(statement, {"athlete": athlete_id}) for statement in sql.FORGET]
    writes += _read_model_writes(athlete_id, snapshot, derived)
    writes += fusion_writes(athlete_id, snapshot.gathered, derived.fused)
    if _says_something_new(derived.summary, locked.versions.get(own_id)):
        body = msgspec.json.encode(derived.summary)
        records[own_id] = DerivedBody(RISK_SUMMARY, body)
        writes.append(_keep_summary(athlete_id, derived, body, now))
    writes += _panel_writes(athlete_id, snapshot, derived, now)
    if derived.to_keep is not None:
        kept = {"key": Binary(derived.to_keep.key), "said": Binary(derived.to_keep.said)}
        writes.append(sql.call(sql.KEEP_MEASURED, {"athlete": athlete_id, **kept}))
    publish_derived(
        athlete_id=athlete_id,
        records=records,
        covers=snapshot.feed,
        as_of=snapshot.as_of,
        now=now,
        locked=locked,
        beside=lambda head: [*writes, _mark(athlete_id, snapshot, head)],
    )
    announce_panel(athlete_id)
    return True


def _mark(athlete_id: UUID, snapshot: Snapshot, head: int) -> Call:
    return sql.call(
        sql.MARK_PUBLISHED,
        {
            "athlete": athlete_id,
            "seq": head,
            "next_day_at": next_midnight(snapshot.as_of, zone=snapshot.profile.zone),
            "models": MODELS_VERSION,
            "whole": snapshot.is_whole,
            "asked_at": snapshot.made.asked_at,
        },
    )


def mark_collected(*, athlete_id: UUID, seq: int) -> None:
    """Note that reminders up to ``seq`` of this feed were read on."""
    sql.fetch(sql.MARK_COLLECTED, {"athlete": athlete_id, "seq": seq})


def _read_model_writes(athlete_id: UUID, snapshot: Snapshot, derived: Derivation) -> list[Call]:
    calls: list[Call] = []
    for table, changed in (
        ("sessionload", derived.fused.sessions),
        ("observation", snapshot.results),
    ):
        gone = [record_id for record_id, row in changed.items() if row is None]
        if gone:
            removal = {"athlete": athlete_id, "records": gone}
            calls.append(sql.call(sql.REMOVE_RECORDS[table], removal))
        rows = [_row(athlete_id, row) for row in changed.values() if row is not None]
        calls += sql.upsert(table, rows)
    emptied = [day for day, totals in derived.load_days.items() if totals is None]
    if emptied:
        calls.append(sql.call(sql.REMOVE_DAYS, {"athlete": athlete_id, "days": emptied}))
    days = [_row(athlete_id, day) for day in derived.load_days.values() if day]
    return calls + sql.upsert("loadday", days)


def _row(athlete_id: UUID, row: msgspec.Struct) -> dict[str, Any]:
    return {"athlete_id": athlete_id, **msgspec.structs.asdict(row)}


class _Standing(msgspec.Struct):
    """What a published summary may differ in from one that says the same."""

    as_of: date
    covers_seq: int


def _says_something_new(summary: RiskSummary, standing: Version | None) -> bool:
    """Return whether anything but the day and the covered number differs from what stands."""
    if standing is None or standing.body is None:
        return True
    before = msgspec.json.decode(standing.body, type=_Standing)
    same = msgspec.structs.replace(summary, as_of=before.as_of, covers_seq=before.covers_seq)
    return msgspec.json.encode(same) != standing.body


def _keep_summary(athlete_id: UUID, derived: Derivation, body: bytes, now: datetime) -> Call:
    summary = derived.summary
    return sql.call(
        sql.KEEP_SUMMARY,
        {
            "athlete": athlete_id,
            "inputs_hash": summary.inputs_hash,
            "as_of": summary.as_of,
            "algorithm": summary.algorithm_version,
            "covers_seq": summary.covers_seq,
            "body": body.decode(),
            "inputs": msgspec.json.encode(inputs_of(derived.about, derived.found)).decode(),
            "now": now,
        },
    )


def _panel_writes(
    athlete_id: UUID, snapshot: Snapshot, derived: Derivation, now: datetime
) -> list[Call]:
    return sql.upsert(
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
