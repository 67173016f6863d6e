"""The Celery app: late acknowledgement, no results, no waiting in the queue."""

import os

from celery import Celery

from config.services import ensure_services

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
ensure_services()

app = Celery("mechanostat")
app.config_from_object("config.celery_settings")
