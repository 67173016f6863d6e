"""The web process: API and pages."""

import gc
import os

from config.services import ensure_services

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
ensure_services()

from django.core.wsgi import get_wsgi_application  # noqa: E402 (services first)

from config.front import FrontDoor  # noqa: E402 (Django is set up by the line below)

application = FrontDoor(get_wsgi_application())

from config import celery_settings  # noqa: E402
from config.celery import app as celery_app  # noqa: E402 (the app that `wake` publishes through)

celery_app.conf.broker_transport_options = celery_settings.WEB_TRANSPORT

# What is loaded by now lives as long as the process: without this, the thousands of objects of
# one large push would have all of it searched for garbage again and again.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
