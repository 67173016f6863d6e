"""Where files lie, as operators say it; production does not guess."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import ROOT

COMPLETE = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": "x" * 60,
    "PUBLIC_URL": "https://mechanostat.example.org",
    "DATABASE_URL": "postgresql://app@db.invalid/mechanostat",
    "REDIS_URL": "redis://redis.invalid/0",
}
ASK = (
    "import json; from django.conf import settings;"
    "print(json.dumps([settings.STORAGES['uploads'], settings.UPLOADS_MAX_BYTES]))"
)


def start(**more: str) -> subprocess.CompletedProcess[str]:
    """Load production's settings in a process of their own."""
    return subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], **COMPLETE, **more},
        check=False,
    )


def storage(**more: str) -> dict[str, Any]:
    """Return where files lie with these variables."""
    told: dict[str, Any] = json.loads(start(**more).stdout)[0]
    return told


class TestProduction:
    def test_does_not_start_without_a_place_for_files(self) -> None:
        refused = start()
        assert refused.returncode != 0
        assert "UPLOADS_DIR or UPLOADS_S3_BUCKET" in refused.stderr

    def test_keeps_files_in_the_folder_it_is_told(self) -> None:
        assert storage(UPLOADS_DIR="/srv/files") == {
            "BACKEND": "apps.uploads.storage.local.LocalFiles",
            "OPTIONS": {"location": "/srv/files"},
        }

    @pytest.mark.parametrize("is_file", [False, True])
    def test_keeps_files_in_a_bucket_when_one_is_named(self, is_file: bool, tmp_path: Any) -> None:
        secret = {"UPLOADS_S3_SECRET_KEY": "s3cret"}
        if is_file:
            (tmp_path / "key").write_text("s3cret\n")
            secret = {"UPLOADS_S3_SECRET_KEY_FILE": str(tmp_path / "key")}
        told = storage(UPLOADS_DIR="/srv/files", UPLOADS_S3_BUCKET="files", **secret)
        assert told["BACKEND"] == "apps.uploads.storage.s3.S3Files"
        assert told["OPTIONS"] == {
            "bucket_name": "files",
            "endpoint_url": None,
            "region_name": None,
            "access_key": None,
            "secret_key": "s3cret",
            "location": "",
        }

    def test_takes_the_operators_limit(self) -> None:
        answer = start(UPLOADS_DIR="/srv/files", UPLOADS_MAX_BYTES="1000")
        assert json.loads(answer.stdout)[1] == 1_000
