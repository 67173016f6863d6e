"""Sign-in by e-mail address and password; the seam where other ways to sign in join."""

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from apps.accounts.models import User


class EmailBackend(BaseBackend):
    """Checks the password in the same time whether or not the address is known."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """Return the person these credentials belong to, or None."""
        address = (username or kwargs.get("email") or "").strip().lower()
        user = User.objects.filter(email=address).first()
        if user is None:
            User().set_password(password or "")  # as slow as a real check
            return None
        return user if user.check_password(password or "") and user.is_active else None

    def get_user(self, user_id: UUID) -> User | None:
        """Return the person of a page session."""
        return User.objects.filter(pk=user_id, is_active=True).first()
