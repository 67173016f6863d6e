"""Whether the person is there now: a fresh sign-in, or the password once more.

For what a stranger at an unlocked phone or browser must not do, such as giving somebody access.
"""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.contrib.auth import authenticate

from apps.accounts.models import DeviceToken, User
from apps.common.errors import AppError
from apps.common.limits import limit_attempts

FRESH_FOR = timedelta(minutes=10)


class ReauthenticationRequired(AppError):
    """Enter your password once more: your sign-in is older than ten minutes."""

    code: ClassVar[str] = "reauthentication-required"
    status: ClassVar[int] = 403
    retry: ClassVar[str] = "after-login"


def is_fresh(signed_in_at: datetime | None, *, now: datetime) -> bool:
    """Return whether a sign-in is new enough to stand for the password."""
    return signed_in_at is not None and now - signed_in_at < FRESH_FOR


def check_presence(
    *, user: User, signed_in_at: datetime | None, password: str, now: datetime
) -> None:
    """Let on whoever signed in just now or knows the password.

    A wrong password counts as one at sign-in. Raises ``ReauthenticationRequired`` and
    ``RateLimited``.
    """
    if is_fresh(signed_in_at, now=now) and not password:
        return
    if not password:
        raise ReauthenticationRequired
    limit_attempts("sign-in", user.email)
    if authenticate(username=user.email, password=password) != user:
        raise ReauthenticationRequired("The password is wrong.")


def token_made_at(device_id: UUID) -> datetime | None:
    """Return when a device last got a token, which takes a password."""
    tokens = DeviceToken.objects.filter(device_id=device_id).order_by("-created_at")
    return tokens.values_list("created_at", flat=True).first()
