"""Every address, gathered from the apps."""

from django.urls import include, path

from apps.common.health import livez, readyz

urlpatterns = [
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("v1/", include("apps.sync.api.urls")),
    path("v1/", include("apps.accounts.api.urls")),
    path("v1/", include("apps.coaching.api.urls")),
    path("v1/", include("apps.reminders.api.urls")),
    path("", include("apps.reminders.pages.urls")),
    path("v1/", include("apps.integrations.api.urls")),
    path("", include("apps.integrations.oauth.urls")),
    path("", include("apps.integrations.pages.urls")),
    path("", include("config.openapi.document")),
]
handler404 = "apps.common.errors.not_found"
handler500 = "apps.common.errors.server_error"
