"""From gathered sessions to one load per workout, and to what is said of their sources."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from apps.insights.services.gather import Gathered
from backend.fusion.fields import fuse
from backend.fusion.grouping import Group, Verdict, decide
from backend.fusion.tables import RULE_VERSION
from backend.loading.rate import rate_session
from backend.readmodels import FusionRow, SessionLoad
from backend.records.fusion import fusion_id

FUSED_FLAG = "fused"
Records = tuple[UUID, ...]


@dataclass(frozen=True)
class Fused:
    """What to write; None where a row stands no longer.

    ``sessions`` holds the load of every workout under its primary record, and None for
    records that are gone, flagged, or part of another one's workout.
    """

    sessions: dict[UUID, SessionLoad | None]
    fusions: dict[UUID, FusionRow | None]


def fuse_sessions(athlete_id: UUID, gathered: Gathered) -> Fused:
    """Return the pure function of what was gathered."""
    decided = decide(gathered.candidates, gathered.said, crowded=gathered.crowded)
    loads, fields = _rate(decided.groups, gathered)
    starts = {one.record_id: one.starts_at for one in gathered.candidates}
    found = [
        _row(fusion_id(athlete_id, verdict.records), verdict, starts, fields)
        for verdict in decided.verdicts
    ]
    rows = {row.fusion_id: row for row in found}
    gone = (gathered.standing.keys() | gathered.withdrawn) - rows.keys()
    changed = {key: row for key, row in rows.items() if gathered.standing.get(key) != row}
    return Fused(sessions=loads, fusions={**dict.fromkeys(gone, None), **changed})


def _rate(
    groups: Iterable[Group], gathered: Gathered
) -> tuple[dict[UUID, SessionLoad | None], dict[Records, dict[str, UUID]]]:
    """Return loads by record and, for every group, which record gave which field."""
    known = {one.record_id: one for one in gathered.candidates}
    loads: dict[UUID, SessionLoad | None] = dict.fromkeys(gathered.records, None)
    fields: dict[Records, dict[str, UUID]] = {}
    for group in groups:
        if len(group.counted) == 1:
            loads[group.primary] = rate_session(group.primary, gathered.bodies[group.primary])
            continue
        if group.counted:
            members = [known[one] for one in group.counted]
            body, fields[group.records] = fuse(members, gathered.bodies)
            load = rate_session(group.primary, body)
            flags = tuple(sorted({*load.flags, FUSED_FLAG}))
            loads[group.primary] = msgspec.structs.replace(load, flags=flags)
    return loads, fields


def _row(
    key: UUID,
    verdict: Verdict,
    starts: Mapping[UUID, datetime],
    fields: Mapping[Records, dict[str, UUID]],
) -> FusionRow:
    known = [starts[one] for one in (verdict.primary, *verdict.records) if one in starts]
    return FusionRow(
        fusion_id=key,
        records=verdict.records,
        primary_id=verdict.primary,
        rule_version=RULE_VERSION,
        score=verdict.score,
        reason=verdict.reason,
        decided_by=verdict.decided_by,
        state=verdict.state,
        fields=fields.get(verdict.records, {}) if verdict.state == "fused" else {},
        decided_at=verdict.decided_at,
        starts_at=known[0],
    )
