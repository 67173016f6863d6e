"""Security headers every response carries."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

REPORTS_PATH = "/csp-reports"
# Pages follow streams of the live process, which may have an address of its own.
_CONNECT = f"connect-src 'self' {settings.LIVE_URL}".strip()
# Browsers that know `report-to` heed it alone, and then report by https only.
_REPORT_TO = "; report-to csp" if settings.SECURE_COOKIES else ""
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    f"{_CONNECT}; font-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; manifest-src 'self'; worker-src 'self'; "
    f"report-uri {REPORTS_PATH}{_REPORT_TO}"
)
REPORTING = f'csp="{REPORTS_PATH}"'


class SecurityHeaders:
    """Strict content policy for pages; nothing about a person is kept by a cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add what the view has not set itself."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Reporting-Endpoints", REPORTING)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "geolocation=(), camera=()")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
