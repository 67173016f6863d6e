"""Behind a proxy that ends TLS; refuses to start with what would be unsafe."""

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403 (settings are composed by import)
from config.settings.base import PUBLIC_URL, SECRET_KEY, env

if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("Set SECRET_KEY or SECRET_KEY_FILE to 50 or more random characters.")
if not PUBLIC_URL.startswith("https://"):
    raise ImproperlyConfigured("Set PUBLIC_URL to the https address people use.")
for _name in ("DATABASE_URL", "REDIS_URL"):
    if not env.str(_name, ""):
        raise ImproperlyConfigured(f"Set {_name}; see docs/operators.md.")

if not any(env.str(name, "") for name in ("UPLOADS_DIR", "UPLOADS_S3_BUCKET")):
    raise ImproperlyConfigured("Set UPLOADS_DIR or UPLOADS_S3_BUCKET; see docs/operators.md.")

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
MAIL_IS_SET = bool(env.str("EMAIL_URL", ""))
