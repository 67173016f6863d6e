"""Who may follow which team's pages, and how these stand; asked anew all through a stream.

Many pages are due at once, so they are read in few round trips, each page under its own viewer's
wall. What is read of a page is its rights, and digests: while these are the same, so is the page.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts.sessions import SignedOut, people_of_sessions
from apps.coaching.access import IN_VIEW_OF_TEAM
from apps.coaching.noted import NOTED_STATE
from apps.common.actor import Wall, read_as_each
from apps.common.errors import AppError, NotFound
from apps.common.statements import Call

AT_ONCE = 50  # in one round trip; a team may have thousands of athletes
_STATE = f"""
WITH view AS MATERIALIZED ({IN_VIEW_OF_TEAM}),
seen AS MATERIALIZED (SELECT athlete_id, categories FROM view WHERE athlete_id IS NOT NULL)
SELECT
  EXISTS (SELECT FROM accounts_user me WHERE me.id = %(viewer)s::uuid AND me.is_active),
  EXISTS (SELECT FROM view WHERE team_id = %(team)s::uuid),
  ARRAY(SELECT athlete_id FROM seen),
  (SELECT md5(coalesce(string_agg(athlete_id || ' ' || categories::text, E'\\n'
                                  ORDER BY athlete_id), '')) FROM seen),
  p.parts, p.newest, n.*
FROM (
  SELECT count(*) AS parts, max(p.updated_at) AS newest FROM insights_panelrow p
  WHERE p.athlete_id = ANY (ARRAY(SELECT athlete_id FROM seen))) p
CROSS JOIN ({NOTED_STATE}) n
"""  # noqa: S608 (constants)


@dataclass(frozen=True)
class Look:
    """A browser that has a team's page open."""

    session_key: str
    team_id: UUID


@dataclass(frozen=True)
class PageState:
    """What the page would be made from: while it is the same, so is the page."""

    viewer_id: UUID
    athletes: frozenset[UUID]
    shared: str
    panel: tuple[int, datetime | None]
    noted: tuple[int, int, int, str]


def page_states(looks: Collection[Look]) -> dict[Look, PageState | AppError]:
    """Return how each page stands, or why its reader may not look: signed out, or no such team."""
    people = people_of_sessions({look.session_key for look in looks})
    found: dict[Look, PageState | AppError] = {}
    asked: list[tuple[Look, UUID]] = []
    for look in looks:
        person = people[look.session_key]
        if isinstance(person, AppError):
            found[look] = person
        else:
            asked.append((look, person.id))
    for start in range(0, len(asked), AT_ONCE):
        found |= _states(asked[start : start + AT_ONCE])
    return found


def _states(asked: Sequence[tuple[Look, UUID]]) -> dict[Look, PageState | AppError]:
    calls = [
        (viewer_id, Call(_STATE, {"viewer": viewer_id, "team": look.team_id}))
        for look, viewer_id in asked
    ]
    found: dict[Look, PageState | AppError] = {}
    for (look, viewer_id), [row] in zip(asked, read_as_each(calls, wall=Wall.COACH), strict=True):
        has_account, is_in_team, athletes, shared, parts, newest, *noted = row
        if not has_account:  # closed since the session was read
            found[look] = SignedOut()
        elif not is_in_team:
            found[look] = NotFound()
        else:
            found[look] = PageState(
                viewer_id, frozenset(athletes), shared, (parts, newest), tuple(noted)
            )
    return found
