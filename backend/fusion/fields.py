"""One workout out of several records: each field from the source that knows it best."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from backend.fusion.candidates import Candidate
from backend.fusion.tables import FROM_PRIMARY, GENERAL, ROLES_FOR, family_of
from backend.records.workout_session import WorkoutSession

NOT_FUSED = ("source", "blobs")  # of a record, not of the workout
FIELDS = tuple(name for name in WorkoutSession.__struct_fields__ if name not in NOT_FUSED)


def fuse(
    members: Sequence[Candidate], bodies: Mapping[UUID, WorkoutSession]
) -> tuple[WorkoutSession, dict[str, UUID]]:
    """Return the workout that several records come to, and which record gave which field.

    Args:
        members: the records counted, the primary first.
        bodies: their bodies; nothing in them is changed.
    Returns:
        A body with the primary's source, and the record of every field that has a value.
    """
    primary = members[0]
    winners: dict[str, UUID] = {}
    for name in FIELDS:
        able = [one for one in members if _has(bodies[one.record_id], name)]
        if name in FROM_PRIMARY:
            able = [one for one in able if one is primary]
        if able:
            winners[name] = _best(name, able, bodies).record_id
    values = {name: getattr(bodies[record_id], name) for name, record_id in winners.items()}
    return msgspec.structs.replace(bodies[primary.record_id], **values), winners


def _has(body: WorkoutSession, name: str) -> bool:
    value = getattr(body, name)
    if name == "activity":
        return family_of(value) != GENERAL
    return value not in (None, (), "")


def _best(name: str, able: Sequence[Candidate], bodies: Mapping[UUID, WorkoutSession]) -> Candidate:
    roles = ROLES_FOR.get(name, ())

    def place(one: Candidate) -> tuple[int, float]:
        role = roles.index(one.role) if one.role in roles else len(roles)
        return role, -_richness(bodies[one.record_id], name)

    return min(able, key=place)  # the first of equals: members come best first


def _richness(body: WorkoutSession, name: str) -> float:
    """Return how much of a field there is, where there can be more or less of it."""
    if name == "exercises":
        return sum(bool(one.reps or one.duration_s) for e in body.exercises for one in e.sets)
    if name == "impacts":
        return body.impacts.coverage if body.impacts else 0.0
    return len(body.jumps) if name == "jumps" else 0.0
