"""Who is asking: from a bearer token to a person and a device, in one statement.

Inside a transaction the same statement tells row-level security who acts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from apps.accounts.services.sign_in import digest
from apps.common.errors import AppError
from apps.common.statements import run

_WHO = """
SELECT u.id, d.id, t.expires_at, u.is_active, d.revoked_at IS NOT NULL,
       set_config('mechanostat.actor', u.id::text, true)
FROM accounts_devicetoken t
JOIN accounts_device d ON d.id = t.device_id
JOIN accounts_user u ON u.id = d.user_id
WHERE t.digest = %(digest)s
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


def identify(authorization: str, *, now: datetime) -> Caller:
    """Return who holds this ``Authorization`` header.

    Raises ``TokenExpired`` for a missing, foreign or ended token, ``DeviceRevoked`` when the
    device was removed.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenExpired
    rows = run(_WHO, {"digest": digest(token)})
    if not rows:
        raise TokenExpired
    athlete_id, device_id, expires_at, is_active, is_revoked, _ = rows[0]
    if is_revoked:
        raise DeviceRevoked
    if not is_active or expires_at <= now:
        raise TokenExpired
    return Caller(athlete_id, device_id)
