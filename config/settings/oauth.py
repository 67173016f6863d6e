"""The authorization server for third parties: RFC 9700 throughout."""

from typing import Any

from apps.integrations.scopes import SCOPES

CLIENT_MODEL = "integrations.Client"
CONNECTION_DAYS = 90  # a client must ask the athlete again after this
ACCESS_SECONDS = 600
REFRESH_IDLE_SECONDS = 30 * 24 * 3600
CODE_SECONDS = 60


def provider(*, public_url: str) -> dict[str, Any]:
    """Return django-oauth-toolkit's settings for a server at ``public_url``."""
    return {
        "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
        "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
        "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
        "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
        "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
        "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
        "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
        "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
        "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
        "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
        "PKCE_REQUIRED": True,
        "ALLOW_URI_WILDCARDS": False,
        # Native programs on the loopback get http by their client, see integrations.Client.
        "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
        "REQUEST_APPROVAL_PROMPT": "force",
        "SCOPES": SCOPES,
        "DEFAULT_SCOPES": [],
        "ROTATE_REFRESH_TOKEN": True,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 0,
        "ACCESS_TOKEN_EXPIRE_SECONDS": ACCESS_SECONDS,
        "REFRESH_TOKEN_EXPIRE_SECONDS": REFRESH_IDLE_SECONDS,
        "AUTHORIZATION_CODE_EXPIRE_SECONDS": CODE_SECONDS,
        "ACCESS_TOKEN_GENERATOR": "apps.integrations.tokens.access_token",
        "REFRESH_TOKEN_GENERATOR": "apps.integrations.tokens.refresh_token",
        "OAUTH2_VALIDATOR_CLASS": "apps.integrations.validator.ThirdPartyValidator",
        # Despite its name the toolkit's issuer; OpenID Connect stays off.
        "OIDC_ISS_ENDPOINT": public_url,
        "OAUTH2_RESPONSE_TYPES_SUPPORTED": ["code"],
        "OAUTH2_GRANT_TYPES_SUPPORTED": ["authorization_code", "refresh_token"],
        "OAUTH2_TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED": [
            "client_secret_basic",
            "client_secret_post",
            "none",
        ],
        "OAUTH2_PROTECTED_RESOURCE_IDENTIFIER": public_url,
        "OAUTH2_PROTECTED_RESOURCE_NAME": "Mechanostat",
        "OAUTH2_PROTECTED_RESOURCE_DOCUMENTATION": f"{public_url}/docs",
    }
