"""An object store that speaks S3: moto's server, a process of its own behind real HTTP."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx2
import pytest
from botocore.config import Config
from django.core.files.storage import storages
from django.test import override_settings

from apps.uploads.storage.s3 import S3Files
from tests.ports import free_port

BUCKET = "mechanostat-files"
KEYS = {"access_key": "only-for-tests", "secret_key": "only-for-tests"}
PATIENCE_S = 300


@contextmanager
def object_store() -> Iterator[str]:
    """Run a store with an empty bucket; yield its address."""
    process, address = _listening()
    try:
        with client(address) as plain:
            plain.create_bucket(Bucket=BUCKET)
        yield address
    finally:
        process.kill()
        process.wait()


@contextmanager
def client(address: str) -> Iterator[Any]:
    """Hold a plain client of a store."""
    made = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id=KEYS["access_key"],
        aws_secret_access_key=KEYS["secret_key"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    try:
        yield made
    finally:
        made.close()


@contextmanager
def held(**more: str) -> Iterator[S3Files]:
    """Hold a storage with these options; its connections end with the block."""
    storage = S3Files(**more)
    try:
        yield storage
    finally:
        storage.connection.meta.client.close()


@contextmanager
def used(address: str, **more: str) -> Iterator[None]:
    """Let this process keep files at a store for a while, as a worker there would."""
    backend = "apps.uploads.storage.s3.S3Files"
    told = {"BACKEND": backend, "OPTIONS": {**options(address), **more}}
    with override_settings(STORAGES={"uploads": told}):
        yield
        storages["uploads"].connection.meta.client.close()  # type: ignore[attr-defined]  # boto's


def keys_in(address: str) -> list[str]:
    """Return the name of every object in the bucket."""
    with client(address) as plain:
        pages = plain.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return [entry["Key"] for page in pages for entry in page.get("Contents", ())]


def options(address: str) -> dict[str, str]:
    """Return the settings of a storage at this store."""
    return {"bucket_name": BUCKET, "endpoint_url": address, "region_name": "us-east-1", **KEYS}


def environment(address: str) -> dict[str, str]:
    """Return the same as an operator says it."""
    return {
        "UPLOADS_S3_BUCKET": BUCKET,
        "UPLOADS_S3_ENDPOINT": address,
        "UPLOADS_S3_REGION": "us-east-1",
        "UPLOADS_S3_ACCESS_KEY": KEYS["access_key"],
        "UPLOADS_S3_SECRET_KEY": KEYS["secret_key"],
        "UPLOADS_S3_PREFIX": "files",
    }


def _listening() -> tuple["subprocess.Popen[bytes]", str]:
    """Start a store that answers; at another port when somebody was quicker to take the first."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        port = free_port()
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "MOTO_ALLOW_NONEXISTENT_REGION": "true"},
        )
        while process.poll() is None:
            if _is_store(port):
                return process, f"http://127.0.0.1:{port}"
            if time.monotonic() > deadline:
                process.kill()
                pytest.fail(f"the object store did not answer within {PATIENCE_S} s")
            time.sleep(0.1)


def _is_store(port: int) -> bool:
    """Return whether a store answers there, and not only somebody."""
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/moto-api/data.json", timeout=5).is_success
    except httpx2.HTTPError:
        return False
