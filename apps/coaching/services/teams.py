"""A team over time: opened, led by somebody else, left, archived."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.coaching.announcing import announce_consent
from apps.coaching.models import Assignment, Invitation, Team, TeamMember
from apps.common.actor import Wall, acting_as
from apps.common.errors import AppError, NotFound
from apps.common.names import readable

HEAD, ASSISTANT = TeamMember.Role.HEAD, TeamMember.Role.ASSISTANT


class HeadCoachOnly(AppError):
    """Only the head coach of a team does this."""

    code: ClassVar[str] = "coaching.head_coach_only"
    status: ClassVar[int] = 403


class TeamNeedsAHead(AppError):
    """A team keeps a head coach: hand it over first, or archive it."""

    code: ClassVar[str] = "coaching.team_needs_a_head"
    status: ClassVar[int] = 409


class TeamArchived(AppError):
    """This team is archived; restore it first."""

    code: ClassVar[str] = "coaching.team_archived"
    status: ClassVar[int] = 409


@transaction.atomic
def create_team(*, head: User, name: str, now: datetime) -> Team:
    """Open a team with its head coach; its name is kept on one line."""
    team = Team.objects.create(name=readable(name), created_at=now)
    TeamMember.objects.create(team=team, user=head, role=HEAD, joined_at=now)
    return team


@transaction.atomic
def rename_team(*, head: User, team_id: UUID, name: str) -> Team:
    """Give a team another name. Raises ``NotFound`` and ``HeadCoachOnly``."""
    return _changed(led_team(head, team_id), name=readable(name))


@transaction.atomic
def archive_team(*, head: User, team_id: UUID, now: datetime) -> Team:
    """Close a team: it shows nobody and takes nobody until it is restored.

    Grants to it stand and run out as they would. Raises ``NotFound`` and ``HeadCoachOnly``.
    """
    team = led_team(head, team_id)
    announce_consent(team_id)
    return team if team.archived_at else _changed(team, archived_at=now)


@transaction.atomic
def restore_team(*, head: User, team_id: UUID) -> Team:
    """Open an archived team again. Raises ``NotFound`` and ``HeadCoachOnly``."""
    team = led_team(head, team_id)
    announce_consent(team_id)
    return _changed(team, archived_at=None)


@transaction.atomic
def hand_over(*, head: User, team_id: UUID, to_user: UUID) -> None:
    """Make another coach of the team its head; the giver stays as an assistant.

    Raises ``NotFound``, also for a coach who is not in the team, and ``HeadCoachOnly``.
    """
    led_team(head, team_id)
    taker = coach_in(team_id, to_user)
    if to_user == head.id:
        return
    TeamMember.objects.filter(team_id=team_id, user=head).update(role=ASSISTANT)
    TeamMember.objects.filter(pk=taker.pk).update(role=HEAD)
    announce_consent(team_id)


def leave_team(*, coach: User, team_id: UUID, now: datetime) -> None:
    """Leave a team; what athletes let this coach see ends with it. Raises ``NotFound``.

    A head coach hands over first, or archives: ``TeamNeedsAHead``.
    """
    member = _member(coach, team_id)
    if member.role == HEAD and not member.team.archived_at:
        raise TeamNeedsAHead
    _release(actor=coach, team_id=team_id, user_id=coach.id)
    with transaction.atomic():
        team = Team.objects.select_for_update().get(pk=team_id)
        member = _member(coach, team_id)
        if member.role == HEAD and not team.archived_at:  # it was handed over meanwhile
            raise TeamNeedsAHead
        announce_consent(team_id)
        member.delete()
        _withdraw_invitations(team_id, coach.id, now=now)


def remove_coach(*, head: User, team_id: UUID, user_id: UUID, now: datetime) -> None:
    """Take an assistant coach out of the team.

    Raises ``NotFound``, ``HeadCoachOnly``, and ``TeamNeedsAHead`` for oneself.
    """
    with transaction.atomic():
        led_team(head, team_id)
        if user_id == head.id:
            raise TeamNeedsAHead
        coach_in(team_id, user_id)
    _release(actor=head, team_id=team_id, user_id=user_id)
    with transaction.atomic():
        led_team(head, team_id)
        announce_consent(team_id)
        TeamMember.objects.filter(team_id=team_id, user_id=user_id, role=ASSISTANT).delete()
        _withdraw_invitations(team_id, user_id, now=now)


def led_team(head: User, team_id: UUID) -> Team:
    """Return a team of this head coach, locked. Raises ``NotFound`` and ``HeadCoachOnly``."""
    mine = Team.objects.filter(pk=team_id, members__user=head)  # of any other no row is locked
    team = mine.select_for_update(of=("self",)).first()
    if team is None:
        raise NotFound
    if _member(head, team_id).role != HEAD:  # read anew: it may have changed while we waited
        raise HeadCoachOnly
    return team


def coach_in(team_id: UUID, user_id: UUID) -> TeamMember:
    """Return a coach of the team. Raises ``NotFound``."""
    found = TeamMember.objects.filter(team_id=team_id, user_id=user_id).first()
    if found is None:
        raise NotFound
    return found


def _member(coach: User, team_id: UUID) -> TeamMember:
    seats = TeamMember.objects.select_related("team").filter(team_id=team_id, user=coach)
    found = seats.filter(user__is_active=True).first()
    if found is None:
        raise NotFound
    return found


def _changed(team: Team, **fields: object) -> Team:
    for name, value in fields.items():
        setattr(team, name, value)
    team.save(update_fields=list(fields))
    return team


def _release(*, actor: User, team_id: UUID, user_id: UUID) -> None:
    """Take a coach's athletes off them, while the coach's role still shows who they are."""
    with acting_as(actor.id, wall=Wall.COACH):
        Assignment.objects.filter(team_id=team_id, user_id=user_id).delete()


def _withdraw_invitations(team_id: UUID, user_id: UUID, *, now: datetime) -> None:
    """Close what somebody who is gone has open: its codes would let them in again."""
    made = Invitation.objects.filter(team_id=team_id, made_by_id=user_id, withdrawn_at=None)
    made.update(withdrawn_at=now)
