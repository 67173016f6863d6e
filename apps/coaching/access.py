"""Who may see whom: the only way from an id in a URL to another person's data.

Call inside ``acting_as(viewer, wall=Wall.COACH)``, in the transaction that reads the data:
a right that ended is gone on the next look. Time is the database's, as in its policies.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.coaching.categories import RECORDS_SHARED_SINCE, Category, known_among
from apps.common.errors import NotFound
from apps.common.statements import Rows, ids, run

# These state the same rules as the policies: each wall stands alone. A viewer's seat in a team is
# theirs while their account is not disabled; of whom a grant lets a coach see, and while it does.
# They are long to plan under their policies, so they are prepared; what narrows one down is part
# of its text, since a plan made for any parameter would not use the index that fits.
SEAT = """
FROM coaching_teammember m
JOIN accounts_user me ON me.id = m.user_id AND me.is_active
JOIN coaching_team t ON t.id = m.team_id
"""
LIVE = "g.ended_at IS NULL AND g.paused_at IS NULL AND g.ends_at > now()"
ASSIGNED = """(m.role = 'head' OR EXISTS (
   SELECT FROM coaching_assignment a
   WHERE a.athlete_id = g.athlete_id AND a.team_id = m.team_id AND a.user_id = m.user_id))"""
# Looked up for each of few grants: a join may be planned to read everybody.
PERSON = """
CROSS JOIN LATERAL (
  SELECT p.display_name, p.is_active FROM accounts_user p WHERE p.id = g.athlete_id LIMIT 1) u
"""
_GRANTED = """g.athlete_id, u.display_name, g.team_id AS granted_team_id, g.categories::text[],
       g.ends_at, g.shared_since, g.text_version"""


def _in_view(narrowed: str) -> str:
    """Return the statement of who is in view, with what the grants are narrowed to.

    One row per team of the viewer, and among the grants asked for one per athlete with a live
    one.
    """
    return f"""
SELECT m.team_id, t.name, m.role, t.archived_at, {_GRANTED}
{SEAT}
LEFT JOIN (coaching_consentgrant g {PERSON})
  ON g.team_id = m.team_id AND t.archived_at IS NULL AND g.granted_at >= m.joined_at
 AND {ASSIGNED} AND {LIVE} AND u.is_active
 {narrowed}
WHERE m.user_id = %(viewer)s::uuid
"""


IN_VIEW_OF_TEAM = _in_view("AND g.team_id = %(team)s::uuid")
_IN_ORDER = "ORDER BY t.name, m.team_id, u.display_name, g.athlete_id"
_OF_TEAM = f"{IN_VIEW_OF_TEAM} {_IN_ORDER}"
_ONE = """AND g.athlete_id = %(athlete)s::uuid
 AND (%(team)s::uuid IS NULL OR g.team_id = %(team)s::uuid)"""
_OF_ATHLETE = f"{_in_view(_ONE)} {_IN_ORDER}"


def _feeds(narrowed: str) -> str:
    """Return the statement of athletes' consents to teams of the viewer, one row for each."""
    return f"""
SELECT {_GRANTED}, {LIVE} AND u.is_active
{SEAT}
JOIN coaching_consentgrant g ON g.team_id = m.team_id AND g.granted_at >= m.joined_at
 AND {ASSIGNED}
{PERSON}
WHERE m.user_id = %(viewer)s::uuid AND t.archived_at IS NULL {narrowed}
ORDER BY u.display_name, g.athlete_id, g.team_id
"""


FEEDS = _feeds("AND g.ended_at IS NULL")
_FEEDS_OF = _feeds("AND g.athlete_id = ANY (%(athletes)s::uuid[])")  # ended ones too

# What a coach's right rests on, locked: whoever takes it away comes before or after. The team first,
# as whoever changes one: two locks, one order.
_HELD = f"""
SELECT m.role, {_GRANTED}
{SEAT}
JOIN coaching_consentgrant g ON g.team_id = m.team_id AND g.granted_at >= m.joined_at AND {LIVE}
JOIN accounts_user u ON u.id = g.athlete_id AND u.is_active
WHERE m.user_id = %(viewer)s::uuid AND m.team_id = %(team)s::uuid
  AND g.athlete_id = %(athlete)s::uuid
  AND t.archived_at IS NULL
FOR SHARE OF t, m, g
"""
_HELD_ASSIGNMENT = """
SELECT 1 FROM coaching_assignment
WHERE athlete_id = %(athlete)s::uuid AND team_id = %(team)s::uuid
  AND user_id = %(viewer)s::uuid FOR SHARE
"""


# Who a living consent lets look at this moment: nobody of an archived team, no disabled account, and
# no assistant without the assignment.
_READERS = f"""
SELECT m.team_id, m.user_id
{SEAT}
JOIN coaching_consentgrant g ON g.team_id = m.team_id AND g.granted_at >= m.joined_at
 AND {ASSIGNED} AND {LIVE}
WHERE g.athlete_id = %(athlete)s::uuid AND t.archived_at IS NULL
"""


@dataclass(frozen=True)
class TeamInView:
    """One of the viewer's teams."""

    id: UUID
    name: str
    role: str
    archived_at: datetime | None = None

    @property
    def is_head(self) -> bool:
        """Whether the viewer runs it."""
        return self.role == "head"


@dataclass(frozen=True)
class Granted:
    """What one athlete lets one team of the viewer read now.

    ``shared_since`` names the consent: what the team wrote under an earlier one is not theirs to
    read any more. ``text_version`` names the words that were agreed to.
    """

    athlete_id: UUID
    name: str
    team_id: UUID
    categories: frozenset[Category]
    ends_at: datetime
    shared_since: datetime
    text_version: str


@dataclass(frozen=True)
class InView:
    """A team of the viewer with its athletes, and the viewer's teams to choose from."""

    team: TeamInView
    teams: tuple[TeamInView, ...]
    athletes: dict[UUID, Granted]


@dataclass(frozen=True)
class FeedInView:
    """An athlete who shares with the viewer, or did: the live grants, none when all ended.

    ``of_records`` are those whose words say that records are shared.
    """

    athlete_id: UUID
    live: tuple[Granted, ...]
    of_records: tuple[Granted, ...]

    @property
    def categories(self) -> frozenset[Category]:
        """What records may be read of."""
        return frozenset().union(*(granted.categories for granted in self.of_records))


def feeds_in_view(viewer: UUID, athletes: Collection[UUID] | None = None) -> dict[UUID, FeedInView]:
    """Return who shares or shared with the viewer, of these athletes or of all who do now.

    Whoever never did is not in it, and neither is anybody who does not exist.
    """
    if athletes is None:
        return feeds_among(run(FEEDS, {"viewer": viewer}))
    return feeds_among(run(_FEEDS_OF, {"viewer": viewer, "athletes": ids(athletes)}))


def feeds_among(rows: Rows) -> dict[UUID, FeedInView]:
    """Return by athlete what the rows of ``FEEDS`` say."""
    found: dict[UUID, FeedInView] = {}
    for *row, is_live in rows:
        one = _granted(*row)
        athlete_id, granted = one.athlete_id, (one,) if is_live else ()
        before = found.get(athlete_id, FeedInView(athlete_id, (), ()))
        found[athlete_id] = FeedInView(
            athlete_id,
            before.live + granted,
            before.of_records + (granted if one.text_version >= RECORDS_SHARED_SINCE else ()),
        )
    return found


def teams_of(viewer: UUID) -> tuple[TeamInView, ...]:
    """Return the viewer's teams by name."""
    rows = run(
        f"SELECT t.id, t.name, m.role, t.archived_at {SEAT} "
        "WHERE m.user_id = %(viewer)s::uuid ORDER BY t.name, t.id",
        {"viewer": viewer},
    )
    return tuple(TeamInView(*row) for row in rows)


def team_in_view(viewer: UUID, team_id: UUID) -> InView:
    """Return one of the viewer's teams. Raises ``NotFound`` for any other."""
    teams, athletes = _read(_OF_TEAM, viewer=viewer, team=team_id)
    if team_id not in teams:
        raise NotFound
    seen = {granted.athlete_id: granted for granted in athletes}
    return InView(teams[team_id], tuple(teams.values()), seen)


def athlete_for(
    viewer: UUID, athlete_id: UUID, category: Category | None, *, team_id: UUID | None = None
) -> Granted:
    """Return the live grant that lets the viewer read ``category`` of this athlete.

    Without a category any grant will do, without a team any of the viewer's. Raises
    ``NotFound``, the same for a missing athlete, another team's and an ended grant.
    """
    _, athletes = _read(_OF_ATHLETE, viewer=viewer, team=team_id, athlete=athlete_id)
    for granted in athletes:
        if category is None or category in granted.categories:
            return granted
    raise NotFound


def readers_of(athlete_id: UUID) -> dict[UUID, frozenset[UUID]]:
    """Return by team the coaches who can read something of an athlete now.

    Call inside ``acting_as`` the athlete. A team of which nobody can is not in it.
    """
    found: dict[UUID, frozenset[UUID]] = {}
    for team_id, user_id in run(_READERS, {"athlete": athlete_id}):
        found[team_id] = found.get(team_id, frozenset()) | {user_id}
    return found


def hold_right(viewer: UUID, athlete_id: UUID, *, team_id: UUID) -> Granted:
    """Return the grant that lets the viewer act on an athlete, held until the transaction ends.

    The second look of whoever writes for a coach. Call inside ``acting_as`` the athlete, after
    their feed was locked: nobody who takes a right away waits for a feed. Raises ``NotFound``.
    """
    asked = {"viewer": viewer, "team": team_id, "athlete": athlete_id}
    found = run(_HELD, asked)
    if not found:
        raise NotFound
    role, *row = found[0]
    if role != "head" and not run(_HELD_ASSIGNMENT, asked):
        raise NotFound
    return _granted(*row)


def _read(statement: str, **params: UUID | None) -> tuple[dict[UUID, TeamInView], list[Granted]]:
    rows = run(statement, params)
    teams = {row[0]: TeamInView(*row[:4]) for row in rows}
    athletes = [_granted(*row[4:]) for row in rows if row[4] is not None]
    return teams, athletes


def _granted(
    athlete_id: UUID,
    name: str,
    team_id: UUID,
    categories: Collection[str],
    ends_at: datetime,
    shared_since: datetime,
    text_version: str,
) -> Granted:
    known = known_among(categories)
    return Granted(athlete_id, name, team_id, known, ends_at, shared_since, text_version)
