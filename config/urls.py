"""Every address, gathered from the apps."""

from django.conf import settings
from django.contrib.staticfiles.views import serve
from django.urls import include, path

from apps.common.csp_reports import csp_reports
from apps.common.health import livez, readyz

urlpatterns = [
    path("", include("apps.accounts.pages.urls")),
    path("", include("apps.insights.pages.urls")),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("csp-reports", csp_reports, name="csp-reports"),
    path("v1/", include("apps.sync.api.urls")),
    path("v1/", include("apps.uploads.api.urls")),
    path("v1/", include("apps.accounts.api.urls")),
    path("v1/", include("apps.insights.api.urls")),
    path("v1/", include("apps.coaching.api.urls")),
    path("", include("apps.coaching.pages.urls")),
    path("v1/", include("apps.reminders.api.urls")),
    path("", include("apps.reminders.pages.urls")),
    path("v1/", include("apps.integrations.api.urls")),
    path("", include("apps.integrations.oauth.urls")),
    path("", include("apps.integrations.pages.urls")),
    path("", include("apps.webapp.pages.urls")),
    path("", include("config.openapi.document")),
]
if settings.SERVE_STATIC:
    urlpatterns.append(path("static/<path:path>", serve, {"insecure": True}))
handler400 = "apps.common.pages.bad_request"
handler404 = "apps.common.pages.not_found"
handler500 = "apps.common.pages.server_error"
