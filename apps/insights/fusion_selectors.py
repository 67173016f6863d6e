"""Reads of what is fused and from which sources. Call inside `acting_as`."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from apps.insights import fusion_sql, sql
from backend.fusion.candidates import Candidate
from backend.fusion.decisions import Decision
from backend.fusion.tables import MOST_A_DAY
from backend.readmodels import FusionRow

_fields = msgspec.json.Decoder(dict[str, UUID])


def sources_of(*, owner: UUID, records: Collection[UUID]) -> list[Candidate]:
    """Return these records as the rule sees them, with the copies that name one of them."""
    rows = sql.fetch(fusion_sql.SOURCES, {"athlete": owner, "records": list(records)})
    return [Candidate(*row) for row in rows]


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


def _fusion(row: tuple[Any, ...]) -> FusionRow:
    names = FusionRow.__struct_fields__
    values = dict(zip(names, row, strict=True))
    values["records"] = tuple(values["records"])
    values["fields"] = _fields.decode(values["fields"])
    return FusionRow(**values)
