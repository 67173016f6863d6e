"""A phone exchanges a password for an opaque token bound to that phone.

Only a token's SHA-256 is stored, so a stolen database opens nothing; revoking the device
ends it on the next request.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate
from django.db import transaction

from apps.accounts.models import Device, DeviceToken, User
from apps.accounts.services.push import NOTHING, clear_push_of_token
from apps.common.errors import AppError, NotFound

TOKEN_BYTES = 32


class WrongCredentials(AppError):
    """The address or the password is wrong."""

    code: ClassVar[str] = "accounts.wrong_credentials"
    status: ClassVar[int] = 401
    retry: ClassVar[str] = "after-login"


@dataclass(frozen=True)
class SignedIn:
    """What a phone keeps; ``access_token`` is shown this once."""

    access_token: str
    expires_at: datetime
    device_id: UUID
    athlete_id: UUID


def digest(token: str) -> bytes:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


def sign_in(
    *, email: str, password: str, installation: UUID, name: str, platform: str, now: datetime
) -> SignedIn:
    """Register the device and give it a token. Raises ``WrongCredentials``."""
    user = authenticate(username=email, password=password)
    if not isinstance(user, User):
        raise WrongCredentials
    return open_device(user=user, installation=installation, name=name, platform=platform, now=now)


@transaction.atomic
def open_device(
    *, user: User, installation: UUID, name: str, platform: str, now: datetime
) -> SignedIn:
    """Give a known person's device a fresh token; its older tokens stop working."""
    device, _ = Device.objects.update_or_create(
        user=user,
        installation=installation,
        defaults={"name": name, "platform": platform, "revoked_at": None},
    )
    DeviceToken.objects.filter(device=device).delete()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = now + timedelta(days=settings.DEVICE_TOKEN_DAYS)
    DeviceToken.objects.create(
        digest=digest(token), device=device, created_at=now, expires_at=expires_at
    )
    return SignedIn(token, expires_at, device.id, user.id)


def describe_device(*, user: User, installation: UUID, name: str, platform: str) -> Device:
    """Take a device's word for its name and platform. Raises ``NotFound`` when unknown."""
    device = Device.objects.filter(user=user, installation=installation, revoked_at=None).first()
    if device is None:
        raise NotFound
    device.name, device.platform = name, platform
    device.save(update_fields=["name", "platform"])
    return device


@transaction.atomic
def revoke_device(*, user: User, device_id: UUID, now: datetime) -> bool:
    """End a device's access; return whether there was such a device to end."""
    found = Device.objects.filter(user=user, id=device_id, revoked_at=None)
    return bool(found.update(revoked_at=now, **NOTHING))


@transaction.atomic
def sign_out(*, token: str) -> None:
    """Forget a token and where to wake its device, which stays listed and can sign in again."""
    clear_push_of_token(digest(token))
    DeviceToken.objects.filter(digest=digest(token)).delete()
