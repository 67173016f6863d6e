"""Clients of third parties, and the authorization codes they have used up.

Tokens stand in django-oauth-toolkit's tables, as SHA-256 only.
"""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.db import models
from oauth2_provider.models import (
    AbstractApplication,
    ApplicationManager,
)

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1"})


class Client(AbstractApplication):  # type: ignore[misc]  # the base has no types
    """A third party's program. Plain http is for native programs on the loopback only."""

    # The operator registers clients; none belongs to a person, or ends with one.
    user = None
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = ApplicationManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(authorization_grant_type="authorization-code"),
                name="integrations_client_codes_only",
            ),
            models.CheckConstraint(
                condition=models.Q(skip_authorization=False),
                name="integrations_client_always_asks",
            ),
        ]

    def __str__(self) -> str:
        return str(self.client_id)

    def get_allowed_schemes(self) -> list[str]:
        """Return the schemes of redirects: https, and http for what runs on the loopback."""
        is_native = any(
            urlsplit(uri).hostname in LOOPBACK_HOSTS for uri in self.redirect_uris.split()
        )
        return ["https", "http"] if is_native else ["https"]

    def is_usable(self, request: object) -> bool:
        """Return whether the operator has not ended this client."""
        return self.ended_at is None


class CodeExchange(models.Model):
    """An authorization code that was used up, and the family of tokens it began.

    A second use of the code ends the family; the family's age counts from here. Holds a
    digest, an id and a time only.
    """

    code_digest = models.BinaryField(primary_key=True, max_length=32)
    token_family = models.UUIDField(unique=True)
    exchanged_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.token_family)
