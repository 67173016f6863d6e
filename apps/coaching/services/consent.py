"""An athlete lets a team read parts of their data, takes parts away, pauses, renews or ends it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.coaching.categories import (
    CONSENT_TEXT_DIGEST,
    CONSENT_TEXT_VERSION,
    in_order,
    within,
)
from apps.coaching.models import LONGEST_GRANT_DAYS, ConsentGrant, Invitation
from apps.coaching.services.invitations import InvitationNotValid, find_invitation
from apps.coaching.services.majority import check_may_decide
from apps.coaching.services.telling import tell_grant
from apps.common.actor import acting_as
from apps.common.errors import AppError, NotFound
from apps.reminders.services.notices import forget_end, tell_access_given


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
    says_adult: bool = True,
) -> ConsentGrant:
    """Let the inviting team read ``categories`` of the athlete's data until ``ends_at``.

    Fewer categories than asked is fine, or a lesser level; more is not. Accepting again returns
    the standing grant and changes nothing. ``says_adult`` is the athlete's word where no birth
    date is known. Raises ``InvitationNotValid``, the same for a wrong, a used and an expired
    secret, ``GuardianNeeded``, ``CategoryNotAsked``, ``NothingChosen``, ``UnfitEnd`` and
    ``ConsentTextChanged``.
    """
    with acting_as(athlete.id):
        invitation = find_invitation(secret, lock=True)
        standing = standing_or_open(athlete.id, invitation, now=now)
        if isinstance(standing, ConsentGrant):
            return standing
        check_may_decide(athlete, says_adult=says_adult, now=now)
        return grant_within(
            athlete.id, standing, categories, ends_at, now,
            text_version=text_version, channel=channel,
        )  # fmt: skip


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


def narrow_grant(
    *, athlete: User, grant_id: UUID, categories: Collection[str], now: datetime
) -> ConsentGrant:
    """Keep only ``categories`` of a standing grant, or lesser levels, from the next look on.

    Keeping none ends the grant. Raises ``NotFound``, ``GrantNotStanding`` and
    ``CategoryNotGranted``.
    """
    with acting_as(athlete.id):
        grant = own_standing(athlete.id, grant_id, now=now)
        if not set(categories) <= within(grant.categories):
            raise CategoryNotGranted
        kept = in_order(categories)
        if kept:
            grant.categories = [str(category) for category in kept]
        else:
            grant.ended_at = now
            forget_end(athlete_id=athlete.id, grant_id=grant_id)
        grant.save(update_fields=["categories", "ended_at"])
        tell_grant(grant, now=now)
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
    says_adult: bool = True,
) -> ConsentGrant:
    """Agree anew, to the words and the coaches of today, in place of a standing grant.

    Without ``categories`` the same ones. Raises ``NotFound``, ``GrantNotStanding``,
    ``GuardianNeeded``, ``CategoryNotGranted``, ``NothingChosen``, ``UnfitEnd`` and
    ``ConsentTextChanged``.
    """
    with acting_as(athlete.id):
        old = own_standing(athlete.id, grant_id, now=now)
        check_may_decide(athlete, says_adult=says_adult, now=now)
        chosen = old.categories if categories is None else categories
        return renew_within(old, chosen, ends_at, now, text_version=text_version, channel=channel)


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
    tell_grant(old, now=now)
    grant = ConsentGrant.objects.create(
        athlete_id=old.athlete_id,
        team_id=old.team_id,
        invitation_id=old.invitation_id,
        categories=in_order(categories),
        text_version=CONSENT_TEXT_VERSION,
        text_digest=CONSENT_TEXT_DIGEST,
        granted_at=now,
        ends_at=ends_at,
        paused_at=old.paused_at,
        channel=channel,
        guardian=guardian,
    )
    _tell(grant)
    return grant


def check_renewal(
    old: ConsentGrant,
    categories: Collection[str],
    ends_at: datetime,
    now: datetime,
    text_version: str,
) -> None:
    """Refuse what a grant can not be renewed to.

    Raises ``CategoryNotGranted``, ``NothingChosen``, ``UnfitEnd`` and ``ConsentTextChanged``.
    """
    if not set(categories) <= within(old.categories):
        raise CategoryNotGranted
    _check_terms(categories, ends_at, now, text_version)


def end_grant(*, athlete: User, grant_id: UUID, now: datetime) -> ConsentGrant:
    """End a grant, from the team's next look on; ending again changes nothing.

    Raises ``NotFound``.
    """
    with acting_as(athlete.id):
        return end_within(athlete.id, grant_id, now=now)


def end_within(athlete_id: UUID, grant_id: UUID, *, now: datetime) -> ConsentGrant:
    """End a grant while the athlete acts. Raises ``NotFound``."""
    grant = _own(athlete_id, grant_id)
    if grant.ended_at is None:
        grant.ended_at = min(now, grant.ends_at)
        grant.save(update_fields=["ended_at"])
        forget_end(athlete_id=athlete_id, grant_id=grant_id)
        tell_grant(grant, now=now)
    return grant


def _set_pause(
    athlete: User, grant_id: UUID, *, paused_at: datetime | None, now: datetime
) -> ConsentGrant:
    with acting_as(athlete.id):
        grant = own_standing(athlete.id, grant_id, now=now)
        if (grant.paused_at is None) != (paused_at is None):
            grant.paused_at = paused_at
            grant.save(update_fields=["paused_at"])
            tell_grant(grant, now=now)
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
    tell_grant(grant, now=now)
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
    grant = ConsentGrant.objects.create(
        athlete_id=athlete_id,
        team_id=invitation.team_id,
        invitation_id=invitation.id,
        categories=in_order(categories),
        text_version=CONSENT_TEXT_VERSION,
        text_digest=CONSENT_TEXT_DIGEST,
        granted_at=now,
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
    tell_grant(grant, now=grant.granted_at)


def check_choice(
    invitation: Invitation,
    categories: Collection[str],
    ends_at: datetime,
    now: datetime,
    text_version: str,
) -> None:
    """Refuse what an invitation can not be answered with.

    Raises ``CategoryNotAsked``, ``NothingChosen``, ``UnfitEnd`` and ``ConsentTextChanged``.
    """
    if not set(categories) <= within(invitation.categories):
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
