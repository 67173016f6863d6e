"""Grants as rows, while the athlete acts: found standing, made, renewed, ended.

The athlete's verbs and a guardian's meet here.
"""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.coaching.categories import CONSENT_TEXT_DIGEST, CONSENT_TEXT_VERSION, in_order
from apps.coaching.models import ConsentGrant, Invitation, RosterTag
from apps.coaching.services.invitations import InvitationNotValid
from apps.coaching.services.telling import tell_change
from apps.coaching.services.terms import check_choice, check_renewal
from apps.common.errors import AppError, NotFound
from apps.reminders.services.notices import forget_end, tell_access_given


class GrantNotStanding(AppError):
    """This consent has ended; accept a new invitation to share again."""

    code: ClassVar[str] = "coaching.grant_not_standing"
    status: ClassVar[int] = 409


def standing_or_open(
    athlete_id: UUID, invitation: Invitation | None, *, now: datetime
) -> ConsentGrant | Invitation:
    """Return the athlete's standing grant to the inviting team, or the open invitation.

    Raises ``InvitationNotValid``, whatever is wrong with it.
    """
    if invitation is None or not invitation.is_for_athletes:
        raise InvitationNotValid
    standing = _standing(athlete_id, invitation.team_id, now)
    if standing is not None:
        return standing
    if not invitation.is_open(now):
        raise InvitationNotValid
    return invitation


def grant_within(
    athlete_id: UUID,
    invitation: Invitation,
    categories: Collection[str],
    ends_at: datetime,
    now: datetime,
    *,
    text_version: str,
    channel: str,
    guardian: str = "",
) -> ConsentGrant:
    """Make the grant an open, locked invitation asks for, while the athlete acts.

    Raises ``CategoryNotAsked``, ``NothingChosen``, ``UnfitEnd`` and ``ConsentTextChanged``.
    """
    check_choice(invitation, categories, ends_at, now, text_version)
    try:
        return _grant(athlete_id, invitation, categories, ends_at, now, channel, guardian)
    except IntegrityError:  # another invitation of this team was accepted meanwhile
        return ConsentGrant.objects.get(
            athlete_id=athlete_id, team_id=invitation.team_id, ended_at=None
        )


def renew_within(
    old: ConsentGrant,
    categories: Collection[str],
    ends_at: datetime,
    now: datetime,
    *,
    text_version: str,
    channel: str,
    guardian: str = "",
) -> ConsentGrant:
    """End a locked, standing grant and make its successor, while the athlete acts."""
    check_renewal(old, categories, ends_at, now, text_version)
    old.ended_at = now
    old.save(update_fields=["ended_at"])
    forget_end(athlete_id=old.athlete_id, grant_id=old.id)
    tell_change(old, now=now)
    grant = ConsentGrant.objects.create(
        athlete_id=old.athlete_id,
        team_id=old.team_id,
        invitation_id=old.invitation_id,
        categories=in_order(categories),
        text_version=CONSENT_TEXT_VERSION,
        text_digest=CONSENT_TEXT_DIGEST,
        granted_at=now,
        shared_since=old.shared_since,
        ends_at=ends_at,
        paused_at=old.paused_at,
        channel=channel,
        guardian=guardian,
    )
    _tell(grant)
    return grant


def end_within(athlete_id: UUID, grant_id: UUID, *, now: datetime) -> ConsentGrant:
    """End a grant while the athlete acts. Raises ``NotFound``."""
    grant = _own(athlete_id, grant_id)
    if grant.ended_at is None:
        grant.ended_at = min(now, grant.ends_at)
        grant.save(update_fields=["ended_at"])
        forget_end(athlete_id=athlete_id, grant_id=grant_id)
        tell_change(grant, now=now)
    return grant


def own_standing(athlete_id: UUID, grant_id: UUID, *, now: datetime) -> ConsentGrant:
    """Return the athlete's grant, locked. Raises ``NotFound`` and ``GrantNotStanding``."""
    grant = _own(athlete_id, grant_id)
    if not grant.is_standing(now):
        raise GrantNotStanding
    return grant


def _own(athlete_id: UUID, grant_id: UUID) -> ConsentGrant:
    grant = (
        ConsentGrant.objects.select_for_update().filter(athlete_id=athlete_id, id=grant_id).first()
    )
    if grant is None:
        raise NotFound
    return grant


def _standing(athlete_id: UUID, team_id: UUID, now: datetime) -> ConsentGrant | None:
    """Return the standing grant to a team; one whose last day passed makes room for another."""
    found = ConsentGrant.objects.select_for_update().filter(
        athlete_id=athlete_id, team_id=team_id, ended_at=None
    )
    grant = found.first()
    if grant is None or grant.is_standing(now):
        return grant
    grant.ended_at = grant.ends_at
    grant.save(update_fields=["ended_at"])
    tell_change(grant, now=now)
    return None


@transaction.atomic
def _grant(
    athlete_id: UUID,
    invitation: Invitation,
    categories: Collection[str],
    ends_at: datetime,
    now: datetime,
    channel: str,
    guardian: str,
) -> ConsentGrant:
    invitation.uses += 1
    invitation.save(update_fields=["uses"])
    # The team's words from a consent before: nothing hides them, as it does marks and notes.
    RosterTag.objects.filter(athlete_id=athlete_id, team_id=invitation.team_id).delete()
    grant = ConsentGrant.objects.create(
        athlete_id=athlete_id,
        team_id=invitation.team_id,
        invitation_id=invitation.id,
        categories=in_order(categories),
        text_version=CONSENT_TEXT_VERSION,
        text_digest=CONSENT_TEXT_DIGEST,
        granted_at=now,
        shared_since=now,
        ends_at=ends_at,
        channel=channel,
        guardian=guardian,
    )
    _tell(grant)
    return grant


def _tell(grant: ConsentGrant) -> None:
    """Tell the owner's devices of it, and by mail, in case it was somebody else."""
    tell_access_given(
        athlete_id=grant.athlete_id,
        grant_id=grant.id,
        ends_at=grant.ends_at,
        now=grant.granted_at,
    )
    tell_change(grant, now=grant.granted_at)
