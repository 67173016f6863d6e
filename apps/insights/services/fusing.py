"""What changed sessions mean now that some of them are one workout."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from apps.insights.services.circle import Circle
from apps.sync.selectors import Input, live_derived, versions_of
from backend.fusion.candidates import Candidate, candidate_of
from backend.fusion.decisions import Decision, decision_of
from backend.fusion.fields import fuse
from backend.fusion.grouping import Group, Verdict, decide
from backend.fusion.tables import RULE_VERSION
from backend.loading.rate import rate_session
from backend.readmodels import FusionRow, SessionLoad
from backend.records.fusion import fusion_id
from backend.records.fusion_decision import FusionDecision
from backend.records.workout_session import WorkoutSession

FUSED_FLAG = "fused"
_session = msgspec.json.Decoder(WorkoutSession)
_decision = msgspec.json.Decoder(FusionDecision)


@dataclass(frozen=True)
class Fused:
    """What to write; None where a row stands no longer.

    ``sessions`` holds a load for every workout whose meaning changed, under its primary
    record, and None for records that are no workout of their own.
    """

    sessions: dict[UUID, SessionLoad | None] = field(default_factory=dict)
    sources: dict[UUID, Candidate | None] = field(default_factory=dict)
    decisions: dict[UUID, Decision | None] = field(default_factory=dict)
    fusions: dict[UUID, FusionRow | None] = field(default_factory=dict)


def read_fused(athlete_id: UUID, changed: Sequence[Input], *, is_whole: bool) -> Fused:
    """Return what changed sessions and decisions come to, together with what they touch.

    ``is_whole`` says that ``changed`` is everything there is: then fusions of the feed that
    nothing leads to any more are withdrawn, too.
    """
    bodies = {
        one.record_id: _session.decode(one.body)
        for one in changed
        if one.type == "workout_session" and one.body is not None and not one.flags
    }
    sources = {
        one.record_id: candidate_of(one.record_id, bodies[one.record_id])
        if one.record_id in bodies
        else None
        for one in changed
        if one.type == "workout_session"
    }
    decisions = {one.record_id: _said(one) for one in changed if one.type == "fusion_decision"}
    if not sources and not decisions:
        return Fused()
    circle = Circle(athlete_id, fresh=sources, said=decisions)
    pool = circle.candidates
    decided = decide(pool, circle.decisions, crowded=circle.crowded)
    moved = [group for group in decided.groups if _is_new(group, circle)]
    missing = {one for group in moved for one in group.counted} - bodies.keys()
    bodies |= _bodies(athlete_id, missing)
    rated, winners = _rate(moved, {one.record_id: one for one in pool}, bodies)
    sessions = dict.fromkeys((one for one, known in sources.items() if known is None), None)
    settled = {group.records for group in decided.groups} - {group.records for group in moved}
    rows = _rows(athlete_id, decided.verdicts, winners, circle, settled=settled)
    withdrawn = _withdrawn(athlete_id) if is_whole else set()
    gone = (circle.standing.keys() | withdrawn) - rows.keys()
    return Fused(
        sessions={**sessions, **rated},
        sources=sources,
        decisions=decisions,
        fusions={
            **dict.fromkeys(gone, None),
            **{key: row for key, row in rows.items() if circle.standing.get(key) != row},
        },
    )


def _said(one: Input) -> Decision | None:
    if one.body is None:
        return None
    return decision_of(one.record_id, _decision.decode(one.body), edited_at=one.edited_at)


def _is_new(group: Group, circle: Circle) -> bool:
    """Return whether a group differs from what stands, in its records or what they say."""
    members = {*group.records}
    if members & (circle.fresh.keys() | circle.redecided):
        return True
    stood = [
        row for row in circle.standing.values() if row.state == "fused" and members & {*row.records}
    ]
    if len(group.records) == 1:
        return bool(stood)
    return [(row.records, row.primary_id) for row in stood] != [(group.records, group.primary)]


def _bodies(athlete_id: UUID, records: Iterable[UUID]) -> dict[UUID, WorkoutSession]:
    wanted = sorted(records)
    if not wanted:
        return {}
    found = versions_of(athlete_id, wanted)
    return {one: _session.decode(version.body) for one, version in found.items() if version.body}


def _rate(
    groups: Iterable[Group],
    known: Mapping[UUID, Candidate],
    bodies: Mapping[UUID, WorkoutSession],
) -> tuple[dict[UUID, SessionLoad | None], dict[tuple[UUID, ...], dict[str, UUID]]]:
    """Return loads by record, and by group which record gave which field."""
    loads: dict[UUID, SessionLoad | None] = {}
    winners: dict[tuple[UUID, ...], dict[str, UUID]] = {}
    for group in groups:
        loads.update(dict.fromkeys(group.records, None))
        if not group.counted:
            continue
        body, winners[group.records] = fuse([known[one] for one in group.counted], bodies)
        load = rate_session(group.primary, body)
        if len(group.counted) > 1:
            load = msgspec.structs.replace(load, flags=tuple(sorted({*load.flags, FUSED_FLAG})))
        loads[group.primary] = load
    return loads, winners


def _rows(
    athlete_id: UUID,
    verdicts: Iterable[Verdict],
    winners: Mapping[tuple[UUID, ...], dict[str, UUID]],
    circle: Circle,
    *,
    settled: Collection[tuple[UUID, ...]],
) -> dict[UUID, FusionRow]:
    """Return what stands of these verdicts; a ``settled`` group keeps its row."""
    starts = {one.record_id: one.starts_at for one in circle.candidates}
    rows = {}
    for verdict in verdicts:
        key = fusion_id(athlete_id, verdict.records)
        is_fused = verdict.state == "fused"
        if is_fused and verdict.records in settled:
            rows[key] = circle.standing[key]
            continue
        rows[key] = FusionRow(
            fusion_id=key,
            records=verdict.records,
            primary_id=verdict.primary,
            rule_version=RULE_VERSION,
            score=verdict.score,
            reason=verdict.reason,
            decided_by=verdict.decided_by,
            state=verdict.state,
            fields=winners.get(verdict.records, {}) if is_fused else {},
            decided_at=verdict.decided_at,
            starts_at=starts.get(verdict.primary)
            or min(starts[one] for one in verdict.records if one in starts),
        )
    return rows


def _withdrawn(athlete_id: UUID) -> set[UUID]:
    """Return the fusions that stand in the feed."""
    return {*live_derived(athlete_id, types=["fusion"])}
