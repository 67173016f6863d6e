"""A page of the panel as it is sent.

Two hundred rows are one answer, and field by field their serializer takes longer than the database
takes to rank them. So the values go as they are, by the names the serializers tell the schema; a
test compares the two.
"""

from typing import Any

from apps.coaching.api.panel_serializers import (
    PanelRowSerializer,
    PanelSerializer,
    StandingMarkSerializer,
)
from apps.coaching.api.serializers import CoachedTeamSerializer, PanelReasonSerializer
from apps.coaching.panel import PanelPage
from apps.coaching.roster import AthleteRow

_PAGE = tuple(PanelSerializer().fields)
_TEAM = tuple(CoachedTeamSerializer().fields)
_ROW = tuple(PanelRowSerializer().fields)
_REASON = tuple(PanelReasonSerializer().fields)
_MARK = tuple(StandingMarkSerializer().fields)


def panel_answer(found: PanelPage) -> dict[str, Any]:
    """Return a page in plain values."""
    return _fields(found, _PAGE) | {
        "team": _fields(found.team, _TEAM),
        "rows": [_row(row) for row in found.rows],
    }


def _row(row: AthleteRow) -> dict[str, Any]:
    return _fields(row, _ROW) | {
        "reasons": [_fields(reason, _REASON) for reason in row.reasons],
        "reviewed": _fields(row.reviewed, _MARK) if row.reviewed else None,
    }


def _fields(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}
