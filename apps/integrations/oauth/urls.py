"""Addresses of the authorization server; only what a third party needs is there."""

from django.urls import path
from oauth2_provider.views import (
    OAuthProtectedResourceMetadataView,
    OAuthServerMetadataView,
)

from apps.integrations.oauth.consent import ConsentView
from apps.integrations.oauth.exchange import ExchangeView, RevocationView

# The toolkit builds its discovery documents from names in this namespace.
app_name = "oauth2_provider"
urlpatterns = [
    path(
        ".well-known/oauth-authorization-server",
        OAuthServerMetadataView.as_view(),
        name="oauth-server-metadata",
    ),
    path(
        ".well-known/oauth-protected-resource",
        OAuthProtectedResourceMetadataView.as_view(),
        name="oauth-resource-metadata",
    ),
    path("o/authorize", ConsentView.as_view(), name="authorize"),
    path("o/token", ExchangeView.as_view(), name="token"),
    path("o/revoke", RevocationView.as_view(), name="revoke-token"),
]
