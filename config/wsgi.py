"""The web process: API and pages."""

import os

from config.services import ensure_services

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
ensure_services()

from django.core.wsgi import get_wsgi_application  # noqa: E402 (services first)

application = get_wsgi_application()

from config import celery_settings  # noqa: E402
from config.celery import app as celery_app  # noqa: E402 (the app that `wake` publishes through)

celery_app.conf.broker_transport_options = celery_settings.WEB_TRANSPORT
