"""Write what was fused: the rows the rule reads next time, and the records phones see."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from apps.common.statements import Call
from apps.insights import fusion_sql, sql
from apps.insights.services.fusing import Fused
from apps.insights.services.gather import Gathered
from apps.sync.services import DerivedBody
from backend.readmodels import FusionRow
from backend.records.fusion import FUSION, Fusion


def fusion_record(row: FusionRow | None) -> DerivedBody:
    """Return a fusion as it travels; one that stands no longer is withdrawn."""
    if row is None:
        return DerivedBody(FUSION, None)
    body = Fusion(
        records=row.records,
        primary=row.primary_id,
        rule_version=row.rule_version,
        score=row.score,
        reason=row.reason,
        decided_by=row.decided_by,
        state=row.state,
        fields=row.fields,
        decided_at=row.decided_at,
    )
    return DerivedBody(FUSION, msgspec.json.encode(body))


def fusion_writes(athlete_id: UUID, gathered: Gathered, fused: Fused) -> list[Call]:
    """Return what writes the rows that changed; within the publishing transaction."""
    calls: list[Call] = []
    for table, changed in (
        ("sessionsource", gathered.sources),
        ("fusiondecision", gathered.decisions),
    ):
        gone = [record_id for record_id, row in changed.items() if row is None]
        if gone:
            removal = {"athlete": athlete_id, "records": gone}
            calls.append(sql.call(sql.REMOVE_RECORDS[table], removal))
    calls += sql.upsert(
        "sessionsource",
        [
            {"athlete_id": athlete_id, "utc_date": one.utc_date, **msgspec.structs.asdict(one)}
            for one in gathered.sources.values()
            if one is not None
        ],
    )
    calls += sql.upsert("fusiondecision", _plain(athlete_id, gathered.decisions.values()))
    gone = [key for key, row in fused.fusions.items() if row is None]
    kept = {key: row for key, row in fused.fusions.items() if row is not None}
    if gone:
        calls.append(sql.call(fusion_sql.REMOVE_FUSIONS, {"athlete": athlete_id, "fusions": gone}))
    if kept:
        calls += sql.upsert("fusion", _plain(athlete_id, kept.values()))
        calls.append(sql.call(fusion_sql.ENROL, {"athlete": athlete_id, "fusions": list(kept)}))
    return calls


def _plain(athlete_id: UUID, rows: Iterable[msgspec.Struct | None]) -> list[dict[str, object]]:
    return [
        {"athlete_id": athlete_id, **msgspec.structs.asdict(row)} for row in rows if row is not None
    ]
