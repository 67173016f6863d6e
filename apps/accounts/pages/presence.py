"""When a browser session began, so that pages can ask for the password once more."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import presence

SIGNED_IN_AT = "signed_in_at"


@receiver(user_logged_in, dispatch_uid="accounts.remember_sign_in")
def remember_sign_in(request: HttpRequest, **_more: Any) -> None:
    """Write into the session when it was opened by a password."""
    request.session[SIGNED_IN_AT] = timezone.now().timestamp()


def asks_password(request: HttpRequest) -> bool:
    """Return whether this session is too old to stand for the password."""
    return not presence.is_fresh(_signed_in_at(request), now=timezone.now())


def check_presence(request: HttpRequest, user: User) -> None:
    """Let on a fresh session, or a form with the right ``password``.

    Raises ``ReauthenticationRequired`` and ``RateLimited``.
    """
    presence.check_presence(
        user=user,
        signed_in_at=_signed_in_at(request),
        password=request.POST.get("password", ""),
        now=timezone.now(),
    )


def _signed_in_at(request: HttpRequest) -> datetime | None:
    at = request.session.get(SIGNED_IN_AT)
    return datetime.fromtimestamp(at, tz=UTC) if isinstance(at, int | float) else None
