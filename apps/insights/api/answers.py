"""What an athlete's own app gets beside the feed."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

import msgspec

from backend.charts.chart import Chart
from backend.fusion.candidates import Candidate
from backend.readmodels import FusionRow


class FusionSource(msgspec.Struct, frozen=True):
    """One record of a fusion and where it comes from.

    All but ``id`` is null for a record that is not there: the original of a copy of our own
    export. ``role`` is sensed, logger or other; ``is_copy`` marks such a copy, which is never
    counted.
    """

    id: UUID
    source: str | None
    role: str | None
    activity: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    sets: int | None
    is_copy: bool | None


class SessionFusion(msgspec.Struct, frozen=True):
    """Records that count as one workout, that are asked about, or that were taken apart.

    ``state`` is ``fused``, ``asks`` or ``separate``; ``decided_by`` ``rule`` or ``athlete``.
    ``score`` is 0-1 by the rule, of the record least like ``primary``. ``fields`` names the
    record each field of a fused workout comes from; ``undone_at`` is when the athlete took
    them apart.
    """

    id: UUID
    state: str
    records: tuple[FusionSource, ...]
    primary: UUID
    rule_version: str
    score: float
    reason: str
    decided_by: str
    decided_at: datetime | None
    undone_at: datetime | None
    fields: dict[str, UUID]


class FusionPage(msgspec.Struct, frozen=True):
    """Fusions by the start of their workout, newest first; ``next_cursor`` null on the last page."""

    athlete_id: UUID
    fusions: tuple[SessionFusion, ...]
    next_cursor: str | None


class ChartColumn(msgspec.Struct, frozen=True):
    """One column of a picture's table; ``unit`` is UCUM, null where there is none."""

    key: str
    label: str
    unit: str | None


class ChartAnswer(msgspec.Struct, frozen=True):
    """The numbers of one picture, in the order of its table.

    Each row holds a value for the key of every column: a number, a text, an ISO 8601 day, or
    null where nothing is known, which is not zero. ``empty`` says in words why there is no
    row, and is null where there are some.
    """

    athlete_id: UUID
    name: str
    title: str
    as_of: date
    columns: tuple[ChartColumn, ...]
    rows: tuple[dict[str, object], ...]
    empty: str | None


def chart_answer(athlete_id: UUID, chart: Chart, *, as_of: date) -> ChartAnswer:
    """Return a picture's numbers."""
    return ChartAnswer(
        athlete_id=athlete_id,
        name=chart.name,
        title=chart.title,
        as_of=as_of,
        columns=tuple(ChartColumn(one.key, one.label, one.unit) for one in chart.columns),
        rows=tuple(dict(row) for row in chart.records),
        empty=None if chart.rows else chart.empty,
    )


def fusion_answers(
    rows: Iterable[FusionRow], sources: Mapping[UUID, Candidate]
) -> tuple[SessionFusion, ...]:
    """Return fusions with what is known of their records."""
    return tuple(
        SessionFusion(
            id=row.fusion_id,
            state=row.state,
            records=tuple(_source(one, sources.get(one)) for one in row.records),
            primary=row.primary_id,
            rule_version=row.rule_version,
            score=row.score,
            reason=row.reason,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            undone_at=row.decided_at if row.state == "separate" else None,
            fields=row.fields,
        )
        for row in rows
    )


def _source(record_id: UUID, known: Candidate | None) -> FusionSource:
    if known is None:
        return FusionSource(record_id, None, None, None, None, None, None, None)
    return FusionSource(
        id=record_id,
        source=known.label or None,
        role=known.role,
        activity=known.activity,
        starts_at=known.starts_at,
        ends_at=known.ends_at,
        sets=known.sets,
        is_copy=known.echo_of is not None,
    )
