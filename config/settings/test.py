"""Tests and static checks: fast hashing, nothing that reaches out."""

from pathlib import Path

from config.settings import uploads
from config.settings.base import *  # noqa: F403 (settings are composed by import)
from config.settings.base import BASE_DIR, DATABASES, env

SECRET_KEY = "only-for-tests-" + "0" * 40
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SERVE_STATIC = True
STORAGES = uploads.storages(
    env, home=Path(env.str("MECHANOSTAT_TEST_HOME", str(BASE_DIR / ".mechanostat" / "tests")))
)
# Counted and told in every answer; no test but those of quotas is slowed down by it.
SYNC_REQUESTS_PER_MINUTE = 1_000_000

# Machines differ in speed: what is held or waited for in a test stands through a stall. The
# limits of operation are the role's (`config.database`); a test of these takes them back.
DATABASES["default"]["OPTIONS"] |= {
    "connect_timeout": 60,
    "options": " ".join(
        f"-c {limit}=600s"
        for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    ),
    "pool": {**DATABASES["default"]["OPTIONS"]["pool"], "timeout": 60},
}
