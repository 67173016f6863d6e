"""Reads of a team as its settings show it: coaches, whom they look after, and the athletes' tags."""

import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.coaching.access import InView, TeamInView, team_in_view
from apps.coaching.models import Assignment, RosterTag, TeamMember
from apps.common.actor import Wall, acting_as


@dataclass(frozen=True)
class Coach:
    """A coach of a team; ``athletes`` are an assistant's that the viewer sees, too."""

    user_id: UUID
    name: str
    role: str
    joined_at: datetime
    athletes: tuple[UUID, ...]

    @property
    def is_head(self) -> bool:
        """Whether they run the team."""
        return self.role == "head"


@dataclass(frozen=True)
class Named:
    """An athlete by name, with the team's words for them."""

    athlete_id: UUID
    name: str
    tags: tuple[str, ...]


PAGE_NAMES = 100


@dataclass(frozen=True)
class Settings:
    """A team, its coaches, the head coach first, and a page of the athletes the viewer sees, by name.

    ``size`` counts them all, ``found`` those whose name was asked for; pages count from 1.
    """

    team: TeamInView
    coaches: list[Coach]
    athletes: list[Named]
    size: int
    found: int
    page: int

    @property
    def pages(self) -> int:
        """Return how many pages there are."""
        return max(1, -(-self.found // PAGE_NAMES))


def settings_of(*, viewer: User, team_id: UUID, q: str = "", page: int = 1) -> Settings:
    """Return a team of the viewer as its settings show it, with those in whose name ``q`` stands.

    A page after the last is the last. Raises ``NotFound``.
    """
    with acting_as(viewer.id, wall=Wall.COACH):
        view = team_in_view(viewer.id, team_id)
        wanted = _folded(q.strip())
        named = [one for one in _named(view) if wanted in _folded(one.name)]
        size, found = len(view.athletes), len(named)
        page = max(1, min(page, -(-found // PAGE_NAMES)))
        shown = named[(page - 1) * PAGE_NAMES : page * PAGE_NAMES]
        return Settings(view.team, _coaches(view), shown, size, found, page)


def _folded(name: str) -> str:
    """Return a name as it is searched by: no case, no accents."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def staff_of(*, viewer: User, team_id: UUID) -> list[Coach]:
    """Return the coaches of a team of the viewer, the head coach first. Raises ``NotFound``."""
    with acting_as(viewer.id, wall=Wall.COACH):
        return _coaches(team_in_view(viewer.id, team_id))


def _coaches(view: InView) -> list[Coach]:
    members = (
        TeamMember.objects.filter(team_id=view.team.id)
        .order_by("-role", "joined_at", "id")
        .values_list("user_id", "user__display_name", "role", "joined_at")
    )
    assigned = Assignment.objects.filter(team_id=view.team.id).order_by("athlete_id")
    athletes: dict[UUID, list[UUID]] = defaultdict(list)
    for user_id, athlete_id in assigned.values_list("user_id", "athlete_id"):
        if athlete_id in view.athletes:
            athletes[user_id].append(athlete_id)
    return [
        Coach(user_id, name, role, joined_at, tuple(athletes[user_id]))
        for user_id, name, role, joined_at in members
    ]


def _named(view: InView) -> list[Named]:
    tags: dict[UUID, list[str]] = defaultdict(list)
    rows = RosterTag.objects.filter(team_id=view.team.id).order_by("tag")
    for athlete_id, tag in rows.values_list("athlete_id", "tag"):
        tags[athlete_id].append(tag)
    return [
        Named(one.athlete_id, one.name, tuple(tags[one.athlete_id]))
        for one in view.athletes.values()
    ]
