"""What is read before sessions can be fused: the changed ones, and what they may concern."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import msgspec

from apps.common.statements import Question
from apps.insights.services.circle import Circle
from apps.sync.selectors import Input, live_derived, versions_question
from backend.fusion.candidates import Candidate, candidate_of
from backend.fusion.decisions import Decision, decision_of
from backend.readmodels import FusionRow
from backend.records.fusion_decision import FusionDecision
from backend.records.workout_session import WorkoutSession

_session = msgspec.json.Decoder(WorkoutSession)
_decision = msgspec.json.Decoder(FusionDecision)


@dataclass(frozen=True)
class Gathered:
    """Sessions to decide anew, everything they are decided by, and what stands of them.

    ``sources`` and ``decisions`` map changed records to what they say now, None when they
    are gone or flagged. ``records`` are the changed ones and all that hangs together with
    them; ``candidates`` and ``bodies`` those of them that are there (bodies of what did not change
    once `bodies_question` is answered). ``standing`` are the fusions they are in, ``withdrawn``
    ids of fusions that nothing may lead to any more.
    """

    sources: dict[UUID, Candidate | None] = field(default_factory=dict)
    decisions: dict[UUID, Decision | None] = field(default_factory=dict)
    records: frozenset[UUID] = frozenset()
    candidates: Sequence[Candidate] = ()
    said: Sequence[Decision] = ()
    crowded: frozenset[date] = frozenset()
    bodies: Mapping[UUID, WorkoutSession] = field(default_factory=dict)
    standing: Mapping[UUID, FusionRow] = field(default_factory=dict)
    withdrawn: frozenset[UUID] = frozenset()


def gather(athlete_id: UUID, changed: Sequence[Input], *, is_whole: bool) -> Gathered:
    """Read what changed sessions and decisions concern.

    ``is_whole`` says that ``changed`` is everything there is: nothing that was derived is read,
    and fusions that stand in the feed for another reason are found, too.
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
    if not sources and not decisions and not is_whole:
        return Gathered()
    circle = Circle(athlete_id, fresh=sources, said=decisions, is_whole=is_whole)
    return Gathered(
        sources=sources,
        decisions=decisions,
        records=frozenset(circle.records),
        candidates=circle.candidates,
        said=circle.decisions,
        crowded=circle.crowded,
        bodies=bodies,
        standing=circle.standing,
        withdrawn=frozenset(live_derived(athlete_id, types=["fusion"]) if is_whole else ()),
    )


def _said(one: Input) -> Decision | None:
    if one.body is None:
        return None
    return decision_of(one.record_id, _decision.decode(one.body), edited_at=one.edited_at)


def bodies_question(
    athlete_id: UUID, gathered: Gathered
) -> Question[dict[UUID, WorkoutSession]] | None:
    """Return what asks for the bodies of the candidates that did not change, if there are any."""
    missing = {one.record_id for one in gathered.candidates} - gathered.bodies.keys()
    if not missing:
        return None
    asked = versions_question(athlete_id, sorted(missing))
    return Question(
        asked.call,
        lambda rows: {
            key: _session.decode(version.body)
            for key, version in asked.read(rows).items()
            if version.body
        },
    )
