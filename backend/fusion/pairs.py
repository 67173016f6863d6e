"""The rule itself: how alike two recordings are, and what follows from it."""

from typing import Literal

import msgspec

from backend.fusion.candidates import NEAR_START, WIDEST_ZONES, Candidate
from backend.fusion.tables import RULE, are_compatible

Level = Literal["fuse", "ask"]
FUSE_SHARE = RULE.fuse_share.value
ASK_SHARE = RULE.ask_share.value
LIKE_DURATION = RULE.like_duration.value
SHORTEST_S = 60 * RULE.shortest_min.value


class Link(msgspec.Struct, frozen=True):
    """How alike two recordings are: ``score`` 0-1 by the rule, ``closeness`` breaks ties."""

    level: Level
    score: float
    closeness: float
    reason: str
    one_source: bool = False


def compare(one: Candidate, other: Candidate) -> Link | None:
    """Return how two recordings are linked, or None when they are two workouts.

    Symmetric. Fused from 70 % overlap of the shorter one, or when they start within ten
    minutes of each other, touch, and last about as long; asked about from 40 %. A source
    seldom records one workout twice, so two of one source are asked about at most.
    """
    if not are_compatible(one.family, other.family):
        return None
    is_one_source = one.source == other.source
    link = _by_time(one, other) if one.timed and other.timed else None
    if is_one_source:
        if link is None or link.level != "fuse":
            return None
        return msgspec.structs.replace(link, level="ask", one_source=True)
    if (link is None or link.level != "fuse") and _have_same_sets(one, other):
        return Link("fuse", 1.0, 1.0, "same_sets")
    return link


def _by_time(one: Candidate, other: Candidate) -> Link | None:
    apart = abs(one.starts_at - other.starts_at)
    overlap_s = (
        min(one.ends_at, other.ends_at) - max(one.starts_at, other.starts_at)
    ).total_seconds()
    shorter_s, longer_s = sorted((one.duration_s, other.duration_s))
    if shorter_s < SHORTEST_S:
        touch = overlap_s >= -NEAR_START.total_seconds()
        return Link("ask", ASK_SHARE, 0.0, "moment") if touch else None
    share = max(overlap_s, 0.0) / shorter_s
    ratio = shorter_s / longer_s
    closeness = max(overlap_s, 0.0) / (shorter_s + longer_s - max(overlap_s, 0.0))
    is_near = apart <= NEAR_START and ratio >= LIKE_DURATION
    score = round(max(share, ratio if is_near else 0.0), 4)
    if share >= FUSE_SHARE:
        return Link("fuse", score, closeness, "overlap")
    if is_near:
        return Link("fuse" if overlap_s > 0 else "ask", score, closeness, "near_start")
    return Link("ask", score, closeness, "overlap") if share >= ASK_SHARE else None


def _have_same_sets(one: Candidate, other: Candidate) -> bool:
    """Return whether equal sets prove a copy: only where a clock is not to be trusted."""
    return (
        not (one.exact and other.exact)
        and one.local_date == other.local_date
        and abs(one.starts_at - other.starts_at) <= WIDEST_ZONES
        and one.sets_digest is not None
        and one.sets_digest == other.sets_digest
    )
