"""Reads of a team's coaches and whom they look after."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.coaching.access import team_in_view
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


def names_in_view(*, viewer: User, team_id: UUID) -> list[Named]:
    """Return the athletes of a team whom the viewer sees, by name. Raises ``NotFound``."""
    with acting_as(viewer.id, wall=Wall.COACH):
        seen = team_in_view(viewer.id, team_id).athletes
        tags = list(
            RosterTag.objects.filter(team_id=team_id)
            .order_by("tag")
            .values_list("athlete_id", "tag")
        )
    return [
        Named(one.athlete_id, one.name, tuple(tag for who, tag in tags if who == one.athlete_id))
        for one in seen.values()
    ]


def staff_of(*, viewer: User, team_id: UUID) -> list[Coach]:
    """Return the coaches of a team of the viewer, the head coach first. Raises ``NotFound``."""
    with acting_as(viewer.id, wall=Wall.COACH):
        seen = team_in_view(viewer.id, team_id).athletes
        members = list(
            TeamMember.objects.filter(team_id=team_id)
            .order_by("-role", "joined_at", "id")
            .values_list("user_id", "user__display_name", "role", "joined_at")
        )
        assigned = list(
            Assignment.objects.filter(team_id=team_id)
            .order_by("athlete_id")
            .values_list("user_id", "athlete_id")
        )
    return [
        Coach(
            user_id,
            name,
            role,
            joined_at,
            tuple(athlete for user, athlete in assigned if user == user_id and athlete in seen),
        )
        for user_id, name, role, joined_at in members
    ]
