"""Who reads and whose data: from a bearer token and an id in the URL to one athlete."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from oauth2_provider.models import (
    get_access_token_model,
)
from oauth2_provider.oauth2_validators import (
    validate_resource_as_url_prefix,
)

from apps.accounts.access import TokenExpired, identify
from apps.common.errors import AppError, NotFound
from apps.integrations.tokens import ACCESS_PREFIX, checksum

_FIELDS = ("user_id", "user__is_active", "scope", "expires", "resource", "application__ended_at")


class InsufficientScope(AppError):
    """The athlete did not allow this client to read that; ask for the scope."""

    code: ClassVar[str] = "insufficient-scope"
    status: ClassVar[int] = 403


@dataclass(frozen=True)
class Reader:
    """Somebody reading one athlete's data; ``scopes`` is None for the athlete's own device."""

    athlete_id: UUID
    scopes: frozenset[str] | None

    def may(self, scope: str) -> bool:
        """Return whether the athlete allowed this."""
        return self.scopes is None or scope in self.scopes


def identify_reader(authorization: str, *, uri: str, now: datetime) -> Reader:
    """Return who holds this ``Authorization`` header.

    Args:
        authorization: the header; a phone's token or a third party's.
        uri: absolute address of the request, for tokens bound to an audience.
        now: the instant tokens are compared with.
    Raises:
        TokenExpired: the token is unknown, ended, revoked or meant for another server.
        DeviceRevoked: the phone's access was ended.
    """
    scheme, _, token = authorization.partition(" ")
    if not token.startswith(ACCESS_PREFIX):
        return Reader(identify(authorization, now=now).athlete_id, None)
    tokens = get_access_token_model().objects
    row = tokens.filter(token_checksum=checksum(token)).values_list(*_FIELDS).first()
    if scheme.lower() != "bearer" or row is None:
        raise TokenExpired
    athlete_id, is_active, scope, expires_at, audience, ended_at = row
    if not is_active or ended_at is not None or expires_at <= now:
        raise TokenExpired
    if not validate_resource_as_url_prefix(uri, audience):
        raise TokenExpired
    return Reader(athlete_id, frozenset(scope.split()))


def readable_athlete(*, reader: Reader, athlete: str, scope: str) -> UUID:
    """Return the athlete an address names, if this reader may read ``scope`` of them.

    Raises ``NotFound`` for anybody else's id, existing or not, and ``InsufficientScope``.
    """
    if athlete not in ("me", str(reader.athlete_id)):
        raise NotFound
    if not reader.may(scope):
        raise InsufficientScope(scope=scope)
    return reader.athlete_id
