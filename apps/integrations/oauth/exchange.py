"""Token endpoints. They answer as RFC 6749 says, not as problems: clients' libraries read it."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from oauth2_provider.models import get_grant_model
from oauth2_provider.views import (
    RevokeTokenView,
    TokenView,
)

GRANT_TYPES = frozenset({"authorization_code", "refresh_token"})


def _refusal(error: str, description: str) -> JsonResponse:
    body = {"error": error, "error_description": description}
    return JsonResponse(body, status=400, headers={"Cache-Control": "no-store"})


def _malformed(request: HttpRequest) -> JsonResponse | None:
    """Return a refusal of what the toolkit would stumble over."""
    if request.META.get("QUERY_STRING"):
        return _refusal("invalid_request", "Parameters belong into the body.")
    if any("\0" in value for values in request.POST.lists() for value in values[1]):
        return _refusal("invalid_request", "A parameter holds a NUL character.")
    return None


class ExchangeView(TokenView):  # type: ignore[misc]  # the base has no types
    """Exchanges a code or a refresh token for a pair of tokens."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Issue tokens for the two grants spoken here."""
        malformed = _malformed(request)
        if malformed is not None:
            return malformed
        if request.POST.get("grant_type") not in GRANT_TYPES:
            return _refusal("unsupported_grant_type", "Use a code or a refresh token.")
        try:
            response: HttpResponse = self.authorization_flow_token_response(request)
        except get_grant_model().DoesNotExist:  # a parallel exchange of the code was first
            return _refusal("invalid_grant", "The code was used already.")
        return response


class RevocationView(RevokeTokenView):  # type: ignore[misc]  # the base has no types
    """Ends a token and its whole family, for the client it was issued to (RFC 7009)."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Revoke a token."""
        malformed = _malformed(request)
        if malformed is not None:
            return malformed
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response
