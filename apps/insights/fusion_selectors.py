"""Reads of what is fused and from which sources. Call inside `acting_as`."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Any
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
_fields = msgspec.json.Decoder(dict[str, UUID])


def sources_of(*, owner: UUID, records: Collection[UUID]) -> list[Candidate]:
    """Return these records as the rule sees them, with the copies that name one of them."""
    rows = sql.fetch(fusion_sql.SOURCES, {"athlete": owner, "records": list(records)})
    return [Candidate(*row) for row in rows]


def sources_by_id(*, owner: UUID, records: Collection[UUID]) -> dict[UUID, Candidate]:
    """Return what the rule sees in these records, by id; unknown ones are left out."""
    return {one.record_id: one for one in sources_of(owner=owner, records=records)}


def sources_on(
    *, owner: UUID, days: Collection[date], without: Collection[UUID]
) -> list[Candidate]:
    """Return what starts on these UTC days, but for ``without``; of a crowded day just a part."""
    rows = sql.fetch(
        fusion_sql.SOURCES_ON,
        {
            "athlete": owner,
            "days": sorted(days),
            "without": list(without),
            "most": MOST_A_DAY + 1,
        },
    )
    return [Candidate(*row) for row in rows]


def decisions_about(
    *, owner: UUID, records: Collection[UUID], decisions: Collection[UUID] = ()
) -> list[Decision]:
    """Return the decisions that name one of these records, and those under these ids."""
    rows = sql.fetch(
        fusion_sql.DECISIONS,
        {"athlete": owner, "records": list(records), "decisions": list(decisions)},
    )
    return [Decision(*row) for row in rows]


def fusions_with(*, owner: UUID, records: Collection[UUID]) -> list[FusionRow]:
    """Return the fusions in which any of these records stands."""
    rows = sql.fetch(fusion_sql.STANDING, {"athlete": owner, "records": list(records)})
    return [_fusion(row) for row in rows]


def fusions_page(
    *, owner: UUID, limit: int, after: Place | None
) -> tuple[list[FusionRow], Place | None]:
    """Return fusions by the start of their workout, newest first, and where the next page begins."""
    start = after or Place(LATEST, UUID(int=0))
    rows = sql.fetch(
        fusion_sql.PAGE,
        {"athlete": owner, "until": start.at, "after": start.record_id, "rows": limit + 1},
    )
    page = [_fusion(row) for row in rows[:limit]]
    return page, Place(page[-1].starts_at, page[-1].fusion_id) if len(rows) > limit else None


def open_questions(*, owner: UUID, limit: int) -> list[FusionRow]:
    """Return the newest fusions that ask the athlete."""
    rows = sql.fetch(fusion_sql.QUESTIONS, {"athlete": owner, "rows": limit})
    return [_fusion(row) for row in rows]


def settled_since(*, owner: UUID, since: datetime, limit: int) -> list[FusionRow]:
    """Return the newest fusions that were decided, of workouts since an instant."""
    rows = sql.fetch(fusion_sql.SETTLED, {"athlete": owner, "since": since, "rows": limit})
    return [_fusion(row) for row in rows]


def fusion_of(*, owner: UUID, fusion_id: UUID) -> FusionRow | None:
    """Return one fusion, or None when it does not stand."""
    rows = sql.fetch(fusion_sql.ONE, {"athlete": owner, "fusion": fusion_id})
    return _fusion(rows[0]) if rows else None


def _fusion(row: tuple[Any, ...]) -> FusionRow:
    names = FusionRow.__struct_fields__
    values = dict(zip(names, row, strict=True))
    values["records"] = tuple(values["records"])
    values["fields"] = _fields.decode(values["fields"])
    return FusionRow(**values)
