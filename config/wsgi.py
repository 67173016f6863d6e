"""The web process: API and pages."""

import os

from config.services import ensure_services

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
ensure_services()

from django.core.wsgi import get_wsgi_application  # noqa: E402 (services first)

from config.front import FrontDoor  # noqa: E402 (Django is set up by the line below)

application = FrontDoor(get_wsgi_application())

from config.celery import app as celery_app  # noqa: E402 (the app that `wake` publishes through)

# A push never waits for a broker that is away; the row it wrote is found by the sweep.
celery_app.conf.broker_transport_options = {
    **celery_app.conf.broker_transport_options,
    "socket_connect_timeout": 0.2,
    "socket_timeout": 0.2,
}
