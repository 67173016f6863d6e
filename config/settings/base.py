"""Settings every deployment shares."""

from pathlib import Path
from urllib.parse import urlsplit

import environ

from config.settings import oauth, push, stream, uploads
from config.settings.api import REST_FRAMEWORK as REST_FRAMEWORK
from config.settings.api import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS

env = environ.FileAwareEnv()
BASE_DIR = Path(__file__).resolve().parent.parent.parent

PUBLIC_URL: str = env.str("PUBLIC_URL", "http://127.0.0.1:8000")
_public = urlsplit(PUBLIC_URL)
# Where browsers find the live process, if not at PUBLIC_URL; another port of the same host.
LIVE_URL: str = env.str("LIVE_URL", "")
SECRET_KEY: str = env.str("SECRET_KEY", "")
DEBUG = False
DEMO = False
ALLOWED_HOSTS: list[str] = [_public.hostname or "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
SECURE_COOKIES = _public.scheme == "https"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "oauth2_provider",
    "config",
    "apps.common",
    "apps.accounts",
    "apps.sync",
    "apps.uploads",
    "apps.insights",
    "apps.reminders",
    "apps.coaching",
    "apps.integrations",
    "apps.webapp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "apps.common.headers.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

_OPTIONS: dict[str, object] = {
    "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", 8), "timeout": 5},
    "server_side_binding": True,
    "connect_timeout": 3,
}
_UNSET = "postgres://unset.invalid/unset"
_app = env.db_url_config(env.str("DATABASE_URL", _UNSET))
DATABASES = {
    "default": {**_app, "OPTIONS": {**_app.get("OPTIONS", {}), **_OPTIONS}},
    # Only migrations use the owner; the app's role can neither change tables nor pass by RLS.
    "owner": {**env.db_url_config(env.str("DATABASE_OWNER_URL", _UNSET))},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL: str = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
BROKER_URL: str = env.str("BROKER_URL", REDIS_URL)
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}

# Requests of one device a minute on the sync routes; 0 for no limit.
SYNC_REQUESTS_PER_MINUTE: int = env.int("SYNC_REQUESTS_PER_MINUTE", 600)
# Apps below their build may push and not read: "app/platform=120,app/other=98".
MIN_CLIENT_BUILDS: dict[str, int] = env.dict("MIN_CLIENT_BUILDS", cast={"value": int}, default={})
# Behind by more than this, a reader may be given a fresh load instead of a longer tail.
SYNC_LONG_TAIL: int = env.int("SYNC_LONG_TAIL", 5_000)
# Deletions are kept for ever, and so can be undone, unless this is on.
PURGE_TOMBSTONES: bool = env.bool("PURGE_TOMBSTONES", False)

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["apps.accounts.backends.EmailBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/me"
LOGOUT_REDIRECT_URL = "/sign-in"
SESSION_ENGINE = "apps.accounts.session_store"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_NAME = "__Host-session" if SECURE_COOKIES else "session"
DEVICE_TOKEN_DAYS = 90
STREAM = stream.pace(env)

OAUTH2_PROVIDER_APPLICATION_MODEL = oauth.CLIENT_MODEL
OAUTH2_PROVIDER = oauth.provider(public_url=PUBLIC_URL)
OAUTH_CONNECTION_DAYS = oauth.CONNECTION_DAYS

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
# The proxy serves collected files; `make run` and the tests serve them straight from the apps.
SERVE_STATIC = False
STATIC_ROOT = env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles"))

# Printed where there is no mail server; production prints no addresses, it then has no mail.
EMAIL_URL: str = env.str("EMAIL_URL", "") or "consolemail://"
MAIL_IS_SET = True
vars().update(env.email_url_config(EMAIL_URL))
DEFAULT_FROM_EMAIL: str = env.str("EMAIL_FROM", "") or "Mechanostat <no-reply@mechanostat.invalid>"
EMAIL_TIMEOUT = 10

PUSH = push.channels(env)
DELIVERIES_KEPT_DAYS = push.deliveries_kept_days(env)
# Certificates that calls to other servers trust; libcurl's own when empty.
PUSH_CA_FILE: str = env.str("PUSH_CA_FILE", "")
# Networks that may be called although they are not public, and ports beside which none may.
OUTBOUND_ALLOWED: list[str] = env.list("OUTBOUND_ALLOWED", default=[])
OUTBOUND_PORTS: list[int] = env.list("OUTBOUND_PORTS", cast=int, default=[443])

# What one athlete's feed may hold, and take in a day; types named here are put off for now.
SYNC_MAX_RECORDS: int = env.int("SYNC_MAX_RECORDS", 500_000)
SYNC_MAX_VERSIONS_A_DAY: int = env.int("SYNC_MAX_VERSIONS_A_DAY", 50_000)
SYNC_PAUSED_TYPES: list[str] = env.list("SYNC_PAUSED_TYPES", default=[])

UPLOADS_MAX_BYTES = env.int("UPLOADS_MAX_BYTES", uploads.MAX_BYTES)
UPLOADS_QUOTA_BYTES = env.int("UPLOADS_QUOTA_BYTES", uploads.QUOTA_BYTES)
UPLOADS_AT_ONCE = env.int("UPLOADS_AT_ONCE", uploads.AT_ONCE)
STORAGES = uploads.storages(
    env, home=Path(env.str("MECHANOSTAT_HOME", str(BASE_DIR / ".mechanostat")))
)

# Wire limit of the sync contract; the inflated limit is enforced while inflating.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
# A form ticks each athlete of a team; the bytes above bound it.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 50_000
SECURE_CONTENT_TYPE_NOSNIFF = True
# Not "no-referrer": browsers then send "Origin: null" and no form could be posted.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "apps.common.logs.line_formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"httpx2": {"level": "WARNING"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
}
