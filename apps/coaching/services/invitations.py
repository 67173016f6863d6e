"""A coach asks athletes to share, or others to coach."""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from apps.accounts.models import User
from apps.coaching.categories import Category, in_order
from apps.coaching.models import Invitation
from apps.coaching.services.teams import TeamArchived, led_team
from apps.common.errors import AppError, NotFound
from apps.common.limits import check_attempts, limit_attempts

TOKEN_BYTES = 24
CODE_LENGTH = 8
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that looks like something else
USUAL_DAYS = 7
_SEPARATORS = re.compile(r"[\s-]")


class InvitationNotValid(AppError):
    """This invitation is not valid. Ask your coach for a new one."""

    code: ClassVar[str] = "coaching.invitation_not_valid"
    status: ClassVar[int] = 404


@dataclass(frozen=True)
class Invited:
    """What the coach hands on; ``link`` and ``code`` are shown this once."""

    invitation_id: UUID
    link: str
    code: str
    categories: tuple[Category, ...]
    expires_at: datetime
    max_uses: int


@transaction.atomic
def invite(
    *,
    coach: User,
    team_id: UUID,
    categories: Collection[str],
    purpose: str,
    now: datetime,
    max_uses: int = 1,
    days: int = USUAL_DAYS,
    for_coach: bool = False,
) -> Invited:
    """Ask athletes to share ``categories`` with a team for a stated purpose.

    With ``for_coach`` it asks somebody to coach with the team instead, and of categories none
    is needed. Raises ``NotFound`` for a team the coach is not in, ``HeadCoachOnly`` and
    ``TeamArchived``.
    """
    if led_team(coach, team_id).archived_at:
        raise TeamArchived
    token = secrets.token_urlsafe(TOKEN_BYTES)
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    asked = in_order(categories)
    invitation = Invitation.objects.create(
        team_id=team_id,
        made_by=coach,
        categories=asked,
        purpose=purpose,
        token_digest=token_digest(token),
        code_digest=code_digest(code),
        made_at=now,
        expires_at=now + timedelta(days=days),
        max_uses=max_uses,
        for_coach=for_coach,
    )
    return Invited(
        invitation.id,
        f"{settings.PUBLIC_URL}/{'coach/join' if for_coach else 'invitations'}/{token}",
        f"{code[:4]}-{code[4:]}",
        tuple(asked),
        invitation.expires_at,
        max_uses,
    )


@transaction.atomic
def withdraw_invitation(*, coach: User, team_id: UUID, invitation_id: UUID, now: datetime) -> None:
    """Let nobody accept an invitation any more; grants by it stand.

    Raises ``NotFound`` and ``HeadCoachOnly``.
    """
    led_team(coach, team_id)
    found = Invitation.objects.filter(pk=invitation_id, team_id=team_id)
    if not found.exists():
        raise NotFound
    found.filter(withdrawn_at=None).update(withdrawn_at=now)


def token_digest(token: str) -> bytes:
    """Return what is stored of a link's token."""
    return sha256(token.encode()).digest()


def code_digest(code: str) -> bytes:
    """Return what is stored of a short code; without the service's key it can not be tried."""
    return salted_hmac("coaching.invitation", code, algorithm="sha256").digest()


def as_code(secret: str) -> str | None:
    """Return the short code somebody typed, or None when it is a link's token."""
    typed = _SEPARATORS.sub("", secret).upper()
    return typed if len(typed) == CODE_LENGTH else None


def limit_guessing(*, secret: str, athlete_id: UUID, network: str) -> None:
    """Count one use of an invitation's secret, right or wrong. Raises ``RateLimited``.

    A network is counted for short codes only: a link can not be guessed, and a whole team
    may open one from the same room.
    """
    limit_attempts("invitation", f"person {athlete_id}")
    if as_code(secret):
        limit_attempts("invitation", f"network {network}")


def check_guessing(*, secret: str, athlete_id: UUID, network: str) -> None:
    """Refuse whoever used up their guesses, without counting one. Raises ``RateLimited``.

    For what a right secret may do often: `limit_guessing` counts the wrong ones.
    """
    check_attempts("invitation", f"person {athlete_id}")
    if as_code(secret):
        check_attempts("invitation", f"network {network}")


def find_invitation(secret: str, *, lock: bool = False) -> Invitation | None:
    """Return the invitation a token or a short code stands for; open or not."""
    code = as_code(secret)
    wanted = {"code_digest": code_digest(code)} if code else {"token_digest": token_digest(secret)}
    known = Invitation.objects.select_for_update(of=("self",)) if lock else Invitation.objects
    return known.select_related("team", "made_by").filter(**wanted).first()
