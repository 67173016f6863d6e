"""What coaches noted about one athlete's row: their team's tags, and the mark that stands."""

from datetime import datetime
from uuid import UUID

import msgspec

from apps.coaching import panel_sql
from apps.coaching.roster import Reviewed


class Noted(msgspec.Struct, frozen=True):
    """A row's tags, and the mark that stands on it."""

    tags: tuple[str, ...]
    standing: Reviewed | None


def noted(*, team_id: UUID, athlete_id: UUID, now: datetime) -> Noted:
    """Return what coaches noted about a row. Call under the coach's wall."""
    told = panel_sql.fetch(panel_sql.NOTED, team=team_id, athlete=athlete_id, now=now)
    return msgspec.json.decode(told, type=Noted)
