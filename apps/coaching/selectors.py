"""Reads of teams, invitations and an athlete's own grants."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from apps.accounts.models import User
from apps.accounts.selectors import names_of
from apps.coaching import access
from apps.coaching.access import TeamInView
from apps.coaching.categories import Category, as_asked, in_order, not_granted
from apps.coaching.models import (
    LONGEST_GRANT_DAYS,
    ConsentGrant,
    Invitation,
    Team,
    TeamMember,
)
from apps.coaching.services.invitations import InvitationNotValid, find_invitation
from apps.coaching.services.majority import is_adult, is_begun_alone, why_a_guardian
from apps.common.actor import Wall, acting_as
from apps.common.errors import NotFound

RENEW_WITHIN = timedelta(days=14)


@dataclass(frozen=True)
class InvitationInView:
    """What an athlete reads before they decide; ``standing`` when they already share.

    ``is_adult`` is None when nothing says so; ``guardian_why`` says why it is False.
    """

    team_name: str
    asked_by: str
    purpose: str
    categories: tuple[Category, ...]
    coaches: tuple[str, ...]
    expires_at: datetime
    standing: "GrantInView | None"
    is_adult: bool | None
    guardian_why: str = ""
    longest_days: int = LONGEST_GRANT_DAYS

    @property
    def choices(self) -> tuple[tuple[Category, ...], ...]:
        """Return what is asked as it is decided: one choice each, or one of several levels."""
        return tuple(tuple(levels) for levels in as_asked(self.categories))

    @property
    def not_asked(self) -> tuple[Category, ...]:
        """Return the categories that stay hidden whatever the athlete ticks."""
        return tuple(not_granted(self.categories))


@dataclass(frozen=True)
class GrantInView:
    """One consent of an athlete, with the coaches who were in the team when it was given.

    ``readers`` are those of them who can look now. ``coaches_since`` joined the team after it was
    given, and see nothing until it is renewed; ``renew_by`` is its end when that is near.
    """

    id: UUID
    team_id: UUID
    team_name: str
    is_archived: bool
    coaches: tuple[str, ...]
    readers: frozenset[UUID]
    coaches_since: tuple[str, ...]
    categories: tuple[Category, ...]
    granted_at: datetime
    ends_at: datetime
    paused_at: datetime | None
    ended_at: datetime | None
    is_live: bool
    is_standing: bool
    renew_by: datetime | None
    channel: str
    guardian: str

    @property
    def last_moment(self) -> datetime:
        """Return the last moment that is shared; ``ends_at`` itself is not."""
        return self.ends_at - timedelta.resolution


@dataclass(frozen=True)
class AskedToCoach:
    """Which team asks for an assistant coach, and what for."""

    team_name: str
    asked_by: str
    purpose: str
    expires_at: datetime


def coached_teams(*, viewer: User) -> tuple[TeamInView, ...]:
    """Return the teams a coach is in."""
    with acting_as(viewer.id, wall=Wall.COACH):
        return access.teams_of(viewer.id)


def coached_team(*, viewer: User, team_id: UUID) -> TeamInView:
    """Return one of a coach's teams. Raises ``NotFound``."""
    for team in coached_teams(viewer=viewer):
        if team.id == team_id:
            return team
    raise NotFound


def coaches_among(people: Collection[UUID]) -> list[UUID]:
    """Return those of these people who are in a team."""
    found = TeamMember.objects.filter(user_id__in=people).values_list("user_id", flat=True)
    return list(found.distinct())


def count_open_invitations(*, team_id: UUID, now: datetime) -> int:
    """Return how many invitations of athletes to a team can still be accepted."""
    asked = Invitation.objects.filter(team_id=team_id, for_coach=False, withdrawn_at=None)
    asked = asked.filter(made_by__is_active=True)
    return asked.filter(expires_at__gt=now, uses__lt=F("max_uses")).count()


def invitation_for(*, athlete: User, secret: str, now: datetime) -> InvitationInView:
    """Return an open invitation, or any of a team that the athlete shares with already.

    Raises ``InvitationNotValid`` for any other secret.
    """
    with acting_as(athlete.id):
        invitation = find_invitation(secret)
        if invitation is None or not invitation.is_for_athletes:
            raise InvitationNotValid
        grants = _grants(athlete.id, now=now, team_id=invitation.team_id)
        standing = next((grant for grant in grants if grant.is_standing), None)
        if standing is None and not invitation.is_open(now):
            raise InvitationNotValid
        names = names_of([invitation.made_by_id])
        coaches = _coaches([invitation.team_id])
        adult, why = is_adult(athlete, now=now), why_a_guardian(athlete, now=now)
    return InvitationInView(
        team_name=invitation.team.name,
        asked_by=names.get(invitation.made_by_id, ""),
        purpose=invitation.purpose,
        categories=tuple(in_order(invitation.categories)),
        coaches=tuple(name for _, _, name in coaches),
        expires_at=invitation.expires_at,
        standing=standing,
        is_adult=adult,
        guardian_why=why,
    )


def invitation_to_coach(*, secret: str, now: datetime) -> AskedToCoach:
    """Return who asks for an assistant coach. Raises ``InvitationNotValid``."""
    invitation = find_invitation(secret)
    is_one = invitation is not None and invitation.for_coach and not invitation.team.archived_at
    if invitation is None or not is_one or not invitation.is_open(now):
        raise InvitationNotValid
    names = names_of([invitation.made_by_id])
    return AskedToCoach(
        team_name=invitation.team.name,
        asked_by=names.get(invitation.made_by_id, ""),
        purpose=invitation.purpose,
        expires_at=invitation.expires_at,
    )


def team_joined_by(*, coach_id: UUID, secret: str) -> UUID | None:
    """Return the team a secret asks a coach into who is in it, used up or expired as it may be."""
    invitation = find_invitation(secret)
    if invitation is None or not invitation.for_coach:
        return None
    is_in = TeamMember.objects.filter(team_id=invitation.team_id, user_id=coach_id).exists()
    return invitation.team_id if is_in else None


def asks_to_coach(*, person: User, secret: str, now: datetime) -> bool:
    """Return whether a secret opens an invitation to coach, or asked this coach into their team."""
    try:
        invitation_to_coach(secret=secret, now=now)
    except InvitationNotValid:
        return team_joined_by(coach_id=person.id, secret=secret) is not None
    return True


def open_invitation(secret: str, *, now: datetime) -> Invitation:
    """Return the invitation to athletes that a secret opens now. Raises ``InvitationNotValid``."""
    invitation = find_invitation(secret)
    if invitation is None or not invitation.is_for_athletes or not invitation.is_open(now):
        raise InvitationNotValid
    return invitation


def coach_names(team_id: UUID, *, since: datetime | None = None) -> tuple[str, ...]:
    """Return the names of a team's coaches, of those in it at ``since`` or today."""
    coaches = _coaches([team_id])
    return tuple(name for _, joined, name in coaches if since is None or joined <= since)


def grants_of(*, owner: User, now: datetime) -> list[GrantInView]:
    """Return the athlete's consents, live ones first, then the newest."""
    with acting_as(owner.id):
        return _grants(owner.id, now=now)


@dataclass(frozen=True)
class Renewal:
    """A standing consent, and the coaches who would be let look by a new one."""

    grant: GrantInView
    coaches: tuple[str, ...]
    is_adult: bool | None
    guardian_why: str


def grant_to_renew(*, owner: User, grant_id: UUID, now: datetime) -> Renewal:
    """Return one of the athlete's standing consents. Raises ``NotFound``."""
    with acting_as(owner.id):
        grants = _grants(owner.id, now=now)
        found = next((one for one in grants if one.id == grant_id and one.is_standing), None)
        if found is None:
            raise NotFound
        return Renewal(
            found,
            coach_names(found.team_id),
            is_adult(owner, now=now),
            why_a_guardian(owner, now=now),
        )


def why_it_waits(*, owner: User, grant: GrantInView, now: datetime) -> str:
    """Return why a paused consent goes on only with a guardian; empty when it does without."""
    if grant.paused_at is None or not is_begun_alone(grant.channel):
        return ""
    with acting_as(owner.id):
        return why_a_guardian(owner, now=now)


def _grants(athlete_id: UUID, *, now: datetime, team_id: UUID | None = None) -> list[GrantInView]:
    rows = ConsentGrant.objects.filter(athlete_id=athlete_id)
    if team_id is not None:
        rows = rows.filter(team_id=team_id)
    grants = list(rows.order_by("-granted_at", "id"))
    team_ids = {grant.team_id for grant in grants}
    teams = {team.id: team for team in Team.objects.filter(pk__in=team_ids)}
    coaches, readers = _coaches(team_ids), access.readers_of(athlete_id)
    found = [
        GrantInView(
            id=grant.id,
            team_id=grant.team_id,
            team_name=teams[grant.team_id].name if grant.team_id in teams else "",
            is_archived=grant.team_id in teams and teams[grant.team_id].archived_at is not None,
            readers=readers.get(grant.team_id, frozenset()) if grant.is_live(now) else frozenset(),
            coaches=tuple(
                name
                for of, since, name in coaches
                if of == grant.team_id and since <= grant.granted_at
            ),
            coaches_since=tuple(
                name
                for of, since, name in coaches
                if of == grant.team_id and since > grant.granted_at
            ),
            categories=tuple(in_order(grant.categories)),
            granted_at=grant.granted_at,
            ends_at=grant.ends_at,
            paused_at=grant.paused_at,
            ended_at=grant.ended_at,
            is_live=grant.is_live(now),
            is_standing=grant.is_standing(now),
            renew_by=_renew_by(grant, now),
            channel=grant.channel,
            guardian=grant.guardian,
        )
        for grant in grants
    ]
    return sorted(found, key=lambda grant: (not grant.is_standing, not grant.is_live))


def _renew_by(grant: ConsentGrant, now: datetime) -> datetime | None:
    is_near = grant.is_standing(now) and grant.ends_at - now <= RENEW_WITHIN
    return grant.ends_at if is_near else None


def team_names(team_ids: Collection[UUID]) -> dict[UUID, str]:
    return dict(Team.objects.filter(pk__in=team_ids).values_list("pk", "name"))


def _coaches(team_ids: Collection[UUID]) -> list[tuple[UUID, datetime, str]]:
    """Return team, day of joining and name of every coach, the head coach first."""
    rows = TeamMember.objects.filter(team_id__in=team_ids).order_by("-role", "joined_at")
    members = list(rows.values_list("team_id", "joined_at", "user_id"))
    names = names_of({user_id for _, _, user_id in members})
    return [(team, since, names.get(user_id, "")) for team, since, user_id in members]
