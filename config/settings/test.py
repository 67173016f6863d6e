"""Tests and static checks: fast hashing, nothing that reaches out."""

from pathlib import Path

from config.settings import uploads
from config.settings.base import *  # noqa: F403 (settings are composed by import)
from config.settings.base import BASE_DIR, env

SECRET_KEY = "only-for-tests-" + "0" * 40
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SERVE_STATIC = True
STORAGES = uploads.storages(
    env, home=Path(env.str("MECHANOSTAT_TEST_HOME", str(BASE_DIR / ".mechanostat" / "tests")))
)
