"""An athlete lets a team read parts of their data, takes parts away, or ends it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.coaching.announcing import announce_consent
from apps.coaching.categories import (
    CONSENT_TEXT_DIGEST,
    CONSENT_TEXT_VERSION,
    Category,
    in_order,
)
from apps.coaching.models import LONGEST_GRANT_DAYS, ConsentGrant, Invitation
from apps.coaching.services.invitations import InvitationNotValid, find_invitation
from apps.common.actor import acting_as
from apps.common.errors import AppError, NotFound


class CategoryNotAsked(AppError):
    """Share only what the invitation asks for."""

    code: ClassVar[str] = "coaching.category_not_asked"
    status: ClassVar[int] = 422


class CategoryNotGranted(AppError):
    """A grant can lose categories, not gain them; accept a new invitation for more."""

    code: ClassVar[str] = "coaching.category_not_granted"
    status: ClassVar[int] = 422


class NothingChosen(AppError):
    """Choose at least one category, or share nothing by declining."""

    code: ClassVar[str] = "coaching.nothing_chosen"
    status: ClassVar[int] = 422


class UnfitEnd(AppError):
    """Sharing needs an end after now and at most 400 days ahead."""

    code: ClassVar[str] = "coaching.unfit_end"
    status: ClassVar[int] = 422


class ConsentTextChanged(AppError):
    """The words have changed since you read them; please read them again."""

    code: ClassVar[str] = "coaching.consent_text_changed"
    status: ClassVar[int] = 409


def accept_invitation(
    *,
    athlete: User,
    secret: str,
    categories: Collection[str],
    ends_at: datetime,
    now: datetime,
    text_version: str = CONSENT_TEXT_VERSION,
) -> ConsentGrant:
    """Let the inviting team read ``categories`` of the athlete's data until ``ends_at``.

    Fewer categories than asked is fine, more is not. Accepting again returns the standing
    grant and changes nothing. Raises ``InvitationNotValid``, the same for a wrong, a used and
    an expired secret, ``CategoryNotAsked``, ``NothingChosen``, ``UnfitEnd`` and
    ``ConsentTextChanged``.
    """
    with acting_as(athlete.id):
        invitation = find_invitation(secret, lock=True)
        if invitation is None:
            raise InvitationNotValid
        standing = _standing(athlete.id, invitation.team_id, now)
        if standing is not None:
            return standing
        if not invitation.is_open(now):
            raise InvitationNotValid
        _check(invitation, set(categories), ends_at, now, text_version)
        try:
            return _grant(athlete.id, invitation, categories, ends_at, now)
        except IntegrityError:  # another invitation of this team was accepted meanwhile
            return ConsentGrant.objects.get(
                athlete_id=athlete.id, team_id=invitation.team_id, ended_at=None
            )


def narrow_grant(
    *, athlete: User, grant_id: UUID, categories: Collection[str], now: datetime
) -> ConsentGrant:
    """Keep only ``categories`` of a live grant, from the team's next look on.

    Keeping none ends the grant. Raises ``NotFound`` and ``CategoryNotGranted``.
    """
    with acting_as(athlete.id):
        grant = _own(athlete.id, grant_id)
        if not grant.is_live(now):
            raise NotFound
        if not set(categories) <= set(grant.categories):
            raise CategoryNotGranted
        kept = in_order(categories)
        if kept:
            grant.categories = [str(category) for category in kept]
        else:
            grant.ended_at = now
        grant.save(update_fields=["categories", "ended_at"])
        announce_consent(grant.team_id)
        return grant


def end_grant(*, athlete: User, grant_id: UUID, now: datetime) -> ConsentGrant:
    """End a grant, from the team's next look on; ending again changes nothing.

    Raises ``NotFound``.
    """
    with acting_as(athlete.id):
        grant = _own(athlete.id, grant_id)
        if grant.ended_at is None:
            grant.ended_at = min(now, grant.ends_at)
            grant.save(update_fields=["ended_at"])
            announce_consent(grant.team_id)
        return grant


def _standing(athlete_id: UUID, team_id: UUID, now: datetime) -> ConsentGrant | None:
    """Return the live grant to a team; one whose last day passed makes room for another."""
    found = ConsentGrant.objects.select_for_update().filter(
        athlete_id=athlete_id, team_id=team_id, ended_at=None
    )
    grant = found.first()
    if grant is None or grant.is_live(now):
        return grant
    grant.ended_at = grant.ends_at
    grant.save(update_fields=["ended_at"])
    return None


@transaction.atomic
def _grant(
    athlete_id: UUID,
    invitation: Invitation,
    categories: Collection[str],
    ends_at: datetime,
    now: datetime,
) -> ConsentGrant:
    invitation.uses += 1
    invitation.save(update_fields=["uses"])
    announce_consent(invitation.team_id)
    return ConsentGrant.objects.create(
        athlete_id=athlete_id,
        team_id=invitation.team_id,
        invitation_id=invitation.id,
        categories=in_order(categories),
        text_version=CONSENT_TEXT_VERSION,
        text_digest=CONSENT_TEXT_DIGEST,
        granted_at=now,
        ends_at=ends_at,
    )


def _check(
    invitation: Invitation,
    categories: set[str],
    ends_at: datetime,
    now: datetime,
    text_version: str,
) -> None:
    if not categories:
        raise NothingChosen
    if not categories <= set(invitation.categories) or not categories <= set(Category):
        raise CategoryNotAsked
    if not now < ends_at <= now + timedelta(days=LONGEST_GRANT_DAYS):
        raise UnfitEnd
    if text_version != CONSENT_TEXT_VERSION:
        raise ConsentTextChanged


def _own(athlete_id: UUID, grant_id: UUID) -> ConsentGrant:
    grant = (
        ConsentGrant.objects.select_for_update().filter(athlete_id=athlete_id, id=grant_id).first()
    )
    if grant is None:
        raise NotFound
    return grant
