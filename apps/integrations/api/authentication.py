"""DRF's view of a reader: an athlete's own device, or a client they let in."""

from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.access import TokenExpired
from apps.common.methods import ApiView
from apps.integrations.access import Reader, identify_reader


class ReaderAuthentication(BaseAuthentication):
    """Reads the bearer token from the header, and from nowhere else."""

    def authenticate(self, request: Request) -> tuple[Reader, Reader] | None:
        """Return the reader; nobody without a header."""
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        uri = request.build_absolute_uri(request.path)
        reader = identify_reader(header, uri=uri, now=timezone.now())
        return reader, reader

    def authenticate_header(self, request: Request) -> str:
        """Say which scheme opens the API."""
        return "Bearer"


class Identified(BasePermission):
    """Somebody reads, by token; what they may read is decided in `access`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return whether anybody is known to ask."""
        return isinstance(request.auth, Reader)


class ResourceView(ApiView):
    """Base of views that third parties may call; each names the scope it needs."""

    authentication_classes: Any = [ReaderAuthentication]
    permission_classes: Any = [Identified]
    scope: str


def reader_of(request: Request) -> Reader:
    """Return who reads."""
    if not isinstance(request.auth, Reader):
        raise TokenExpired
    return request.auth
