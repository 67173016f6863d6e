"""Who is asking: from a bearer token to a person and a device, in one statement.

Inside a transaction the same statement tells row-level security who acts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import connection

from apps.accounts.services.sign_in import digest
from apps.common.errors import AppError

_WHO = """
SELECT u.id, d.id, t.expires_at, u.is_active, d.revoked_at IS NOT NULL,
       set_config('mechanostat.actor', u.id::text, true)
FROM accounts_devicetoken t
JOIN accounts_device d ON d.id = t.device_id
JOIN accounts_user u ON u.id = d.user_id
WHERE t.digest = %s
"""
# The same of many tokens at once; nobody acts.
HOLDERS = """
SELECT t.digest, u.id, d.id, t.expires_at, u.is_active, d.revoked_at IS NOT NULL
FROM accounts_devicetoken t
JOIN accounts_device d ON d.id = t.device_id
JOIN accounts_user u ON u.id = d.user_id
WHERE t.digest = ANY(%(digests)s::bytea[])
"""


class TokenExpired(AppError):
    """The token is unknown or has ended; sign in again. The outbox is not affected."""

    code: ClassVar[str] = "token-expired"
    status: ClassVar[int] = 401
    retry: ClassVar[str] = "after-login"


class DeviceRevoked(AppError):
    """This device's access was ended by its owner."""

    code: ClassVar[str] = "device-revoked"
    status: ClassVar[int] = 403


@dataclass(frozen=True)
class Caller:
    """A person asking through one of their devices."""

    athlete_id: UUID
    device_id: UUID


@dataclass(frozen=True)
class Holder:
    """What is stored of a token's holder."""

    athlete_id: UUID
    device_id: UUID
    expires_at: datetime
    is_active: bool
    is_revoked: bool

    def admitted(self, *, now: datetime) -> Caller:
        """Return the holder as a caller. Raises ``TokenExpired`` and ``DeviceRevoked``."""
        if self.is_revoked:
            raise DeviceRevoked
        if not self.is_active or self.expires_at <= now:
            raise TokenExpired
        return Caller(self.athlete_id, self.device_id)


def identify(authorization: str, *, now: datetime) -> Caller:
    """Return who holds this ``Authorization`` header.

    Raises ``TokenExpired`` for a missing, foreign or ended token, ``DeviceRevoked`` when the
    device was removed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WHO, [token_digest(authorization)])
        row = cursor.fetchone()
    if row is None:
        raise TokenExpired
    return Holder(*row[:5]).admitted(now=now)


def token_digest(authorization: str) -> bytes:
    """Return what is stored of the header's token. Raises ``TokenExpired`` if it has none."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenExpired
    return digest(token)
