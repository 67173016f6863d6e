"""Where files lie: a folder, or an object store when a bucket is named."""

from pathlib import Path
from typing import Any

import environ

MAX_BYTES = 512 * 1024 * 1024
QUOTA_BYTES = 4 * 1024 * 1024 * 1024
AT_ONCE = 2  # of a process's blocking threads; the others answer phones


def storages(env: environ.FileAwareEnv, *, home: Path) -> dict[str, Any]:
    """Return Django's ``STORAGES``, with files below ``home`` unless the operator says where."""
    return {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        "uploads": _object_store(env) if env.str("UPLOADS_S3_BUCKET", "") else _folder(env, home),
    }


def _folder(env: environ.FileAwareEnv, home: Path) -> dict[str, Any]:
    return {
        "BACKEND": "apps.uploads.storage.local.LocalFiles",
        "OPTIONS": {"location": env.str("UPLOADS_DIR", str(home / "uploads"))},
    }


def _object_store(env: environ.FileAwareEnv) -> dict[str, Any]:
    return {
        "BACKEND": "apps.uploads.storage.s3.S3Files",
        "OPTIONS": {
            "bucket_name": env.str("UPLOADS_S3_BUCKET"),
            "endpoint_url": _text(env, "UPLOADS_S3_ENDPOINT"),
            "region_name": _text(env, "UPLOADS_S3_REGION"),
            "access_key": _text(env, "UPLOADS_S3_ACCESS_KEY"),
            "secret_key": _text(env, "UPLOADS_S3_SECRET_KEY"),
            "location": env.str("UPLOADS_S3_PREFIX", ""),
        },
    }


def _text(env: environ.FileAwareEnv, name: str) -> str | None:
    """Return a variable without the line end a file has, None when it says nothing."""
    return str(env.str(name, "")).strip() or None
