"""What the consent endpoints check first: guesses counted, and the person really there."""

from django.utils import timezone
from rest_framework.request import Request

from apps.accounts.access import Caller
from apps.accounts.api.authentication import owner_of
from apps.accounts.services import presence
from apps.coaching.services.invitations import check_guessing, limit_guessing


def limit(request: Request, secret: str) -> None:
    """Count one use of an invitation's secret. Raises ``RateLimited``."""
    limit_guessing(secret=secret, athlete_id=owner_of(request).id, network=_network(request))


def check_limit(request: Request, secret: str) -> None:
    """Refuse whoever used up their guesses, and count none. Raises ``RateLimited``."""
    check_guessing(secret=secret, athlete_id=owner_of(request).id, network=_network(request))


def check_presence(request: Request, password: str) -> None:
    """Let on a fresh token or the right password. Raises ``ReauthenticationRequired``."""
    caller = request.auth
    since = presence.token_made_at(caller.device_id) if isinstance(caller, Caller) else None
    presence.check_presence(
        user=owner_of(request),
        signed_in_at=since,
        password=password,
        now=timezone.now(),
    )


def _network(request: Request) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
