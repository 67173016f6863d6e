"""DRF's view of the same bearer token, and the base of views about one's own data."""

from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.access import Caller, identify
from apps.accounts.models import User
from apps.accounts.selectors import person
from apps.common.errors import AppError
from apps.common.methods import ApiView


class DeviceTokenAuthentication(BaseAuthentication):
    """Reads a phone's bearer token; a missing header means nobody, a bad one is refused."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        """Return the person and the caller (person and device)."""
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        caller = identify(header, now=timezone.now())
        user = person(caller.athlete_id)
        return (user, caller) if user else None

    def authenticate_header(self, request: Request) -> str:
        """Say which scheme opens the API."""
        return "Bearer"


class SignedIn(BasePermission):
    """A person asks, by token."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return whether anybody is known to ask."""
        return isinstance(request.user, User)


class OwnerView(ApiView):
    """Base of views in which the signed-in person handles their own data."""

    authentication_classes: Any = [DeviceTokenAuthentication]
    permission_classes: Any = [SignedIn]


def owner_of(request: Request) -> User:
    """Return the signed-in person."""
    if not isinstance(request.user, User):
        raise AppError("Nobody is signed in.")
    return request.user
