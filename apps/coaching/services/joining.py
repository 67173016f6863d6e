"""Another coach joins a team, and is given athletes to look after."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.coaching import access
from apps.coaching.announcing import announce_consent, announce_team
from apps.coaching.models import Assignment, RosterTag, Team, TeamMember
from apps.coaching.services.invitations import InvitationNotValid, find_invitation
from apps.coaching.services.teams import ASSISTANT, HeadCoachOnly, coach_in
from apps.common.actor import Wall, acting_as
from apps.common.errors import NotFound
from apps.common.names import readable


@transaction.atomic
def join_team(*, coach: User, secret: str, now: datetime) -> TeamMember:
    """Become an assistant coach by an invitation; who is in the team already stays as they are.

    It shows nothing that athletes agreed to before. Raises ``InvitationNotValid``.
    """
    found = find_invitation(secret)
    if found is None or not found.for_coach:
        raise InvitationNotValid
    # The team first, as whoever withdraws an invitation: two locks, one order.
    Team.objects.select_for_update().get(pk=found.team_id)
    invitation = find_invitation(secret, lock=True)
    if invitation is None or invitation.team.archived_at:
        raise InvitationNotValid
    known = TeamMember.objects.filter(team=invitation.team, user=coach).first()
    if known is not None:
        return known
    if not invitation.is_open(now):
        raise InvitationNotValid
    invitation.uses += 1
    invitation.save(update_fields=["uses"])
    announce_consent(invitation.team_id)
    return TeamMember.objects.create(
        team=invitation.team, user=coach, role=ASSISTANT, joined_at=now
    )


def assign_athletes(
    *,
    head: User,
    team_id: UUID,
    user_id: UUID,
    athlete_ids: Collection[UUID],
    among: Collection[UUID] | None = None,
) -> list[UUID]:
    """Let an assistant coach look after exactly these athletes; return them.

    With ``among`` it is decided about those alone, and all others stay as they are.
    Athletes whom the head coach does not see are left out, as if they did not exist. Raises
    ``NotFound`` and ``HeadCoachOnly``.
    """
    with acting_as(head.id, wall=Wall.COACH):
        seen = set(_led_view(head, team_id).athletes)
        if among is not None:
            seen &= set(among)
        coach_in(team_id, user_id)
        chosen = sorted(seen & set(athlete_ids))
        standing = Assignment.objects.filter(team_id=team_id, user_id=user_id)
        # Who is not seen now, for a pause, stays with whom they were.
        standing.filter(athlete_id__in=seen - set(chosen)).delete()
        Assignment.objects.bulk_create(
            [Assignment(athlete_id=one, team_id=team_id, user_id=user_id) for one in chosen],
            ignore_conflicts=True,
        )
        announce_consent(team_id)
    return chosen


def tag_athlete(*, head: User, team_id: UUID, athlete_id: UUID, tags: Collection[str]) -> list[str]:
    """Give an athlete exactly these of the team's own words; return them.

    Raises ``NotFound`` and ``HeadCoachOnly``.
    """
    kept = tidy_tags(tags)
    with acting_as(head.id, wall=Wall.COACH):
        if athlete_id not in _led_view(head, team_id).athletes:
            raise NotFound
        standing = RosterTag.objects.filter(team_id=team_id, athlete_id=athlete_id)
        standing.exclude(tag__in=kept).delete()
        RosterTag.objects.bulk_create(
            [RosterTag(athlete_id=athlete_id, team_id=team_id, tag=tag) for tag in kept],
            ignore_conflicts=True,
        )
        announce_team(team_id)
    return kept


def tidy_tags(tags: Iterable[str]) -> list[str]:
    """Return tags as they are kept: in order, each once and on one line, of what can be seen."""
    return sorted({readable(tag) for tag in tags} - {""})


def _led_view(head: User, team_id: UUID) -> access.InView:
    """Return the team as its head sees it now. Raises ``NotFound`` and ``HeadCoachOnly``."""
    view = access.team_in_view(head.id, team_id)
    if not view.team.is_head:
        raise HeadCoachOnly
    return view
