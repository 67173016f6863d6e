"""The page on which an athlete allows a third party to read some of their data."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from oauth2_provider.exceptions import (
    FatalClientError,
    OAuthToolkitError,
)
from oauth2_provider.views import AuthorizationView
from oauthlib.oauth2.rfc6749.errors import (  # type: ignore[import-untyped]  # ships no types
    InvalidRequestError,
    InvalidScopeError,
)

from apps.common.headers import CONTENT_POLICY
from apps.integrations.models import Client

FORM_ACTION = "form-action 'self'"


class ConsentView(AuthorizationView):  # type: ignore[misc]  # the base has no types
    """Asks every time; a client can neither skip the question nor leave PKCE out."""

    template_name = "integrations/consent.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show who asks for what."""
        # The toolkit would let a client choose not to ask again.
        given = request.GET.copy()
        given.pop("approval_prompt", None)
        request.GET = given  # type: ignore[assignment]  # a plain copy is read alike
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def validate_authorization_request(
        self, request: HttpRequest
    ) -> tuple[list[str], dict[str, Any]]:
        """Return scopes and credentials of a request that is safe to show."""
        if any("\0" in value for values in request.GET.lists() for value in values[1]):
            raise FatalClientError(error=InvalidRequestError())
        try:
            scopes, credentials = super().validate_authorization_request(request)
        except ValueError as error:  # a query string that is none
            raise FatalClientError(error=InvalidRequestError()) from error
        redirect_uri, state = credentials["redirect_uri"], credentials.get("state")
        if credentials.get("code_challenge_method") != "S256":
            refusal = InvalidRequestError(
                description="Use code_challenge_method=S256.", state=state
            )
            raise OAuthToolkitError(error=refusal, redirect_uri=redirect_uri)
        if not scopes:
            refusal = InvalidScopeError(description="Name the scopes you need.", state=state)
            raise OAuthToolkitError(error=refusal, redirect_uri=redirect_uri)
        return scopes, credentials

    def form_invalid(self, form: Any) -> HttpResponse:
        """Refuse an answer that lost its question."""
        response: HttpResponse = self.render_to_response(
            {"error": InvalidRequestError(description="The request is incomplete.")}, status=400
        )
        return response

    def redirect(self, redirect_to: str, application: Client | None) -> HttpResponse:
        """Send the browser back, refusals too with the issuer (RFC 9207)."""
        if application is None:
            client_id = self.request.GET.get("client_id", "")
            application = Client.objects.filter(client_id=client_id).first()
        response: HttpResponse = super().redirect(with_issuer(redirect_to), application)
        return response

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Render under a policy that lets the answer's redirect reach the client."""
        context["connection_days"] = settings.OAUTH_CONNECTION_DAYS
        context["client_host"] = urlsplit(context.get("redirect_uri") or "").netloc
        response: HttpResponse = super().render_to_response(context, **kwargs)
        response["Content-Security-Policy"] = policy_for(context.get("redirect_uri") or "")
        return response


def with_issuer(uri: str) -> str:
    """Return a redirect with exactly one ``iss`` parameter, ours."""
    parts = urlsplit(uri)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "iss"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("iss", settings.PUBLIC_URL)])))


def policy_for(redirect_uri: str) -> str:
    """Return the pages' content policy, widened by the client's origin for the form's answer.

    Browsers hold a form's redirects against ``form-action``. The policy has no syntax for
    IPv6 hosts, so a program on ``[::1]`` widens it to the scheme.
    """
    parts = urlsplit(redirect_uri)
    if not parts.netloc:
        return CONTENT_POLICY
    origin = "http:" if "[" in parts.netloc else f"{parts.scheme}://{parts.netloc}"
    return CONTENT_POLICY.replace(FORM_ACTION, f"{FORM_ACTION} {origin}")
