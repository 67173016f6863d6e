"""The operator registers a third party's client; its secret is shown once."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from apps.common.errors import AppError
from apps.integrations.models import LOOPBACK_HOSTS, Client

SECRET_BYTES = 48


class UnsafeRedirect(AppError):
    """A redirect is an exact https address; http is for native programs on 127.0.0.1 only."""

    code: ClassVar[str] = "integrations.unsafe_redirect"
    status: ClassVar[int] = 422


@dataclass(frozen=True)
class RegisteredClient:
    """What the third party keeps; ``client_secret`` is None for a native program."""

    client_id: str
    client_secret: str | None


def register_client(
    *, name: str, redirect_uris: Sequence[str], confidential: bool
) -> RegisteredClient:
    """Create a client of the authorization code flow with PKCE. Raises ``UnsafeRedirect``."""
    if not redirect_uris or not all(_is_safe(uri, confidential) for uri in redirect_uris):
        raise UnsafeRedirect
    secret = secrets.token_urlsafe(SECRET_BYTES) if confidential else ""
    client = Client(
        name=name,
        client_type=Client.CLIENT_CONFIDENTIAL if confidential else Client.CLIENT_PUBLIC,
        authorization_grant_type=Client.GRANT_AUTHORIZATION_CODE,
        redirect_uris=" ".join(redirect_uris),
        # A public client has no secret; an empty one must not open anything.
        client_secret=secret or secrets.token_urlsafe(SECRET_BYTES),
    )
    try:
        client.full_clean()
    except ValidationError as error:
        raise UnsafeRedirect from error
    client.save()
    return RegisteredClient(client.client_id, secret or None)


def _is_safe(uri: str, confidential: bool) -> bool:
    parts = urlsplit(uri)
    if any(character.isspace() or character in "*#\\" for character in uri) or "@" in parts.netloc:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and not confidential and parts.hostname in LOOPBACK_HOSTS
