"""An athlete lets a team read parts of their data, takes parts away, pauses, renews or ends it."""

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
    in_order,
    within,
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


class GrantNotStanding(AppError):
    """This consent has ended; accept a new invitation to share again."""

    code: ClassVar[str] = "coaching.grant_not_standing"
    status: ClassVar[int] = 409


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
    channel: str = ConsentGrant.Channel.APP,
) -> ConsentGrant:
    """Let the inviting team read ``categories`` of the athlete's data until ``ends_at``.

    Fewer categories than asked is fine, or a lesser level; more is not. Accepting again returns the standing
    grant and changes nothing. Raises ``InvitationNotValid``, the same for a wrong, a used and
    an expired secret, ``CategoryNotAsked``, ``NothingChosen``, ``UnfitEnd`` and
    ``ConsentTextChanged``.
    """
    with acting_as(athlete.id):
        invitation = find_invitation(secret, lock=True)
        if invitation is None or invitation.for_coach or invitation.team.archived_at:
            raise InvitationNotValid
        standing = _standing(athlete.id, invitation.team_id, now)
        if standing is not None:
            return standing
        if not invitation.is_open(now):
            raise InvitationNotValid
        _check(invitation, set(categories), ends_at, now, text_version)
        try:
            return _grant(athlete.id, invitation, categories, ends_at, now, channel)
        except IntegrityError:  # another invitation of this team was accepted meanwhile
            return ConsentGrant.objects.get(
                athlete_id=athlete.id, team_id=invitation.team_id, ended_at=None
            )


def narrow_grant(
    *, athlete: User, grant_id: UUID, categories: Collection[str], now: datetime
) -> ConsentGrant:
    """Keep only ``categories`` of a standing grant, or lesser levels, from the next look on.

    Keeping none ends the grant. Raises ``NotFound``, ``GrantNotStanding`` and
    ``CategoryNotGranted``.
    """
    with acting_as(athlete.id):
        grant = _own(athlete.id, grant_id)
        if not grant.is_standing(now):
            raise GrantNotStanding
        if not set(categories) <= within(grant.categories):
            raise CategoryNotGranted
        kept = in_order(categories)
        if kept:
            grant.categories = [str(category) for category in kept]
        else:
            grant.ended_at = now
        grant.save(update_fields=["categories", "ended_at"])
        announce_consent(grant.team_id)
        return grant


def pause_grant(*, athlete: User, grant_id: UUID, now: datetime) -> ConsentGrant:
    """Show the team nothing from its next look on, until resumed; pausing again changes nothing.

    The team is told what it is told at an end. Raises ``NotFound`` and ``GrantNotStanding``.
    """
    return _set_pause(athlete, grant_id, paused_at=now, now=now)


def resume_grant(*, athlete: User, grant_id: UUID, now: datetime) -> ConsentGrant:
    """Go on with a paused grant. Raises ``NotFound`` and ``GrantNotStanding``."""
    return _set_pause(athlete, grant_id, paused_at=None, now=now)


def renew_grant(
    *,
    athlete: User,
    grant_id: UUID,
    ends_at: datetime,
    now: datetime,
    categories: Collection[str] | None = None,
    text_version: str = CONSENT_TEXT_VERSION,
    channel: str = ConsentGrant.Channel.APP,
) -> ConsentGrant:
    """Agree anew, to the words and the coaches of today, in place of a standing grant.

    Without ``categories`` the same ones. Raises ``NotFound``, ``GrantNotStanding``,
    ``CategoryNotGranted``, ``NothingChosen``, ``UnfitEnd`` and ``ConsentTextChanged``.
    """
    with acting_as(athlete.id):
        old = _own(athlete.id, grant_id)
        if not old.is_standing(now):
            raise GrantNotStanding
        kept = set(old.categories if categories is None else categories)
        if not kept <= within(old.categories):
            raise CategoryNotGranted
        _check_terms(kept, ends_at, now, text_version)
        old.ended_at = now
        old.save(update_fields=["ended_at"])
        return ConsentGrant.objects.create(
            athlete_id=athlete.id,
            team_id=old.team_id,
            invitation_id=old.invitation_id,
            categories=in_order(kept),
            text_version=CONSENT_TEXT_VERSION,
            text_digest=CONSENT_TEXT_DIGEST,
            granted_at=now,
            ends_at=ends_at,
            paused_at=old.paused_at,
            channel=channel,
            guardian=old.guardian,
        )


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


def _set_pause(
    athlete: User, grant_id: UUID, *, paused_at: datetime | None, now: datetime
) -> ConsentGrant:
    with acting_as(athlete.id):
        grant = _own(athlete.id, grant_id)
        if not grant.is_standing(now):
            raise GrantNotStanding
        if (grant.paused_at is None) != (paused_at is None):
            grant.paused_at = paused_at
            grant.save(update_fields=["paused_at"])
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
    return None


@transaction.atomic
def _grant(
    athlete_id: UUID,
    invitation: Invitation,
    categories: Collection[str],
    ends_at: datetime,
    now: datetime,
    channel: str,
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
        channel=channel,
    )


def _check(
    invitation: Invitation,
    categories: set[str],
    ends_at: datetime,
    now: datetime,
    text_version: str,
) -> None:
    if not categories <= within(invitation.categories):
        raise CategoryNotAsked
    _check_terms(categories, ends_at, now, text_version)


def _check_terms(
    categories: Collection[str], ends_at: datetime, now: datetime, text_version: str
) -> None:
    if not categories:
        raise NothingChosen
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
