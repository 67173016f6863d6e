"""Tokens that prove to a provider who we are, one for all workers.

APNs takes offence at many minters (`TooManyProviderTokenUpdates`), so a token lies in Redis,
encrypted, until it is nearly old; who finds none takes a lock and mints. Without Redis a process
mints its own and keeps it in memory for as long.
"""

import hashlib
import logging
from collections.abc import Callable
from functools import cache

import msgspec
import redis
from cryptography.fernet import InvalidToken
from django.conf import settings

from apps.common.breaker import Breaker
from apps.common.sealing import cipher_of

logger = logging.getLogger(__name__)

REDIS_TIMEOUT_S = 0.2
REDIS_PAUSE_S = 5.0
LOCK_S = 15
# Sets the token unless somebody replaced the one we found wanting; says which one holds.
REPLACE = """
local now = redis.call('GET', KEYS[1])
if now and now ~= ARGV[1] then return now end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return ARGV[2]
"""


class ProviderToken(msgspec.Struct, frozen=True):
    """A token and when it stops being used.

    Fields:
        text: what the provider is told.
        minted_at_s: seconds since the epoch.
        until_s: when another is minted; before the provider's own limit.
    """

    text: str
    minted_at_s: float
    until_s: float


class TokenShelf:
    """Where the token of one provider and key lies. Keys of Redis hold no secret, values are sealed.

    Args:
        name: of the provider.
        key: what the token is made with; another key has another place.
    """

    def __init__(self, name: str, key: str) -> None:
        mark = hashlib.sha256(key.encode()).hexdigest()[:16]
        self._place = f"push/token/{name}/{mark}"
        self._lock_place = f"push/minting/{name}/{mark}"
        self._cipher = cipher_of(f"{settings.SECRET_KEY}/{name}".encode())
        self._own: ProviderToken | None = None
        self._sealed = b""  # as it lies in Redis

    def current(self, *, now_s: float) -> ProviderToken | None:
        """Return the token in use, from memory or from Redis; None when one is to be minted."""
        if self._own is not None and self._own.until_s > now_s:
            return self._own
        self._take(_ask(lambda server: server.get(self._place)))
        if self._own is not None and self._own.until_s > now_s:
            return self._own
        return None

    def look_again(self, *, now_s: float) -> ProviderToken | None:
        """Return what the others use by now, whatever is in memory."""
        found = _ask(lambda server: server.get(self._place))
        if found:
            self._take(found)
        return self.current(now_s=now_s)

    def may_mint(self) -> bool:
        """Return whether this process is the one that mints now; without Redis each one is."""
        won = _ask(lambda server: server.set(self._lock_place, b"1", nx=True, ex=LOCK_S), away=True)
        return bool(won)

    def put(self, token: ProviderToken, *, now_s: float) -> ProviderToken:
        """Share a token just minted; return the one to use, which may be somebody else's."""
        sealed = self._cipher.encrypt(msgspec.json.encode(token))
        life_s = max(1, int(token.until_s - now_s))
        held = _ask(
            lambda server: server.eval(REPLACE, 1, self._place, self._sealed, sealed, life_s),
            away=sealed,
        )
        _ask(lambda server: server.delete(self._lock_place))
        theirs = self._take(held) if held != sealed else None
        if theirs is not None:
            return theirs
        self._own, self._sealed = token, sealed
        return token

    def give_up(self) -> None:
        """Let another process mint: this one could not."""
        _ask(lambda server: server.delete(self._lock_place))

    def _take(self, sealed: object) -> ProviderToken | None:
        """Keep what lies in Redis and return it; None when it is nothing, or not ours to open."""
        self._sealed = sealed if isinstance(sealed, bytes) else b""
        if not self._sealed:
            return None
        try:
            plain = self._cipher.decrypt(self._sealed)
            self._own = msgspec.json.decode(plain, type=ProviderToken)
        except (InvalidToken, msgspec.DecodeError):
            # Sealed under a secret of before; a new one takes its place.
            self._own = None
        return self._own


_breaker = Breaker(pause_s=REDIS_PAUSE_S)


@cache
def _server() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=REDIS_TIMEOUT_S,
        socket_connect_timeout=REDIS_TIMEOUT_S,
        protocol=2,
    )


def _ask(what: Callable[["redis.Redis"], object], *, away: object = None) -> object:
    """Return Redis's answer, ``away`` when it gives none."""
    if not _breaker.allows():
        return away
    try:
        answer = what(_server())
    except redis.RedisError:
        _breaker.failed()
        logger.warning("provider_tokens_not_shared")
        return away
    _breaker.worked()
    return answer
