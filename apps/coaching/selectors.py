"""Reads of teams, invitations, an athlete's own grants, and who looked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from apps.accounts.models import User
from apps.accounts.selectors import names_of
from apps.coaching import access
from apps.coaching.access import TeamInView
from apps.coaching.categories import Category, in_order, not_granted
from apps.coaching.models import AccessLine, ConsentGrant, Invitation, Team, TeamMember
from apps.coaching.services.invitations import InvitationNotValid, find_invitation
from apps.common.actor import Wall, acting_as

NEWEST_LINES = 200


@dataclass(frozen=True)
class InvitationInView:
    """What an athlete reads before they decide; ``standing`` when they already share."""

    team_name: str
    asked_by: str
    purpose: str
    categories: tuple[Category, ...]
    coaches: tuple[str, ...]
    expires_at: datetime
    standing: "GrantInView | None"

    @property
    def not_asked(self) -> tuple[Category, ...]:
        """Return the categories that stay hidden whatever the athlete ticks."""
        return tuple(not_granted(self.categories))


@dataclass(frozen=True)
class GrantInView:
    """One consent of an athlete, with the coaches it lets look now."""

    id: UUID
    team_id: UUID
    team_name: str
    coaches: tuple[str, ...]
    categories: tuple[Category, ...]
    granted_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    is_live: bool

    @property
    def last_moment(self) -> datetime:
        """Return the last moment that is shared; ``ends_at`` itself is not."""
        return self.ends_at - timedelta.resolution


@dataclass(frozen=True)
class LookInView:
    """Who looked at what."""

    at: datetime
    viewer_name: str
    team_name: str
    what: str
    categories: tuple[Category, ...]


def coached_teams(*, viewer: User) -> tuple[TeamInView, ...]:
    """Return the teams a coach is in."""
    with acting_as(viewer.id, wall=Wall.COACH):
        return access.teams_of(viewer.id)


def coaches_among(people: Collection[UUID]) -> list[UUID]:
    """Return those of these people who are in a team."""
    found = TeamMember.objects.filter(user_id__in=people).values_list("user_id", flat=True)
    return list(found.distinct())


def open_invitations(*, team_id: UUID, now: datetime) -> int:
    """Return how many invitations of athletes to a team can still be accepted."""
    asked = Invitation.objects.filter(team_id=team_id, for_coach=False, withdrawn_at=None)
    return asked.filter(expires_at__gt=now, uses__lt=F("max_uses")).count()


def invitation_for(*, athlete: User, secret: str, now: datetime) -> InvitationInView:
    """Return an open invitation. Raises ``InvitationNotValid`` for any other secret."""
    with acting_as(athlete.id):
        invitation = find_invitation(secret)
        if invitation is None or not invitation.is_open(now):
            raise InvitationNotValid
        grants = _grants(athlete.id, now=now, team_id=invitation.team_id)
        names = names_of([invitation.made_by_id])
        coaches = _coaches([invitation.team_id])
    return InvitationInView(
        team_name=invitation.team.name,
        asked_by=names.get(invitation.made_by_id, ""),
        purpose=invitation.purpose,
        categories=tuple(in_order(invitation.categories)),
        coaches=tuple(name for _, _, name in coaches),
        expires_at=invitation.expires_at,
        standing=next((grant for grant in grants if grant.is_live), None),
    )


def grants_of(*, owner: User, now: datetime) -> list[GrantInView]:
    """Return the athlete's consents, live ones first, then the newest."""
    with acting_as(owner.id):
        return _grants(owner.id, now=now)


def access_log_of(*, owner: User) -> list[LookInView]:
    """Return who looked at the athlete's data, newest first."""
    with acting_as(owner.id):
        lines = list(
            AccessLine.objects.filter(athlete_id=owner.id).order_by("-at", "id")[:NEWEST_LINES]
        )
        names = names_of({line.viewer_id for line in lines})
        teams = _team_names({line.team_id for line in lines})
    return [
        LookInView(
            line.at,
            names.get(line.viewer_id, ""),
            teams.get(line.team_id, ""),
            line.what,
            tuple(in_order(line.categories)),
        )
        for line in lines
    ]


def _grants(athlete_id: UUID, *, now: datetime, team_id: UUID | None = None) -> list[GrantInView]:
    rows = ConsentGrant.objects.filter(athlete_id=athlete_id)
    if team_id is not None:
        rows = rows.filter(team_id=team_id)
    grants = list(rows.order_by("-granted_at", "id"))
    team_ids = {grant.team_id for grant in grants}
    teams, coaches = _team_names(team_ids), _coaches(team_ids)
    found = [
        GrantInView(
            id=grant.id,
            team_id=grant.team_id,
            team_name=teams.get(grant.team_id, ""),
            coaches=tuple(
                name
                for of, since, name in coaches
                if of == grant.team_id and since <= grant.granted_at
            ),
            categories=tuple(in_order(grant.categories)),
            granted_at=grant.granted_at,
            ends_at=grant.ends_at,
            ended_at=grant.ended_at,
            is_live=grant.is_live(now),
        )
        for grant in grants
    ]
    return sorted(found, key=lambda grant: not grant.is_live)


def _team_names(team_ids: Collection[UUID]) -> dict[UUID, str]:
    return dict(Team.objects.filter(pk__in=team_ids).values_list("pk", "name"))


def _coaches(team_ids: Collection[UUID]) -> list[tuple[UUID, datetime, str]]:
    """Return team, day of joining and name of every coach, the head coach first."""
    rows = TeamMember.objects.filter(team_id__in=team_ids).order_by("-role", "joined_at")
    members = list(rows.values_list("team_id", "joined_at", "user_id"))
    names = names_of({user_id for _, _, user_id in members})
    return [(team, since, names.get(user_id, "")) for team, since, user_id in members]
