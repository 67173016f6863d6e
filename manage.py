"""Django's command line; starts the embedded servers when no address is configured."""

import os
import sys

from django.core.management import execute_from_command_line

from config.services import ensure_services

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    ensure_services()
    execute_from_command_line(sys.argv)
