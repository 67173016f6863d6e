"""`make check`: local settings and the linter of migrations."""

from config.settings.base import INSTALLED_APPS
from config.settings.local import *  # noqa: F403 (settings are composed by import)

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
