"""Reads of what is fused and from which sources. Call inside `acting_as`."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from uuid import UUID

import msgspec

from apps.common.paging import Place
from apps.insights import fusion_sql, sql
from backend.days import LATEST_YEAR
from backend.fusion.candidates import Candidate
from backend.fusion.decisions import Decision
from backend.fusion.tables import MOST_A_DAY
from backend.readmodels import FusionRow

LATEST = datetime(LATEST_YEAR, 12, 31, tzinfo=UTC)


class Step(msgspec.Struct, frozen=True):
    """What one step of a search finds.

    ``sources`` are the records asked for and copies of exports that name one of them,
    ``around`` what starts on the days asked for, ``decisions`` and ``fusions`` those that
    name one of the records.
    """

    sources: tuple[Candidate, ...]
    around: tuple[Candidate, ...]
    decisions: tuple[Decision, ...]
    fusions: tuple[FusionRow, ...]


_step = msgspec.json.Decoder(Step)
_rows = msgspec.json.Decoder(list[FusionRow])


def step(
    *,
    owner: UUID,
    records: Collection[UUID],
    days: Collection[date],
    changed: Collection[UUID],
    decisions: Collection[UUID] = (),
) -> Step:
    """Return what hangs on ``records``, and what starts on these UTC days.

    Args:
        changed: records left out of what the days hold, since they are known better.
        decisions: decisions to return in any case, by their own ids.
    """
    rows = sql.fetch(
        fusion_sql.STEP,
        {
            "athlete": owner,
            "records": list(records),
            "days": sorted(days),
            "changed": list(changed),
            "decisions": list(decisions),
            "most": MOST_A_DAY + 1,
        },
    )
    return _step.decode(rows[0][0])


def sources_by_id(*, owner: UUID, records: Collection[UUID]) -> dict[UUID, Candidate]:
    """Return what the rule sees in these records, by id; unknown ones are left out."""
    rows = sql.fetch(fusion_sql.SOURCES, {"athlete": owner, "records": list(records)})
    return {row[0]: Candidate(*row) for row in rows}


def fusions_page(
    *, owner: UUID, limit: int, after: Place | None
) -> tuple[list[FusionRow], Place | None]:
    """Return fusions by the start of their workout, newest first, and where the next page begins."""
    start = after or Place(LATEST, UUID(int=0))
    rows = _fusions(fusion_sql.PAGE, owner, until=start.at, after=start.record_id, rows=limit + 1)
    page = rows[:limit]
    return page, Place(page[-1].starts_at, page[-1].fusion_id) if len(rows) > limit else None


def open_questions(*, owner: UUID, limit: int) -> list[FusionRow]:
    """Return the newest fusions that ask the athlete."""
    return _fusions(fusion_sql.QUESTIONS, owner, rows=limit)


def settled_since(*, owner: UUID, since: datetime, limit: int) -> list[FusionRow]:
    """Return the newest fusions that were decided, of workouts since an instant."""
    return _fusions(fusion_sql.SETTLED, owner, since=since, rows=limit)


def fusion_of(*, owner: UUID, fusion_id: UUID) -> FusionRow | None:
    """Return one fusion, or None when it does not stand."""
    return next(iter(_fusions(fusion_sql.ONE, owner, fusion=fusion_id)), None)


def _fusions(statement: str, owner: UUID, **params: object) -> list[FusionRow]:
    rows = sql.fetch(statement, {"athlete": owner, **params})
    return _rows.decode(rows[0][0])
