"""A coach looks; rights, data and the line the athlete reads are one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from apps.accounts.models import User
from apps.coaching import access
from apps.coaching.access import Granted
from apps.coaching.categories import Category, in_order
from apps.coaching.noted import noted
from apps.coaching.roster import AthleteRow, athlete_row, granted_parts
from apps.common.actor import Wall, acting_as
from apps.common.statements import array, ids, run
from apps.insights.selectors import weeks_of
from backend.loading.days import WeekLoad

SPARKLINE_WEEKS = 10
# A week tells loading and minutes; each alone has its own part.
WEEKS_NEED = {Category.LOADING, Category.SESSIONS}
ONE_LINE_S = 600  # looks within ten minutes are one line
# A panel's page writes two hundred at once; the database gives each its place in a chain.
ADD_LINES = """
INSERT INTO coaching_accessline (athlete_id, id, viewer_id, team_id, what, categories, at)
SELECT l.athlete_id, l.id, %(viewer)s::uuid, l.team_id, %(what)s::text,
  string_to_array(l.shown, ','), %(at)s::timestamptz
FROM unnest(%(athletes)s::uuid[], %(ids)s::uuid[], %(teams)s::uuid[], %(shown)s::text[])
  AS l (athlete_id, id, team_id, shown)
ORDER BY l.athlete_id, l.id
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class AthleteInView:
    """One athlete as shared with a team; ``weeks`` needs loading and sessions."""

    team_id: UUID
    row: AthleteRow
    weeks: tuple[WeekLoad, ...]


def look_at_athlete(
    *, viewer: User, team_id: UUID, athlete_id: UUID, now: datetime
) -> AthleteInView:
    """Return what one athlete shares with a team and tell them. Raises ``NotFound``."""
    with acting_as(viewer.id, wall=Wall.COACH):
        granted = access.athlete_for(viewer.id, athlete_id, None, team_id=team_id)
        shown = granted_parts({athlete_id: granted})
        told = noted(granted, now=now)
        row = athlete_row(
            granted,
            shown.get(athlete_id, []),
            now=now,
            tags=told.tags,
            reviewed=told.standing,
        )
        weeks: list[WeekLoad] = []
        if granted.categories >= WEEKS_NEED and row.as_of is not None:
            weeks = weeks_of(owner=athlete_id, ending=row.as_of, weeks=SPARKLINE_WEEKS)
        log_access(viewer_id=viewer.id, what="athlete", seen=[granted], now=now)
    return AthleteInView(granted.team_id, row, tuple(weeks))


def log_access(
    *,
    viewer_id: UUID,
    what: str,
    seen: Iterable[Granted],
    now: datetime,
    line_s: int = ONE_LINE_S,
) -> None:
    """Write who looked at what, one line per athlete and ten minutes, or ``line_s`` seconds.

    The coach's role can add lines and not read them, so a line's id says which ten minutes it
    stands for and a second one is dropped by its key. Lines are written in the order of athletes:
    each locks the head of its chain, and two coaches may look at the same athletes at once.
    """
    slot = int(now.timestamp()) // line_s
    lines = []
    for granted in seen:
        categories = ",".join(in_order(granted.categories))
        key = f"{granted.team_id} {what} {categories} {slot}"
        line_id = uuid5(viewer_id, key)
        lines.append((granted.athlete_id, line_id, granted.team_id, categories))
    if not lines:
        return
    athletes, line_ids, teams, shown = zip(*lines, strict=True)
    params = {
        "viewer": viewer_id,
        "what": what,
        "at": now,
        "athletes": ids(athletes),
        "ids": ids(line_ids),
        "teams": ids(teams),
        "shown": array(shown),
    }
    run(ADD_LINES, params)
