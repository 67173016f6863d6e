"""What coaches noted about one athlete's row: their team's tags, and the mark that stands."""

from datetime import datetime

import msgspec

from apps.coaching import panel_sql
from apps.coaching.access import Granted
from apps.coaching.roster import Reviewed

# How what coaches noted about a team's rows stands: while it is the same, so is that. How many
# marks there are, undone ones, and snoozes that go on; and a digest of the tags.
NOTED_STATE = """
SELECT count(*), count(m.undone_at),
  count(*) FILTER (WHERE m.undone_at IS NULL AND m.until > now()),
  (SELECT md5(coalesce(string_agg(r.athlete_id || ' ' || r.tag, E'\\n'
                                  ORDER BY r.athlete_id, r.tag), ''))
   FROM coaching_rostertag r WHERE r.team_id = %(team)s::uuid)
FROM coaching_mark m WHERE m.team_id = %(team)s::uuid
"""


class Noted(msgspec.Struct, frozen=True):
    """A row's tags, and the mark that stands on it."""

    tags: tuple[str, ...]
    standing: Reviewed | None


def noted(granted: Granted, *, now: datetime) -> Noted:
    """Return what coaches noted about a row under a consent. Call under the coach's wall."""
    told = panel_sql.fetch(
        panel_sql.NOTED,
        team=granted.team_id,
        athlete=granted.athlete_id,
        since=granted.shared_since,
        now=now,
    )
    return msgspec.json.decode(told, type=Noted)
