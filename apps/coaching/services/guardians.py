"""A guardian decides for somebody under age, by a link and without an account.

The link holds whose it is and a secret, signed; a digest is kept. It decides once; what it began
it can end, until the athlete comes of age. Looking changes nothing, since mail scanners look.
"""

import base64
import binascii
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.core import signing

from apps.accounts.models import User
from apps.accounts.selectors import person
from apps.coaching.categories import CONSENT_TEXT_VERSION, Category, in_order, within
from apps.coaching.models import ConsentGrant, GuardianRequest, Invitation
from apps.coaching.services.granting import (
    GrantNotStanding,
    end_within,
    grant_within,
    own_standing,
    renew_within,
    standing_or_open,
)
from apps.coaching.services.invitations import (
    InvitationNotValid,
    find_invitation,
    token_digest,
)
from apps.coaching.services.majority import hold_decisions, is_adult
from apps.coaching.services.terms import CategoryNotAsked, check_choice, check_renewal
from apps.common.actor import acting_as
from apps.common.errors import AppError, NotFound

LASTS = timedelta(days=7)
SECRET_BYTES = 16
MAX_TOKEN = 120
_signer = signing.Signer(salt="mechanostat.coaching.guardians", sep=".")


class GuardianLinkGone(AppError):
    """This link does nothing any more."""

    code: ClassVar[str] = "coaching.guardian_link_gone"
    status: ClassVar[int] = 404


class GuardianNotNeeded(AppError):
    """You are of age by your birth date, so you decide yourself."""

    code: ClassVar[str] = "coaching.guardian_not_needed"
    status: ClassVar[int] = 409


class AlreadySharing(AppError):
    """You share with this team already; renew that, or end it first."""

    code: ClassVar[str] = "coaching.already_sharing"
    status: ClassVar[int] = 409


@dataclass(frozen=True)
class Asked:
    """The link for the guardian; it is shown this once."""

    link: str
    expires_at: datetime


@dataclass(frozen=True)
class Matter:
    """What a link is about: undecided, or agreed to and standing when there is a ``grant``."""

    athlete: User
    asked: GuardianRequest
    invitation: Invitation
    grant: ConsentGrant | None

    @property
    def categories(self) -> tuple[Category, ...]:
        """What is to be decided, or what is shared."""
        return tuple(in_order(self.grant.categories if self.grant else self.asked.categories))

    @property
    def ends_at(self) -> datetime:
        """When sharing ends."""
        return self.grant.ends_at if self.grant else self.asked.ends_at


def ask_guardian(
    *,
    athlete: User,
    categories: Collection[str],
    ends_at: datetime,
    now: datetime,
    secret: str | None = None,
    grant_id: UUID | None = None,
    text_version: str = CONSENT_TEXT_VERSION,
) -> Asked:
    """Return a link by which a guardian can agree to what the athlete chose.

    It answers the invitation of ``secret``, or renews the grant ``grant_id``. Nothing reaches
    the team before. An earlier undecided link about the same team stops working. Raises what
    accepting and renewing raise, ``AlreadySharing`` and ``GuardianNotNeeded``.
    """
    with acting_as(athlete.id):
        # One question after the other, so that the second sees the first and replaces it.
        hold_decisions(athlete.id)
        mine = GuardianRequest.objects.filter(athlete_id=athlete.id, decided_at=None)
        # Before the grant, as a guardian's answer: two locks, one order.
        list(mine.select_for_update().order_by("id").values_list("id"))
        if grant_id is not None:
            old = own_standing(athlete.id, grant_id, now=now)
            check_renewal(old, categories, ends_at, now, text_version)
            invitation_id, team_id, closes_at = old.invitation_id, old.team_id, old.ends_at
        else:
            found = standing_or_open(athlete.id, find_invitation(secret or ""), now=now)
            if isinstance(found, ConsentGrant):
                raise AlreadySharing
            check_choice(found, categories, ends_at, now, text_version)
            invitation_id, team_id, closes_at = found.id, found.team_id, found.expires_at
        if is_adult(athlete, now=now):
            raise GuardianNotNeeded
        mine.filter(team_id=team_id).delete()
        mine.filter(expires_at__lt=now).delete()
        token = _token(athlete.id)
        asked = GuardianRequest.objects.create(
            athlete_id=athlete.id,
            invitation_id=invitation_id,
            team_id=team_id,
            renews_id=grant_id,
            categories=in_order(categories),
            ends_at=ends_at,
            text_version=text_version,
            token_digest=token_digest(token),
            made_at=now,
            expires_at=min(now + LASTS, closes_at, ends_at),
        )
    return Asked(f"{settings.PUBLIC_URL.rstrip('/')}/guardian/{token}", asked.expires_at)


def look_at_matter(*, token: str, now: datetime) -> Matter:
    """Return what a link is about; nothing is changed. Raises ``GuardianLinkGone``."""
    athlete = _athlete_of(token)
    with acting_as(athlete.id):
        return _matter(athlete, token, now=now)


def agree(
    *, token: str, categories: Collection[str], guardian: str, text_version: str, now: datetime
) -> Matter:
    """Make the grant the athlete asked for, or fewer categories of it, in the guardian's name.

    Raises ``GuardianLinkGone``, ``CategoryNotAsked``, ``NothingChosen`` and
    ``ConsentTextChanged``.
    """
    athlete = _athlete_of(token)
    with acting_as(athlete.id):
        matter = _matter(athlete, token, now=now, lock=True)
        asked = matter.asked
        if matter.grant is not None:
            raise GuardianLinkGone
        if not set(categories) <= within(asked.categories):
            raise CategoryNotAsked
        words = {
            "text_version": text_version,
            "channel": ConsentGrant.Channel.GUARDIAN,
            "guardian": guardian,
        }
        if asked.renews_id is not None:
            old = own_standing(athlete.id, asked.renews_id, now=now)
            grant = renew_within(old, categories, asked.ends_at, now, **words)
        else:
            grant = grant_within(
                athlete.id, matter.invitation, categories, asked.ends_at, now, **words
            )
        asked.decided_at, asked.grant_id = now, grant.id
        asked.save(update_fields=["decided_at", "grant_id"])
        return Matter(athlete, asked, matter.invitation, grant)


def refuse(*, token: str, now: datetime) -> None:
    """Leave nothing of an undecided request. Raises ``GuardianLinkGone``."""
    athlete = _athlete_of(token)
    with acting_as(athlete.id):
        matter = _matter(athlete, token, now=now, lock=True)
        if matter.grant is not None:
            raise GuardianLinkGone
        GuardianRequest.objects.filter(athlete_id=athlete.id, id=matter.asked.id).delete()


def end_for(*, token: str, now: datetime) -> None:
    """End what a guardian agreed to. Raises ``GuardianLinkGone``."""
    athlete = _athlete_of(token)
    with acting_as(athlete.id):
        matter = _matter(athlete, token, now=now, lock=True)
        if matter.grant is None:
            raise GuardianLinkGone
        end_within(athlete.id, matter.grant.id, now=now)


def _matter(athlete: User, token: str, *, now: datetime, lock: bool = False) -> Matter:
    """Return a link's matter while it can be decided or ended. Raises ``GuardianLinkGone``."""
    if is_adult(athlete, now=now):
        raise GuardianLinkGone
    rows = GuardianRequest.objects.filter(athlete_id=athlete.id, token_digest=token_digest(token))
    asked = (rows.select_for_update() if lock else rows).first()
    if asked is None:
        raise GuardianLinkGone
    try:
        return (
            _decided(athlete, asked, now) if asked.decided_at else _open(athlete, asked, now, lock)
        )
    except (InvitationNotValid, GrantNotStanding, NotFound) as error:
        raise GuardianLinkGone from error


def _decided(athlete: User, asked: GuardianRequest, now: datetime) -> Matter:
    grant_id = asked.grant_id or UUID(int=0)
    grant = own_standing(athlete.id, grant_id, now=now)
    return Matter(athlete, asked, _invitation(asked.invitation_id), grant)


def _open(athlete: User, asked: GuardianRequest, now: datetime, lock: bool) -> Matter:
    if asked.expires_at <= now:
        raise GuardianLinkGone
    invitation = _invitation(asked.invitation_id, lock=lock)
    if asked.renews_id is not None:
        own_standing(athlete.id, asked.renews_id, now=now)
    elif isinstance(standing_or_open(athlete.id, invitation, now=now), ConsentGrant):
        raise GuardianLinkGone
    return Matter(athlete, asked, invitation, None)


def _invitation(invitation_id: UUID, *, lock: bool = False) -> Invitation:
    known = Invitation.objects.select_for_update(of=("self",)) if lock else Invitation.objects
    found = known.select_related("team", "made_by").filter(pk=invitation_id).first()
    if found is None:
        raise GuardianLinkGone
    return found


def _token(athlete_id: UUID) -> str:
    packed = athlete_id.bytes + secrets.token_bytes(SECRET_BYTES)
    return _signer.sign(base64.urlsafe_b64encode(packed).rstrip(b"=").decode())


def _athlete_of(token: str) -> User:
    """Return whose a genuine link is. Raises ``GuardianLinkGone``."""
    if len(token) > MAX_TOKEN:
        raise GuardianLinkGone
    try:
        text = _signer.unsign(token)
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        found = person(UUID(bytes=packed[:16]))
    except (signing.BadSignature, binascii.Error, ValueError) as error:
        raise GuardianLinkGone from error
    if found is None:
        raise GuardianLinkGone
    return found
