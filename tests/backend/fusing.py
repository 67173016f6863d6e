"""Small builders of recordings for the tests of fusion."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from backend.fusion.candidates import Candidate, candidate_of
from backend.fusion.decisions import Decision, pair_of
from backend.fusion.grouping import Decided, crowded_days, decide
from tests.backend.build import uid, workout

MIDNIGHT = datetime(2026, 6, 1, tzinfo=UTC)
WATCH = {"system": "fit", "device": "garmin fenix7", "method": "sensed"}
LOGGER = {"system": "hevy", "method": "typed"}
PHONE = {"system": "healthkit", "app": "com.apple.health", "method": "auto"}


def at(minute: float) -> datetime:
    """Return the instant so many minutes after midnight."""
    return MIDNIGHT + timedelta(minutes=minute)


def recording(
    number: int,
    start: float,
    end: float,
    source: Mapping[str, str] | None = None,
    activity: object = "resistance_unspecified",
    **fields: object,
) -> Candidate:
    """Return record ``number``, from minute ``start`` to ``end`` of the day."""
    told: dict[str, object] = {
        "started_at": at(start), "ended_at": at(end), "local_date": at(start).date(),
        "activity": activity, "source": source,
    }  # fmt: skip
    return candidate_of(uid(number), workout(**(told | fields)))


def said(
    one: int, other: int, decision: str = "same", *, minute: float = 0, number: int = 0
) -> Decision:
    """Return a decision about two records, made at a minute of the day."""
    first, second = pair_of(uid(one), uid(other))
    key = uid(number or 10_000 * one + other)
    return Decision(key, first, second, decision == "same", at(minute), at(minute))


def decided(candidates: Collection[Candidate], *decisions: Decision) -> Decided:
    """Return what the whole set comes to."""
    return decide(candidates, decisions, crowded=crowded_days(candidates))


def numbers(records: Collection[UUID]) -> tuple[int, ...]:
    """Return record ids as the numbers they were made from."""
    return tuple(sorted(one.int for one in records))


def together(found: Decided) -> set[tuple[int, ...]]:
    """Return the groups of two or more."""
    return {numbers(group.records) for group in found.groups if len(group.records) > 1}


def states(found: Decided) -> dict[tuple[int, ...], str]:
    """Return what was decided of which records."""
    return {numbers(verdict.records): verdict.state for verdict in found.verdicts}
