"""The web process: API and pages."""

import os

from config.services import ensure_services

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
ensure_services()

from django.core.wsgi import get_wsgi_application  # noqa: E402 (services first)

application = get_wsgi_application()
